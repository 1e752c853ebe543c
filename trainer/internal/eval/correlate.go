package eval

import (
	"math"
	"math/bits"
)

// spectrum is the Fourier transform of a square grid of real numbers with edge n, a power of two,
// as [n/2+1][n]: the other half follows from symmetry. nil is the transform of zeros.
type spectrum []complex64

// correlator transforms grids of one size and back. It keeps its buffers and is not safe for
// concurrent use.
//
// The transform is a plain one in float32 and of radix two (Cooley & Tukey 1965), three times as
// fast here as a general one in float64: registration spends its time in it.
type correlator struct {
	n, half int
	order   []int       // [n] bit reversal
	roots   []complex64 // [n/2] e^(-2πik/n)

	line  []complex64 // [n]
	plane []complex64 // [half][n]
}

func newCorrelator(n int) *correlator {
	half := n/2 + 1
	c := &correlator{n: n, half: half, line: make([]complex64, n), plane: make([]complex64, half*n)}
	for i := range n {
		c.order = append(c.order, int(bits.Reverse64(uint64(i))>>(65-bits.Len(uint(n)))))
	}
	for k := range n / 2 {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(n))
		c.roots = append(c.roots, complex(float32(cos), -float32(sin)))
	}
	return c
}

// fourier replaces z [n], which is in bit-reversed order, by its transform.
func (c *correlator) fourier(z []complex64) {
	for i := 0; i+1 < len(z); i += 2 {
		z[i], z[i+1] = z[i]+z[i+1], z[i]-z[i+1]
	}
	for half := 2; half < len(z); half *= 2 {
		step := len(c.roots) / half
		for start := 0; start < len(z); start += 2 * half {
			low, high := z[start:start+half], z[start+half:start+2*half]
			for k, a := range low {
				b := high[k] * c.roots[k*step]
				low[k], high[k] = a+b, a-b
			}
		}
	}
}

// transform returns the spectrum of a grid [n][n].
func (c *correlator) transform(grid []float32) spectrum {
	out := make(spectrum, c.half*c.n)
	for y := 0; y < c.n; y += 2 {
		// Two rows of real numbers make one of complex ones.
		for x, at := range c.order {
			c.line[at] = complex(grid[y*c.n+x], grid[(y+1)*c.n+x])
		}
		c.fourier(c.line)
		for k := range c.half {
			v, w := c.line[k], conjugate(c.line[(c.n-k)%c.n])
			c.plane[k*c.n+c.order[y]] = (v + w) / 2
			c.plane[k*c.n+c.order[y+1]] = (v - w) * -0.5i
		}
	}
	copy(out, c.plane)
	for k := range c.half {
		c.fourier(out[k*c.n : (k+1)*c.n])
	}
	return out
}

func conjugate(z complex64) complex64 { return complex(real(z), -imag(z)) }

// addProduct adds to sum the spectrum of the correlation of a and b: Σ_x a(x+s)·b(x) for shifts s.
func addProduct(sum, a, b spectrum) {
	if a == nil || b == nil {
		return
	}
	b, sum = b[:len(a)], sum[:len(a)]
	for i, v := range a {
		sum[i] += v * conjugate(b[i])
	}
}

// shifts fills dst [2·reach+1][2·reach+1] with the grid of a spectrum at the shifts from -reach to
// reach along y and x.
func (c *correlator) shifts(dst []float32, s spectrum, reach int) {
	// The inverse transform is the conjugate of the transform of the conjugate.
	for k := range c.half {
		column := c.plane[k*c.n : (k+1)*c.n]
		for v, at := range c.order {
			column[at] = conjugate(s[k*c.n+v])
		}
		c.fourier(column)
	}
	width, scale := 2*reach+1, 1/float32(c.n*c.n)
	for dy := 0; dy < width; dy += 2 {
		// Both rows of real numbers from one transform: the second one comes out as imaginary.
		y := (dy - reach + c.n) % c.n
		next := (y + 1) % c.n
		for k := range c.half {
			v, w := c.plane[k*c.n+y], c.plane[k*c.n+next]
			c.line[c.order[k]] = v - 1i*w
			if k > 0 && k < c.n/2 {
				c.line[c.order[c.n-k]] = conjugate(v) - 1i*conjugate(w)
			}
		}
		c.fourier(c.line)
		for dx := range width {
			v := c.line[(dx-reach+c.n)%c.n]
			dst[dy*width+dx] = scale * real(v)
			if dy+1 < width {
				dst[(dy+1)*width+dx] = -scale * imag(v)
			}
		}
	}
}
