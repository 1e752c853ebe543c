package int8net

import (
	"encoding/binary"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// Engine computes a network on one kernel. Safe for concurrent use: what changes is in its Runners.
type Engine struct {
	net    *Network
	kernel *kernel.Int8
	stages []*Stage
	dense  *DenseLayers
}

// New checks the network and prepares it. The network must not be changed afterwards.
func New(net *Network, k *kernel.Int8) (*Engine, error) {
	if err := net.Check(); err != nil {
		return nil, fmt.Errorf("check network: %w", err)
	}
	e := &Engine{net: net, kernel: k}
	size, in := net.Pixels, net.Input
	for i := range net.Convs {
		s := NewStage(k, &net.Convs[i], size, in)
		e.stages = append(e.stages, s)
		size, in = s.out, net.Convs[i].Output
	}
	e.dense = NewDenseLayers(k, net, in)
	return e, nil
}

// Kernel returns the name of the kernel that computes the network.
func (e *Engine) Kernel() string { return e.kernel.Name() }

// Runner holds the buffers of one computation at a time.
type Runner struct {
	e *Engine
	// inputs and firsts belong together: the input map of four, eight, ... channels, and the first
	// convolution's weights for the channels that are not empty.
	inputs []*Map
	firsts []*kernel.Int8Weights
	maps   []*Map // outputs of the stages
	// channels are the layers of the raster in the input map, and window their weights.
	channels []int
	window   []int8
	acc      []int32 // sums of a stage
	dense    *denseScratch
}

// NewRunner returns a runner. It is not safe for concurrent use.
func (e *Engine) NewRunner() *Runner {
	r := &Runner{e: e, dense: e.dense.newScratch()}
	first := e.stages[0]
	for channels := 4; channels <= first.conv.In; channels += 4 {
		r.inputs = append(r.inputs, newMap(first.in, channels, first.halo(), 0))
		r.firsts = append(r.firsts, e.kernel.NewWeights(first.conv.Out, first.conv.Size, first.conv.Size*channels))
	}
	scratch := 0
	for i, s := range e.stages {
		scratch = max(scratch, s.scratch())
		halo := 0
		if i+1 < len(e.stages) {
			halo = e.stages[i+1].halo()
		}
		r.maps = append(r.maps, newMap(s.out, s.conv.Out, halo, s.conv.Output.Zero))
	}
	r.acc = make([]int32, scratch)
	return r
}

// Embed fills dst [D] with the embedding of a raster, [C][H][W].
func (r *Runner) Embed(dst []float32, raster []uint8) error {
	pixels := r.e.net.Pixels
	if len(raster) != loc2vec.NumLayers*pixels*pixels || len(dst) != loc2vec.Dimension {
		return fmt.Errorf("embed: raster of %d bytes into %d numbers", len(raster), len(dst))
	}
	src := r.convolveInput(raster)
	for i, s := range r.e.stages[1:] {
		s.convolve(s.weights, r.maps[i+1], src, r.acc)
		src = r.maps[i+1]
	}
	copy(dst, r.e.dense.run(src.data, raster, r.dense))
	return nil
}

// convolveInput runs the first convolution on those layers of the raster that are not empty: an
// empty layer adds nothing to any sum, because the input's zero point is 0.
func (r *Runner) convolveInput(raster []uint8) *Map {
	area := r.e.net.Pixels * r.e.net.Pixels
	channels := r.channels[:0]
	for c := range loc2vec.NumLayers {
		if !allZero(raster[c*area:][:area]) {
			channels = append(channels, c)
		}
	}
	for len(channels) == 0 || len(channels)%4 != 0 {
		channels = append(channels, -1)
	}
	group := len(channels)/4 - 1
	s, m, w := r.e.stages[0], r.inputs[group], r.firsts[group]
	r.channels = channels
	r.window = appendWindows(r.window[:0], s.conv, channels)
	w.Pack(r.window)
	interleave(m, raster, channels)
	s.convolve(w, r.maps[0], m, r.acc)
	return r.maps[0]
}

// allZero reports whether b, whose length need not be a multiple of eight, holds only zeros.
func allZero(b []uint8) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
	}
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}

// interleave fills a map with these layers of a raster, planar [C][H][W].
func interleave(m *Map, raster []uint8, channels []int) {
	area := m.Size * m.Size
	for group := 0; group < len(channels); group += 4 {
		for y := range m.Size {
			var rows [4][]uint8
			for i, c := range channels[group:][:4] {
				// The weights of -1 are zeros, so any bytes do.
				rows[i] = raster[max(c, 0)*area+y*m.Size:][:m.Size]
			}
			zip4(m.pixels(0, y)[group:], m.Channels, rows)
		}
	}
}

// zip4 writes the four bytes of each column next to each other, stride bytes apart.
func zip4(dst []uint8, stride int, rows [4][]uint8) {
	a, b, c, d := rows[0], rows[1], rows[2], rows[3]
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	for x := range a {
		binary.LittleEndian.PutUint32(dst[x*stride:],
			uint32(a[x])|uint32(b[x])<<8|uint32(c[x])<<16|uint32(d[x])<<24)
	}
}
