package net

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// startBatches give a layer's batch normalisation its first statistics.
const startBatches = 4

// Start gives a Trainer, before its first step, the weights of a trained network: with them it
// computes what the network computes, as near as the statistics of single batches come to those that
// were folded into it. next returns batches of rasters, each valid until the next call; it is called
// startBatches times for each layer. On an error the Trainer is of no further use.
//
// A network for inference has its batch normalisation folded in, which has to be undone. What scale
// the weights had before is lost and does not matter, since batch normalisation takes it away; but it
// decides how far a step of the optimiser turns them. Start gives the weights of each output the norm
// that they have on average in a fresh network.
func (t *Trainer) Start(from *encoder.Network, next func() ([]uint8, error)) error {
	n := t.net
	if err := n.accepts(from); err != nil {
		return fmt.Errorf("net: start: %w", err)
	}
	hidden := append(slices.Clone(from.Convs), from.Dense[:len(from.Dense)-1]...)
	scales := make([][]float64, len(hidden))
	for i := range hidden {
		scales[i] = n.unfold(i, &hidden[i])
	}
	last, weight, bias := &from.Dense[len(from.Dense)-1], n.params[len(n.params)-2], n.params[len(n.params)-1]
	transpose(weight.value, last.Weight, 1, last.Out, last.In)
	copy(bias.value, last.Bias)

	// A layer's statistics depend on all layers before it.
	for i := range hidden {
		moments, err := t.moments(n.norms[i:i+1], startBatches, next)
		if err != nil {
			return err
		}
		norm := n.norms[i]
		for c, m := range moments[0] {
			norm.runningMean[c], norm.runningVar[c] = float32(m.mean), float32(m.variance)
			norm.gamma[c] = float32(math.Sqrt(m.variance+normEpsilon) / scales[i][c])
			norm.beta[c] = float32(float64(hidden[i].Bias[c]) + m.mean/scales[i][c])
		}
	}
	return nil
}

// accepts returns what keeps the network from taking the weights of another one.
func (n *network) accepts(from *encoder.Network) error {
	c := n.config
	if from.Layout != c.Layout || from.Pixels != c.Pixels {
		return fmt.Errorf("the network is of layout %s and %d pixels, want %s and %d", from.Layout, from.Pixels, c.Layout, c.Pixels)
	}
	if c.Layout == Pooled && (!slices.EqualFunc(from.Head.Masks, c.Masks, bytes.Equal) || !slices.Equal(from.Head.Gain, c.Gain)) {
		return fmt.Errorf("the network reads %d coverages of other areas or gains", len(from.Head.Gain))
	}
	if len(from.Convs) != len(n.convs)+len(n.linears)-1 || len(from.Dense) != 2 {
		return fmt.Errorf("the network has %d convolutions and %d dense layers, want %d and 2", len(from.Convs), len(from.Dense), len(n.convs)+len(n.linears)-1)
	}
	for i, l := range append(slices.Clone(from.Convs), from.Dense...) {
		weight := n.params[min(3*i, len(n.params)-2)].value
		if len(l.Weight) != len(weight) || l.Out*len(l.Weight) == 0 || len(l.Bias) != l.Out || i < len(n.norms) && l.Out != n.norms[i].channels {
			return fmt.Errorf("layer %d has %d weights and %d biases for %d outputs, want %d weights", i, len(l.Weight), len(l.Bias), l.Out, len(weight))
		}
	}
	return nil
}

// unfold sets the weights of hidden layer i to those of l, those of each output by a factor of its
// own, and returns the factors.
func (n *network) unfold(i int, l *encoder.Layer) []float64 {
	weight := n.params[3*i].value
	scales := make([]float64, l.Out)
	per := len(weight) / l.Out
	for o := range l.Out {
		row := l.Weight[o*per:][:per]
		var square float64
		for _, w := range row {
			square += float64(w) * float64(w)
		}
		scales[o] = 1
		if square > 0 {
			scales[o] = math.Sqrt(freshSquare / square)
		}
		for k, w := range row {
			weight[o*per+k] = float32(float64(w) * scales[o])
		}
	}
	return scales
}
