package onnx

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// Marshal returns the network as an ONNX model of the form. The network must have passed Check. Equal
// networks give equal bytes.
func Marshal(n *Network) []byte {
	w := writer{}
	raster, embedding := InputName, OutputName
	if n.Rotations > 1 {
		raster, embedding = w.rotations(n.Pixels), rotationsName
	}
	x, in := raster, n.Input
	for i := range n.Convs {
		x = w.conv(fmt.Sprintf("conv%d", i+1), x, in, &n.Convs[i])
		in = n.Convs[i].Output
	}
	x = w.node("Flatten", "flat", []string{x})
	for i := range n.Dense {
		d := &n.Dense[i]
		name, last := fmt.Sprintf("dense%d", i+1), i == len(n.Dense)-1
		sum := name + "_sum"
		if last {
			sum = embedding
		}
		product := product{name: name, output: sum, x: x, in: in, weight: d.Weight, scale: d.WeightScale, bias: d.Bias}
		if i == 0 && n.Coverage != nil {
			product.output = name + "_direct"
			w.product(product)
			w.node("Add", sum, []string{product.output, w.coverage(n, raster)})
		} else {
			w.product(product)
		}
		if !last {
			y := w.node("LeakyRelu", name+"_leaky", []string{sum}, floatAttribute("alpha", d.Slope))
			x, in = w.quantise(name, y, d.Output), d.Output
		}
	}
	if n.Rotations > 1 {
		w.mean(embedding)
	}
	return w.model("loc2vec-int8", loc2vec.NumLayers, n.Pixels, loc2vec.Dimension)
}

// writer adds the building blocks of the form to a graph. A value whose name has no suffix consists of
// bytes.
type writer struct{ graphWriter }

// quantise converts the real numbers x to bytes and returns their name.
func (w *writer) quantise(name, x string, q Quant) string {
	return w.node("QuantizeLinear", name, w.quantInputs(name, x, q))
}

// dequantise converts the bytes x to real numbers and returns their name.
func (w *writer) dequantise(name, x string, q Quant) string {
	return w.node("DequantizeLinear", name, w.quantInputs(name, x, q))
}

// quantInputs returns the inputs of both: the tensor, its scale and its zero point.
func (w *writer) quantInputs(name, x string, q Quant) []string {
	scale := constant(&w.graphWriter, name+"_scale", []float32{q.Scale})
	zero := constant(&w.graphWriter, name+"_zero", []uint8{q.Zero})
	return []string{x, scale, zero}
}

// weights adds constant weights with one scale for each index of the first axis.
func (w *writer) weights(name string, data []int8, scale []float32, dims ...int) string {
	x := constant(&w.graphWriter, name+"_bytes", data, dims...)
	s := constant(&w.graphWriter, name+"_scale", scale, len(scale))
	zero := constant(&w.graphWriter, name+"_zero", make([]int8, len(scale)), len(scale))
	return w.node("DequantizeLinear", name, []string{x, s, zero}, intAttribute("axis", 0))
}

// bias adds a constant bias, in units of the input's scale times that of each channel's weights.
func (w *writer) bias(name string, bias []int32, in Quant, weight []float32) string {
	x := constant(&w.graphWriter, name+"_ints", bias, len(bias))
	scale := make([]float32, len(weight))
	for c, s := range weight {
		scale[c] = in.Scale * s
	}
	s := constant(&w.graphWriter, name+"_scale", scale, len(scale))
	zero := constant(&w.graphWriter, name+"_zero", make([]int32, len(scale)), len(scale))
	return w.node("DequantizeLinear", name, []string{x, s, zero}, intAttribute("axis", 0))
}

// conv adds a convolution of the bytes x and returns its output, bytes.
func (w *writer) conv(name, x string, in Quant, c *Conv) string {
	pad := int64(0)
	if c.Same {
		pad = int64(c.Size / 2)
	}
	size := int64(c.Size)
	inputs := []string{
		w.dequantise(name+"_in", x, in),
		w.weights(name+"_weight", c.Weight, c.WeightScale, c.Out, c.In, c.Size, c.Size),
		w.bias(name+"_bias", c.Bias, in, c.WeightScale),
	}
	sum := w.node("Conv", name+"_sum_real", inputs,
		intsAttribute("kernel_shape", size, size), intsAttribute("pads", pad, pad, pad, pad))
	sum = w.quantise(name+"_sum", sum, c.Sum)
	if c.Pool {
		sum = w.node("MaxPool", name+"_pool", []string{sum}, intsAttribute("kernel_shape", 2, 2), intsAttribute("strides", 2, 2))
	}
	y := w.node("LeakyRelu", name+"_leaky", []string{w.dequantise(name+"_sum_back", sum, c.Sum)}, floatAttribute("alpha", c.Slope))
	return w.quantise(name, y, c.Output)
}

// product is a matrix product of the bytes x with weights [len(scale)][...].
type product struct {
	name, output string
	x            string
	in           Quant // of x
	weight       []int8
	scale        []float32
	bias         []int32 // nil for none
}

// product adds a matrix product and returns its output, real numbers.
func (w *writer) product(p product) string {
	inputs := []string{
		w.dequantise(p.name+"_in", p.x, p.in),
		w.weights(p.name+"_weight", p.weight, p.scale, len(p.scale), len(p.weight)/len(p.scale)),
	}
	if p.bias != nil {
		inputs = append(inputs, w.bias(p.name+"_bias", p.bias, p.in, p.scale))
	}
	return w.node("Gemm", p.output, inputs, intAttribute("transB", 1))
}

// coverage adds the coverage features and returns their share of the first dense layer. The sums under
// the masks are exact integers.
func (w *writer) coverage(n *Network, raster string) string {
	c := n.Coverage
	area, masks := n.Pixels*n.Pixels, len(c.Masks)
	columns := make([]uint8, area*masks) // [H*W][K]
	for k, mask := range c.Masks {
		for i, m := range mask {
			columns[i*masks+k] = m
		}
	}
	shape := constant(&w.graphWriter, "planes_shape", []int64{0, int64(loc2vec.NumLayers), int64(area)}, 3)
	x := w.node("Reshape", "planes", []string{raster, shape})
	x = w.node("MatMulInteger", "mask_sums", []string{x, constant(&w.graphWriter, "masks", columns, area, masks)})
	x = w.node("Cast", "mask_sums_real", []string{x}, intAttribute("to", typeFloat))
	x = w.node("Transpose", "mask_sums_turned", []string{x}, intsAttribute("perm", 0, 2, 1))
	x = w.node("Mul", "squares", []string{x, constant(&w.graphWriter, "mask_factor", c.Factor, masks, loc2vec.NumLayers)})
	x = w.node("Sqrt", "roots", []string{x})
	x = w.quantise("coverage", x, c.Output)
	x = w.node("Flatten", "coverage_flat", []string{x})
	return w.product(product{
		name: "coverage_dense", output: "coverage_share", x: x, in: c.Output, weight: c.Weight, scale: c.WeightScale,
	})
}
