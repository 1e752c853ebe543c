package eval

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

const (
	histogramSize = loc2vec.NumLayers
	ringsSize     = rings * loc2vec.NumLayers
	countsSize    = 3 * loc2vec.NumLayers
	// fitViews is the number of views of each training place that baselines are fitted on: north up,
	// and three poses like the queries of same_place, because a discriminant must see the variation
	// that it is to ignore.
	fitViews = 4
	// maxThumbs bounds the rows that principal components are computed from: 16 directions need no
	// more, and each row takes 3,072 float64.
	maxThumbs = 2048
	// minDeviation is a thousandth of a layer's range. Features that vary less are noise of the
	// raster, and scaling them to deviation 1 would let the rarest layer decide.
	minDeviation = 1e-3
)

// FitOptions are the settings of Baselines and FitProbes.
type FitOptions struct {
	Seed     uint64
	Progress func(done, total int) // may be nil; called by one goroutine at a time
}

// Names of baselines.
const (
	histogramName      = "histogram (12)"
	ringsName          = "ring histogram (36)"
	discriminantSuffix = " + LDA"
	countsName         = "shape counts + SVD"
)

// Baselines fits the unsupervised baselines on a few thousand places that are not evaluated:
//
//   - the histogram: the square root of each layer's coverage, standardised (12 numbers);
//   - the ring histogram: the same in three rings of equal width inside the inscribed circle, which
//     makes it invariant to rotation (36 numbers);
//   - both under a linear discriminant map (Fisher 1936; Rao 1948) to at most 16 dimensions;
//   - the first 16 principal components of the raster as 16 x 16 cells;
//   - where the region has a Counter, the first 16 principal components of the logarithms of the
//     numbers of shapes, which stand in for counts of tags: packs hold no tags.
//
// Standardisation, discriminant and components depend on these places alone.
func Baselines(ctx context.Context, train *Region, o FitOptions) ([]Method, error) {
	if len(train.Places) < 2 {
		return nil, errors.New("fitting baselines: fewer than two training places")
	}
	s := scanner{region: train, seed: o.Seed, progress: o.Progress, views: []view{
		{}, {rotate: true, shift: 20}, {rotate: true, shift: 40}, {rotate: true, shift: 80},
	}}
	descriptors := make([]Descriptor, len(train.Places)*fitViews)
	err := s.scan(ctx, func(first int, v Views) error {
		copy(descriptors[first*fitViews:], v.Descriptors)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("fitting baselines: %w", err)
	}
	methods, err := fitBaselines(descriptors)
	if err != nil || train.Counter == nil {
		return methods, err
	}
	counts := features(descriptors, countsSize, shapeCounts)
	return append(methods, fromDescriptor(countsName, principal(counts, min(loc2vec.Dimension, counts.n-1)), shapeCounts)), nil
}

// fitBaselines fits the baselines without shape counts from descriptors [N][fitViews].
func fitBaselines(descriptors []Descriptor) ([]Method, error) {
	var methods, discriminants []Method
	for _, h := range []struct {
		name string
		size int
		read func(dst []float32, s *Descriptor)
	}{
		{histogramName, histogramSize, histogram},
		{ringsName, ringsSize, ringHistogram},
	} {
		raw := features(descriptors, h.size, h.read)
		scale := standardise(raw, minDeviation)
		methods = append(methods, fromDescriptor(h.name, scale, h.read))
		lda, err := discriminant(raw, consecutive(raw.n, fitViews), min(loc2vec.Dimension, h.size))
		if err != nil {
			return nil, fmt.Errorf("fitting baseline %s, LDA: %w", h.name, err)
		}
		discriminants = append(discriminants, fromDescriptor(h.name+discriminantSuffix, lda, h.read))
	}
	methods = append(methods, discriminants...)
	thumbs := features(thinned(descriptors, maxThumbs), thumbSize, thumbnail)
	components := min(loc2vec.Dimension, thumbs.n-1)
	return append(methods, fromDescriptor("raster 16 x 16 + PCA", principal(thumbs, components), thumbnail)), nil
}

// thinned returns at most n of the descriptors, evenly spaced.
func thinned(descriptors []Descriptor, n int) []Descriptor {
	if len(descriptors) <= n {
		return descriptors
	}
	out := make([]Descriptor, n)
	for i := range out {
		out[i] = descriptors[i*len(descriptors)/n]
	}
	return out
}

// histogram reads 12 numbers. The square root stabilises the variance of a share.
func histogram(dst []float32, s *Descriptor) {
	for c, v := range s.Coverage {
		dst[c] = float32(math.Sqrt(float64(v)))
	}
}

// ringHistogram reads 36 numbers, [ring][layer].
func ringHistogram(dst []float32, s *Descriptor) {
	for r, ring := range s.Rings {
		for c, v := range ring {
			dst[r*loc2vec.NumLayers+c] = float32(math.Sqrt(float64(v)))
		}
	}
}

// thumbnail reads [C][16][16] numbers in 0..1.
func thumbnail(dst []float32, s *Descriptor) {
	for i, v := range s.Thumb {
		dst[i] = float32(v) / 255
	}
}

// shapeCounts reads 36 numbers, [layer][kind]. A layer without coverage counts 0, so that layers
// cleared on the raster are not read.
func shapeCounts(dst []float32, s *Descriptor) {
	for l, kinds := range s.Counts {
		for k, n := range kinds {
			if s.Coverage[l] == 0 {
				n = 0
			}
			dst[l*len(kinds)+k] = float32(math.Log1p(float64(n)))
		}
	}
}

// features reads one row from each descriptor.
func features(descriptors []Descriptor, size int, read func([]float32, *Descriptor)) matrix {
	m := newMatrix(len(descriptors), size)
	for i := range descriptors {
		read(m.row(i), &descriptors[i])
	}
	return m
}

// fromDescriptor returns the baseline that reads features and maps them.
func fromDescriptor(name string, a affine, read func([]float32, *Descriptor)) Method {
	return Method{
		Name: name, Role: Baseline, Dimension: a.out, Metric: loc2vec.Euclidean,
		Embed: func(dst []float32, v Views) error {
			x := make([]float32, a.in)
			for i := range v.Descriptors {
				read(x, &v.Descriptors[i])
				a.apply(dst[i*a.out:(i+1)*a.out], x)
			}
			return nil
		},
	}
}
