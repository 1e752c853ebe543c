package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
)

const (
	// mostWords is how many layers Words names.
	mostWords = 4
	// leastShare is the least share of the likeness that is worth a word.
	leastShare = 0.08
)

// Coverage is the mean of each layer of a raster, 0..1.
type Coverage [loc2vec.NumLayers]float32

// CoverageOf measures a raster [C][H][W].
func CoverageOf(image []uint8) Coverage {
	var c Coverage
	plane := len(image) / loc2vec.NumLayers
	for l := range c {
		var sum int
		for _, v := range image[l*plane : (l+1)*plane] {
			sum += int(v)
		}
		c[l] = float32(sum) / float32(255*plane)
	}
	return c
}

// Typical is what places of a region usually look like. What two places have in common only says
// something where it is not common to all.
type Typical struct {
	mean, deviation [loc2vec.NumLayers]float64 // of the square root of the coverage
}

// NewTypical takes the typical place from places of the region.
func NewTypical(places []Coverage) Typical {
	var t Typical
	for l := range t.mean {
		var sum, square float64
		for _, p := range places {
			v := math.Sqrt(float64(p[l]))
			sum += v
			square += v * v
		}
		n := float64(max(len(places), 1))
		t.mean[l] = sum / n
		t.deviation[l] = math.Sqrt(max(square/n-t.mean[l]*t.mean[l], 0))
	}
	return t
}

// Shared is one layer's part in the likeness of two places.
type Shared struct {
	Layer loc2vec.Layer
	// Share of the likeness, 0..1.
	Share float64
	// More than typical in both places; otherwise less.
	More bool
}

// Shared returns the layers in which both places depart from the typical place in the same
// direction, largest share first. A layer's share is the product of both departures, in standard
// deviations, over the sum of these products.
func (t Typical) Shared(a, b Coverage) []Shared {
	var out []Shared
	var total float64
	for l := range t.mean {
		if t.deviation[l] == 0 {
			continue
		}
		za := (math.Sqrt(float64(a[l])) - t.mean[l]) / t.deviation[l]
		zb := (math.Sqrt(float64(b[l])) - t.mean[l]) / t.deviation[l]
		if product := za * zb; product > 0 {
			out = append(out, Shared{loc2vec.Layer(l), product, za > 0})
			total += product
		}
	}
	for i := range out {
		out[i].Share /= total
	}
	slices.SortStableFunc(out, func(a, b Shared) int { return cmp.Compare(b.Share, a.Share) })
	return out
}

// Words says which layers make two places alike, such as "water 42 %, paths 20 %, no buildings
// 11 %": the numbers are shares of the likeness. What there is comes first, what is lacking after it.
func (t Typical) Words(a, b Coverage) string {
	var there, lacking []string
	for i, s := range t.Shared(a, b) {
		if i == mostWords || s.Share < leastShare {
			break
		}
		words := fmt.Sprintf("%s %.0f %%", phrase(s, max(a[s.Layer], b[s.Layer])), 100*s.Share)
		if s.More {
			there = append(there, words)
		} else {
			lacking = append(lacking, words)
		}
	}
	if len(there)+len(lacking) == 0 {
		return "no layer stands out"
	}
	return strings.Join(append(there, lacking...), ", ")
}

// phrase names a layer in plain words; most is the larger of the two coverages.
func phrase(s Shared, most float32) string {
	words := [loc2vec.NumLayers]struct{ name, scarce string }{
		{"water", "little"}, {"vegetation", "little"}, {"parks", "few"}, {"residential land", "little"},
		{"commercial land", "little"}, {"buildings", "few"}, {"major roads", "few"}, {"minor roads", "few"},
		{"paths", "few"}, {"transport", "little"}, {"civic places", "few"}, {"commerce", "little"},
	}[s.Layer]
	switch {
	case s.More:
		return words.name
	case most < 0.001:
		return "no " + words.name
	}
	return words.scarce + " " + words.name
}
