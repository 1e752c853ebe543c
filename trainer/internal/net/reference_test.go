package net

import (
	"math"
	"runtime"

	"github.com/loc2vec/loc2vec"
)

// The reference is the network in its simplest form, in float64 and channel-first. Tests compute its gradients by finite
// differences.

// maps are feature maps [B][C][S][S].
type maps struct {
	b, c, s int
	v       []float64
}

func newMaps(b, c, s int) maps { return maps{b, c, s, make([]float64, b*c*s*s)} }

// padded adds a margin of zeros.
func (m maps) padded(margin int) maps {
	r := newMaps(m.b, m.c, m.s+2*margin)
	for row := range m.b * m.c * m.s {
		plane, y := row/m.s, row%m.s
		copy(r.v[(plane*r.s+y+margin)*r.s+margin:], m.v[row*m.s:][:m.s])
	}
	return r
}

// conv is a size x size convolution, weight [out][in][size][size]; margin is the zero padding.
func (m maps) conv(weight []float64, out, size, margin int) maps {
	p := m.padded(margin)
	r := newMaps(m.b, out, p.s-size+1)
	workers(runtime.GOMAXPROCS(0)).each(m.b*out, func(_, i int) {
		b, o := i/out, i%out
		sum := r.v[i*r.s*r.s:][:r.s*r.s]
		for c := range m.c {
			plane := p.v[(b*m.c+c)*p.s*p.s:]
			for t, w := range weight[(o*m.c+c)*size*size:][:size*size] {
				for y := range r.s {
					row := sum[y*r.s:][:r.s]
					for x, v := range plane[(y+t/size)*p.s+t%size:][:r.s] {
						row[x] += w * v
					}
				}
			}
		}
	})
	return r
}

// norm is batch normalisation with the statistics of the batch, and LeakyReLU.
func (m maps) norm(gamma, beta []float64) maps {
	r := newMaps(m.b, m.c, m.s)
	n := m.s * m.s
	for c := range m.c {
		var sum, square float64
		each := func(f func(i int)) {
			for b := range m.b {
				for i := range n {
					f((b*m.c+c)*n + i)
				}
			}
		}
		each(func(i int) { sum += m.v[i] })
		mean := sum / float64(m.b*n)
		each(func(i int) { square += (m.v[i] - mean) * (m.v[i] - mean) })
		variance := square / float64(m.b*n)
		deviation := math.Sqrt(variance + normEpsilon)
		each(func(i int) {
			z := gamma[c]*(m.v[i]-mean)/deviation + beta[c]
			r.v[i] = max(z, leakySlope*z)
		})
	}
	return r
}

// pool is 2x2 max pooling.
func (m maps) pool() maps {
	r := newMaps(m.b, m.c, m.s/2)
	for i := range r.v {
		x, y, plane := i%r.s, i/r.s%r.s, i/(r.s*r.s)
		p := m.v[plane*m.s*m.s+2*y*m.s+2*x:]
		r.v[i] = max(p[0], p[1], p[m.s], p[m.s+1])
	}
	return r
}

// vectors flattens the maps of each image to one vector.
func (m maps) vectors() maps { return maps{m.b, m.c * m.s * m.s, 1, m.v} }

// means replaces each map by its mean.
func (m maps) means() maps {
	r := newMaps(m.b, m.c, 1)
	for i, v := range m.v {
		r.v[i/(m.s*m.s)] += v / float64(m.s*m.s)
	}
	return r
}

// join appends to each image's maps of one pixel the values of other, [B][n].
func (m maps) join(other []float64) maps {
	n := len(other) / m.b
	r := newMaps(m.b, m.c+n, 1)
	for b := range m.b {
		copy(r.v[b*r.c:], m.v[b*m.c:][:m.c])
		copy(r.v[b*r.c+m.c:], other[b*n:][:n])
	}
	return r
}

// reference returns the embeddings [B][D] of rasters. params are by name; extra are the coverage features, with global
// pooling.
func reference(l *architecture, params map[string][]float64, x maps, extra []float64) []float64 {
	return referenceWith(l, params, x, extra, func(_ string, m maps) maps { return m })
}

// referenceWith is reference with a function applied to the output of each layer.
func referenceWith(l *architecture, params map[string][]float64, x maps, extra []float64, after func(layer string, m maps) maps) []float64 {
	block := func(name string, out, size, margin int, pool bool) {
		x = x.conv(params[name+".weight"], out, size, margin).norm(params[name+".gamma"], params[name+".beta"])
		if pool {
			x = x.pool()
		}
		x = after(name, x)
	}
	for i, c := range l.convs {
		margin := 0
		if c.same {
			margin = 1
		}
		block([]string{"conv1", "conv2", "conv3", "conv4", "conv5"}[i], c.out, 3, margin, c.pool)
	}
	block("point1", l.hidden, 1, 0, false)
	block("point2", l.hidden, 1, 0, false)
	if UsesGlobalPooling(l.name) {
		x = x.means().join(extra)
	} else {
		x = x.vectors()
	}
	block("dense", l.hidden, 1, 0, false)
	y := make([]float64, x.b*loc2vec.Dimension)
	for i := range y {
		b, d := i/loc2vec.Dimension, i%loc2vec.Dimension
		y[i] = params["embedding.bias"][d]
		for c := range x.c {
			y[i] += x.v[b*x.c+c] * params["embedding.weight"][c*loc2vec.Dimension+d]
		}
	}
	return y
}
