package report

import (
	"image/color"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/trainer/internal/layout"
)

// embeddings are vectors of points, some of which have none.
type embeddings struct {
	dimension int       // D
	vectors   []float32 // [N][D]
	known     []bool    // [N]: the point has a vector
}

// colours returns [N] OKLab colours of the points that have a vector: lightness from the first
// principal component, red to green from the second, blue to yellow from the third.
func (e *embeddings) colours() [][3]float64 {
	scores := e.principalComponents()
	colours := make([][3]float64, len(e.known))
	for k := range 3 {
		var values []float64
		for i, known := range e.known {
			if known {
				values = append(values, scores[i][k])
			}
		}
		if len(values) == 0 {
			return colours
		}
		slices.Sort(values)
		// The 2nd and 98th percentile are the ends, so that a few outliers do not use up the colours.
		low, high := values[len(values)*2/100], values[(len(values)-1)*98/100]
		for i := range colours {
			t := 0.5
			if high > low {
				t = min(max((scores[i][k]-low)/(high-low), 0), 1)
			}
			if k == 0 {
				colours[i][k] = 0.42 + 0.46*t
			} else {
				colours[i][k] = 0.26 * (t - 0.5)
			}
		}
	}
	return colours
}

// principalComponents returns [N] the first three principal components of the points that have a
// vector.
func (e *embeddings) principalComponents() [][3]float64 {
	d := e.dimension
	scores := make([][3]float64, len(e.known))
	var known []float32
	for i, k := range e.known {
		if k {
			known = append(known, e.vectors[i*d:(i+1)*d]...)
		}
	}
	points, err := layout.Points(known, d)
	if err != nil { // no vector, or one that is not finite: no colours
		return scores
	}
	components, err := layout.Principal(points, 3)
	if err != nil {
		return scores
	}
	row := 0
	for i, k := range e.known {
		if k {
			copy(scores[i][:], components.RawRowView(row))
			row++
		}
	}
	return scores
}

// toSRGB converts OKLab (Ottosson 2020) to sRGB. It darkens by the opacity of water and lightens by
// that of roads, 0..255.
func toSRGB(lab [3]float64, roads, water uint8) color.NRGBA {
	l := lab[0] + 0.3963377774*lab[1] + 0.2158037573*lab[2]
	m := lab[0] - 0.1055613458*lab[1] - 0.0638541728*lab[2]
	s := lab[0] - 0.0894841775*lab[1] - 1.2914855480*lab[2]
	l, m, s = l*l*l, m*m*m, s*s*s
	channel := func(v float64) uint8 {
		if v = min(max(v, 0), 1); v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		v *= 1 - float64(water)/255
		v += (1 - v) * float64(roads) / 255
		return uint8(math.Round(255 * v))
	}
	return color.NRGBA{
		R: channel(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: channel(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: channel(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 255,
	}
}
