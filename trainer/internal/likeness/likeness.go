// Package likeness tells in words which layers a place has, and which make two places alike.
package likeness

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
)

const (
	// maxWords is the number of layers that Words names.
	maxWords = 4
	// minShare is the least share of the likeness that Words names.
	minShare = 0.08
	// maxContrast is the number of layers that Contrast names.
	maxContrast = 3
	// minContrast is the least difference that Contrast names, in standard deviations.
	minContrast = 0.5
)

// Coverage is the mean of each layer of a raster, 0..1.
type Coverage [loc2vec.NumLayers]float32

// CoverageOf returns the coverage of a raster [C][H][W].
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

// Typical describes the typical place of a region. Two places are alike in what sets both apart from
// it.
type Typical struct {
	mean, deviation [loc2vec.NumLayers]float64 // of the square root of the coverage
}

// NewTypical returns the typical place of a region from a sample of its places.
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

// Shared is the contribution of one layer to the likeness of two places.
type Shared struct {
	Layer loc2vec.Layer
	Share float64 // of the likeness, 0..1
	More  bool    // both places have more of the layer than the typical place; otherwise less
}

// Shared returns the layers in which both places deviate from the typical place in the same
// direction, the largest share first. A layer's share is the product of both deviations, in standard
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

// Words names the layers that make two places alike with their shares of the likeness, such as
// "water 42 %, paths 20 %, no buildings 11 %". Layers that both places have more of come first, those
// that they have less of follow.
func (t Typical) Words(a, b Coverage) string {
	var more, less []string
	for i, s := range t.Shared(a, b) {
		if i == maxWords || s.Share < minShare {
			break
		}
		words := fmt.Sprintf("%s %.0f %%", phrase(s, max(a[s.Layer], b[s.Layer])), 100*s.Share)
		if s.More {
			more = append(more, words)
		} else {
			less = append(less, words)
		}
	}
	if len(more)+len(less) == 0 {
		return "no layer stands out"
	}
	return strings.Join(append(more, less...), ", ")
}

// Seen names the layers of one place by the weights that they have in its vector, the greatest first, each with its
// share of the window: "buildings 31 %, minor roads 8 %".
func Seen(c Coverage, weights [loc2vec.NumLayers]float64) string {
	order := make([]loc2vec.Layer, 0, len(c))
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		if c[l] > 0 {
			order = append(order, l)
		}
	}
	slices.SortStableFunc(order, func(a, b loc2vec.Layer) int { return cmp.Compare(weights[b], weights[a]) })
	var parts []string
	for _, l := range order[:min(len(order), maxWords)] {
		parts = append(parts, fmt.Sprintf("%s %s %%", layerWords(l).name, percentage(c[l])))
	}
	if len(parts) == 0 {
		return "nothing is mapped"
	}
	return strings.Join(parts, ", ")
}

// percentage formats a share, and those below one per cent not as 0.
func percentage(share float32) string {
	if share > 0 && share < 0.01 {
		return "under 1"
	}
	return fmt.Sprintf("%.0f", 100*share)
}

// Contrast names the layers that make two places unlike, with the coverage of both in per cent, such as "water 60 to 0 %,
// buildings 2 to 35 %". A layer counts by the difference of its square roots in standard deviations.
func (t Typical) Contrast(a, b Coverage) string {
	var layers []Shared // Share is the difference
	for l := range t.mean {
		if t.deviation[l] == 0 {
			continue
		}
		difference := math.Abs(math.Sqrt(float64(a[l]))-math.Sqrt(float64(b[l]))) / t.deviation[l]
		if difference >= minContrast {
			layers = append(layers, Shared{loc2vec.Layer(l), difference, true})
		}
	}
	slices.SortStableFunc(layers, func(a, b Shared) int { return cmp.Compare(b.Share, a.Share) })
	var words []string
	for _, s := range layers[:min(len(layers), maxContrast)] {
		words = append(words, fmt.Sprintf("%s %s to %s %%", layerWords(s.Layer).name, percentage(a[s.Layer]), percentage(b[s.Layer])))
	}
	if len(words) == 0 {
		return "the same layers, laid out otherwise"
	}
	return strings.Join(words, ", ")
}

// phrase names a layer in plain words. most is the larger of the two coverages.
func phrase(s Shared, most float32) string {
	words := layerWords(s.Layer)
	switch {
	case s.More:
		return words.name
	case most < 0.001:
		return "no " + words.name
	}
	return words.scarce + " " + words.name
}

// words are the name of a layer and how to say that there is not much of it.
type words struct{ name, scarce string }

// Name returns the name of a layer in plain words.
func Name(l loc2vec.Layer) string { return layerWords(l).name }

func layerWords(l loc2vec.Layer) words {
	return [loc2vec.NumLayers]words{
		{"water", "little"}, {"vegetation", "little"}, {"parks", "few"}, {"residential land", "little"},
		{"commercial land", "little"}, {"buildings", "few"}, {"major roads", "few"}, {"minor roads", "few"},
		{"paths", "few"}, {"transport", "little"}, {"civic places", "few"}, {"commerce", "little"},
	}[l]
}
