package int8net

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// Names of the model's input, uint8 [N][C][H][W], and output, float32 [N][D].
const (
	InputName  = "raster"
	OutputName = "embedding"
)

// EachTurnName is the embedding of each turn, [4*N][D], of a network that takes their mean.
const EachTurnName = "embedding_of_turns"

// errMissing: the graph ends where more of it is expected.
var errMissing = errors.New("graph ends early")

// ReadONNX reads a network from the ONNX model that the trainer writes. Only that form is known:
// its operators, in its order. Other models give ErrVersion when they use an operator that the
// form does not have, and ErrCorrupt otherwise. The network shares memory with model.
func ReadONNX(model []byte) (*Network, error) {
	g, err := decodeModel(model)
	if err != nil {
		return nil, fmt.Errorf("read model: %w: %w", loc2vec.ErrCorrupt, err)
	}
	for _, n := range g.nodes {
		if !slices.Contains(operators(), n.op) {
			return nil, fmt.Errorf("read model: %w: operator %q", loc2vec.ErrVersion, n.op)
		}
	}
	r := &graphReader{graph: g}
	n, err := r.network()
	if err == nil {
		err = n.Check()
	}
	if err != nil {
		return nil, fmt.Errorf("read model: %w: %w", loc2vec.ErrCorrupt, err)
	}
	return n, nil
}

// operators returns the operators of the form.
func operators() []string {
	return []string{
		"Add", "Cast", "Concat", "Conv", "DequantizeLinear", "Flatten", "Gather", "Gemm", "LeakyRelu", "MatMulInteger",
		"MaxPool", "Mul", "QuantizeLinear", "Reshape", "Sqrt", "Transpose",
	}
}

// graphReader walks over the nodes in the order in which the trainer writes them. The first error
// sticks: err ends every later step.
type graphReader struct {
	*graph
	next int
	err  error
}

