package int8net

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// randomNetwork returns a small network with random weights, with padded convolutions if same is set and
// with coverage features if coverage is.
func randomNetwork(rng *rand.Rand, pixels int, same, coverage bool) *onnx.Network {
	n := &onnx.Network{Pixels: pixels, Rotations: 1, Input: onnx.Quant{Scale: 1.0 / 255}}
	size := pixels
	add := func(kernel, from, to int, pool bool) {
		c := onnx.Conv{
			Size: kernel, In: from, Out: to, Same: same && kernel == 3, Pool: pool, Slope: 0.1,
			Sum:    onnx.Quant{Scale: 0.02 + 0.01*rng.Float32(), Zero: uint8(rng.IntN(90))},
			Output: onnx.Quant{Scale: 0.02 + 0.01*rng.Float32(), Zero: uint8(rng.IntN(20))},
		}
		c.Weight, c.WeightScale, c.Bias = randomWeights(rng, to, from*kernel*kernel)
		n.Convs = append(n.Convs, c)
		size = c.OutputSize(size)
	}
	add(3, loc2vec.NumLayers, 36, same)
	add(3, 36, 20, true)
	add(1, 20, 8, false)
	const hidden = 24
	for i, shape := range [][2]int{{8 * size * size, hidden}, {hidden, loc2vec.Dimension}} {
		d := onnx.Dense{In: shape[0], Out: shape[1]}
		d.Weight, d.WeightScale, d.Bias = randomWeights(rng, d.Out, d.In)
		if i == 0 {
			d.Slope, d.Output = 0.2, onnx.Quant{Scale: 0.03, Zero: 31}
		}
		n.Dense = append(n.Dense, d)
	}
	if coverage {
		c := &onnx.Coverage{Output: onnx.Quant{Scale: 2.0 / 255}}
		for range 3 {
			mask, under := make([]uint8, pixels*pixels), 0
			for i := range mask {
				mask[i] = uint8(rng.IntN(2))
				under += int(mask[i])
			}
			c.Masks = append(c.Masks, mask)
			c.Factor = append(c.Factor, slices.Repeat([]float32{4 / (255 * float32(under))}, loc2vec.NumLayers)...)
		}
		c.Weight, c.WeightScale, _ = randomWeights(rng, hidden, len(c.Masks)*loc2vec.NumLayers)
		n.Coverage = c
	}
	return n
}

func randomWeights(rng *rand.Rand, out, in int) (w []int8, scale []float32, bias []int32) {
	for range out * in {
		w = append(w, int8(rng.IntN(255)-127))
	}
	for range out {
		scale = append(scale, float32(0.02/math.Sqrt(float64(in)))*(1+rng.Float32()))
		bias = append(bias, int32(rng.IntN(4000)-2000))
	}
	return w, scale, bias
}

// randomRaster fills some layers with rectangles and leaves others empty.
func randomRaster(rng *rand.Rand, pixels int) []uint8 {
	r := make([]uint8, loc2vec.NumLayers*pixels*pixels)
	for c := range loc2vec.NumLayers {
		if rng.IntN(2) == 0 {
			continue
		}
		plane := r[c*pixels*pixels:][:pixels*pixels]
		left, top := rng.IntN(pixels), rng.IntN(pixels)
		for y := top; y < pixels; y++ {
			for x := left; x < pixels; x++ {
				low, high := uint8(rng.IntN(256)), uint8(rng.IntN(256))
				plane[y*pixels+x] = low | high // mostly bright, like mapped areas
			}
		}
	}
	return r
}

// naive computes a network by its definition, one number after the other, with real numbers wherever the
// arithmetic has them and with zero points subtracted byte by byte.
func naive(n *onnx.Network, raster []uint8) []float32 {
	x, in, size, channels := raster, n.Input, n.Pixels, loc2vec.NumLayers
	for i := range n.Convs {
		c := &n.Convs[i]
		x, size = naiveConv(c, x, in, size, channels)
		in, channels = c.Output, c.Out
	}
	for i := range n.Dense {
		d := &n.Dense[i]
		out := make([]float32, d.Out)
		for o := range out {
			sum := d.Bias[o]
			for j, v := range x {
				sum += (int32(v) - int32(in.Zero)) * int32(d.Weight[o*d.In+j])
			}
			out[o] = float32(float32(sum) * float32(in.Scale*d.WeightScale[o]))
			if i == 0 && n.Coverage != nil {
				out[o] += naiveCoverage(n, raster, o)
			}
		}
		if i == len(n.Dense)-1 {
			return out
		}
		x, in = make([]uint8, d.Out), d.Output
		for o, v := range out {
			x[o] = naiveByte(naiveLeaky(v, d.Slope)/in.Scale, in.Zero)
		}
	}
	return nil
}

func naiveConv(c *onnx.Conv, x []uint8, in onnx.Quant, size, channels int) ([]uint8, int) {
	pad := 0
	if c.Same {
		pad = c.Size / 2
	}
	sumAt := func(o, y, x0 int, src []uint8) uint8 {
		sum := c.Bias[o]
		for i := range channels {
			for ky := range c.Size {
				for kx := range c.Size {
					yy, xx := y+ky-pad, x0+kx-pad
					if yy < 0 || xx < 0 || yy >= size || xx >= size {
						continue
					}
					v := int32(src[(i*size+yy)*size+xx]) - int32(in.Zero)
					sum += v * int32(c.Weight[((o*c.In+i)*c.Size+ky)*c.Size+kx])
				}
			}
		}
		scale := float32(in.Scale*c.WeightScale[o]) / c.Sum.Scale
		return naiveByte(float32(sum)*scale, c.Sum.Zero)
	}
	step := 1
	if c.Pool {
		step = 2
	}
	edge := c.OutputSize(size)
	out := make([]uint8, c.Out*edge*edge)
	for o := range c.Out {
		for y := range edge {
			for x0 := range edge {
				var top uint8
				for dy := range step {
					for dx := range step {
						top = max(top, sumAt(o, step*y+dy, step*x0+dx, x))
					}
				}
				real := naiveLeaky(c.Sum.Scale*float32(int(top)-int(c.Sum.Zero)), c.Slope)
				out[(o*edge+y)*edge+x0] = naiveByte(real/c.Output.Scale, c.Output.Zero)
			}
		}
	}
	return out, edge
}

// naiveCoverage returns the share of coverage in output o of the first dense layer.
func naiveCoverage(n *onnx.Network, raster []uint8, o int) float32 {
	c, area := n.Coverage, n.Pixels*n.Pixels
	var sum int32
	for k, mask := range c.Masks {
		for layer := range loc2vec.NumLayers {
			var covered float32
			for p, m := range mask {
				covered += float32(raster[layer*area+p]) * float32(m)
			}
			root := float32(math.Sqrt(float64(covered * c.Factor[k*loc2vec.NumLayers+layer])))
			q := naiveByte(root/c.Output.Scale, c.Output.Zero)
			i := k*loc2vec.NumLayers + layer
			sum += (int32(q) - int32(c.Output.Zero)) * int32(c.Weight[o*len(c.Masks)*loc2vec.NumLayers+i])
		}
	}
	return float32(float32(sum) * float32(c.Output.Scale*c.WeightScale[o]))
}

func naiveLeaky(x, slope float32) float32 {
	if x < 0 {
		return slope * x
	}
	return x
}

// naiveByte rounds to nearest even and adds the zero point, in float64.
func naiveByte(x float32, zero uint8) uint8 {
	return uint8(min(max(math.RoundToEven(float64(x))+float64(zero), 0), 255))
}
