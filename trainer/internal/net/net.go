package net

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

const inputScale = encoder.InputScale

// Config describes a network and how it is trained. The zero value of each field but Batch stands
// for a default.
type Config struct {
	Architecture string // Lite
	Pixels       int    // H and W of the rasters: 128. Multiples of 32; for Classic, multiples of 16 from 48 on
	Batch        int    // rasters per step, at least 2

	// Masks and Gain are those of encoder.Head, for layouts that pool: DefaultMasks and 4 for all of them.
	// Masks that are empty but not nil leave the coverages out.
	Masks [][]uint8
	Gain  []float32

	// Rotations is 1, or 4: training averages the embedding over the four rotations of each raster, at four
	// times the cost. Trainer.Network returns the network without the average in either case; the caller
	// sets encoder.Network.Rotations. The default is 1.
	Rotations int

	Dropout      float64 // share of the dense layer's inputs that are dropped: 0
	WeightDecay  float64 // of AdamW: 0, which is Adam
	Beta1, Beta2 float64 // of Adam: 0.9 and 0.999

	// Quantise adds the operations of quantisation-aware training to the graph; Trainer.Quantise
	// switches them on.
	Quantise bool

	Seed    uint64     // of the weights and of dropout
	Workers int        // goroutines: as many as processors
	ISA     kernel.ISA // the fastest of this machine
}

