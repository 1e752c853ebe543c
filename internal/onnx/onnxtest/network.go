// Package onnxtest makes networks for tests.
package onnxtest

import (
	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// stepBytes is the length of one step of a program of Network.
const stepBytes = 4

// maxWeights is the number of weights beyond which Network returns nothing.
const maxWeights = 4 << 20

// Network returns the network of a program: bytes, of which a fuzzer can change any and mostly still gets a network whose
// shapes fit. It returns nil for a program that is too short, or whose network has too many weights to write quickly.
//
// The first four bytes are the pixels less one, the number of convolutions, the number of masks of the coverage
// features in the low half and rotation averaging in the highest bit, and a seed of the weights. Then each layer has a
// step: the number of outputs in four bits and their multiple in four, flags, slope and zero point.
func Network(program []byte) *onnx.Network {
	if len(program) < 4 {
		return nil
	}
	p := builder{seed: program[3], channels: loc2vec.NumLayers, left: maxWeights}
	n := &onnx.Network{Pixels: 1 + int(program[0]), Rotations: 1, Input: onnx.Quant{Scale: 1.0 / 255}}
	if program[2]&0x80 != 0 {
		n.Rotations = 4
	}
	convs, masks := 1+int(program[1]&15), int(program[2]&15)
	size := n.Pixels
	for program = program[4:]; len(program) >= stepBytes && len(n.Convs) < convs; program = program[stepBytes:] {
		c := p.conv(program)
		n.Convs = append(n.Convs, c)
		if size = c.OutputSize(size); size < 1 || p.left < 0 {
			return nil
		}
	}
	p.channels *= size * size
	for ; len(program) >= stepBytes && p.left > 0; program = program[stepBytes:] {
		n.Dense = append(n.Dense, p.dense(program, outputs(program[0])))
	}
	n.Dense = append(n.Dense, p.dense([]byte{0, 0, 0, 0}, loc2vec.Dimension))
	if masks > 0 {
		n.Coverage = p.coverage(masks, n.Pixels, n.Dense[0].Out)
	}
	if p.left < 0 {
		return nil
	}
	return n
}

// outputs returns a number of channels or units, 4 to 960.
func outputs(b byte) int { return 4 * (1 + int(b&15)) * (1 + int(b>>4)) * 15 / 16 / 4 * 4 }

// builder makes the layers of a network.
type builder struct {
	seed     byte
	channels int // of the next layer's input
	left     int // weights
}

// weights returns the weights and scales of a layer, or as many as are left.
func (p *builder) weights(out, in int) (w []int8, scale []float32, bias []int32) {
	if p.left -= out * in; p.left < 0 {
		return nil, nil, nil
	}
	w, scale, bias = make([]int8, out*in), make([]float32, out), make([]int32, out)
	x := uint32(p.seed)
	for i := range w { // noise, or zeros: https://en.wikipedia.org/wiki/Linear_congruential_generator
		x = x * 1664525
		w[i] = int8(x>>24) / 4
	}
	for i := range scale {
		scale[i], bias[i] = 0.01, int32(i)*int32(p.seed)
	}
	return w, scale, bias
}

func (p *builder) conv(step []byte) onnx.Conv {
	c := onnx.Conv{
		In: p.channels, Out: max(outputs(step[0]), 4), Size: 1 + 2*int(step[1]&1), Same: step[1]&2 != 0, Pool: step[1]&4 != 0,
		Slope: float32(step[2]) / 255, Sum: onnx.Quant{Scale: 0.05, Zero: step[3]}, Output: onnx.Quant{Scale: 0.05, Zero: step[3] / 2},
	}
	c.Same = c.Same && c.Size > 1
	c.Weight, c.WeightScale, c.Bias = p.weights(c.Out, c.In*c.Size*c.Size)
	p.channels = c.Out
	return c
}

func (p *builder) dense(step []byte, out int) onnx.Dense {
	d := onnx.Dense{In: p.channels, Out: max(out, 4), Slope: float32(step[2]) / 255, Output: onnx.Quant{Scale: 0.05, Zero: step[3]}}
	d.Weight, d.WeightScale, d.Bias = p.weights(d.Out, d.In)
	p.channels = d.Out
	return d
}

func (p *builder) coverage(masks, pixels, out int) *onnx.Coverage {
	c := &onnx.Coverage{Output: onnx.Quant{Scale: 0.01}}
	for k := range masks {
		mask := make([]uint8, pixels*pixels)
		for i := range mask {
			mask[i] = uint8(i>>k) & 1
		}
		c.Masks = append(c.Masks, mask)
		for range loc2vec.NumLayers {
			c.Factor = append(c.Factor, 1.0/255)
		}
	}
	c.Weight, c.WeightScale, _ = p.weights(out, masks*loc2vec.NumLayers)
	return c
}
