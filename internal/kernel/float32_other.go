//go:build !amd64 && !arm64

package kernel

func (isa ISA) multiply(c, a, b []float32, p *Product) { multiplyPortable(c, a, b, p) }
func (isa ISA) stat(s Sums, x []float32)               { statPortable(s, x) }
func (isa ISA) statPool(s Sums, extreme, top, bottom, sign []float32) {
	statPoolPortable(s, extreme, top, bottom, sign)
}
func (isa ISA) apply(y, x []float32, n *Norm)                   { applyPortable(y, x, n) }
func (isa ISA) reduce(s Sums, x, dy []float32, n *Norm)         { reducePortable(s, x, dy, n) }
func (isa ISA) gradient(dx, x, dy []float32, n *Norm)           { gradientPortable(dx, x, dy, n) }
func (isa ISA) widen(dst []float32, src []uint8, scale float32) { widenPortable(dst, src, scale) }
func (isa ISA) gradientPool(dx, x Rows, extreme, dy []float32, n *Norm) {
	gradientPoolPortable(dx, x, extreme, dy, n)
}
func (isa ISA) transform(t transform, maps, planes []float32, s *spread) {
	t.portable(maps, planes, s)
}