// withDefaults fills in what is zero and checks the rest.
func (c Config) withDefaults() (Config, error) {
	if c.Architecture == "" {
		c.Architecture = DefaultArchitecture
	}
	if c.Pixels == 0 {
		c.Pixels = DefaultPixels
	}
	if c.Masks == nil {
		c.Masks = DefaultMasks(c.Pixels)
	}
	if c.Gain == nil {
		c.Gain = slices.Repeat([]float32{defaultGain}, len(c.Masks)*loc2vec.NumLayers)
	}
	if c.Rotations == 0 {
		c.Rotations = 1
	}
	if c.Beta1 == 0 {
		c.Beta1 = 0.9
	}
	if c.Beta2 == 0 {
		c.Beta2 = 0.999
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	var err error
	if c.ISA, err = kernel.Resolve(c.ISA); err != nil {
		return c, err
	}
	switch {
	case c.Batch < 2:
		return c, fmt.Errorf("net: a batch of %d, want at least 2", c.Batch)
	case c.Rotations != 1 && c.Rotations != kernel.Rotations:
		return c, fmt.Errorf("net: %d rotations, want 1 or %d", c.Rotations, kernel.Rotations)
	case c.Pixels < 0 || c.Pixels > encoder.MaxPixels:
		return c, fmt.Errorf("net: rasters of %d pixels, want at most %d", c.Pixels, encoder.MaxPixels)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return c, fmt.Errorf("net: dropout of %v, want 0 up to 1", c.Dropout)
	case !(c.WeightDecay >= 0):
		return c, fmt.Errorf("net: weight decay of %v, want 0 or more", c.WeightDecay)
	case !(c.Beta1 >= 0 && c.Beta1 < 1 && c.Beta2 >= 0 && c.Beta2 < 1):
		return c, fmt.Errorf("net: betas of %v and %v, want 0 up to 1", c.Beta1, c.Beta2)
	case c.Workers < 0:
		return c, fmt.Errorf("net: %d workers", c.Workers)
	}
	if len(c.Gain) != len(c.Masks)*loc2vec.NumLayers {
		return c, fmt.Errorf("net: %d gains for %d masks of %d layers", len(c.Gain), len(c.Masks), loc2vec.NumLayers)
	}
	for k, m := range c.Masks {
		if len(m) != c.Pixels*c.Pixels {
			return c, fmt.Errorf("net: mask %d has %d pixels, want %d", k, len(m), c.Pixels*c.Pixels)
		}
	}
	return c, nil
}

// images returns the number of rasters that the layers process in a step.
func (c *Config) images() int { return c.Batch * c.Rotations }

// Loss computes the loss of embeddings [B][D] and fills grad, of the same shape, with its gradient.
// It must not keep either slice.
type Loss func(grad, embeddings []float32) (float64, error)

// Trainer is a network in training. It is not safe for concurrent use; it uses several goroutines
// itself.
type Trainer struct {
	net     *network
	loss    Loss
	solver  *adamW
	values  []G.ValueGrad
	machine G.VM // forward, backward
	forward G.VM // forward alone

	embeddings []float32 // [B][D]
	lossGrad   []float32 // [B][D]
	lossValue  float64
	lossErr    error // of the last run; Gorgonia does not keep errors whole
}

// New builds a network with fresh weights.
func New(config Config, loss Loss) (*Trainer, error) {
	c, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	n, err := newNetwork(c, rand.New(rand.NewPCG(c.Seed, 0)))
	if err != nil {
		return nil, err
	}
	t := &Trainer{
		net: n, loss: loss,
		embeddings: make([]float32, c.Batch*loc2vec.Dimension),
		lossGrad:   make([]float32, c.Batch*loc2vec.Dimension),
		solver:     &adamW{beta1: c.Beta1, beta2: c.Beta2, decay: c.WeightDecay, workers: workers(c.Workers)},
	}
	t.forward = G.NewTapeMachine(n.graph.SubgraphRoots(n.embedding))
	cost, err := G.ApplyOp(t.lossOperation(), n.embedding)
	if err != nil {
		return nil, fmt.Errorf("net: adding the loss: %w", err)
	}
	var nodes G.Nodes
	for _, p := range n.params {
		nodes = append(nodes, p.node)
		t.solver.decays = append(t.solver.decays, p.decay)
		t.solver.mean = append(t.solver.mean, make([]float32, len(p.value)))
		t.solver.square = append(t.solver.square, make([]float32, len(p.value)))
	}
	if _, err := G.Grad(cost, nodes...); err != nil {
		return nil, fmt.Errorf("net: differentiating: %w", err)
	}
	t.values = G.NodesToValueGrads(nodes)
	t.machine = G.NewTapeMachine(n.graph, G.BindDualValues(nodes...))
	return t, nil
}

// lossOperation puts the loss into the graph: a scalar function of the embeddings.
func (t *Trainer) lossOperation() *differentiable {
	grad := dense(t.lossGrad, t.net.config.Batch, loc2vec.Dimension)
	return &differentiable{
		operation: operation{
			name: "loss", in: []hm.Type{tensorType(2, tensor.Float32)}, out: tensor.Float32, size: tensor.ScalarShape(),
			do: func(v []G.Value) (G.Value, error) {
				copy(t.embeddings, floats(v[0]))
				if i := slices.IndexFunc(t.embeddings, notFinite); i >= 0 {
					t.lossErr = fmt.Errorf("embedding %d of the batch: %w", i/loc2vec.Dimension, ErrNotFinite)
					return nil, t.lossErr
				}
				t.lossValue, t.lossErr = t.loss(t.lossGrad, t.embeddings)
				if v := t.lossValue; t.lossErr == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
					t.lossErr = fmt.Errorf("loss %v: %w", v, ErrNotFinite)
				}
				return G.NewF32(float32(t.lossValue)), t.lossErr
			},
		},
		grads: []*tensor.Dense{grad},
		backward: func(_ []G.Value, upstream G.Value) error {
			by, ok := upstream.Data().(float32)
			if !ok {
				return errors.New("net: the gradient of the loss is not a number")
			}
			for i := range t.lossGrad {
				t.lossGrad[i] *= by
			}
			return nil
		},
	}
}

func notFinite(v float32) bool { return v-v != 0 }

