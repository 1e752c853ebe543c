package quantise

import (
	"fmt"
	"iter"
	"math"

	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Options are the options of Network. The zero value gives the smallest error.
type Options struct {
	// Plain rounds each number independently, as quantisation-aware training does. Otherwise channels are equalised,
	// weights are rounded so that they compensate each other's errors, and some numbers are represented by several
	// bytes: 1x1 convolutions are split by sign, hidden dense units are replicated, and weights of coverage features
	// have two terms.
	Plain bool
}

// Network quantises an encoder to 8 bits: symmetric weights with one scale for each output channel, unsigned activations
// with one scale and zero point for each layer, sums of 32 bits. calibration holds representative rasters, each uint8
// [C][H][W]; a few hundred suffice. The encoder is not changed.
//
// The layers are quantised in the order of computation. The range of each is measured on the exact integers that the
// quantised layers before it produce.
func Network(net *encoder.Network, calibration [][]uint8, opts Options) (*Model, error) {
	if err := check(net, calibration); err != nil {
		return nil, fmt.Errorf("quantising the network: %w", err)
	}
	k, err := kernel.Int8Kernel("")
	if err != nil {
		return nil, fmt.Errorf("quantising the network: %w", err)
	}
	q := &quantiser{kernel: k, opts: opts}
	net = clone(net) // changed below
	out := &onnx.Network{Pixels: net.Pixels, Rotations: net.Rotations, Input: onnx.Quant{Scale: 1.0 / 255}}
	maps, in, size := q.convs(out, net, calibration)
	q.dense(out, net, denseInput{calibration, maps, in, size})
	engine, err := int8net.New(out, k)
	if err != nil {
		return nil, fmt.Errorf("quantising the network: %w", err)
	}
	return &Model{Net: out, engine: engine}, nil
}

// quantiser is one run of Network.
type quantiser struct {
	kernel *kernel.Int8
	opts   Options
}

// convs quantises the convolutions. It returns the last feature maps of the calibration rasters, their scale and their
// edge.
func (q *quantiser) convs(out *onnx.Network, net *encoder.Network, calibration [][]uint8) ([]*int8net.Map, onnx.Quant, int) {
	in, size := out.Input, net.Pixels
	var maps []*int8net.Map
	for i := range net.Convs {
		l := &net.Convs[i]
		split := q.splitSigns(net, i)
		c := onnx.Conv{Size: 1, In: l.In, Out: l.Out, Same: l.Same, Pool: l.Pool, Slope: l.Slope}
		if l.Kind == encoder.Conv3 {
			c.Size = 3
		} else {
			c.Same = false
		}
		c.Weight, c.WeightScale, c.Bias = quantiseWeights(l.Weight, l.Bias, in)
		c.Sum, c.Output = onnx.Quant{Scale: 1}, onnx.Quant{Scale: 1}
		m := measurement{c: &c, stage: int8net.NewStage(q.kernel, &c, size, in), in: in}
		if i == 0 {
			for _, r := range calibration {
				maps = append(maps, m.stage.NewInput().Fill(r))
			}
		} else {
			for j := range maps {
				maps[j] = m.stage.NewInput().Copy(maps[j])
			}
		}
		m.maps = maps
		if !q.opts.Plain {
			m.refine(net, i)
		}
		if split {
			negateLower(&c)
		}
		m.stage = int8net.NewStage(q.kernel, &c, size, in)
		values := m.outputs()
		if split {
			values = aboveZero(values)
		}
		c.Sum, c.Output = newHistogram(values).activation(l.Slope)

		stage := int8net.NewStage(q.kernel, &c, size, in)
		for j := range maps {
			maps[j] = stage.Run(maps[j])
		}
		out.Convs = append(out.Convs, c)
		in, size = c.Output, stage.OutputSize()
	}
	return maps, in, size
}

// measurement measures a quantised convolution on the input maps of the calibration rasters.
type measurement struct {
	c     *onnx.Conv
	stage *int8net.Stage // of c, with weights that c had when it was prepared
	in    onnx.Quant
	maps  []*int8net.Map
}

// splitSigns splits the outputs of convolution i by sign if that costs little, and reports whether it did. A head without
// global pooling would need twice its weights.
func (q *quantiser) splitSigns(net *encoder.Network, i int) bool {
	l, last := &net.Convs[i], i+1 == len(net.Convs)
	if q.opts.Plain || l.Kind != encoder.Conv1 || l.Slope == 0 || last && !net.Head.Pooled {
		return false
	}
	next, tail := nextLayer(net, i)
	splitSigns(l, next, tail)
	return true
}

// refine equalises the outputs of convolution i of net and rounds its weights so that they compensate each other's
// errors.
func (m *measurement) refine(net *encoder.Network, i int) {
	l := &net.Convs[i]
	// Not before the head: the weights of the dense layer, whose errors are not averaged, would lose more.
	if i+1 < len(net.Convs) {
		equalise(l, &net.Convs[i+1], m.outputs())
		m.c.Weight, m.c.WeightScale, m.c.Bias = quantiseWeights(l.Weight, l.Bias, m.in)
	}
	compensate(m.c, l.Weight, secondMoments(m.stage, m.c, m.maps))
}

// outputs yields the real outputs of the convolution before its LeakyReLU, with their channels.
func (m *measurement) outputs() iter.Seq2[int, float64] {
	scale := make([]float64, m.c.Out)
	for o, w := range m.c.WeightScale {
		scale[o] = float64(m.in.Scale) * float64(w)
	}
	return func(yield func(int, float64) bool) {
		var sums []int32
		for _, x := range m.maps {
			sums = m.stage.Sums(sums[:0], x)
			for i, s := range sums {
				if o := i % m.c.Out; !yield(o, float64(s)*scale[o]) {
					return
				}
			}
		}
	}
}

// denseInput is the input of the dense layers during calibration.
type denseInput struct {
	rasters [][]uint8
	maps    []*int8net.Map
	quant   onnx.Quant
	size    int // edge of the maps
}

// dense quantises the head and the dense layers.
func (q *quantiser) dense(out *onnx.Network, net *encoder.Network, d denseInput) {
	in := d.quant
	for i := range net.Dense {
		l := net.Dense[i]
		if i == 0 && net.Head.Pooled {
			out.Coverage = q.coverage(net, &l, d.rasters)
			l = expandMean(&net.Dense[0], net.Convs[len(net.Convs)-1].Out, d.size*d.size)
		}
		layer := onnx.Dense{In: l.In, Out: l.Out}
		layer.Weight, layer.WeightScale, layer.Bias = quantiseWeights(l.Weight, l.Bias, in)
		if i < len(net.Dense)-1 {
			layer.Slope, layer.Output = l.Slope, onnx.Quant{Scale: 1}
		}
		out.Dense = append(out.Dense, layer)
		if i == len(net.Dense)-1 {
			break
		}
		last := &out.Dense[i]
		last.Output = newHistogram(leaky(l.Slope, q.denseOutputs(out, d))).plain()
		// Without global pooling the layer would need that many times its weights.
		if i == 0 && net.Head.Pooled && !q.opts.Plain {
			replicate(last, out.Coverage, in, &net.Dense[1])
		}
		in = last.Output
	}
}

// leaky yields the values after a LeakyReLU, with their channels.
func leaky(slope float32, values iter.Seq2[int, float64]) iter.Seq2[int, float64] {
	return func(yield func(int, float64) bool) {
		for c, x := range values {
			if x < 0 {
				x *= float64(slope)
			}
			if !yield(c, x) {
				return
			}
		}
	}
}

// denseOutputs yields the real outputs of the last layer of a partly quantised network, before its LeakyReLU, with their
// channels.
func (q *quantiser) denseOutputs(out *onnx.Network, d denseInput) iter.Seq2[int, float64] {
	layers := int8net.NewDenseLayers(q.kernel, out, d.quant)
	return func(yield func(int, float64) bool) {
		for i, m := range d.maps {
			for c, x := range layers.Real(m, d.rasters[i]) {
				if !yield(c, float64(x)) {
					return
				}
			}
		}
	}
}

// expandMean returns a dense layer that reads the means of feature maps as a layer that reads the maps, so that the means
// are not rounded.
func expandMean(l *encoder.Layer, channels, pixels int) encoder.Layer {
	s := *l
	s.In = channels * pixels
	s.Weight = make([]float32, l.Out*s.In)
	for o := range l.Out {
		for c := range channels {
			w := l.Weight[o*l.In+c] / float32(pixels)
			for p := range pixels {
				s.Weight[(o*channels+c)*pixels+p] = w
			}
		}
	}
	return s
}

// quantiseWeights returns quantised weights [out][...] with a scale for each output, and the bias in units of the sums.
func quantiseWeights(weight, bias []float32, in onnx.Quant) (q []int8, scale []float32, b []int32) {
	q = make([]int8, len(weight))
	scale, b = make([]float32, len(bias)), make([]int32, len(bias))
	per := len(weight) / len(bias)
	for o := range bias {
		row := weight[o*per:][:per]
		s := WeightScale(row)
		// The bias must fit 32 bits, even for a channel whose weights are nearly zero.
		s = max(s, math.Abs(float64(bias[o]))/(float64(in.Scale)*(1<<30)))
		if s == 0 {
			s = 1
		}
		scale[o] = float32(s)
		for i, w := range row {
			q[o*per+i] = int8(RoundWeight(float64(w), float64(scale[o])))
		}
		b[o] = int32(math.RoundToEven(float64(bias[o]) / (float64(in.Scale) * float64(scale[o]))))
	}
	return q, scale, b
}
