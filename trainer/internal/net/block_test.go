package net

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec/internal/kernel"
)

// channelsLast reorders maps to channel-last, with a halo of zeros.
func (m maps) channelsLast(halo int) []float32 {
	pitch := m.s + 2*halo
	v := kernel.Aligned(m.b * pitch * pitch * m.c)
	for i, x := range m.v {
		b, c, y, col := i/(m.c*m.s*m.s), i/(m.s*m.s)%m.c, i/m.s%m.s, i%m.s
		v[((b*pitch+y+halo)*pitch+col+halo)*m.c+c] = float32(x)
	}
	return v
}

// channelsFirst is the inverse of channelsLast.
func channelsFirst(v []float32, b, c, s, halo int) maps {
	m, pitch := newMaps(b, c, s), s+2*halo
	for i := range m.v {
		at, ch, y, col := i/(c*s*s), i/(s*s)%c, i/s%s, i%s
		m.v[i] = float64(v[((at*pitch+y+halo)*pitch+col+halo)*c+ch])
	}
	return m
}

// The forward pass and all gradients of the fused block agree with the reference, for every padding, halo and
// pooling.
func TestConvBlock(t *testing.T) {
	const batch, in = 5, 32
	for _, c := range []struct {
		spec    convSpec
		size    int
		outHalo int
	}{
		{convSpec{in: in, out: 32, same: true, pool: true}, 8, 1},
		{convSpec{in: in, out: 64, same: true, pool: true}, 4, 0},
		{convSpec{in: in, out: 32, same: true}, 6, 0},
		{convSpec{in: in, out: 64, pool: true}, 8, 0},
		{convSpec{in: in, out: 32}, 8, 1},
		{convSpec{in: in, out: 32, pool: true}, 38, 0}, // several groups of rows
	} {
		for _, isa := range kernel.ISAs() {
			if isa == kernel.Portable && c.size > 8 {
				continue
			}
			t.Run(fmt.Sprintf("%+v/%d/%v", c.spec, c.size, isa), func(t *testing.T) {
				inHalo := 0
				if c.spec.same {
					inHalo = 1
				}
				b := newConvBlock(convOptions{
					convSpec: c.spec, batch: batch, size: c.size, inHalo: inHalo, outHalo: c.outHalo, isa: isa, workers: 2,
				})
				var memory [][]float32
				for range groups(batch) {
					memory = append(memory, make([]float32, len(b.panels)))
				}
				b.share(memory)
				checkConvBlock(t, b)
			})
		}
	}
}

func checkConvBlock(t *testing.T, b *convBlock) {
	rng := rand.New(rand.NewPCG(31, 32))
	params := map[string][]float64{}
	draw := func(name string, n int) []float32 {
		v := normal(rng, n) // includes gammas of both signs
		params[name] = widened(v)
		return v
	}
	x := newMaps(b.batch, b.in, b.inSize)
	copy(x.v, widened(draw("x", len(x.v))))
	params["x"] = x.v
	weight, gamma, beta := draw("weight", len(b.dw)), draw("gamma", b.out), draw("beta", b.out)
	coefficients := newMaps(b.batch, b.out, b.outSize)
	copy(coefficients.v, widened(normal(rng, len(coefficients.v))))

	in := x.channelsLast(b.inHalo)
	b.forward(in, nil, weight, gamma, beta)
	b.backward(in, nil, coefficients.channelsLast(b.outHalo))

	plain := func() maps {
		y := x.conv(params["weight"], b.out, 3, b.inHalo).norm(params["gamma"], params["beta"])
		if b.pool {
			y = y.pool()
		}
		return y
	}
	got := channelsFirst(b.y, b.batch, b.out, b.outSize, b.outHalo)
	for i, want := range plain().v {
		if math.Abs(got.v[i]-want) > 2e-5*(1+math.Abs(want)) {
			t.Fatalf("output %d is %v, want %v", i, got.v[i], want)
		}
	}
	loss := func() (sum float64) {
		for i, v := range plain().v {
			sum += coefficients.v[i] * v
		}
		return sum
	}
	dx := channelsFirst(b.dx, b.batch, b.in, b.inSize, b.inHalo)
	narrow := make([]float32, len(dx.v))
	for i, v := range dx.v {
		narrow[i] = float32(v)
	}
	checkDirection(t, "x", params["x"], narrow, rng, loss)
	checkDirection(t, "weight", params["weight"], b.dw, rng, loss)
	checkDirection(t, "gamma", params["gamma"], b.norm.gammaGrad, rng, loss)
	checkDirection(t, "beta", params["beta"], b.norm.betaGrad, rng, loss)
}

