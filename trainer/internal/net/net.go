package net

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

const inputScale = encoder.InputScale

// Loss computes the loss of embeddings [B][D] and fills grad, of the same shape, with its gradient. It must not
// keep either slice.
type Loss func(grad, embeddings []float32) (float64, error)

// Trainer is a network in training. It runs on several goroutines, but is not safe for concurrent use.
type Trainer struct {
	net     *network
	loss    Loss
	solver  *adamW
	values  []G.ValueGrad
	machine G.VM // forward and backward pass
	forward G.VM // forward pass only

	embeddings []float32 // [B][D]
	lossGrad   []float32 // [B][D]
	lossValue  float64
	lossErr    error // of the last run; Gorgonia does not wrap errors
}

// New returns a Trainer of a network with fresh weights.
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
		return nil, fmt.Errorf("adding the loss: %w", err)
	}
	var nodes G.Nodes
	for _, p := range n.params {
		nodes = append(nodes, p.node)
		t.solver.decays = append(t.solver.decays, p.decay)
		t.solver.mean = append(t.solver.mean, make([]float32, len(p.value)))
		t.solver.square = append(t.solver.square, make([]float32, len(p.value)))
	}
	if _, err := G.Grad(cost, nodes...); err != nil {
		return nil, fmt.Errorf("differentiating: %w", err)
	}
	t.values = G.NodesToValueGrads(nodes)
	t.machine = G.NewTapeMachine(n.graph, G.BindDualValues(nodes...))
	return t, nil
}

// lossOperation returns the loss as an operation of the graph: a scalar function of the embeddings.
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
				return errors.New("the gradient of the loss is not a float32")
			}
			for i := range t.lossGrad {
				t.lossGrad[i] *= by
			}
			return nil
		},
	}
}

func notFinite(v float32) bool { return v-v != 0 }

// Step trains on one batch of rasters, uint8 [B][C][H][W], with the given learning rate, and returns the loss
// before the update. A byte v stands for v/255. On an error the weights, the running statistics and the state of
// the optimiser do not change. An embedding, loss or gradient that is not finite is an error that wraps
// ErrNotFinite.
func (t *Trainer) Step(rasters []uint8, rate float64) (float64, error) {
	if !(rate >= 0) || math.IsInf(rate, 0) {
		return 0, fmt.Errorf("learning rate %v", rate)
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
		return fmt.Errorf("batch of %d bytes, want %d for [B C H W] = %v", len(rasters), want, append(tensor.Shape{n.config.Batch}, shape[1:]...))
	}
	if n.rotations != nil {
		rasters = n.rotations.rotate(rasters)
	}
	if err := G.Let(n.input, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(rasters))); err != nil {
		return fmt.Errorf("feeding rasters: %w", err)
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
		return fmt.Errorf("step %d: %w", t.solver.step, err)
	}
	return nil
}

// Embeddings returns the embeddings of the last step, [B][D], that the loss was computed from: before the update,
// with the statistics of the batch. The slice is valid until the next step.
func (t *Trainer) Embeddings() []float32 { return t.embeddings }

// Recalibrate replaces the running statistics of batch normalisation by those of that many batches of rasters,
// which next returns. The weights do not change. Running averages lag behind the weights, so call Recalibrate
// before Network.
func (t *Trainer) Recalibrate(batches int, next func() ([]uint8, error)) error {
	if batches < 1 {
		return fmt.Errorf("recalibrating on %d batches, want at least 1", batches)
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

// moment is the mean and variance of a channel.
type moment struct{ mean, variance float64 }

// moments returns the moments of each channel of the given norms over that many batches of rasters, which next
// returns, with dropout off.
func (t *Trainer) moments(norms []namedNorm, batches int, next func() ([]uint8, error)) ([][]moment, error) {
	if d := t.net.dropout; d != nil {
		defer func(rate float64) { d.rate = rate }(d.rate)
		d.rate = 0
	}
	// Until the last batch, variance accumulates the mean of squares.
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
