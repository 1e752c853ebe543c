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
	e    *Engine
	team *team
	// inputs and firsts belong together: the input map of four, eight, ... channels, in two turns that
	// follow each other, and the first convolution's weights for the channels that are not empty.
	inputs [][2]*Map
	firsts []*kernel.Int8Weights
	maps   []*Map // outputs of the stages
	// channels are the layers of the raster in the input map, and window their weights.
	channels []int
	window   []int8
	dense    *denseScratch
	raster   []uint8 // of this computation
	turn     int     // quarters by which it is turned now
	// steps are what fills the maps, one after the other.
	steps []step
}

// step fills a map, whose rows may be shared.
type step struct {
	rows int
	fill func(scratch []int32, from, to int)
}

// NewRunner returns a runner that shares the rows of each feature map among so many goroutines, its
// caller's included; the bits are the same for any number. None is left when Embed returns. A runner is
// not safe for concurrent use.
func (e *Engine) NewRunner(threads int) *Runner {
	r := &Runner{e: e, dense: e.dense.newScratch()}
	first := e.stages[0]
	for channels := 4; channels <= first.conv.In; channels += 4 {
		input := func() *Map { return newMap(first.in, channels, first.halo(), 0) }
		inputs := [2]*Map{input()}
		if e.net.Turned {
			inputs[1] = input()
		}
		r.inputs = append(r.inputs, inputs)
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
	r.team = newTeam(max(threads, 1), scratch)
	r.steps = []step{{first.in, r.fillInput}, {first.out, r.convolveInput}}
	for i, s := range e.stages[1:] {
		r.steps = append(r.steps, step{s.out, func(scratch []int32, from, to int) {
			s.convolve(s.weights, r.maps[i+1], r.maps[i], scratch, from, to)
		}})
	}
	return r
}

// Embed fills dst [D] with the embedding of a raster, [C][H][W].
func (r *Runner) Embed(dst []float32, raster []uint8) error {
	pixels := r.e.net.Pixels
	if len(raster) != loc2vec.NumLayers*pixels*pixels || len(dst) != loc2vec.Dimension {
		return fmt.Errorf("embed: raster of %d bytes into %d numbers", len(raster), len(dst))
	}
	r.raster = raster
	r.choose()
	if r.e.net.Turned {
		kernel.MeanOverTurns(dst, r.compute)
	} else {
		copy(dst, r.compute(0))
	}
	r.raster = nil
	return nil
}

// compute returns the embedding of the raster after so many quarter turns, of which those before were computed
// last; it belongs to the Runner.
func (r *Runner) compute(turn int) []float32 {
	r.turn = turn
	for _, s := range r.steps {
		r.team.share(s.rows, s.fill)
	}
	return r.e.dense.run(r.maps[len(r.maps)-1].data, r.raster, turn, r.dense)
}

// choose makes the first convolution run on those layers of the raster that are not empty: an empty
// layer adds nothing to any sum, because the input's zero point is 0.
func (r *Runner) choose() {
	area := r.e.net.Pixels * r.e.net.Pixels
	channels := r.channels[:0]
	for c := range loc2vec.NumLayers {
		if !kernel.AllZero(r.raster[c*area:][:area]) {
			channels = append(channels, c)
		}
	}
	for len(channels) == 0 || len(channels)%4 != 0 {
		channels = append(channels, -1)
	}
	r.channels = channels
	r.window = appendWindows(r.window[:0], r.e.stages[0].conv, channels)
	r.firsts[r.group()].Pack(r.window)
}

// group is the index of the chosen layers in inputs and firsts.
func (r *Runner) group() int { return len(r.channels)/4 - 1 }

// input is the input map as it is after so many turns.
func (r *Runner) input(turn int) *Map { return r.inputs[r.group()][turn%2] }

// fillInput fills rows of the input map, from the raster or from the turn before.
func (r *Runner) fillInput(_ []int32, from, to int) {
	if r.turn == 0 {
		interleave(r.input(0), r.raster, r.channels, from, to)
	} else {
		quarterTurn(r.input(r.turn), r.input(r.turn-1), from, to)
	}
}

// convolveInput fills rows of the first stage's output.
func (r *Runner) convolveInput(scratch []int32, from, to int) {
	r.e.stages[0].convolve(r.firsts[r.group()], r.maps[0], r.input(r.turn), scratch, from, to)
}

// interleave fills rows of a map with these layers of a raster, planar [C][H][W].
func interleave(m *Map, raster []uint8, channels []int, from, to int) {
	area := m.Size * m.Size
	for group := 0; group < len(channels); group += 4 {
		for y := from; y < to; y++ {
			var rows [4][]uint8
			for i, c := range channels[group:][:4] {
				// The weights of -1 are zeros, so any bytes do.
				rows[i] = raster[max(c, 0)*area+y*m.Size:][:m.Size]
			}
			zip4(m.pixels(0, y)[group:], m.Channels, rows)
		}
	}
}

// quarterTurn fills rows of a map with another one, turned clockwise by a quarter.
func quarterTurn(dst, src *Map, from, to int) {
	last, stride := src.Size-1, src.stride()
	for y := from; y < to; y++ {
		row, column := dst.pixels(0, y)[:dst.Size*dst.Channels], src.pixels(y, 0)
		for x := range dst.Size {
			to, from := row[x*dst.Channels:][:dst.Channels], column[(last-x)*stride:][:dst.Channels]
			for c := 0; c < len(to); c += 4 { // as many as belong to one word of the kernels
				binary.LittleEndian.PutUint32(to[c:], binary.LittleEndian.Uint32(from[c:]))
			}
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
