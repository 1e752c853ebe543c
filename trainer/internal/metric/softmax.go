package metric

import "math"

// sigmoid returns 1/(1+e^-x) without overflow.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// softplus returns ln(1+e^x) without overflow. Its derivative is sigmoid.
func softplus(x float64) float64 {
	return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}

// softmax replaces the logits x by their softmax and returns their log-sum-exp, -Inf for none.
func softmax(x []float64) float64 {
	peak := math.Inf(-1)
	for _, v := range x {
		peak = max(peak, v)
	}
	if math.IsInf(peak, -1) {
		return peak
	}
	var sum float64
	for i, v := range x {
		x[i] = math.Exp(v - peak)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
	return peak + math.Log(sum)
}
