// Package detmath computes elementary functions with the same bits on every processor.
//
// Package math does not promise that: the compiler may fuse x*y+z into one rounding on arm64,
// ppc64, riscv64 and amd64 at GOAMD64=v3, and s390x has implementations of its own in assembly. Here
// every product is rounded separately, which the language guarantees for an explicit conversion, so
// that only IEEE 754 additions, multiplications and divisions remain. Results are within a few units
// in the last place of the true values.
package detmath

import "math"

// SincosDegrees returns the sine and cosine of a finite angle in degrees. It is exact at multiples
// of 90.
func SincosDegrees(degrees float64) (sin, cos float64) {
	// Both steps are exact: a remainder always is, and so is the difference of two multiples of the
	// same last place that does not grow.
	remainder := math.Mod(degrees, 360)
	quadrant := math.RoundToEven(remainder / 90)
	x := float64((remainder - float64(90*quadrant)) * (math.Pi / 180))
	s, c := sincosSeries(x)
	switch int(quadrant) & 3 {
	case 1:
		return c, -s
	case 2:
		return -s, -c
	case 3:
		return -c, s
	}
	return s, c
}

// sincosSeries sums the power series of sine and cosine for |x| <= π/4, where the error after nine
// terms is below 1e-19.
func sincosSeries(x float64) (sin, cos float64) {
	const terms = 9
	square := float64(x * x)
	sin, cos = 1, 1
	for k := terms; k > 0; k-- {
		n := float64(2 * k)
		sin = 1 - float64(float64(sin*square)/float64(n*(n+1)))
		cos = 1 - float64(float64(cos*square)/float64(n*(n-1)))
	}
	return float64(sin * x), cos
}

// Log returns the natural logarithm of a positive finite number.
func Log(x float64) float64 {
	fraction, exponent := math.Frexp(x)
	if fraction < math.Sqrt2/2 {
		fraction, exponent = 2*fraction, exponent-1
	}
	// log f = 2 artanh((f-1)/(f+1)). The argument stays below 0.172, where the error after twelve
	// terms is below 1e-19.
	const terms = 12
	z := (fraction - 1) / (fraction + 1)
	square := float64(z * z)
	sum := 0.0
	for k := terms; k >= 0; k-- {
		sum = float64(sum*square) + 1/float64(2*k+1)
	}
	return float64(2*float64(z*sum)) + float64(float64(exponent)*math.Ln2)
}
