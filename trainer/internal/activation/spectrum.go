package activation

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Spectrum returns the power of a picture [C][n][n] by spatial frequency, summed over the channels without their means:
// element k is that of k - ½ to k + ½ cycles along the picture, up to n/2. It adds up to 1, or to 0 for a flat picture.
func Spectrum(picture []float32, n int) []float64 {
	out := make([]float64, n/2+1)
	for plane := 0; plane < len(picture); plane += n * n {
		addSpectrum(out, picture[plane:][:n*n], n)
	}
	var total float64
	for _, v := range out {
		total += v
	}
	for k := range out {
		if total > 0 {
			out[k] /= total
		}
	}
	return out
}

// addSpectrum adds the power of one channel [n][n].
func addSpectrum(dst []float64, plane []float32, n int) {
	transform := fourier.NewCmplxFFT(n)
	waves := make([]complex128, n*n)
	for i, v := range plane {
		waves[i] = complex(float64(v), 0)
	}
	line := make([]complex128, n)
	for y := range n {
		transform.Coefficients(waves[y*n:][:n], waves[y*n:][:n])
	}
	for x := range n {
		for y := range n {
			line[y] = waves[y*n+x]
		}
		transform.Coefficients(line, line)
		for y, w := range line {
			if x == 0 && y == 0 {
				continue // the mean
			}
			// The indices above n/2 are the negative frequencies.
			cycles := math.Hypot(float64(min(x, n-x)), float64(min(y, n-y)))
			if k := int(math.Round(cycles)); k < len(dst) { // the corners hold frequencies that only diagonals have
				dst[k] += real(w)*real(w) + imag(w)*imag(w)
			}
		}
	}
}

// Centroid returns the mean frequency of a spectrum in cycles along the picture, and NaN for that of a flat one.
func Centroid(spectrum []float64) float64 {
	var sum, total float64
	for k, v := range spectrum {
		sum += float64(k) * v
		total += v
	}
	return sum / total
}
