package int8net

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// Engine is a network prepared for one kernel. It is immutable and safe for concurrent use; a Runner has
// the buffers of a computation.
type Engine struct {
	net    *onnx.Network
	kernel *kernel.Int8
	stages []*Stage
	dense  *DenseLayers
}

// New checks the network and prepares it. The network must not be changed afterwards.
func New(net *onnx.Network, k *kernel.Int8) (*Engine, error) {
	if err := net.Check(); err != nil {
		return nil, fmt.Errorf("checking the network: %w", err)
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

// Kernel returns the name of the engine's kernel.
func (e *Engine) Kernel() string { return e.kernel.Name() }

// Runner computes embeddings, one at a time. It is not safe for concurrent use.
type Runner struct {
	e       *Engine
	workers *workerPool
	// inputs and firsts have one entry for each number of channels, 4, 8, ...: the input map, two of them
	// when each rotation is made from the one before, and the first convolution's weights for the
	// channels that are not empty.
	inputs [][2]*Map
	firsts []*kernel.Int8Weights
	maps   []*Map // outputs of the stages
	// channels are the layers of the raster in the input map; window holds their weights.
	channels []int
	window   []int8
	dense    *denseScratch
	raster   []uint8         // of the current computation
	rotation int             // the current one, clockwise in steps of 90 degrees
	steps    []step          // fill the maps, one after the other
	ctx      context.Context // of the current computation
}

// step fills the rows of one map.
type step struct {
	rows int
	fill func(scratch []int32, from, to int)
}

// NewRunner returns a runner that distributes the rows of each feature map over that many goroutines, the
// caller's included. The embedding does not depend on their number. No goroutine outlives a call of
// Embed.
func (e *Engine) NewRunner(threads int) *Runner {
	r := &Runner{e: e, dense: e.dense.newScratch()}
	first := e.stages[0]
	for channels := 4; channels <= first.conv.In; channels += 4 {
		input := func() *Map { return newMap(first.in, channels, first.halo(), 0) }
		inputs := [2]*Map{input()}
		if e.net.Rotations > 1 {
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
	r.workers = newWorkerPool(max(threads, 1), scratch)
	r.steps = []step{{first.in, r.fillInput}, {first.out, r.convolveInput}}
	for i, s := range e.stages[1:] {
		r.steps = append(r.steps, step{s.out, func(scratch []int32, from, to int) {
			s.convolve(s.weights, r.maps[i+1], r.maps[i], scratch, from, to, r.ctx.Done())
		}})
	}
	return r
}

// Embed fills dst [D] with the embedding of a raster, [C][H][W]. It returns an error if a slice has
// another length, or the context's: it looks at the context before each row of each layer.
func (r *Runner) Embed(ctx context.Context, dst []float32, raster []uint8) error {
	pixels := r.e.net.Pixels
	if want := loc2vec.NumLayers * pixels * pixels; len(raster) != want || len(dst) != loc2vec.Dimension {
		return fmt.Errorf("embedding a raster of %d bytes in %d numbers, want %d in %d", len(raster), len(dst), want, loc2vec.Dimension)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.raster, r.ctx = raster, ctx
	defer func() { r.raster, r.ctx = nil, nil }()
	r.selectChannels()
	if r.e.net.Rotations > 1 {
		kernel.MeanOverRotations(dst, r.compute)
	} else {
		copy(dst, r.compute(0))
	}
	return ctx.Err()
}

// compute returns the embedding of one rotation of the raster. Calls for one raster must start with
// rotation 0 and count up. The result belongs to the Runner.
func (r *Runner) compute(rotation int) []float32 {
	r.rotation = rotation
	for _, s := range r.steps {
		r.workers.parallelRows(s.rows, s.fill)
		if r.ctx.Err() != nil {
			return r.dense.real[:loc2vec.Dimension] // anything: Embed returns the error
		}
	}
	return r.e.dense.run(r.maps[len(r.maps)-1].data, r.raster, rotation, r.dense)
}

// selectChannels restricts the first convolution to the layers of the raster that are not empty. An empty
// layer contributes nothing to any sum, because the input's zero point is 0.
func (r *Runner) selectChannels() {
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

// group returns the index of the selected channels in inputs and firsts.
func (r *Runner) group() int { return len(r.channels)/4 - 1 }

// input returns the input map of a rotation.
func (r *Runner) input(rotation int) *Map { return r.inputs[r.group()][rotation%2] }

// fillInput fills rows of the input map, from the raster or from the rotation before.
func (r *Runner) fillInput(_ []int32, from, to int) {
	if r.rotation == 0 {
		interleave(r.input(0), r.raster, r.channels, from, to)
	} else {
		rotate(r.input(r.rotation), r.input(r.rotation-1), from, to)
	}
}

// convolveInput fills rows of the first stage's output.
func (r *Runner) convolveInput(scratch []int32, from, to int) {
	r.e.stages[0].convolve(r.firsts[r.group()], r.maps[0], r.input(r.rotation), scratch, from, to, r.ctx.Done())
}
