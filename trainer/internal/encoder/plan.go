package encoder

import (
	"errors"
	"fmt"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// Plan is a network prepared for the kernels: its shapes have been checked, its weights are in panels. It is safe for
// concurrent use.
type Plan struct {
	isa       kernel.ISA
	raster    kernel.Raster
	convs     []stage
	dense     []stage
	coverage  *Coverage // of a pooled head
	features  int       // inputs of the first dense layer
	rotations int       // 1 or kernel.Rotations
	workers   sync.Pool // of *worker
}

// stage is a layer with its geometry.
type stage struct {
	*Layer
	halo     int // around the output, for the next layer
	convSize int // H and W of the output before pooling
	size     int // after pooling
	rows     int // of the output before pooling that are computed at a time, to stay in the cache
	panels   []float32
	norm     kernel.Norm // bias and LeakyReLU
	sign     []float32   // zeros: pooling takes the maximum
}

// pitch returns H and W of the output with its halo.
func (s *stage) pitch() int { return s.size + 2*s.halo }

// dimension returns D.
func (p *Plan) dimension() int { return p.dense[len(p.dense)-1].Out }

// Plan prepares the network, which must not be changed afterwards. It returns an error if the shapes of layers do not
// match.
func (n *Network) Plan() (*Plan, error) {
	if n.Pixels < 1 || n.Pixels > MaxPixels {
		return nil, fmt.Errorf("rasters of %d pixels, want at most %d", n.Pixels, MaxPixels)
	}
	if n.Rotations != 1 && n.Rotations != kernel.Rotations {
		return nil, fmt.Errorf("%d rotations, want 1 or %d", n.Rotations, kernel.Rotations)
	}
	if len(n.Convs) == 0 || len(n.Dense) == 0 || n.Convs[0].Kind != Conv3 {
		return nil, errors.New("network without a 3x3 convolution first and a dense layer last")
	}
	p := &Plan{isa: kernel.BestISA(), rotations: n.Rotations}
	if err := p.addConvs(n); err != nil {
		return nil, err
	}
	if err := p.addHead(n); err != nil {
		return nil, err
	}
	if err := p.addDense(n); err != nil {
		return nil, err
	}
	first := &p.convs[0]
	p.raster = kernel.Raster{Channels: first.In, Height: n.Pixels, Width: n.Pixels, Halo: (first.convSize + 2 - n.Pixels) / 2, Scale: InputScale}
	p.workers.New = func() any { return newWorker(p) }
	return p, nil
}

// addConvs plans the convolutions.
func (p *Plan) addConvs(n *Network) error {
	in, size := loc2vec.NumLayers, n.Pixels
	for i := range n.Convs {
		s, err := newStage(&n.Convs[i], in, i == 0)
		if err != nil {
			return fmt.Errorf("convolution %d: %w", i, err)
		}
		if i+1 < len(n.Convs) && n.Convs[i+1].Kind == Conv3 && n.Convs[i+1].Same {
			s.halo = 1
		}
		if s.Kind == Conv3 && !s.Same {
			size -= 2
		}
		s.convSize = size
		if s.Pool {
			size /= 2
		}
		switch {
		case s.Kind == Dense, s.Kind == Conv1 && (s.Pool || s.halo > 0):
			return fmt.Errorf("convolution %d is of the wrong kind", i)
		case size < 1, s.convSize%2 != 0 && (s.Pool || s.Kind == Conv3 && i > 0):
			return fmt.Errorf("convolution %d does not support maps of %d pixels", i, s.convSize)
		case s.Out%kernel.PanelWidth != 0:
			return fmt.Errorf("convolution %d has %d channels, want a multiple of %d", i, s.Out, kernel.PanelWidth)
		}
		s.size, in = size, s.Out
		s.rows = bandRows
		if i > 0 {
			s.rows = kernel.CacheRows(s.convSize)
		}
		p.convs = append(p.convs, s)
	}
	return nil
}

// addHead plans the head.
func (p *Plan) addHead(n *Network) error {
	last := &p.convs[len(p.convs)-1]
	if !n.Head.Pooled {
		p.features = last.Out * last.size * last.size
		return nil
	}
	if len(n.Head.FeatureScale) != len(n.Head.Masks)*loc2vec.NumLayers {
		return fmt.Errorf("%d feature scales for %d masks of %d layers", len(n.Head.FeatureScale), len(n.Head.Masks), loc2vec.NumLayers)
	}
	for _, m := range n.Head.Masks {
		if len(m) != n.Pixels*n.Pixels {
			return fmt.Errorf("mask of %d pixels, want %d", len(m), n.Pixels*n.Pixels)
		}
	}
	p.coverage = NewCoverage(&n.Head, n.Pixels)
	p.features = last.Out + p.coverage.Len()
	return nil
}

// addDense plans the dense layers.
func (p *Plan) addDense(n *Network) error {
	in := p.features
	for i := range n.Dense {
		s, err := newStage(&n.Dense[i], in, false)
		if err == nil && (s.Kind != Dense || s.Pool) {
			err = errors.New("layer of the wrong kind")
		}
		if err != nil {
			return fmt.Errorf("dense layer %d: %w", i, err)
		}
		p.dense, in = append(p.dense, s), s.Out
	}
	return nil
}

// newStage checks the parameters of a layer and packs them. The first layer reads a raster.
func newStage(l *Layer, in int, first bool) (stage, error) {
	taps := 1
	if l.Kind == Conv3 {
		taps = 9
	}
	if l.In != in || l.Out < 1 || len(l.Weight) != in*l.Out*taps || len(l.Bias) != l.Out {
		return stage{}, fmt.Errorf("%d weights and %d biases for %d to %d channels, after a layer of %d", len(l.Weight), len(l.Bias), l.In, l.Out, in)
	}
	if !(l.Slope >= 0 && l.Slope <= 1) {
		return stage{}, fmt.Errorf("slope %v, want 0 to 1", l.Slope)
	}
	wide := kernel.PadChannels(l.Out)
	s := stage{
		Layer: l, convSize: 1, size: 1, sign: make([]float32, wide),
		norm: kernel.Norm{Scale: make([]float32, wide), Shift: make([]float32, wide), Slope: l.Slope},
	}
	for o := range l.Out {
		s.norm.Scale[o], s.norm.Shift[o] = 1, l.Bias[o]
	}
	switch {
	case first:
		s.panels = kernel.Aligned(kernel.Conv3Size(in, wide))
		kernel.PackFirst(s.panels, l.Weight, in, l.Out)
	case l.Kind == Conv3:
		s.panels = kernel.Aligned(kernel.Conv3PanelsSize(in, wide))
		kernel.PackConv3(s.panels, l.Weight, in, l.Out)
	default:
		s.panels = kernel.Aligned(kernel.MatrixSize(in, l.Out))
		kernel.PackMatrix(s.panels, l.Weight, in, l.Out)
	}
	return s, nil
}