// Step trains on one batch of rasters, uint8 [B][C][H][W], a byte v standing for v/255, with the
// given learning rate, and returns the loss before the update. On an error the weights, the running
// statistics and the optimiser are as before; an embedding, loss or gradient that is not finite is
// such an error, ErrNotFinite.
func (t *Trainer) Step(rasters []uint8, rate float64) (float64, error) {
	if !(rate >= 0) || math.IsInf(rate, 0) {
		return 0, fmt.Errorf("net: learning rate %v", rate)
	}
	if err := t.run(t.machine, rasters); err != nil {
		for _, v := range t.values {
			if g, gradErr := v.Grad(); gradErr == nil && g != nil {
				clear(floats(g))
			}
		}
		return 0, err
	}
	t.solver.rate = rate
	if err := t.solver.Step(t.values); err != nil {
		return 0, err
	}
	for _, n := range t.net.norms {
		n.track()
	}
	t.net.quantiser.track()
	return t.lossValue, nil
}

// run runs one of the machines on a batch.
func (t *Trainer) run(machine G.VM, rasters []uint8) error {
	n := t.net
	shape := n.input.Shape()
	if want := shape.TotalSize() / shape[0] * n.config.Batch; len(rasters) != want {
		return fmt.Errorf("net: a batch of %d bytes, want %d for [B C H W] = %v", len(rasters), want, append(tensor.Shape{n.config.Batch}, shape[1:]...))
	}
	if n.rotations != nil {
		rasters = n.rotations.rotate(rasters)
	}
	if err := G.Let(n.input, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(rasters))); err != nil {
		return fmt.Errorf("net: feeding rasters: %w", err)
	}
	if n.pooled != nil {
		per, extra := len(rasters)/shape[0], n.pooled.extra
		workers(n.config.Workers).each(shape[0], func(_, i int) {
			n.coverage.Features(n.pooled.features[i*extra:][:extra], rasters[i*per:][:per])
		})
	}
	if n.dropout != nil {
		n.dropout.step = t.solver.step
	}
	defer machine.Reset()
	t.lossErr = nil
	if err := machine.RunAll(); err != nil {
		if t.lossErr != nil {
			err = t.lossErr
		}
		return fmt.Errorf("net: step %d: %w", t.solver.step, err)
	}
	return nil
}

// Embeddings are those of the last step, [B][D], as the loss saw them: before the update, with the
// statistics of the batch. The slice is valid until the next step.
func (t *Trainer) Embeddings() []float32 { return t.embeddings }

// Recalibrate replaces the running statistics by those of so many batches of rasters, which next
// returns; the weights stay. Running averages lag behind weights that still moved: do it before
// Network.
func (t *Trainer) Recalibrate(batches int, next func() ([]uint8, error)) error {
	if batches < 1 {
		return fmt.Errorf("net: recalibrating on %d batches", batches)
	}
	moments, err := t.moments(t.net.norms, batches, next)
	if err != nil {
		return err
	}
	for i, n := range t.net.norms {
		for c, m := range moments[i] {
			n.runningMean[c], n.runningVar[c] = float32(m.mean), float32(m.variance)
		}
	}
	return nil
}

// moment is the mean and the variance of a channel.
type moment struct{ mean, variance float64 }

// moments returns those of each channel of some norms over so many batches of rasters, which next
// returns, with dropout off.
func (t *Trainer) moments(norms []namedNorm, batches int, next func() ([]uint8, error)) ([][]moment, error) {
	if d := t.net.dropout; d != nil {
		defer func(rate float64) { d.rate = rate }(d.rate)
		d.rate = 0
	}
	// Until the last batch variance is the mean of squares.
	moments := make([][]moment, len(norms))
	for i, n := range norms {
		moments[i] = make([]moment, n.channels)
	}
	for range batches {
		rasters, err := next()
		if err != nil {
			return nil, err
		}
		if err := t.run(t.forward, rasters); err != nil {
			return nil, err
		}
		for i, n := range norms {
			for c := range moments[i] {
				m := &moments[i][c]
				m.mean += n.mean[c] / float64(batches)
				m.variance += (n.variance[c] + n.mean[c]*n.mean[c]) / float64(batches)
			}
		}
	}
	for _, channels := range moments {
		for c := range channels {
			m := &channels[c]
			m.variance = max(m.variance-m.mean*m.mean, 0)
		}
	}
	return moments, nil
}
