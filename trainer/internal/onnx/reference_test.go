package onnx

import (
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// reference computes an encoder by its definition in float64.
func reference(n *encoder.Network, raster []uint8) []float64 {
	if !n.Turned {
		return referenceOnce(n, raster)
	}
	mean := make([]float64, loc2vec.Dimension)
	for range 4 {
		for d, v := range referenceOnce(n, raster) {
			mean[d] += v / 4
		}
		next := make([]uint8, len(raster))
		kernel.Turn(next, raster, n.Pixels)
		raster = next
	}
	return mean
}

// referenceOnce is reference for a raster as it lies.
func referenceOnce(n *encoder.Network, raster []uint8) []float64 {
	x, size := make([]float64, len(raster)), n.Pixels
	for i, v := range raster {
		x[i] = float64(v) / 255
	}
	for i := range n.Convs {
		x, size = referenceConv(&n.Convs[i], x, size)
	}
	if n.Head.Pooled {
		x = append(means(x, size*size), coverages(n, raster)...)
	}
	for i := range n.Dense {
		l := &n.Dense[i]
		y := make([]float64, l.Out)
		for o := range y {
			y[o] = float64(l.Bias[o])
			for j, v := range x {
				y[o] += v * float64(l.Weight[o*l.In+j])
			}
			if y[o] < 0 {
				y[o] *= float64(l.Slope)
			}
		}
		x = y
	}
	return x
}

func referenceConv(l *encoder.Layer, x []float64, size int) ([]float64, int) {
	edge, pad := 1, 0
	if l.Kind == encoder.Conv3 {
		edge = 3
		if l.Same {
			pad = 1
		}
	}
	out := size + 2*pad - edge + 1
	y := make([]float64, l.Out*out*out)
	for o := range l.Out {
		plane := y[o*out*out:][:out*out]
		for i := range plane {
			plane[i] = float64(l.Bias[o])
		}
		for c := range l.In {
			for k := range edge * edge {
				w := float64(l.Weight[(o*l.In+c)*edge*edge+k])
				dy, dx := k/edge-pad, k%edge-pad
				for r := max(0, -dy); r < min(out, size-dy); r++ {
					for q := max(0, -dx); q < min(out, size-dx); q++ {
						plane[r*out+q] += w * x[(c*size+r+dy)*size+q+dx]
					}
				}
			}
		}
	}
	for i, v := range y {
		if v < 0 {
			y[i] = v * float64(l.Slope)
		}
	}
	if l.Pool {
		return pool(y, l.Out, out), out / 2
	}
	return y, out
}

func pool(x []float64, channels, size int) []float64 {
	half := size / 2
	y := make([]float64, channels*half*half)
	for i := range y {
		c, r, q := i/(half*half), i/half%half*2, i%half*2
		at := (c*size+r)*size + q
		y[i] = max(x[at], x[at+1], x[at+size], x[at+size+1])
	}
	return y
}

func means(x []float64, area int) []float64 {
	y := make([]float64, len(x)/area)
	for i, v := range x {
		y[i/area] += v / float64(area)
	}
	return y
}

func coverages(n *encoder.Network, raster []uint8) []float64 {
	area := n.Pixels * n.Pixels
	var y []float64
	for k, mask := range n.Head.Masks {
		for layer := range loc2vec.NumLayers {
			var sum, pixels float64
			for i, m := range mask {
				sum += float64(raster[layer*area+i]) / 255 * float64(m)
				pixels += float64(m)
			}
			y = append(y, math.Sqrt(sum/pixels)*float64(n.Head.Gain[k*loc2vec.NumLayers+layer]))
		}
	}
	return y
}