func (r *graphReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// peek returns the operator of the next node.
func (r *graphReader) peek() string {
	if r.err != nil || r.next >= len(r.nodes) {
		return ""
	}
	return r.nodes[r.next].op
}

// step takes the next node, which must be this operator on these inputs followed by extra others.
func (r *graphReader) step(op string, extra int, inputs ...string) node {
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
func (r *graphReader) attributes(n node, want map[string]attribute) {
	if r.err != nil {
		return
	}
	if len(n.attributes) != len(want) {
		r.fail("node %q: %d attributes, want %d", n.name, len(n.attributes), len(want))
	}
	for name, w := range want {
		a, ok := n.attributes[name]
		if !ok || a.int != w.int || a.float != w.float || !slices.Equal(a.ints, w.ints) {
			r.fail("node %q: attribute %q is %v, want %v", n.name, name, a, w)
		}
	}
}

// constant returns a tensor of that type; nil dims take any shape.
func (r *graphReader) constant(name string, kind int, dims ...int) tensor {
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
	return t
}

func (r *graphReader) floats(name string, dims ...int) []float32 {
	raw := r.constant(name, typeFloat, dims...).raw
	v := make([]float32, len(raw)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v
}

func (r *graphReader) int32s(name string, dims ...int) []int32 {
	raw := r.constant(name, typeInt32, dims...).raw
	v := make([]int32, len(raw)/4)
	for i := range v {
		v[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v
}

// zeros checks that a zero point is nothing but zeros.
func (r *graphReader) zeros(name string, kind int, n int) {
	for _, b := range r.constant(name, kind, n).raw {
		if b != 0 {
			r.fail("tensor %q: a zero point that is not 0", name)
		}
	}
}

// quant takes a QuantizeLinear or DequantizeLinear of a whole tensor.
func (r *graphReader) quant(op, input string) (output string, q Quant) {
	n := r.step(op, 2, input)
	r.attributes(n, nil)
	scale := r.floats(n.inputs[1], []int{}...)
	zero := r.constant(n.inputs[2], typeUint8).raw
	if len(scale) != 1 || len(zero) != 1 {
		r.fail("node %q: not a scale of the whole tensor", n.name)
		return n.output, Quant{}
	}
	return n.output, Quant{scale[0], zero[0]}
}

// dequantise takes a DequantizeLinear with the scale that its input was written with.
func (r *graphReader) dequantise(input string, want Quant) string {
	output, q := r.quant("DequantizeLinear", input)
	if r.err == nil && q != want {
		r.fail("%s: read with scale %v, written with %v", output, q, want)
	}
	return output
}

// weights takes the DequantizeLinear of constant weights, one scale for each of the first axis.
func (r *graphReader) weights() (output string, t tensor, scale []float32) {
	n := r.step("DequantizeLinear", 3)
	r.attributes(n, map[string]attribute{"axis": {}})
	t = r.constant(n.inputs[0], typeInt8)
	if len(t.dims) == 0 {
		r.fail("node %q: weights of shape %v", n.name, t.dims)
		return n.output, tensor{dims: []int{0, 0, 0, 0}}, nil
	}
	r.zeros(n.inputs[2], typeInt8, t.dims[0])
	return n.output, t, r.floats(n.inputs[1], t.dims[0])
}

// bias takes the DequantizeLinear of a constant bias.
func (r *graphReader) bias(in Quant, weight []float32) (output string, bias []int32) {
	n := r.step("DequantizeLinear", 3)
	r.attributes(n, map[string]attribute{"axis": {}})
	bias = r.int32s(n.inputs[0], len(weight))
	r.zeros(n.inputs[2], typeInt32, len(weight))
	for c, s := range r.floats(n.inputs[1], len(weight)) {
		if r.err == nil && s != float32(in.Scale*weight[c]) {
			r.fail("node %q: scale of bias %d is %v", n.name, c, s)
		}
	}
	return n.output, bias
}

// network reads the whole graph.
func (r *graphReader) network() (*Network, error) {
	if len(r.inputs) != 1 || len(r.outputs) != 1 {
		return nil, fmt.Errorf("%d inputs and %d outputs", len(r.inputs), len(r.outputs))
	}
	in, out := r.inputs[0], r.outputs[0]
	if in.kind != typeUint8 || len(in.dims) != 4 || in.dims[1] != loc2vec.NumLayers || in.dims[2] != in.dims[3] ||
		in.dims[2] < 1 || in.dims[2] > maxPixels {
		return nil, fmt.Errorf("input of type %d, shape %v", in.kind, in.dims)
	}
	if out.kind != typeFloat || len(out.dims) != 2 || out.dims[1] != loc2vec.Dimension {
		return nil, fmt.Errorf("output of type %d, shape %v", out.kind, out.dims)
	}
	if in.name != InputName || out.name != OutputName {
		return nil, fmt.Errorf("input %q and output %q", in.name, out.name)
	}
	n := &Network{Pixels: in.dims[2]}
	raster, embedding := in.name, out.name
	if n.Turned = r.peek() == "Gather"; n.Turned {
		raster, embedding = r.turns(raster, n.Pixels), EachTurnName
	}
	x, q := r.convs(n, raster)
	flat := r.step("Flatten", 0, x)
	r.attributes(flat, nil)
	r.dense(n, raster, flat.output, q, embedding)
	if n.Turned {
		r.mean(embedding, out.name)
	}
	if r.err == nil && r.next != len(r.nodes) {
		r.fail("%d nodes after the output", len(r.nodes)-r.next)
	}
	return n, r.err
}

// convs reads the convolutions and returns the last one's output.
func (r *graphReader) convs(n *Network, x string) (string, Quant) {
	// The first node tells the input's scale.
	start := r.next
	_, n.Input = r.quant("DequantizeLinear", x)
	r.next = start
	q := n.Input
	for r.peek() == "DequantizeLinear" && len(n.Convs) <= maxLayers {
		var c Conv
		x, c = r.conv(x, q)
		q = c.Output
		n.Convs = append(n.Convs, c)
	}
	return x, q
}

func (r *graphReader) conv(x string, in Quant) (string, Conv) {
	x = r.dequantise(x, in)
	w, weight, scale := r.weights()
	if len(weight.dims) != 4 || weight.dims[2] != weight.dims[3] {
		r.fail("convolution %q: weights of shape %v", w, weight.dims)
		return "", Conv{}
	}
	c := Conv{
		Out: weight.dims[0], In: weight.dims[1], Size: weight.dims[2],
		Weight: int8s(weight.raw), WeightScale: scale,
	}
	b, bias := r.bias(in, scale)
	c.Bias = bias
	n := r.step("Conv", 0, x, w, b)
	pad := int64(0)
	if p := n.attributes["pads"].ints; len(p) == 4 && p[0] != 0 {
		c.Same, pad = true, int64(c.Size/2)
	}
	edge := int64(c.Size)
	r.attributes(n, map[string]attribute{
		"kernel_shape": {ints: []int64{edge, edge}}, "pads": {ints: []int64{pad, pad, pad, pad}},
	})
	x, c.Sum = r.quant("QuantizeLinear", n.output)
	if c.Pool = r.peek() == "MaxPool"; c.Pool {
		n := r.step("MaxPool", 0, x)
		two := attribute{ints: []int64{2, 2}}
		r.attributes(n, map[string]attribute{"kernel_shape": two, "strides": two})
		x = n.output
	}
	n = r.step("LeakyRelu", 0, r.dequantise(x, c.Sum))
	c.Slope = n.attributes["alpha"].float
	r.attributes(n, map[string]attribute{"alpha": {float: c.Slope}})
	x, c.Output = r.quant("QuantizeLinear", n.output)
	return x, c
}

// dense reads the fully connected layers, the last of which gives the output.
func (r *graphReader) dense(n *Network, raster, x string, in Quant, output string) {
	for r.err == nil && len(n.Dense) <= maxLayers {
		var d Dense
		sum, weight, scale, bias := r.gemm(x, in, true)
		d.Weight, d.WeightScale, d.Bias = int8s(weight.raw), scale, bias
		d.Out, d.In = weight.dims[0], weight.dims[1]
		if len(n.Dense) == 0 && r.peek() == "Reshape" {
			var share string
			n.Coverage, share = r.coverage(raster, n.Pixels)
			add := r.step("Add", 0, sum, share)
			r.attributes(add, nil)
			sum = add.output
		}
		if sum == output {
			n.Dense = append(n.Dense, d)
			return
		}
		y := r.step("LeakyRelu", 0, sum)
		d.Slope = y.attributes["alpha"].float
		r.attributes(y, map[string]attribute{"alpha": {float: d.Slope}})
		x, d.Output = r.quant("QuantizeLinear", y.output)
		in = d.Output
		n.Dense = append(n.Dense, d)
	}
	r.fail("no output %q", output)
}

// gemm reads one matrix product.
func (r *graphReader) gemm(x string, in Quant, biased bool) (output string, weight tensor, scale []float32, bias []int32) {
	inputs := []string{r.dequantise(x, in)}
	w, weight, scale := r.weights()
	if len(weight.dims) != 2 {
		r.fail("matrix product %q: weights of shape %v", w, weight.dims)
		weight.dims = []int{0, 0}
	}
	inputs = append(inputs, w)
	if biased {
		var b string
		b, bias = r.bias(in, scale)
		inputs = append(inputs, b)
	}
	n := r.step("Gemm", 0, inputs...)
	r.attributes(n, map[string]attribute{"transB": {int: 1}})
	return n.output, weight, scale, bias
}

// coverage reads the coverage features and their share of the first dense layer.
func (r *graphReader) coverage(raster string, pixels int) (*Coverage, string) {
	n := r.step("Reshape", 1, raster)
	r.attributes(n, nil)
	area := pixels * pixels
	r.integers(n.inputs[1], []int64{0, loc2vec.NumLayers, int64(area)})
	n = r.step("MatMulInteger", 1, n.output)
	r.attributes(n, nil)
	columns := r.constant(n.inputs[1], typeUint8)
	if len(columns.dims) != 2 || columns.dims[0] != area || columns.dims[1] < 1 || columns.dims[1] > maxMasks {
		r.fail("node %q: masks of shape %v", n.name, columns.dims)
		return nil, ""
	}
	masks := columns.dims[1]
	c := &Coverage{Masks: make([][]uint8, masks)}
	for k := range c.Masks {
		c.Masks[k] = make([]uint8, area)
		for i := range area {
			c.Masks[k][i] = columns.raw[i*masks+k]
		}
	}
	n = r.step("Cast", 0, n.output)
	r.attributes(n, map[string]attribute{"to": {int: typeFloat}})
	n = r.step("Transpose", 0, n.output)
	r.attributes(n, map[string]attribute{"perm": {ints: []int64{0, 2, 1}}})
	n = r.step("Mul", 1, n.output)
	r.attributes(n, nil)
	c.Factor = r.floats(n.inputs[1], masks, loc2vec.NumLayers)
	n = r.step("Sqrt", 0, n.output)
	r.attributes(n, nil)
	x, q := r.quant("QuantizeLinear", n.output)
	c.Output = q
	n = r.step("Flatten", 0, x)
	r.attributes(n, nil)
	share, weight, scale, _ := r.gemm(n.output, q, false)
	c.Weight, c.WeightScale = int8s(weight.raw), scale
	return c, share
}

// int8s returns bytes as signed numbers.
func int8s(raw []byte) []int8 {
	v := make([]int8, len(raw))
	for i, b := range raw {
		v[i] = int8(b)
	}
	return v
}
