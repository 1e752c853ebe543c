package onnx

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// WriteFloat32 returns an encoder as an ONNX model in float32. The activation stands before the
// pooling there: runtimes fuse it with the convolution.
func WriteFloat32(n *encoder.Network) ([]byte, error) {
	if err := checkLayers(n); err != nil {
		return nil, fmt.Errorf("write model: %w", err)
	}
	m := &model{}
	unit := tensor(m, "unit", []float32{1.0 / 255})
	raster, embedding := m.ends(n.Turned, n.Pixels)
	x := m.node("Cast", "raster_real", []string{raster}, attribute{"to", typeFloat})
	x = m.node("Mul", "raster_unit", []string{x, unit})
	pixels := x
	for i := range n.Convs {
		x = floatConv(m, fmt.Sprintf("conv%d", i+1), x, &n.Convs[i])
	}
	if n.Head.Pooled {
		x = m.node("GlobalAveragePool", "means", []string{x})
	}
	x = m.node("Flatten", "flat", []string{x})
	if n.Head.Pooled && len(n.Head.Masks) > 0 {
		x = m.node("Concat", "features", []string{x, floatCoverage(m, n, pixels)}, attribute{"axis", 1})
	}
	for i := range n.Dense {
		l := &n.Dense[i]
		name, last := fmt.Sprintf("dense%d", i+1), i == len(n.Dense)-1
		sum := name + "_sum"
		if last {
			sum = embedding
		}
		x = m.node("Gemm", sum, []string{
			x, tensor(m, name+"_weight", l.Weight, l.Out, l.In), tensor(m, name+"_bias", l.Bias, l.Out),
		}, attribute{"transB", 1})
		if !last {
			x = m.node("LeakyRelu", name, []string{x}, attribute{"alpha", l.Slope})
		}
	}
	if n.Turned {
		m.mean(embedding)
	}
	return m.encode("loc2vec-float32", loc2vec.NumLayers, n.Pixels, loc2vec.Dimension), nil
}

func floatConv(m *model, name, x string, l *encoder.Layer) string {
	edge, pad := 1, 0
	if l.Kind == encoder.Conv3 {
		edge = 3
		if l.Same {
			pad = 1
		}
	}
	x = m.node("Conv", name+"_sum", []string{
		x, tensor(m, name+"_weight", l.Weight, l.Out, l.In, edge, edge), tensor(m, name+"_bias", l.Bias, l.Out),
	}, attribute{"kernel_shape", []int{edge, edge}}, attribute{"pads", []int{pad, pad, pad, pad}})
	x = m.node("LeakyRelu", name+"_leaky", []string{x}, attribute{"alpha", l.Slope})
	if l.Pool {
		x = m.node("MaxPool", name+"_pool", []string{x},
			attribute{"kernel_shape", []int{2, 2}}, attribute{"strides", []int{2, 2}})
	}
	return x
}

// floatCoverage adds the coverage features, [N][K*C].
func floatCoverage(m *model, n *encoder.Network, pixels string) string {
	area, masks := n.Pixels*n.Pixels, len(n.Head.Masks)
	columns := make([]float32, area*masks)
	for k, mask := range n.Head.Masks {
		share := 1 / float32(maskPixels(mask))
		for i, inside := range mask {
			if inside != 0 {
				columns[i*masks+k] = share
			}
		}
	}
	shape := tensor(m, "planes_shape", []int64{0, int64(loc2vec.NumLayers), int64(area)}, 3)
	x := m.node("Reshape", "planes", []string{pixels, shape})
	x = m.node("MatMul", "covered", []string{x, tensor(m, "masks", columns, area, masks)})
	x = m.node("Transpose", "covered_turned", []string{x}, attribute{"perm", []int{0, 2, 1}})
	x = m.node("Sqrt", "roots", []string{x})
	x = m.node("Mul", "coverage", []string{x, tensor(m, "gain", n.Head.Gain, masks, loc2vec.NumLayers)})
	return m.node("Flatten", "coverage_flat", []string{x})
}

// maskPixels returns the number of pixels of a mask, at least one.
func maskPixels(mask []uint8) int {
	pixels := 0
	for _, m := range mask {
		pixels += int(m)
	}
	return max(pixels, 1)
}
