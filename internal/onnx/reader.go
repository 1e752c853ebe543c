package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// errMissing reports a graph that ends early.
var errMissing = errors.New("graph ends early")

// reader walks over the nodes in the order in which writer adds them. The first error sticks: later
// steps do nothing.
type reader struct {
	*graph
	next int
	read int // bytes of constants: several nodes may share one
	err  error
}

// fail keeps the first error.
func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// peek returns the operator of the next node.
func (r *reader) peek() string {
	if r.err != nil || r.next >= len(r.nodes) {
		return ""
	}
	return r.nodes[r.next].op
}

// step consumes the next node, which must apply op to these inputs and to that many extra ones.
func (r *reader) step(op string, extra int, inputs ...string) node {
	if r.err == nil && r.next >= len(r.nodes) {
		r.err = errMissing
	}
	if r.err != nil {
		return node{inputs: make([]string, len(inputs)+extra)}
	}
	n := r.nodes[r.next]
	r.next++
	if n.op != op || len(n.inputs) != len(inputs)+extra || !slices.Equal(n.inputs[:len(inputs)], inputs) {
		r.fail("node %q: %s%q, want %s%q", n.name, n.op, n.inputs, op, inputs)
		return node{inputs: make([]string, len(inputs)+extra)}
	}
	return n
}

// attributes checks that a node has exactly these attributes.
func (r *reader) attributes(n node, want ...attribute) {
	if r.err != nil {
		return
	}
	if len(n.attributes) != len(want) {
		r.fail("node %q: %d attributes, want %d", n.name, len(n.attributes), len(want))
	}
	for _, w := range want {
		a := n.attribute(w.name)
		if a.name != w.name || a.int != w.int || a.float != w.float || !slices.Equal(a.ints, w.ints) {
			r.fail("node %q: attribute %q is %v, want %v", n.name, w.name, a, w)
		}
	}
}

// attribute returns the attribute of that name, or a zero one.
func (n *node) attribute(name string) attribute {
	for _, a := range n.attributes {
		if a.name == name {
			return a
		}
	}
	return attribute{}
}

// constant returns a tensor of that element type. Its shape must be dims, unless dims is nil.
func (r *reader) constant(name string, kind int, dims ...int) tensor {
	size := map[int]int{typeFloat: 4, typeUint8: 1, typeInt8: 1, typeInt32: 4, typeInt64: 8}[kind]
	t, ok := r.tensors[name]
	elements := 1
	for _, d := range t.dims {
		if d > 0 && elements > maxModel/d {
			r.fail("tensor %q: implausible shape %v", name, t.dims)
			return tensor{}
		}
		elements *= d
	}
	if !ok || t.kind != kind || elements*size != len(t.raw) || dims != nil && !slices.Equal(t.dims, dims) {
		r.fail("tensor %q: type %d, shape %v, %d bytes", name, t.kind, t.dims, len(t.raw))
		return tensor{}
	}
	if r.read += len(t.raw); r.read > maxModel {
		r.fail("tensor %q: nodes share tensors of %d bytes in all, want at most %d", name, r.read, maxModel)
		return tensor{}
	}
	return t
}

// floats returns a constant of float32.
func (r *reader) floats(name string, dims ...int) []float32 {
	raw := r.constant(name, typeFloat, dims...).raw
	v := make([]float32, len(raw)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v
}

// int32s returns a constant of int32.
func (r *reader) int32s(name string, dims ...int) []int32 {
	raw := r.constant(name, typeInt32, dims...).raw
	v := make([]int32, len(raw)/4)
	for i := range v {
		v[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v
}

// zeros checks that a zero point consists of n zeros.
func (r *reader) zeros(name string, kind int, n int) {
	for _, b := range r.constant(name, kind, n).raw {
		if b != 0 {
			r.fail("tensor %q: the zero point is not 0", name)
		}
	}
}

// quant consumes a QuantizeLinear or DequantizeLinear with one scale for the whole tensor.
func (r *reader) quant(op, input string) (output string, q Quant) {
	n := r.step(op, 2, input)
	r.attributes(n)
	scale := r.floats(n.inputs[1], []int{}...)
	zero := r.constant(n.inputs[2], typeUint8).raw
	if len(scale) != 1 || len(zero) != 1 {
		r.fail("node %q: want one scale for the whole tensor", n.name)
		return n.output, Quant{}
	}
	return n.output, Quant{scale[0], zero[0]}
}

// dequantise consumes a DequantizeLinear that has the scale of its input.
func (r *reader) dequantise(input string, want Quant) string {
	output, q := r.quant("DequantizeLinear", input)
	if r.err == nil && q != want {
		r.fail("%s: dequantised by %v, quantised by %v", output, q, want)
	}
	return output
}

// weights consumes the DequantizeLinear of constant weights, with one scale for each index of the first axis.
func (r *reader) weights() (output string, t tensor, scale []float32) {
	n := r.step("DequantizeLinear", 3)
	r.attributes(n, intAttribute("axis", 0))
	t = r.constant(n.inputs[0], typeInt8)
	if len(t.dims) == 0 {
		r.fail("node %q: weights of shape %v", n.name, t.dims)
		return n.output, tensor{dims: []int{0, 0, 0, 0}}, nil
	}
	r.zeros(n.inputs[2], typeInt8, t.dims[0])
	return n.output, t, r.floats(n.inputs[1], t.dims[0])
}

// bias consumes the DequantizeLinear of a constant bias.
func (r *reader) bias(in Quant, weight []float32) (output string, bias []int32) {
	n := r.step("DequantizeLinear", 3)
	r.attributes(n, intAttribute("axis", 0))
	bias = r.int32s(n.inputs[0], len(weight))
	r.zeros(n.inputs[2], typeInt32, len(weight))
	for c, s := range r.floats(n.inputs[1], len(weight)) {
		if r.err == nil && s != float32(in.Scale*weight[c]) {
			r.fail("node %q: the scale of bias %d is %v", n.name, c, s)
		}
	}
	return n.output, bias
}

// int8s converts bytes to signed numbers.
func int8s(raw []byte) []int8 {
	v := make([]int8, len(raw))
	for i, b := range raw {
		v[i] = int8(b)
	}
	return v
}
