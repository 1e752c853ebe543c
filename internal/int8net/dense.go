package int8net

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// DenseLayers are the fully connected layers of a network with its coverage features. Safe for
// concurrent use.
type DenseLayers struct {
	net      *onnx.Network
	kernel   *kernel.Int8
	layers   []denseStage
	coverage *coverageStage // nil for a network without coverage features
}

// denseStage is one dense layer. Neighbouring outputs with equal weights, which quantisation makes of one
// unit, share one product.
type denseStage struct {
	weights *kernel.Int8Weights
	product []int // row of the weights, for each output
	bias    []int32
	scale   []float32 // of the sums, for each output
	in      int
}

// coverageStage computes the coverage features and their share of the first dense layer.
type coverageStage struct {
	// masks, [K][H*W], apply to the raster without rotation: one set for each rotation, or one set for
	// all when rotations do not change the masks.
	masks []*kernel.Int8Weights
	dense denseStage
}

// NewDenseLayers prepares the dense layers of a network. The bytes of its last feature map are those of in.
func NewDenseLayers(k *kernel.Int8, net *onnx.Network, in onnx.Quant) *DenseLayers {
	l := &DenseLayers{net: net, kernel: k}
	first := net.Dense[0]
	channels := net.Convs[len(net.Convs)-1].Out
	first.Weight = mapOrder(&first, channels, first.In/channels)
	if c := net.Coverage; c != nil {
		share := onnx.Dense{
			In: len(c.Masks) * loc2vec.NumLayers, Out: first.Out,
			Weight: c.Weight, WeightScale: c.WeightScale, Bias: make([]int32, first.Out),
		}
		l.coverage = &coverageStage{dense: newDenseStage(k, &share, c.Output)}
		for _, masks := range rotatedMasks(slices.Concat(c.Masks...), net) {
			packed := k.NewWeights(len(c.Masks), 1, net.Pixels*net.Pixels)
			packed.Pack(signed(masks))
			l.coverage.masks = append(l.coverage.masks, packed)
		}
	}
	for i := range net.Dense {
		d := &net.Dense[i]
		if i == 0 {
			d = &first
		}
		l.layers = append(l.layers, newDenseStage(k, d, in))
		in = d.Output
	}
	return l
}

// denseScratch holds the buffers of one computation.
type denseScratch struct {
	acc      []int32   // sums of a block, for each layer of the raster
	real     []float32 // outputs of a layer
	added    []float32 // share of coverage in the first layer
	bytes    []uint8   // inputs of a layer
	features []uint8   // coverage features
}

func (l *DenseLayers) newScratch() *denseScratch {
	widest := 0
	for _, d := range l.net.Dense {
		widest = max(widest, d.Out)
	}
	s := &denseScratch{
		acc: make([]int32, loc2vec.NumLayers*l.kernel.Lanes()), real: make([]float32, widest), bytes: make([]uint8, widest),
	}
	if l.coverage != nil {
		s.added = make([]float32, l.net.Dense[0].Out)
		s.features = make([]uint8, l.coverage.dense.in)
	}
	return s
}

// Real returns the real outputs of the last dense layer for the last feature map and the raster.
func (l *DenseLayers) Real(m *Map, raster []uint8) []float32 {
	return l.run(m.data, raster, 0, l.newScratch())
}

// run is Real for the feature map of a rotation of the raster. Calls for one raster must start with
// rotation 0 and count up. The result belongs to the scratch.
func (l *DenseLayers) run(input, raster []uint8, rotation int, s *denseScratch) []float32 {
	for i := range l.layers {
		layer := &l.net.Dense[i]
		out := s.real[:layer.Out]
		l.layers[i].sums(out, input, s.acc)
		if i == 0 && l.coverage != nil {
			if rotation < len(l.coverage.masks) { // otherwise s.added is that of rotation 0
				l.cover(raster, rotation, s)
			}
			for o := range out {
				out[o] += s.added[o]
			}
		}
		if i == len(l.layers)-1 {
			return out
		}
		input = s.bytes[:layer.Out]
		for o, v := range out {
			input[o] = layer.Output.Quantise(leaky(v, layer.Slope))
		}
	}
	return nil
}

