package nearest

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// Distance returns the distance of two vectors of one space, as sdk.Distance does.
func Distance(metric loc2vec.Metric, a, b *[loc2vec.Dimension]float32) float64 {
	return distanceWithin(metric, a, b, math.Inf(1))
}

// distanceWithin returns the distance of two vectors, or any number above a limit if it is above that.
func distanceWithin(metric loc2vec.Metric, a, b *[loc2vec.Dimension]float32, limit float64) float64 {
	if metric == loc2vec.Cosine {
		return cosine(a, b)
	}
	const slack = 1e-9 // relative: the square of a root is not exact
	most := limit * limit * (1 + slack)
	var squares float64
	// The first axes of a space have the greatest deviations: half of the sum usually exceeds the limit.
	for half := 0; half < loc2vec.Dimension; half += loc2vec.Dimension / 2 {
		for i := half; i < half+loc2vec.Dimension/2; i++ {
			d := float64(a[i]) - float64(b[i])
			squares += d * d
		}
		if squares > most {
			return math.Inf(1)
		}
	}
	return math.Sqrt(squares)
}

// cosine returns one minus the cosine of the angle between two vectors, 1 if one of them is zero.
func cosine(a, b *[loc2vec.Dimension]float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 1
	}
	return 1 - dot/math.Sqrt(aa*bb)
}
