package net

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Network returns the network for inference: batch normalisation with the running statistics is folded into the
// weights. The network shares no memory with the Trainer and does not average over rotations.
func (t *Trainer) Network() *encoder.Network {
	n := t.net
	e := &encoder.Network{Architecture: n.config.Architecture, Pixels: n.config.Pixels, Rotations: 1}
	for i, b := range n.convs {
		l := n.folded(i, encoder.Conv3, b.in, b.out)
		l.Same, l.Pool = b.same, b.pool
		e.Convs = append(e.Convs, l)
	}
	first := len(n.convs)
	for i, b := range n.linears {
		if i < len(n.linears)-1 {
			e.Convs = append(e.Convs, n.folded(first+i, encoder.Conv1, b.in, b.out))
		} else {
			e.Dense = append(e.Dense, n.folded(first+i, encoder.Dense, b.in, b.out))
		}
	}
	if n.pooled != nil {
		e.Head = encoder.Head{Pooled: true, FeatureScale: slices.Clone(n.config.FeatureScale)}
		for _, m := range n.config.Masks {
			e.Head.Masks = append(e.Head.Masks, slices.Clone(m))
		}
	}
	weight, bias := n.params[len(n.params)-2], n.params[len(n.params)-1]
	last := encoder.Layer{
		Kind: encoder.Dense, In: n.architecture.hidden, Out: loc2vec.Dimension, Slope: 1,
		Weight: make([]float32, len(weight.value)), Bias: slices.Clone(bias.value),
	}
	transpose(last.Weight, weight.value, 1, n.architecture.hidden, loc2vec.Dimension)
	e.Dense = append(e.Dense, last)
	return e
}

// folded returns hidden layer i with its batch normalisation folded into the weights.
func (n *network) folded(i int, kind encoder.Kind, in, out int) encoder.Layer {
	norm, weight := n.norms[i], n.params[3*i].value // a layer has three parameters
	l := encoder.Layer{Kind: kind, In: in, Out: out, Slope: leakySlope, Weight: make([]float32, len(weight)), Bias: make([]float32, out)}
	per := len(weight) / out
	for o := range out {
		scale := float64(norm.gamma[o]) / math.Sqrt(float64(norm.runningVar[o])+normEpsilon)
		for k := range per {
			l.Weight[o*per+k] = float32(float64(weight[o*per+k]) * scale)
		}
		l.Bias[o] = float32(float64(norm.beta[o]) - float64(norm.runningMean[o])*scale)
	}
	return l
}