// cover fills s.added with the share of coverage in the first layer, for a rotation of the raster.
func (l *DenseLayers) cover(raster []uint8, rotation int, s *denseScratch) {
	c, coverage := l.coverage, l.net.Coverage
	area := l.net.Pixels * l.net.Pixels
	lanes := l.kernel.Lanes()
	// The layers of the raster are the pixels of this product, their pixels its channels.
	window := kernel.Int8Window{Pixels: loc2vec.NumLayers, PixelStride: area}
	masks := c.masks[rotation]
	for block := range masks.Blocks() {
		masks.Dot(s.acc, block, raster, window)
		for k := block * lanes; k < min(len(coverage.Masks), (block+1)*lanes); k++ {
			for layer := range loc2vec.NumLayers {
				// Exact in float32: Check bounds H*W so that the sum stays below 2^24.
				i := k*loc2vec.NumLayers + layer
				x := float32(s.acc[layer*lanes+k-block*lanes]) * coverage.Factor[i]
				s.features[i] = coverage.Output.Quantise(float32(math.Sqrt(float64(x))))
			}
		}
	}
	c.dense.sums(s.added, s.features, s.acc)
}

// mapOrder returns the weights of a dense layer with its inputs in the order of a Map: pixel, channel
// instead of channel, pixel.
func mapOrder(d *onnx.Dense, channels, pixels int) []int8 {
	w := make([]int8, len(d.Weight))
	for o := range d.Out {
		dst, src := w[o*d.In:][:d.In], d.Weight[o*d.In:][:d.In]
		for c := range channels {
			for p := range pixels {
				dst[p*channels+c] = src[c*pixels+p]
			}
		}
	}
	return w
}

// rotatedMasks returns the masks, concatenated, for each rotation of the raster. Rotating a mask back
// covers the same part of the original raster as the mask covers of the rotated one. Masks that a
// rotation by 90 degrees does not change are returned once.
func rotatedMasks(masks []uint8, net *onnx.Network) [][]uint8 {
	if net.Rotations == 1 {
		return [][]uint8{masks}
	}
	var all [kernel.Rotations][]uint8
	all[0] = masks
	for back := kernel.Rotations - 1; back > 0; back-- {
		all[back] = make([]uint8, len(masks))
		kernel.Rotate(all[back], all[(back+1)%kernel.Rotations], net.Pixels)
	}
	if slices.Equal(all[1], masks) {
		return all[:1]
	}
	return all[:]
}

// signed converts masks, 0 or 1, to weights.
func signed(masks []uint8) []int8 {
	v := make([]int8, len(masks))
	for i, m := range masks {
		v[i] = int8(m)
	}
	return v
}

func newDenseStage(k *kernel.Int8, d *onnx.Dense, in onnx.Quant) denseStage {
	s := denseStage{in: d.In, bias: foldZero(d.Bias, d.Weight, in.Zero)}
	s.scale = make([]float32, d.Out)
	for o, w := range d.WeightScale {
		s.scale[o] = in.Scale * w
	}
	var distinct []int8
	for o := range d.Out {
		row := d.Weight[o*d.In:][:d.In]
		if o == 0 || !slices.Equal(row, distinct[len(distinct)-d.In:]) {
			distinct = append(distinct, row...)
		}
		s.product = append(s.product, len(distinct)/d.In-1)
	}
	s.weights = k.NewWeights(len(distinct)/d.In, 1, d.In)
	s.weights.Pack(distinct)
	return s
}

// sums fills dst with the layer's outputs as real numbers. acc is scratch memory of one block.
func (s *denseStage) sums(dst []float32, src []uint8, acc []int32) {
	lanes, o := s.weights.Lanes(), 0
	for block := range s.weights.Blocks() {
		s.weights.Dot(acc, block, src, kernel.Int8Window{Pixels: 1})
		first := block * lanes
		for ; o < len(dst) && s.product[o] < first+lanes; o++ {
			dst[o] = float32(float32(acc[s.product[o]-first]+s.bias[o]) * s.scale[o])
		}
	}
}