// The same for the matrix product, also with input channels that do not fill a panel.
func TestLinearBlock(t *testing.T) {
	for _, shape := range []struct{ rows, in, out int }{{7, 32, 64}, {70, 112, 64}, {33, 64, 128}} {
		for _, isa := range kernel.ISAs() {
			b := newLinearBlock(shape.rows, shape.in, shape.out, isa, 2)
			rng := rand.New(rand.NewPCG(33, 34))
			in, weight := normal(rng, b.rows*b.in), normal(rng, len(b.dw))
			gamma, beta, dy := normal(rng, b.out), normal(rng, b.out), normal(rng, b.rows*b.out)
			b.forward(in, weight, gamma, beta)
			b.backward(in, dy)

			x, w, g, a := maps{b.rows, b.in, 1, widened(in)}, widened(weight), widened(gamma), widened(beta)
			loss := func() (sum float64) {
				for i, v := range x.conv(w, b.out, 1, 0).norm(g, a).v {
					sum += float64(dy[i]) * v
				}
				return sum
			}
			for i, want := range x.conv(w, b.out, 1, 0).norm(g, a).v {
				if math.Abs(float64(b.y[i])-want) > 2e-5*(1+math.Abs(want)) {
					t.Fatalf("%v %v: output %d is %v, want %v", shape, isa, i, b.y[i], want)
				}
			}
			checkDirection(t, "x", x.v, b.dx, rng, loss)
			checkDirection(t, "weight", w, b.dw, rng, loss)
			checkDirection(t, "gamma", g, b.norm.gammaGrad, rng, loss)
			checkDirection(t, "beta", a, b.norm.betaGrad, rng, loss)
		}
	}
}

// The parts of the head are linear: <f(x), dy> = <x, back(dy)> for all x and dy.
func TestHeadsAreAdjoint(t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 36))
	const batch, pixels, channels, extra = 3, 4, 64, 24
	f, h, d := newFlatten(batch, pixels, channels), newPooledHead(batch, pixels, channels, extra), newDropout(0.4, 1, 500)
	for name, u := range map[string]unary{
		"flatten": {f.forward, f.backward, f.y, f.dx},
		"pooled":  {h.forward, h.backward, h.y, h.dx},
		"dropout": {d.forward, d.backward, d.y, d.dx},
	} {
		x, dy := normal(rng, len(u.dx)), normal(rng, len(u.y))
		u.forward(x)
		u.backward(dy)
		var a, b float64
		for i := range u.y {
			a += float64(u.y[i]) * float64(dy[i])
		}
		for i := range x {
			b += float64(x[i]) * float64(u.dx[i])
		}
		if math.Abs(a-b) > 1e-4 {
			t.Errorf("%s: %v and %v", name, a, b)
		}
	}
}

func TestDropoutKeepsTheExpectation(t *testing.T) {
	const n, rate = 20_000, 0.3
	d := newDropout(rate, 9, n)
	ones := make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	d.forward(ones)
	var kept int
	var sum float64
	for _, v := range d.y {
		sum += float64(v)
		if v != 0 {
			kept++
		}
	}
	if math.Abs(float64(kept)/n-(1-rate)) > 0.02 || math.Abs(sum/n-1) > 0.03 {
		t.Errorf("%d of %d kept, mean %v", kept, n, sum/n)
	}
	before := d.y[:100:100]
	before = append([]float32(nil), before...)
	d.forward(ones)
	for i, v := range before {
		if d.y[i] != v {
			t.Fatal("the same step drops other values")
		}
	}
	d.step++
	d.forward(ones)
	same := 0
	for i, v := range before {
		if d.y[i] == v {
			same++
		}
	}
	if same == len(before) {
		t.Error("the next step drops the same")
	}
}
