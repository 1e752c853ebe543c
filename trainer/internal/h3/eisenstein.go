package h3

import "math"

// eisenstein is the Eisenstein integer a + bω, ω = exp(2πi/3).
type eisenstein struct{ a, b int64 }

// alpha is the factor from a resolution to the next odd one. The factor to the next even one is its conjugate.
var alpha = eisenstein{2, -1}

func (z eisenstein) plus(y eisenstein) eisenstein  { return eisenstein{z.a + y.a, z.b + y.b} }
func (z eisenstein) minus(y eisenstein) eisenstein { return eisenstein{z.a - y.a, z.b - y.b} }

// times is the product; ω² = -1 - ω.
func (z eisenstein) times(y eisenstein) eisenstein {
	return eisenstein{z.a*y.a - z.b*y.b, z.a*y.b + z.b*y.a - z.b*y.b}
}

// scaled is the product with an integer.
func (z eisenstein) scaled(n int64) eisenstein { return eisenstein{z.a * n, z.b * n} }

// conjugate is the complex conjugate.
func (z eisenstein) conjugate() eisenstein { return eisenstein{z.a - z.b, -z.b} }

// complex is z as a complex number.
func (z eisenstein) complex() complex128 {
	return complex(float64(z.a)-float64(z.b)/2, float64(z.b)*(math.Sqrt(3)/2))
}

// nearest returns the Eisenstein integer nearest to w.
func nearest(w complex128) eisenstein {
	b := imag(w) * (2 / math.Sqrt(3))
	a := real(w) + b/2
	// One of the corners of the rhombus around w is the nearest.
	low := eisenstein{int64(math.Floor(a)), int64(math.Floor(b))}
	best, least := low, math.Inf(1)
	for _, corner := range [...]eisenstein{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		z := low.plus(corner)
		d := w - z.complex()
		if square := real(d)*real(d) + imag(d)*imag(d); square < least {
			best, least = z, square
		}
	}
	return best
}

// unit returns exp(πi/3) to the power of e.
func unit(e int) eisenstein {
	return [...]eisenstein{{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}}[modulo(e, 6)]
}

// modulo returns the remainder, 0 to n-1.
func modulo(v, n int) int { return (v%n + n) % n }

// factor returns the factor between the numbers of resolution r-1 and those of r.
func factor(r int) eisenstein {
	if r%2 == 1 {
		return alpha
	}
	return alpha.conjugate()
}

// scale returns A(r), the product of the factors up to resolution r.
func scale(r int) eisenstein {
	z := eisenstein{1, 0}
	for i := 1; i <= r; i++ {
		z = z.times(factor(i))
	}
	return z
}

// centre is the digit 0, as an exponent.
const centre = -1

// parent returns the number of the parent of cell z of resolution r, and the exponent of z's digit, or centre.
func parent(z eisenstein, r int) (eisenstein, int) {
	// Modulo the factor ω is the integer 2, or 4 for its conjugate, so the remainder is a number modulo 7. No two
	// digits have the same.
	omega, exponents := int64(2), [7]int{centre, 0, 2, 1, 4, 5, 3}
	if r%2 == 0 {
		omega, exponents = 4, [7]int{centre, 0, 4, 5, 2, 1, 3}
	}
	e := exponents[((z.a+omega*z.b)%7+7)%7]
	if e != centre {
		z = z.minus(unit(e))
	}
	z = z.times(factor(r).conjugate())
	return eisenstein{z.a / 7, z.b / 7}, e
}

// child returns the number of the child of cell z at the digit of exponent e; r is the child's resolution.
func child(z eisenstein, r, e int) eisenstein {
	z = z.times(factor(r))
	if e == centre {
		return z
	}
	return z.plus(unit(e))
}
