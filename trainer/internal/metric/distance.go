package metric

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// Distance says what the B x B matrix of a batch holds.
type Distance uint8

const (
	// Euclidean is d_ij = |e_i - e_j| of the raw embeddings: the space of Loc2Vec.
	Euclidean Distance = iota
	// SquaredSphere is |z_i - z_j|², which is 2 - 2 S_ij: the distance of FaceNet.
	SquaredSphere
	// Cosine is the similarity S_ij = z_i·z_j.
	Cosine
	// Dot is the similarity e_i·e_j of the raw embeddings.
	Dot
)

// shortest is the norm below which a vector counts as 0 and has no direction.
const shortest = 1e-12

// Metric returns how vectors trained under this distance are compared.
func (d Distance) Metric() loc2vec.Metric {
	if d == Euclidean {
		return loc2vec.Euclidean
	}
	return loc2vec.Cosine
}

// matrix fills m [B][B].
func (d Distance) matrix(m []float64, b *batch) {
	rows, pair := b.e, squaredDistance
	if d == SquaredSphere || d == Cosine {
		b.normalise()
		rows = b.unit
	}
	if d == Cosine || d == Dot {
		pair = dot
	}
	for i := range b.rows {
		for j := i; j < b.rows; j++ {
			v := pair(rows[i*b.dim:(i+1)*b.dim], rows[j*b.dim:(j+1)*b.dim])
			if d == Euclidean {
				v = math.Sqrt(v)
			}
			m[i*b.rows+j], m[j*b.rows+i] = v, v
		}
	}
}

// backward adds to grad [B][D] the gradient of a loss whose derivative with respect to the matrix m
// is g.
func (d Distance) backward(grad, g, m []float64, b *batch) {
	switch d {
	case Euclidean:
		b.spread(grad, b.e, func(i, j int) float64 {
			if m[i*b.rows+j] == 0 {
				return 0
			}
			return (g[i*b.rows+j] + g[j*b.rows+i]) / m[i*b.rows+j]
		})
	case SquaredSphere:
		b.throughUnit(grad, func(gz []float64) {
			b.spread(gz, b.unit, func(i, j int) float64 { return 2 * (g[i*b.rows+j] + g[j*b.rows+i]) })
		})
	case Cosine:
		b.throughUnit(grad, func(gz []float64) { b.mix(gz, b.unit, g) })
	case Dot:
		b.mix(grad, b.e, g)
	}
}

// spread adds c(i, j)·(x_i - x_j) to row i of grad and subtracts it from row j, for all i < j.
func (b *batch) spread(grad, x []float64, c func(i, j int) float64) {
	for i := range b.rows {
		xi, gi := x[i*b.dim:(i+1)*b.dim], grad[i*b.dim:(i+1)*b.dim]
		for j := i + 1; j < b.rows; j++ {
			w := c(i, j)
			if w == 0 {
				continue
			}
			xj, gj := x[j*b.dim:(j+1)*b.dim], grad[j*b.dim:(j+1)*b.dim]
			for k := range xi {
				t := w * (xi[k] - xj[k])
				gi[k] += t
				gj[k] -= t
			}
		}
	}
}

// mix adds (g + gᵀ)·x to grad.
func (b *batch) mix(grad, x, g []float64) {
	for i := range b.rows {
		gi := grad[i*b.dim : (i+1)*b.dim]
		for j := range b.rows {
			w := g[i*b.rows+j] + g[j*b.rows+i]
			if w == 0 {
				continue
			}
			for k, v := range x[j*b.dim : (j+1)*b.dim] {
				gi[k] += w * v
			}
		}
	}
}

// normalise fills unit and norm.
func (b *batch) normalise() {
	b.norm = zeroed(b.norm, b.rows)
	b.unit = zeroed(b.unit, len(b.e))
	for i := range b.rows {
		e := b.e[i*b.dim : (i+1)*b.dim]
		b.norm[i] = math.Sqrt(dot(e, e))
		if b.norm[i] < shortest {
			continue
		}
		for k, v := range e {
			b.unit[i*b.dim+k] = v / b.norm[i]
		}
	}
}

// throughUnit lets fill add the gradient with respect to the unit vectors and carries it on to the
// embeddings: de = (g - z(z·g))/|e|. The batch must be normalised.
func (b *batch) throughUnit(grad []float64, fill func(gz []float64)) {
	b.gradUnit = zeroed(b.gradUnit, len(b.unit))
	fill(b.gradUnit)
	for i := range b.rows {
		if b.norm[i] < shortest {
			continue
		}
		z, g := b.unit[i*b.dim:(i+1)*b.dim], b.gradUnit[i*b.dim:(i+1)*b.dim]
		along := dot(z, g)
		for k := range z {
			grad[i*b.dim+k] += (g[k] - z[k]*along) / b.norm[i]
		}
	}
}

func dot(a, b []float64) float64 {
	var s float64
	for k, v := range a {
		s += v * b[k]
	}
	return s
}

// squaredDistance differences first: |a|²+|b|²-2a·b cancels to nothing when a batch has collapsed.
func squaredDistance(a, b []float64) float64 {
	var s float64
	for k, v := range a {
		t := v - b[k]
		s += t * t
	}
	return s
}
