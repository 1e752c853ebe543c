package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// assembly lists the instruction sets of this machine that are compared with Portable.
func assembly(tb testing.TB) []ISA {
	isas := ISAs()[1:]
	if len(isas) == 0 {
		tb.Skip("needs a processor with AVX2, AVX-512 or NEON")
	}
	return isas
}

func uniform(rng *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = 2*rng.Float32() - 1
	}
	return s
}

// requireClose tolerates the errors of reordering and fusing a sum of terms of size 1.
func requireClose(t *testing.T, what string, got, want []float32, terms int) {
	t.Helper()
	tolerance := 4e-7 * math.Sqrt(float64(terms+1)) * 4
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= tolerance*(1+math.Abs(float64(want[i])))) {
			t.Fatalf("%s[%d] = %v, portable gives %v", what, i, got[i], want[i])
		}
	}
}

func TestResolve(t *testing.T) {
	if isa, err := Resolve(Auto); err != nil || isa != BestISA() {
		t.Errorf("Resolve(Auto) = %v, %v", isa, err)
	}
	if _, err := Resolve(ISA(200)); err == nil {
		t.Error("Resolve accepted an instruction set that does not exist")
	}
	for _, isa := range ISAs() {
		if got, err := Resolve(isa); err != nil || got != isa {
			t.Errorf("Resolve(%v) = %v, %v", isa, got, err)
		}
	}
}

// requireProduct compares got with the definition of Product in float64. was is c before the product. Each
// addition may round a partial sum, which is at most the sum of the terms' sizes.
func requireProduct(t *testing.T, isa ISA, got, was, a, b []float32, p *Product) {
	t.Helper()
	want := append([]float32(nil), was...)
	for i := range p.M {
		for j := range PanelWidth {
			var sum, size float64
			if p.Add {
				sum = float64(was[i*p.CI+j])
			}
			for r := range p.R {
				for k := range p.K {
					term := float64(a[i*p.AI+r*p.AR+k*p.AK]) * float64(b[r*p.BR+k*p.BK+j])
					sum, size = sum+term, size+math.Abs(term)
				}
			}
			v := got[i*p.CI+j]
			if !(math.Abs(float64(v)-sum) <= 1.2e-7*float64(p.R*p.K+1)*(size+1)) {
				t.Fatalf("%v %+v: c[%d][%d] = %v, want %v", isa, *p, i, j, v, sum)
			}
			want[i*p.CI+j] = v
		}
	}
	for i, v := range want {
		if got[i] != v {
			t.Fatalf("%v %+v: wrote outside its rows, at %d", isa, *p, i)
		}
	}
}

func TestMultiplyEveryHeight(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, isa := range ISAs() {
		for m := 1; m <= 40; m++ {
			for _, add := range []bool{false, true} {
				p := Product{M: m, R: 3, K: 7, AI: 5, AR: 40, AK: 3, BR: 300, BK: 35, CI: 37, Add: add}
				checkProduct(t, isa, rng, &p)
			}
		}
	}
}

func checkProduct(t *testing.T, isa ISA, rng *rand.Rand, p *Product) {
	t.Helper()
	a := uniform(rng, (p.M-1)*p.AI+(p.R-1)*p.AR+(p.K-1)*p.AK+1)
	b := uniform(rng, (p.R-1)*p.BR+(p.K-1)*p.BK+PanelWidth)
	got := uniform(rng, (p.M-1)*p.CI+PanelWidth)
	was := append([]float32(nil), got...)
	isa.Multiply(got, a, b, p)
	requireProduct(t, isa, got, was, a, b, p)
}

func FuzzMultiply(f *testing.F) {
	f.Add(uint64(1), uint8(8), uint8(3), uint8(36), uint8(12), uint8(1), true)
	f.Add(uint64(2), uint8(30), uint8(2), uint8(5), uint8(0), uint8(9), false)
	f.Fuzz(func(t *testing.T, seed uint64, m, r, k, ai, ak uint8, add bool) {
		p := Product{
			M: int(m%50) + 1, R: int(r%5) + 1, K: int(k%40) + 1,
			AI: int(ai), AK: int(ak), AR: int(seed % 200), BR: int(seed / 200 % 100), BK: int(seed / 20000 % 70),
			CI: PanelWidth + int(m%3), Add: add,
		}
		for _, isa := range ISAs() {
			checkProduct(t, isa, rand.New(rand.NewPCG(seed, 0)), &p)
		}
	})
}

