package activation

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
)

// minVariation is the least standard deviation of a filter's mean response, as a share of the layer's median, below which
// it does not tell places apart.
const minVariation = 1e-3

// Survey tells what the filters of a layer respond to among real rasters.
type Survey struct {
	Rasters int
	// Strongest is [filter] the strongest response anywhere.
	Strongest []float64
	// Active is [filter] the share of rasters with a response above 0 somewhere.
	Active []float64
	// Variation is [filter] the standard deviation over the rasters of the mean activation.
	Variation []float64
}

// Survey runs rasters [C][H][W] through the network up to a layer.
func (s *Stack) Survey(ctx context.Context, layer int, rasters [][]uint8) (*Survey, error) {
	n := s.layers[layer].filters
	means, strongest := make([][]float64, len(rasters)), make([][]float64, len(rasters))
	workers := min(runtime.GOMAXPROCS(0), len(rasters))
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			t := s.newTape()
			for i := w; i < len(rasters) && ctx.Err() == nil; i += workers {
				t.setRaster(rasters[i])
				t.forward(layer)
				means[i], strongest[i] = t.summary(layer)
			}
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := &Survey{Rasters: len(rasters), Strongest: slices.Repeat([]float64{math.Inf(-1)}, n), Active: make([]float64, n), Variation: make([]float64, n)}
	for f := range n {
		var sum, square float64
		for i := range rasters {
			out.Strongest[f] = max(out.Strongest[f], strongest[i][f])
			if strongest[i][f] > 0 {
				out.Active[f]++
			}
			sum += means[i][f]
			square += means[i][f] * means[i][f]
		}
		out.Active[f] /= float64(len(rasters))
		mean := sum / float64(len(rasters))
		out.Variation[f] = math.Sqrt(max(square/float64(len(rasters))-mean*mean, 0))
	}
	return out, nil
}

// summary returns the mean activation and the strongest response of each filter of a layer.
func (t *tape) summary(layer int) (means, strongest []float64) {
	l := &t.layers[layer]
	means, strongest = make([]float64, l.filters), slices.Repeat([]float64{math.Inf(-1)}, l.filters)
	units := l.size * l.size
	for u := range units {
		for f, v := range t.response[layer][u*l.out:][:l.filters] {
			means[f] += float64(max(v, l.slope*v)) / float64(units)
			strongest[f] = max(strongest[f], float64(v))
		}
	}
	return means, strongest
}

// Silent returns the filters that respond to nothing: to no part of any raster, or to all rasters alike.
func (s *Survey) Silent() []int {
	sorted := slices.Sorted(slices.Values(s.Variation))
	least := minVariation * sorted[len(sorted)/2]
	var out []int
	for f, v := range s.Strongest {
		if v <= 0 || s.Variation[f] <= least {
			out = append(out, f)
		}
	}
	return out
}

// Liveliest returns n filters at most, those whose mean activation varies most first.
func (s *Survey) Liveliest(n int) []int {
	order := make([]int, len(s.Variation))
	for f := range order {
		order[f] = f
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.Variation[b], s.Variation[a]) })
	return order[:min(n, len(order))]
}

// Maps returns the activations of every layer on a raster, [layer][filter][S][S].
func (s *Stack) Maps(raster []uint8) [][][]float32 {
	t := s.newTape()
	t.setRaster(raster)
	t.forward(len(s.layers) - 1)
	out := make([][][]float32, len(s.layers))
	for i := range s.layers {
		l := &s.layers[i]
		for f := range l.filters {
			m := make([]float32, l.size*l.size)
			for u := range m {
				v := t.response[i][u*l.out+f]
				m[u] = max(v, l.slope*v)
			}
			out[i] = append(out[i], m)
		}
	}
	return out
}
