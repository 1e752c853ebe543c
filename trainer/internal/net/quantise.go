package net

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/quantise"
)

// quantiser switches quantisation-aware training (Jacob et al., 2018) and holds the state of its operations. While it
// is on, the network computes with weights and activations rounded to 8 bits, and gradients pass the rounding
// unchanged: the straight-through estimator (Bengio et al., 2013).
//
// The exporter folds batch normalisation into the weights before it rounds them. This multiplies all weights of an
// output channel, and their step, by one number, so that the bytes are those of training. There are two
// exceptions: the exporter rotates the axes of the embedding, and unless quantise.Options.Plain is set it rounds
// better than training does.
//
// The methods do nothing on a nil quantiser.
type quantiser struct {
	on          bool
	activations []*activationRounding
}

// Quantise switches quantisation-aware training on or off for Step and Recalibrate. It is off at first. Without
// Config.Quantise it does nothing.
func (t *Trainer) Quantise(on bool) {
	if q := t.net.quantiser; q != nil {
		q.on = on
	}
}

// ranges returns the roundings that have a running range.
func (q *quantiser) ranges() []*activationRounding {
	if q == nil {
		return nil
	}
	return q.activations
}

// track moves the running ranges towards those of the last batch.
func (q *quantiser) track() {
	if q == nil || !q.on {
		return
	}
	for _, r := range q.activations {
		copy(r.running, r.current[:])
	}
}

// roundWeights adds the rounding of weights to the graph.
func (n *network) roundWeights(weights *G.Node, r weightRounding) (*G.Node, error) {
	if n.quantiser == nil {
		return weights, nil
	}
	r.workers = workers(n.config.Workers)
	r.y = kernel.Aligned(weights.Shape().TotalSize())
	for range r.workers {
		r.rows = append(r.rows, make([]float32, len(r.y)/r.out))
	}
	name := weights.Name() + ".rounded"
	y, err := G.ApplyOp(unary{forward: r.forward, y: r.y}.switched(name, weights, &n.quantiser.on), weights)
	if err != nil {
		return nil, fmt.Errorf("adding %s: %w", name, err)
	}
	return y, nil
}

// roundActivations adds the rounding of a layer's output [B][...] to the graph. It does not round the first skip
// values of each image.
func (n *network) roundActivations(layer string, x *G.Node, skip int) (*G.Node, error) {
	if n.quantiser == nil {
		return x, nil
	}
	size := x.Shape().TotalSize()
	r := &activationRounding{
		name: layer, skip: skip, workers: workers(n.config.Workers),
		running: make([]float32, 2), extremes: make([][2]float32, n.config.images()),
		y: kernel.Aligned(size), dx: kernel.Aligned(size),
	}
	n.quantiser.activations = append(n.quantiser.activations, r)
	name := layer + ".rounded"
	y, err := G.ApplyOp(unary{r.forward, r.backward, r.y, r.dx}.switched(name, x, &n.quantiser.on), x)
	if err != nil {
		return nil, fmt.Errorf("adding %s: %w", name, err)
	}
	return y, nil
}

// weightRounding rounds weights to signed bytes as the exporter does, with one scale for each output channel and
// part of the inputs.
type weightRounding struct {
	out        int
	parts      []int // numbers of inputs, in order
	inputFirst bool  // weights are [in][out] instead of [out][in]
	workers    workers
	rows       [][]float32 // one for each worker: the weights of a channel
	y          []float32
}

func (r *weightRounding) forward(weights []float32) {
	in := len(weights) / r.out
	r.workers.each(r.out, func(worker, o int) {
		at, stride := o*in, 1
		if r.inputFirst {
			at, stride = o, r.out
		}
		for _, inputs := range r.parts {
			row := r.rows[worker][:inputs]
			for i := range row {
				row[i] = weights[at+i*stride]
			}
			scale := float64(float32(quantise.WeightScale(row)))
			if scale == 0 {
				scale = 1
			}
			for i, w := range row {
				r.y[at+i*stride] = float32(scale * quantise.RoundWeight(float64(w), scale))
			}
			at += inputs * stride
		}
	})
}

// activationRounding rounds values [B][...] to unsigned bytes of one range, as between two layers of the exported
// network. The range follows the extremes of the batches.
type activationRounding struct {
	name    string
	skip    int // values of each image that are not rounded
	workers workers

	running  []float32    // low and high over the steps so far, both 0 before the first one
	current  [2]float32   // running, updated with the last batch
	extremes [][2]float32 // of each image
	bytes    onnx.Quant   // of current
	x        []float32    // input of the last forward pass
	y, dx    []float32
}

// image returns the values of image i that are kept and those that are rounded.
func (r *activationRounding) image(values []float32, i int) (kept, rounded []float32) {
	per := len(values) / len(r.extremes)
	v := values[i*per:][:per]
	return v[:r.skip], v[r.skip:]
}

func (r *activationRounding) forward(x []float32) {
	r.x = x
	r.workers.each(len(r.extremes), func(_, i int) {
		_, values := r.image(x, i)
		r.extremes[i] = extremes(values)
	})
	r.measure()
	r.workers.each(len(r.extremes), func(_, i int) {
		kept, values := r.image(x, i)
		same, y := r.image(r.y, i)
		copy(same, kept)
		roundToBytes(y, values, r.bytes)
	})
}

// extremes returns the smallest range that contains the values and zero.
func extremes(values []float32) [2]float32 {
	var low, high float32
	for _, v := range values {
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	return [2]float32{low, high}
}

// measure computes the range from the extremes of the images.
func (r *activationRounding) measure() {
	var batch [2]float32
	for _, e := range r.extremes {
		batch = [2]float32{min(batch[0], e[0]), max(batch[1], e[1])}
	}
	r.current = batch
	if r.running[0] != r.running[1] {
		for i, v := range r.running {
			r.current[i] = v + float32(normMomentum*(float64(batch[i])-float64(v)))
		}
	}
	r.bytes = quantise.Range(float64(r.current[0]), float64(r.current[1]))
}

// roundToBytes rounds values to the nearest numbers that bytes represent, ties to even.
func roundToBytes(dst, src []float32, q onnx.Quant) {
	const magic = 3 << 22 // float32 numbers near it are integers
	low, high := -float32(q.Zero), 255-float32(q.Zero)
	for i, v := range src {
		v /= q.Scale
		if v < low {
			v = low
		}
		if v > high {
			v = high
		}
		dst[i] = q.Scale * (float32(v+magic) - magic)
	}
}

// backward passes the gradient on where the values are within the range of bytes.
func (r *activationRounding) backward(dy []float32) {
	low := r.bytes.Scale * (-float32(r.bytes.Zero) - 0.5)
	high := r.bytes.Scale * (255 - float32(r.bytes.Zero) + 0.5)
	r.workers.each(len(r.extremes), func(_, i int) {
		kept, d := r.image(dy, i)
		same, dx := r.image(r.dx, i)
		copy(same, kept)
		_, x := r.image(r.x, i)
		for k, v := range x {
			dx[k] = d[k]
			if v < low || v > high {
				dx[k] = 0
			}
		}
	})
}
