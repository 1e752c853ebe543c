package net

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// initBatches is the number of batches that the first statistics of a layer's batch normalisation are computed from.
const initBatches = 4

// InitFrom sets the weights of a Trainer, before its first step, to those of a trained network. The Trainer then
// computes the same function, up to the difference between the statistics of its batches and those folded into the
// network. next returns batches of rasters, each valid until the next call; InitFrom calls it initBatches times for
// each layer. After an error the Trainer must not be used.
//
// A network for inference has batch normalisation folded into its weights, and InitFrom unfolds it. The scale that
// the weights had before folding is lost. It does not affect the output, since batch normalisation cancels it, but it
// decides how far a step of the optimiser changes their direction. InitFrom gives the weights of each output the norm
// that those of a fresh network have on average.
//
// A wider network (CanInitFrom) has the units of the other one first. Its additional units keep their fresh weights,
// and only such units read them: function-preserving widening (Chen, Goodfellow, Shlens: Net2Net, 2016), with new
// units instead of copies.
func (t *Trainer) InitFrom(from *encoder.Network, next func() ([]uint8, error)) error {
	n := t.net
	if err := n.accepts(from); err != nil {
		return fmt.Errorf("initialising from a network: %w", err)
	}
	hidden := append(slices.Clone(from.Convs), from.Dense[:len(from.Dense)-1]...)
	scales := make([][]float64, len(hidden))
	for i := range hidden {
		scales[i] = n.unfold(i, &hidden[i])
	}
	last, weight, bias := &from.Dense[len(from.Dense)-1], n.params[len(n.params)-2], n.params[len(n.params)-1]
	clear(weight.value)
	transpose(weight.value, last.Weight, 1, last.Out, last.In)
	copy(bias.value, last.Bias)

	// The statistics of a layer depend on all layers before it.
	for i := range hidden {
		moments, err := t.moments(n.norms[i:i+1], initBatches, next)
		if err != nil {
			return err
		}
		norm := n.norms[i]
		for c, m := range moments[0] {
			norm.runningMean[c], norm.runningVar[c] = float32(m.mean), float32(m.variance)
			if c < len(scales[i]) {
				norm.gamma[c] = float32(math.Sqrt(m.variance+normEpsilon) / scales[i][c])
				norm.beta[c] = float32(float64(hidden[i].Bias[c]) + m.mean/scales[i][c])
			}
		}
	}
	return nil
}

// accepts returns an error if the network cannot take the weights of another one.
func (n *network) accepts(from *encoder.Network) error {
	c := n.config
	if !CanInitFrom(c.Architecture, from.Architecture) || from.Pixels != c.Pixels {
		return fmt.Errorf("network of architecture %s and %d pixels, want %s and %d", from.Architecture, from.Pixels, c.Architecture, c.Pixels)
	}
	if n.pooled != nil && (!slices.EqualFunc(from.Head.Masks, c.Masks, bytes.Equal) || !slices.Equal(from.Head.FeatureScale, c.FeatureScale)) {
		return fmt.Errorf("network with %d coverage features of other masks or scales", len(from.Head.FeatureScale))
	}
	if len(from.Convs) != len(n.convs)+len(n.linears)-1 || len(from.Dense) != 2 {
		return fmt.Errorf("network of %d convolutions and %d dense layers, want %d and 2", len(from.Convs), len(from.Dense), len(n.convs)+len(n.linears)-1)
	}
	theirs, err := newArchitecture(from.Architecture, from.Pixels, n.architecture.extra)
	if err != nil {
		return err
	}
	layers := slices.Concat(from.Convs, from.Dense)
	for i, want := range theirs.layers() {
		l := &layers[i]
		if l.Out != want.out || len(l.Weight) != want.out*want.weights || len(l.Bias) != l.Out {
			return fmt.Errorf("layer %d has %d weights and %d biases for %d outputs, want %d weights", i, len(l.Weight), len(l.Bias), l.Out, want.out*want.weights)
		}
	}
	return nil
}

// unfold sets the weights of hidden layer i to those of l, those of each output times a factor, and returns the
// factors. Outputs and inputs that l lacks follow those of l.
func (n *network) unfold(i int, l *encoder.Layer) []float64 {
	weight := n.params[3*i].value
	scales := make([]float64, l.Out)
	per, fromPer, tail := len(weight)/n.norms[i].channels, len(l.Weight)/l.Out, 0
	if i == len(n.norms)-1 {
		tail = n.architecture.extra // inputs that follow those from the maps, whose number may differ
	}
	for o := range l.Out {
		from := l.Weight[o*fromPer:][:fromPer]
		var square float64
		for _, w := range from {
			square += float64(w) * float64(w)
		}
		scales[o] = 1
		if square > 0 {
			scales[o] = math.Sqrt(freshSquare / square)
		}
		row := weight[o*per:][:per]
		clear(row)
		for k, w := range from {
			if k >= fromPer-tail {
				k += per - fromPer
			}
			row[k] = float32(float64(w) * scales[o])
		}
	}
	return scales
}
