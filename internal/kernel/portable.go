package kernel

import "math"

// The loops in this file define what each kernel computes. The explicit float32 conversions keep compilers
// from fusing multiply and add, so that every machine gives the same bits.

func multiplyPortable(c, a, b []float32, p *Product) {
	for i := range p.M {
		out := (*[PanelWidth]float32)(c[i*p.CI:])
		var acc [PanelWidth]float32
		if p.Add {
			acc = *out
		}
		for r := range p.R {
			for k := range p.K {
				v := a[i*p.AI+r*p.AR+k*p.AK]
				row := (*[PanelWidth]float32)(b[r*p.BR+k*p.BK:])
				for j, w := range row {
					acc[j] += float32(v * w)
				}
			}
		}
		*out = acc
	}
}

func statPortable(s Sums, x []float32) {
	clear(s.First)
	clear(s.Second)
	for c := len(s.First); len(x) > 0; x = x[c:] {
		for j, v := range x[:c] {
			s.First[j] += v
			s.Second[j] += float32(v * v)
		}
	}
}

func statPoolPortable(s Sums, extreme, top, bottom, sign []float32) {
	clear(s.First)
	clear(s.Second)
	c := len(sign)
	for i := 0; i < len(extreme); i += c {
		for j := range c {
			square := [4]float32{top[2*i+j], top[2*i+c+j], bottom[2*i+j], bottom[2*i+c+j]}
			best := square[0]
			for _, v := range square {
				s.First[j] += v
				s.Second[j] += float32(v * v)
				if math.Signbit(float64(sign[j])) {
					best = min(best, v)
				} else {
					best = max(best, v)
				}
			}
			extreme[i+j] = best
		}
	}
}

func applyPortable(y, x []float32, n *Norm) {
	c := len(n.Scale)
	for i := 0; i < len(x); i += c {
		for j, scale := range n.Scale {
			z := float32(scale*x[i+j]) + n.Shift[j]
			y[i+j] = max(z, float32(n.Slope*z))
		}
	}
}

// leakyGradient returns dz: dy where z > 0, Slope*dy elsewhere.
func (n *Norm) leakyGradient(j int, x, dy float32) float32 {
	if float32(n.Scale[j]*x)+n.Shift[j] > 0 {
		return dy
	}
	return float32(n.Slope * dy)
}

func reducePortable(s Sums, x, dy []float32, n *Norm) {
	clear(s.First)
	clear(s.Second)
	c := len(n.Scale)
	for i := 0; i < len(x); i += c {
		for j := range c {
			dz := n.leakyGradient(j, x[i+j], dy[i+j])
			s.First[j] += dz
			s.Second[j] += float32(dz * x[i+j])
		}
	}
}

func gradientPortable(dx, x, dy []float32, n *Norm) {
	c := len(n.Scale)
	for i := 0; i < len(x); i += c {
		for j := range c {
			dz := n.leakyGradient(j, x[i+j], dy[i+j])
			dx[i+j] = float32(n.ByX[j]*x[i+j]) + n.Const[j] + float32(n.Scale[j]*dz)
		}
	}
}

func gradientPoolPortable(dx, x Rows, extreme, dy []float32, n *Norm) {
	c := len(n.Scale)
	for i := 0; i < len(extreme); i += c {
		for j := range c {
			best := extreme[i+j]
			g := float32(n.Scale[j] * n.leakyGradient(j, best, dy[i+j]))
			for q := range 4 {
				src, dst := x.Top, dx.Top
				if q >= 2 {
					src, dst = x.Bottom, dx.Bottom
				}
				at := 2*i + q%2*c + j
				d := float32(n.ByX[j]*src[at]) + n.Const[j]
				if src[at] == best {
					d, g = d+g, 0
					best = float32(math.NaN()) // equals nothing, so that only the first receives dz
				}
				dst[at] = d
			}
		}
	}
}

func widenPortable(dst []float32, src []uint8, scale float32) {
	for i, v := range src {
		dst[i] = float32(v) * scale
	}
}

// portable defines the transforms. Sums of three are added from left to right.
func (t transform) portable(maps, planes []float32, s *spread) {
	for n := range s.n {
		m, p := maps[2*n*s.pixel:], planes[n*s.tile:]
		for c := range s.channels {
			pixel := func(y, x int) *float32 { return &m[y*s.row+x*s.pixel+c] }
			place := func(i, j int) *float32 { return &p[(4*i+j)*s.plane+c] }
			switch t {
			case spreadInput:
				var rows [4][4]float32
				for x := range 4 {
					y0, y1, y2, y3 := *pixel(0, x), *pixel(1, x), *pixel(2, x), *pixel(3, x)
					rows[0][x], rows[1][x], rows[2][x], rows[3][x] = y0-y2, y1+y2, y2-y1, y3-y1
				}
				for i, r := range rows {
					*place(i, 0), *place(i, 1), *place(i, 2), *place(i, 3) = r[0]-r[2], r[1]+r[2], r[2]-r[1], r[3]-r[1]
				}
			case spreadGradient:
				var rows [4][2]float32
				for x := range 2 {
					y0, y1 := *pixel(0, x), *pixel(1, x)
					rows[0][x], rows[1][x], rows[2][x], rows[3][x] = y0, y0+y1, y0-y1, y1
				}
				for i, r := range rows {
					*place(i, 0), *place(i, 1), *place(i, 2), *place(i, 3) = r[0], r[0]+r[1], r[0]-r[1], r[1]
				}
			case gatherOutput:
				var rows [2][4]float32
				for j := range 4 {
					m0, m1, m2, m3 := *place(0, j), *place(1, j), *place(2, j), *place(3, j)
					rows[0][j], rows[1][j] = m0+m1+m2, m1-m2+m3
				}
				for y, r := range rows {
					*pixel(y, 0), *pixel(y, 1) = r[0]+r[1]+r[2], r[1]-r[2]+r[3]
				}
			}
		}
	}
}
