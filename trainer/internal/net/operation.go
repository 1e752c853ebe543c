package net

import (
	"fmt"
	"hash"
	"hash/fnv"
	"io"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// operation is a Gorgonia operation implemented by a function that owns its output. Its name must be unique in the
// graph: Gorgonia merges operations with equal hashes and inputs.
type operation struct {
	name string
	in   []hm.Type
	out  hm.Type
	size tensor.Shape
	do   func(in []G.Value) (G.Value, error)
}

var _ G.SDOp = (*differentiable)(nil)

func (o *operation) Arity() int { return len(o.in) }
func (o *operation) Type() hm.Type {
	return hm.NewFnType(append(append([]hm.Type(nil), o.in...), o.out)...)
}
func (o *operation) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.size.Clone(), nil }
func (o *operation) Do(in ...G.Value) (G.Value, error) {
	if len(in) != len(o.in) {
		return nil, fmt.Errorf("%s got %d inputs, want %d", o.name, len(in), len(o.in))
	}
	return o.do(in)
}
func (o *operation) ReturnsPtr() bool      { return true }
func (o *operation) CallsExtern() bool     { return false }
func (o *operation) OverwritesInput() int  { return -1 }
func (o *operation) WriteHash(h hash.Hash) { _, _ = io.WriteString(h, o.name) } // writing to a hash never fails
func (o *operation) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}
func (o *operation) String() string { return o.name }

// differentiable is an operation with a backward pass. The backward pass is another operation. It takes the inputs,
// the output and the gradient of the output, computes all gradients at once and returns the first. Further
// operations return the others from the memory where it wrote them.
type differentiable struct {
	operation
	grads    []*tensor.Dense // of each input; nil for an input without gradient
	backward func(in []G.Value, grad G.Value) error
}

// DiffWRT reports which inputs have a gradient.
func (o *differentiable) DiffWRT(int) []bool {
	wrt := make([]bool, len(o.grads))
	for i, g := range o.grads {
		wrt[i] = g != nil
	}
	return wrt
}

// SymDiff adds the backward pass to the graph.
func (o *differentiable) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	results := make(G.Nodes, len(in))
	var all *G.Node
	for i, g := range o.grads {
		if g == nil {
			continue
		}
		var err error
		if all == nil {
			run := &operation{name: o.name + ".backward", out: typeOf(g), size: g.Shape()}
			run.in = append(append(run.in, o.in...), o.out, o.out)
			run.do = func(v []G.Value) (G.Value, error) { return g, o.backward(v[:len(o.in)], v[len(v)-1]) }
			all, err = G.ApplyOp(run, append(append(G.Nodes(nil), in...), out, grad)...)
			results[i] = all
		} else {
			pick := &operation{name: fmt.Sprintf("%s.gradient%d", o.name, i), in: []hm.Type{all.Type()}, out: typeOf(g), size: g.Shape()}
			pick.do = func([]G.Value) (G.Value, error) { return g, nil }
			results[i], err = G.ApplyOp(pick, all)
		}
		if err != nil {
			return nil, fmt.Errorf("differentiating %s: %w", o.name, err)
		}
	}
	return results, nil
}

// switched is an operation on one tensor that can be switched off. It then passes values and gradients on unchanged,
// without a copy. An operation without backward pass always does so with gradients.
type switched struct {
	operation
	on       *bool
	backward func(dy []float32)
	dx       *tensor.Dense
}

var _ G.SDOp = (*switched)(nil)

// DiffWRT reports that the input has a gradient.
func (o *switched) DiffWRT(int) []bool { return []bool{true} }

// SymDiff adds the backward pass to the graph.
func (o *switched) SymDiff(_ G.Nodes, _, grad *G.Node) (G.Nodes, error) {
	if o.backward == nil {
		return G.Nodes{grad}, nil
	}
	run := &operation{name: o.name + ".backward", in: []hm.Type{o.out}, out: o.out, size: o.size}
	run.do = func(v []G.Value) (G.Value, error) {
		if !*o.on {
			return v[0], nil
		}
		o.backward(floats(v[0]))
		return o.dx, nil
	}
	dx, err := G.ApplyOp(run, grad)
	if err != nil {
		return nil, fmt.Errorf("differentiating %s: %w", o.name, err)
	}
	return G.Nodes{dx}, nil
}

// tensorType returns the Gorgonia type of a tensor with that many dimensions.
func tensorType(dims int, of tensor.Dtype) hm.Type { return G.TensorType{Dims: dims, Of: of} }

func typeOf(t *tensor.Dense) hm.Type { return tensorType(t.Dims(), t.Dtype()) }

// dense returns a tensor that uses the given memory.
func dense(memory []float32, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(memory))
}

// floats returns the memory of a float32 tensor.
func floats(v G.Value) []float32 { return v.Data().([]float32) }
