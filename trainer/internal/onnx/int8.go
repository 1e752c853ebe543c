package onnx

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/int8net"
)

// WriteInt8 returns a quantised network as an ONNX model in the QDQ form: float operators between
// pairs of QuantizeLinear and DequantizeLinear, which every runtime can compute and which ONNX
// Runtime turns into integer operators. Pooling stands before the LeakyReLU: both are monotone,
// and a quarter of the look-ups remains. The network must have passed Check.
func WriteInt8(n *int8net.Network) []byte {
	w := int8Writer{}
	raster, embedding := w.ends(n.Turned, n.Pixels)
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
		direct := sum
		coverage := i == 0 && n.Coverage != nil
		if coverage {
			direct = name + "_direct"
		}
		w.dense(name, direct, x, in, d.Weight, d.WeightScale, d.Bias)
		if coverage {
			w.node("Add", sum, []string{direct, w.coverage(n, raster)})
		}
		if !last {
			y := w.node("LeakyRelu", name+"_leaky", []string{sum}, attribute{"alpha", d.Slope})
			x, in = w.quantise(name, y, d.Output), d.Output
		}
	}
	if n.Turned {
		w.mean(embedding)
	}
	return w.encode("loc2vec-int8", loc2vec.NumLayers, n.Pixels, loc2vec.Dimension)
}

// int8Writer adds the quantised building blocks. Values without a suffix in their name are bytes.
type int8Writer struct{ model }

// quantise turns real numbers into the bytes called name.
func (w *int8Writer) quantise(name, x string, q int8net.Quant) string {
	return w.node("QuantizeLinear", name, w.quant(name, x, q))
}

// dequantise turns the bytes x into the real numbers called name.
func (w *int8Writer) dequantise(name, x string, q int8net.Quant) string {
	return w.node("DequantizeLinear", name, w.quant(name, x, q))
}

// quant returns the inputs of both: the tensor, its scale and its zero point.
func (w *int8Writer) quant(name, x string, q int8net.Quant) []string {
	scale := tensor(&w.model, name+"_scale", []float32{q.Scale})
	zero := tensor(&w.model, name+"_zero", []uint8{q.Zero})
	return []string{x, scale, zero}
}

// weights adds constant weights with a scale for each output channel, the given axis.
func (w *int8Writer) weights(name string, data []int8, scale []float32, axis int, dims ...int) string {
	x := tensor(&w.model, name+"_bytes", data, dims...)
	s := tensor(&w.model, name+"_scale", scale, len(scale))
	zero := tensor(&w.model, name+"_zero", make([]int8, len(scale)), len(scale))
	return w.node("DequantizeLinear", name, []string{x, s, zero}, attribute{"axis", axis})
}

// bias adds a constant bias, in units of the input's scale times each channel's.
func (w *int8Writer) bias(name string, bias []int32, in int8net.Quant, weight []float32) string {
	x := tensor(&w.model, name+"_ints", bias, len(bias))
	scale := make([]float32, len(weight))
	for c, s := range weight {
		scale[c] = in.Scale * s
	}
	s := tensor(&w.model, name+"_scale", scale, len(scale))
	zero := tensor(&w.model, name+"_zero", make([]int32, len(scale)), len(scale))
	return w.node("DequantizeLinear", name, []string{x, s, zero}, attribute{"axis", 0})
}

func (w *int8Writer) conv(name, x string, in int8net.Quant, c *int8net.Conv) string {
	pad := 0
	if c.Same {
		pad = c.Size / 2
	}
	inputs := []string{
		w.dequantise(name+"_in", x, in),
		w.weights(name+"_weight", c.Weight, c.WeightScale, 0, c.Out, c.In, c.Size, c.Size),
		w.bias(name+"_bias", c.Bias, in, c.WeightScale),
	}
	sum := w.node("Conv", name+"_sum_real", inputs,
		attribute{"kernel_shape", []int{c.Size, c.Size}},
		attribute{"pads", []int{pad, pad, pad, pad}})
	sum = w.quantise(name+"_sum", sum, c.Sum)
	if c.Pool {
		sum = w.node("MaxPool", name+"_pool", []string{sum},
			attribute{"kernel_shape", []int{2, 2}}, attribute{"strides", []int{2, 2}})
	}
	y := w.node("LeakyRelu", name+"_leaky", []string{w.dequantise(name+"_sum_back", sum, c.Sum)},
		attribute{"alpha", c.Slope})
	return w.quantise(name, y, c.Output)
}

// dense adds a fully connected layer whose output, called sum, is real.
func (w *int8Writer) dense(name, sum, x string, in int8net.Quant, weight []int8, scale []float32, bias []int32) string {
	inputs := []string{
		w.dequantise(name+"_in", x, in),
		w.weights(name+"_weight", weight, scale, 0, len(scale), len(weight)/len(scale)),
	}
	if bias != nil {
		inputs = append(inputs, w.bias(name+"_bias", bias, in, scale))
	}
	return w.node("Gemm", sum, inputs, attribute{"transB", 1})
}

// coverage adds the coverage features and returns their share of the first dense layer. The sums
// under the masks are exact integers.
func (w *int8Writer) coverage(n *int8net.Network, raster string) string {
	c := n.Coverage
	area, masks := n.Pixels*n.Pixels, len(c.Masks)
	columns := make([]uint8, area*masks)
	for k, mask := range c.Masks {
		for i, m := range mask {
			columns[i*masks+k] = m
		}
	}
	shape := tensor(&w.model, "planes_shape", []int64{0, int64(loc2vec.NumLayers), int64(area)}, 3)
	x := w.node("Reshape", "planes", []string{raster, shape})
	x = w.node("MatMulInteger", "mask_sums", []string{x, tensor(&w.model, "masks", columns, area, masks)})
	x = w.node("Cast", "mask_sums_real", []string{x}, attribute{"to", typeFloat})
	x = w.node("Transpose", "mask_sums_turned", []string{x}, attribute{"perm", []int{0, 2, 1}})
	x = w.node("Mul", "squares", []string{x, tensor(&w.model, "mask_factor", c.Factor, masks, loc2vec.NumLayers)})
	x = w.node("Sqrt", "roots", []string{x})
	x = w.quantise("coverage", x, c.Output)
	x = w.node("Flatten", "coverage_flat", []string{x})
	return w.dense("coverage_dense", "coverage_share", x, c.Output, c.Weight, c.WeightScale, nil)
}
