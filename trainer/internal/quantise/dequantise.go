package quantise

import (
	"fmt"

	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Dequantise returns a quantised network in float32, from which training can continue if only the bundle of a model is
// left. architecture is the name of the network's architecture. Dequantise checks q. The embeddings differ from those of
// q only by the rounding of activations.
func Dequantise(q *onnx.Network, architecture string) (*encoder.Network, error) {
	if err := q.Check(); err != nil {
		return nil, fmt.Errorf("dequantising a network: %w", err)
	}
	out := &encoder.Network{Architecture: architecture, Pixels: q.Pixels, Rotations: q.Rotations}
	in := q.Input
	for i := range q.Convs {
		c := &q.Convs[i]
		l := encoder.Layer{Kind: encoder.Conv3, In: c.In, Out: c.Out, Same: c.Same, Pool: c.Pool, Slope: c.Slope}
		if c.Size == 1 {
			l.Kind = encoder.Conv1
		}
		l.Weight, l.Bias = realWeights(c.Weight, c.WeightScale), realBias(c.Bias, c.WeightScale, in)
		out.Convs = append(out.Convs, l)
		in = c.Output
	}
	for i := range q.Dense {
		d := &q.Dense[i]
		l := encoder.Layer{Kind: encoder.Dense, In: d.In, Out: d.Out, Slope: d.Slope}
		l.Weight, l.Bias = realWeights(d.Weight, d.WeightScale), realBias(d.Bias, d.WeightScale, in)
		if i == len(q.Dense)-1 {
			l.Slope = 1
		}
		out.Dense = append(out.Dense, l)
		in = d.Output
	}
	if q.Coverage != nil {
		head, weight := realCoverage(q.Coverage)
		out.Head = head
		pixels := q.Dense[0].In / q.Convs[len(q.Convs)-1].Out
		out.Dense[0] = collapseMean(&out.Dense[0], pixels, weight)
	}
	for i := range q.Dense[:len(q.Dense)-1] {
		if isReplicated(&q.Dense[i]) {
			mergeReplicas(&out.Dense[i], &out.Dense[i+1])
		}
	}
	for i := range q.Convs {
		if isSplit(&q.Convs[i]) {
			next, tail := nextLayer(out, i)
			mergeSigns(&out.Convs[i], next, tail)
		}
	}
	return out, nil
}

// realWeights returns the numbers that weights [Out][...] represent.
func realWeights(weight []int8, scale []float32) []float32 {
	out := make([]float32, len(weight))
	per := len(weight) / len(scale)
	for i, w := range weight {
		out[i] = float32(w) * scale[i/per]
	}
	return out
}

// realBias returns the numbers that biases represent in a layer with that input.
func realBias(bias []int32, scale []float32, in onnx.Quant) []float32 {
	out := make([]float32, len(bias))
	for i, b := range bias {
		out[i] = float32(float64(b) * float64(in.Scale) * float64(scale[i]))
	}
	return out
}

// collapseMean is the inverse of expandMean: it returns a layer that reads means, from one that reads every pixel. The
// weights of the coverage features, [Out][features], follow those of the means.
func collapseMean(l *encoder.Layer, pixels int, coverage []float32) encoder.Layer {
	channels, features := l.In/pixels, len(coverage)/l.Out
	g := *l
	g.In, g.Weight = channels+features, nil
	for o := range l.Out {
		for c := range channels {
			var sum float64
			for _, w := range l.Weight[(o*channels+c)*pixels:][:pixels] {
				sum += float64(w)
			}
			g.Weight = append(g.Weight, float32(sum))
		}
		g.Weight = append(g.Weight, coverage[o*features:][:features]...)
	}
	return g
}
