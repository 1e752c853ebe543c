package int8net

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// DenseLayers are the fully connected layers of a network and the coverage features that join
// them. Safe for concurrent use.
type DenseLayers struct {
	net      *Network
	kernel   *kernel.Int8
	layers   []denseStage
	coverage *coverageStage // nil without coverage
}

// denseStage is one dense layer. Outputs that stand side by side with the same weights, as the trainer writes them,
// have one product between them.
type denseStage struct {
	weights *kernel.Int8Weights
	product []int // of each output: which row of the weights
	bias    []int32
	scale   []float32 // of the sums
	in      int
}

// coverageStage computes the coverage features and their share of the first dense layer.
type coverageStage struct {
	// masks, [K][H*W], lie as the raster does: one set for each of its turns, or one for all when a
	// quarter turn does not change them.
	masks []*kernel.Int8Weights
	dense denseStage
}

// NewDenseLayers prepares the dense layers of a network whose last feature map stands for in.
func NewDenseLayers(k *kernel.Int8, net *Network, in Quant) *DenseLayers {
	l := &DenseLayers{net: net, kernel: k}
	first := net.Dense[0]
	channels := net.Convs[len(net.Convs)-1].Out
	first.Weight = mapOrder(&first, channels, first.In/channels)
	if c := net.Coverage; c != nil {
		share := Dense{
			In: len(c.Masks) * loc2vec.NumLayers, Out: first.Out,
			Weight: c.Weight, WeightScale: c.WeightScale, Bias: make([]int32, first.Out),
		}
		l.coverage = &coverageStage{dense: newDenseStage(k, &share, c.Output)}
		for _, masks := range turns(slices.Concat(c.Masks...), net) {
			packed := k.NewWeights(len(c.Masks), 1, net.Pixels*net.Pixels)
			packed.Pack(int8s(masks))
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

// denseScratch are the buffers of one computation.
type denseScratch struct {
	acc      []int32   // sums of a block for each layer of the raster
	real     []float32 // a layer's outputs
	added    []float32 // coverage's share of the first layer
	bytes    []uint8   // a layer's inputs
	features []uint8   // of coverage
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

// run is Real for a feature map of the raster after so many quarter turns, called for one turn after the other; what
// it returns belongs to the scratch.
func (l *DenseLayers) run(input, raster []uint8, turn int, s *denseScratch) []float32 {
	for i := range l.layers {
		layer := &l.net.Dense[i]
		out := s.real[:layer.Out]
		l.layers[i].sums(out, input, s.acc)
		if i == 0 && l.coverage != nil {
			if turn < len(l.coverage.masks) {
				l.cover(raster, turn, s)
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

// cover fills s.added with coverage's share of the first layer, for the raster after so many turns.
func (l *DenseLayers) cover(raster []uint8, turn int, s *denseScratch) {
	c, coverage := l.coverage, l.net.Coverage
	area := l.net.Pixels * l.net.Pixels
	lanes := l.kernel.Lanes()
	// The layers of the raster are the pixels of this product, and their pixels its channels.
	window := kernel.Int8Window{Pixels: loc2vec.NumLayers, PixelStride: area}
	masks := c.masks[turn]
	for block := range masks.Blocks() {
		masks.Dot(s.acc, block, raster, window)
		for k := block * lanes; k < min(len(coverage.Masks), (block+1)*lanes); k++ {
			for layer := range loc2vec.NumLayers {
				// Exact as float32: maxPixels keeps the sum below 2^24.
				i := k*loc2vec.NumLayers + layer
				x := float32(s.acc[layer*lanes+k-block*lanes]) * coverage.Factor[i]
				s.features[i] = coverage.Output.Quantise(float32(math.Sqrt(float64(x))))
			}
		}
	}
	c.dense.sums(s.added, s.features, s.acc)
}

// mapOrder returns a dense layer's weights with its inputs in the order pixel, channel instead of
// channel, pixel.
func mapOrder(d *Dense, channels, pixels int) []int8 {
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

// turns returns the masks, one behind the other, for each turn of the raster: turned back, they cover of the raster
// as it lies what they cover of the turned one. Masks that a quarter turn does not change are returned once.
func turns(masks []uint8, net *Network) [][]uint8 {
	if !net.Turned {
		return [][]uint8{masks}
	}
	var all [kernel.QuarterTurns][]uint8
	all[0] = masks
	for back := kernel.QuarterTurns - 1; back > 0; back-- {
		all[back] = make([]uint8, len(masks))
		kernel.Turn(all[back], all[(back+1)%kernel.QuarterTurns], net.Pixels)
	}
	if slices.Equal(all[1], masks) {
		return all[:1]
	}
	return all[:]
}

func newDenseStage(k *kernel.Int8, d *Dense, in Quant) denseStage {
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

// sums fills dst with the layer's outputs as real numbers. acc is scratch of one block.
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
