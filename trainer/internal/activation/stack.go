// Package activation shows what the filters of a network respond to.
//
// Dimensions: C layers of a raster, H x W pixels, S x S pixels of a feature map. A filter's response is the output of its
// convolution after pooling, with its bias, before the LeakyReLU.
package activation

import (
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Stack is the 3x3 convolutions of a network, with the gradient of their responses. Safe for concurrent use.
type Stack struct {
	isa    kernel.ISA
	pixels int
	layers []layer
}

// layer is one convolution. Channels are padded with zeros to a multiple of kernel.PanelWidth.
type layer struct {
	filters  int // before padding
	in, out  int
	margin   int // of zeros around the input: 1 with padding, 0 without
	inSize   int
	convSize int // of the output before pooling
	size     int // after pooling
	pool     bool
	slope    float32
	bias     []float32 // [out]
	forward  []float32 // panels
	backward []float32 // panels of the gradient of the input
	field    int       // edge in pixels of the part of the raster that a response depends on
}

// NewStack takes the leading 3x3 convolutions of a network, which must not be changed afterwards.
func NewStack(n *encoder.Network) (*Stack, error) {
	if _, err := n.Plan(); err != nil {
		return nil, fmt.Errorf("reading the filters of a network: %w", err)
	}
	s := &Stack{isa: kernel.BestISA(), pixels: n.Pixels}
	size, field, stride := n.Pixels, 1, 1
	for i := range n.Convs {
		from := &n.Convs[i]
		if from.Kind != encoder.Conv3 {
			break
		}
		l := layer{
			filters: from.Out, in: kernel.PadChannels(from.In), out: kernel.PadChannels(from.Out),
			inSize: size, convSize: size - 2, pool: from.Pool, slope: from.Slope,
		}
		if from.Same {
			l.margin, l.convSize = 1, size
		}
		l.size = l.convSize
		field += 2 * stride
		if l.pool {
			l.size /= 2
			field, stride = field+stride, 2*stride
		}
		l.field = field
		l.bias = make([]float32, l.out)
		copy(l.bias, from.Bias)
		weight := padWeights(from, l.in, l.out)
		l.forward, l.backward = kernel.Aligned(kernel.Conv3PanelsSize(l.in, l.out)), kernel.Aligned(kernel.Conv3PanelsSize(l.in, l.out))
		kernel.PackConv3(l.forward, weight, l.in, l.out)
		kernel.PackConv3Transposed(l.backward, weight, l.in, l.out)
		s.layers, size = append(s.layers, l), l.size
	}
	if s.layers[0].inSize%2 != 0 {
		return nil, errors.New("reading the filters of a network: rasters of an odd number of pixels")
	}
	return s, nil
}

// padWeights returns weights [out][in][3][3] with zeros for the channels that a layer lacks.
func padWeights(l *encoder.Layer, in, out int) []float32 {
	weight := make([]float32, kernel.Conv3Size(in, out))
	for o := range l.Out {
		copy(weight[o*in*9:], l.Weight[o*l.In*9:][:l.In*9])
	}
	return weight
}

// Layers returns the number of convolutions.
func (s *Stack) Layers() int { return len(s.layers) }

// Pixels returns H and W of the rasters.
func (s *Stack) Pixels() int { return s.pixels }

// Filters returns the number of filters of a layer.
func (s *Stack) Filters(layer int) int { return s.layers[layer].filters }

// Size returns S of the maps of a layer.
func (s *Stack) Size(layer int) int { return s.layers[layer].size }

// Field returns the edge, in pixels, of the part of the raster that one response of a layer depends on.
func (s *Stack) Field(layer int) int { return s.layers[layer].field }

// values returns the length of a raster or a picture [C][H][W].
func (s *Stack) values() int { return loc2vec.NumLayers * s.pixels * s.pixels }
