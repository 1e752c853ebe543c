package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// Unmarshal returns the network of an ONNX model that Marshal wrote. The network passes Check and
// shares memory with model.
//
// It returns an error wrapping [loc2vec.ErrVersion] for a model with an operator that the form does not
// use, and one wrapping [loc2vec.ErrCorrupt] for any other model that is not of the form.
func Unmarshal(model []byte) (*Network, error) {
	g, err := decodeModel(model)
	if err != nil {
		return nil, corrupt(err)
	}
	for _, n := range g.nodes {
		if !slices.Contains(operators(), n.op) {
			return nil, fmt.Errorf("reading the ONNX model: %w: operator %q", loc2vec.ErrVersion, n.op)
		}
	}
	r := &reader{graph: g}
	n, err := r.network()
	if err == nil {
		err = n.Check()
	}
	if err != nil {
		return nil, corrupt(err)
	}
	return n, nil
}

// corrupt wraps an error so that it also wraps loc2vec.ErrCorrupt.
func corrupt(err error) error {
	if errors.Is(err, loc2vec.ErrCorrupt) {
		return fmt.Errorf("reading the ONNX model: %w", err)
	}
	return fmt.Errorf("reading the ONNX model: %w: %w", loc2vec.ErrCorrupt, err)
}

// operators lists the operators of the form.
func operators() []string {
	return []string{
		"Add", "Cast", "Concat", "Conv", "DequantizeLinear", "Flatten", "Gather", "Gemm", "LeakyRelu", "MatMulInteger",
		"MaxPool", "Mul", "QuantizeLinear", "Reshape", "Sqrt", "Transpose",
	}
}

// network reads the whole graph.
func (r *reader) network() (*Network, error) {
	if len(r.inputs) != 1 || len(r.outputs) != 1 {
		return nil, fmt.Errorf("%d inputs and %d outputs", len(r.inputs), len(r.outputs))
	}
	in, out := r.inputs[0], r.outputs[0]
	if in.kind != typeUint8 || len(in.dims) != 4 || in.dims[1] != loc2vec.NumLayers || in.dims[2] != in.dims[3] ||
		in.dims[2] < 1 || in.dims[2] > MaxPixels {
		return nil, fmt.Errorf("input of type %d, shape %v", in.kind, in.dims)
	}
	if out.kind != typeFloat || len(out.dims) != 2 || out.dims[1] != loc2vec.Dimension {
		return nil, fmt.Errorf("output of type %d, shape %v", out.kind, out.dims)
	}
	if in.name != InputName || out.name != OutputName {
		return nil, fmt.Errorf("input %q and output %q", in.name, out.name)
	}
	n := &Network{Pixels: in.dims[2], Rotations: 1}
	raster, embedding := in.name, out.name
	if r.peek() == "Gather" {
		n.Rotations = fourRotations
		raster, embedding = r.rotations(raster, n.Pixels), rotationsName
	}
	x, q := r.convs(n, raster)
	flat := r.step("Flatten", 0, x)
	r.attributes(flat)
	r.dense(n, raster, flat.output, q, embedding)
	if n.Rotations > 1 {
		r.mean(embedding, out.name)
	}
	if r.err == nil && r.next != len(r.nodes) {
		r.fail("%d nodes after the output", len(r.nodes)-r.next)
	}
	return n, r.err
}

// convs reads the convolutions and returns the output of the last one with its scale.
func (r *reader) convs(n *Network, x string) (string, Quant) {
	// The first node has the scale of the input.
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

// conv reads one convolution of the bytes x and returns its output.
func (r *reader) conv(x string, in Quant) (string, Conv) {
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
	if p := n.attribute("pads").ints; len(p) == 4 && p[0] != 0 {
		c.Same, pad = true, int64(c.Size/2)
	}
	edge := int64(c.Size)
	r.attributes(n, intsAttribute("kernel_shape", edge, edge), intsAttribute("pads", pad, pad, pad, pad))
	x, c.Sum = r.quant("QuantizeLinear", n.output)
	if c.Pool = r.peek() == "MaxPool"; c.Pool {
		n := r.step("MaxPool", 0, x)
		r.attributes(n, intsAttribute("kernel_shape", 2, 2), intsAttribute("strides", 2, 2))
		x = n.output
	}
	n = r.step("LeakyRelu", 0, r.dequantise(x, c.Sum))
	c.Slope = n.attribute("alpha").float
	r.attributes(n, floatAttribute("alpha", c.Slope))
	x, c.Output = r.quant("QuantizeLinear", n.output)
	return x, c
}

// dense reads the fully connected layers up to the one that produces output.
func (r *reader) dense(n *Network, raster, x string, in Quant, output string) {
	for r.err == nil && len(n.Dense) <= maxLayers {
		var d Dense
		sum, weight, scale, bias := r.gemm(x, in, true)
		d.Weight, d.WeightScale, d.Bias = int8s(weight.raw), scale, bias
		d.Out, d.In = weight.dims[0], weight.dims[1]
		if len(n.Dense) == 0 && sum != output && r.peek() == "Reshape" { // not that of the mean over rotations
			var share string
			n.Coverage, share = r.coverage(raster, n.Pixels)
			add := r.step("Add", 0, sum, share)
			r.attributes(add)
			sum = add.output
		}
		if sum == output {
			n.Dense = append(n.Dense, d)
			return
		}
		y := r.step("LeakyRelu", 0, sum)
		d.Slope = y.attribute("alpha").float
		r.attributes(y, floatAttribute("alpha", d.Slope))
		x, d.Output = r.quant("QuantizeLinear", y.output)
		in = d.Output
		n.Dense = append(n.Dense, d)
	}
	r.fail("no output %q", output)
}

// gemm reads one matrix product of the bytes x, with or without a bias.
func (r *reader) gemm(x string, in Quant, biased bool) (output string, weight tensor, scale []float32, bias []int32) {
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
	r.attributes(n, intAttribute("transB", 1))
	return n.output, weight, scale, bias
}

// coverage reads the coverage features and their share of the first dense layer.
func (r *reader) coverage(raster string, pixels int) (*Coverage, string) {
	n := r.step("Reshape", 1, raster)
	r.attributes(n)
	area := pixels * pixels
	r.integers(n.inputs[1], []int64{0, loc2vec.NumLayers, int64(area)})
	n = r.step("MatMulInteger", 1, n.output)
	r.attributes(n)
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
	r.attributes(n, intAttribute("to", typeFloat))
	n = r.step("Transpose", 0, n.output)
	r.attributes(n, intsAttribute("perm", 0, 2, 1))
	n = r.step("Mul", 1, n.output)
	r.attributes(n)
	c.Factor = r.floats(n.inputs[1], masks, loc2vec.NumLayers)
	n = r.step("Sqrt", 0, n.output)
	r.attributes(n)
	x, q := r.quant("QuantizeLinear", n.output)
	c.Output = q
	n = r.step("Flatten", 0, x)
	r.attributes(n)
	share, weight, scale, _ := r.gemm(n.output, q, false)
	c.Weight, c.WeightScale = int8s(weight.raw), scale
	return c, share
}