// The result of a row does not depend on the tile that it falls in, which changes with the number of workers.
func TestMultiplyRowsIndependentOfTile(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const rows, k = 33, 50
	a, b := uniform(rng, rows*k), uniform(rng, k*PanelWidth)
	for _, isa := range ISAs() {
		whole := make([]float32, rows*PanelWidth)
		isa.Multiply(whole, a, b, &Product{M: rows, R: 1, K: k, AI: k, AK: 1, BK: PanelWidth, CI: PanelWidth})
		for i := range rows {
			one := make([]float32, PanelWidth)
			isa.Multiply(one, a[i*k:], b, &Product{M: 1, R: 1, K: k, AI: k, AK: 1, BK: PanelWidth, CI: PanelWidth})
			for j := range one {
				if one[j] != whole[i*PanelWidth+j] {
					t.Fatalf("%v: row %d differs between tiles", isa, i)
				}
			}
		}
	}
}

// Every instruction set in assembly rounds once for each term, in the same order: AVX2, AVX-512 and NEON give the
// same bits.
func TestMultiplyRoundsOncePerTerm(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 9))
	p := &Product{M: 17, R: 3, K: 21, AI: 21, AR: 400, AK: 1, BR: 21 * PanelWidth, BK: PanelWidth, CI: PanelWidth, Add: true}
	a, b, was := uniform(rng, 2*p.AR+p.M*p.AI), uniform(rng, 3*p.BR), uniform(rng, p.M*PanelWidth)
	for _, isa := range assembly(t) {
		got := append([]float32(nil), was...)
		isa.Multiply(got, a, b, p)
		for i, v := range got {
			want := was[i]
			for r := range p.R {
				for k := range p.K {
					want = fused(a[i/PanelWidth*p.AI+r*p.AR+k], b[r*p.BR+k*p.BK+i%PanelWidth], want)
				}
			}
			if v != want {
				t.Fatalf("%v: c[%d][%d] = %v, want %v", isa, i/PanelWidth, i%PanelWidth, v, want)
			}
		}
	}
}

// fused returns x*y + z, rounded once. The product is exact in float64. The rounding error of the sum makes its last
// bit odd, so that rounding to float32 resolves ties in the right direction (Boldo and
// Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Computers 57(4), 2008).
func fused(x, y, z float32) float32 {
	product, term := float64(x)*float64(y), float64(z)
	sum := float64(product + term)
	part := float64(sum - product)
	lost := float64(product-float64(sum-part)) + float64(term-part)
	if bits := math.Float64bits(sum); lost != 0 && bits%2 == 0 {
		if (lost > 0) == (sum > 0) {
			sum = math.Float64frombits(bits + 1)
		} else {
			sum = math.Float64frombits(bits - 1)
		}
	}
	return float32(sum)
}

func TestMultiplyPanicsOnShortSlices(t *testing.T) {
	p := &Product{M: 8, R: 2, K: 4, AI: 4, AR: 40, AK: 1, BR: 128, BK: 32, CI: 32}
	a, b, c := make([]float32, 7*4+40+4), make([]float32, 256), make([]float32, 256)
	for name, call := range map[string]func(){
		"a": func() { BestISA().Multiply(c, a[:len(a)-1], b, p) },
		"b": func() { BestISA().Multiply(c, a, b[:255], p) },
		"c": func() { BestISA().Multiply(c[:255], a, b, p) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a short %s was accepted", name)
				}
			}()
			call()
		}()
	}
	BestISA().Multiply(c, a, b, p)
}

// norm returns coefficients with some negative scales.
func norm(rng *rand.Rand, channels int) *Norm {
	return &Norm{
		Scale: uniform(rng, channels), Shift: uniform(rng, channels), Slope: 0.01,
		ByX: uniform(rng, channels), Const: uniform(rng, channels),
	}
}

func sums(channels int) Sums {
	return Sums{make([]float32, channels), make([]float32, channels)}
}

func FuzzElementwise(f *testing.F) {
	f.Add(uint64(1), uint8(1), uint8(8))
	f.Add(uint64(9), uint8(3), uint8(1))
	f.Fuzz(func(t *testing.T, seed uint64, strips, pixels uint8) {
		channels, n := StripWidth*(int(strips%5)+1), int(pixels%20)+1
		for _, isa := range assembly(t) {
			checkElementwise(t, isa, rand.New(rand.NewPCG(seed, 1)), channels, n)
		}
	})
}

func TestElementwise(t *testing.T) {
	for _, isa := range assembly(t) {
		for _, channels := range []int{16, 32, 64, 256} {
			for _, n := range []int{1, 2, 7, 64} {
				checkElementwise(t, isa, rand.New(rand.NewPCG(5, 6)), channels, n)
			}
		}
	}
}

func checkElementwise(t *testing.T, isa ISA, rng *rand.Rand, channels, n int) {
	t.Helper()
	size := n * channels
	x := Rows{uniform(rng, 2*size), uniform(rng, 2*size)}
	for i := range x.Top { // flat areas: ties resolve to the same pixel
		if rng.IntN(4) == 0 {
			x.Bottom[i] = x.Top[i]
		}
		if i >= channels && rng.IntN(4) == 0 {
			x.Top[i] = x.Top[i-channels]
		}
	}
	dy, nm := uniform(rng, size), norm(rng, channels)
	sign := make([]float32, channels)
	for c, scale := range nm.Scale {
		sign[c] = float32(math.Copysign(0, float64(scale)))
	}

	same := func(what string, run func(isa ISA) []float32) []float32 {
		t.Helper()
		got, want := run(isa), run(Portable)
		requireClose(t, fmt.Sprintf("%v %s", isa, what), got, want, 4*n)
		return want
	}
	same("stat", func(isa ISA) []float32 {
		s := sums(channels)
		isa.Stat(s, x.Top)
		return append(s.First, s.Second...)
	})
	extreme := same("statPool", func(isa ISA) []float32 {
		s, m := sums(channels), make([]float32, size)
		isa.StatPool(s, m, x.Top, x.Bottom, sign)
		return append(m, append(s.First, s.Second...)...)
	})[:size]
	same("apply", func(isa ISA) []float32 {
		y := make([]float32, size)
		isa.Apply(y, x.Top[:size], nm)
		return y
	})
	same("reduce", func(isa ISA) []float32 {
		s := sums(channels)
		isa.Reduce(s, extreme, dy, nm)
		return append(s.First, s.Second...)
	})
	same("gradient", func(isa ISA) []float32 {
		dx := make([]float32, size)
		isa.Gradient(dx, extreme, dy, nm)
		return dx
	})
	same("gradientPool", func(isa ISA) []float32 {
		dx := Rows{make([]float32, 2*size), make([]float32, 2*size)}
		isa.GradientPool(dx, x, extreme, dy, nm)
		return append(dx.Top, dx.Bottom...)
	})
}

// The assembly reads all channels and pixels, whatever the length of a slice: short slices must panic.
func TestGradientPanicsOnShortSlices(t *testing.T) {
	const channels, size = 2 * StripWidth, 4 * 2 * StripWidth
	n := norm(rand.New(rand.NewPCG(13, 14)), channels)
	extreme, dy := make([]float32, size), make([]float32, size)
	x := Rows{make([]float32, 2*size), make([]float32, 2*size)}
	dx := Rows{make([]float32, 2*size), make([]float32, 2*size)}
	calls := map[string]func(){
		"gradient":     func() { BestISA().Gradient(dx.Top, x.Top, append(dy, dy...), n) },
		"gradientPool": func() { BestISA().GradientPool(dx, x, extreme, dy, n) },
	}
	for _, short := range []struct {
		name   string
		slices []*[]float32
	}{
		{"Shift", []*[]float32{&n.Shift}},
		{"ByX and Const", []*[]float32{&n.ByX, &n.Const}},
		{"x.Top", []*[]float32{&x.Top}},
		{"dx.Top", []*[]float32{&dx.Top}},
	} {
		for _, s := range short.slices {
			*s = (*s)[:len(*s)/2]
		}
		for name, call := range calls {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: a short %s was accepted", name, short.name)
					}
				}()
				call()
			}()
		}
		for _, s := range short.slices {
			*s = (*s)[:2*len(*s)]
		}
	}
	for _, call := range calls {
		call()
	}
}

func TestWiden(t *testing.T) {
	src := make([]uint8, 256)
	for i := range src {
		src[i] = uint8(i)
	}
	for _, isa := range ISAs() {
		for n := range src {
			got := make([]float32, n)
			isa.Widen(got, src[:n], 1/255.0)
			for i, v := range got {
				if v != float32(i)*(1/255.0) {
					t.Fatalf("%v: byte %d became %v", isa, i, v)
				}
			}
		}
	}
}

func BenchmarkMultiply(b *testing.B) {
	for _, isa := range ISAs() {
		for _, shape := range []struct{ width, in int }{{128, 12}, {64, 32}, {16, 64}, {8, 64}} {
			b.Run(fmt.Sprintf("%v/conv3_%dx%d", isa, shape.width, shape.in), func(b *testing.B) {
				row := (shape.width + 2) * shape.in
				p := &Product{M: shape.width, R: 3, K: 3 * shape.in, AI: shape.in, AR: row, AK: 1,
					BR: 3 * shape.in * PanelWidth, BK: PanelWidth, CI: PanelWidth}
				x, w, y := Aligned(3*row), Aligned(9*shape.in*PanelWidth), Aligned(shape.width*PanelWidth)
				b.ReportAllocs()
				for b.Loop() {
					isa.Multiply(y, x, w, p)
				}
				flops := 2 * float64(p.M*p.R*p.K*PanelWidth)
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
