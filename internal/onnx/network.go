package onnx

import "math"

// Names of the model's input, uint8 [N][C][H][W], and output, float32 [N][D].
const (
	InputName  = "raster"
	OutputName = "embedding"
)

// Network is a quantised encoder. Its input is uint8 [C][H][W], its output float32 [D].
type Network struct {
	Pixels    int   // H and W of the input
	Rotations int   // 1, or 4: the embedding is averaged over the four rotations of the input
	Input     Quant // of the input; its zero point is 0
	Convs     []Conv
	Coverage  *Coverage // nil for a network without coverage features
	Dense     []Dense   // the last one has D outputs
}

// fourRotations is the number of rotations that map the pixels of a square onto each other.
const fourRotations = 4

// Quant maps the bytes q of a tensor to the real numbers Scale * (q - Zero).
type Quant struct {
	Scale float32
	Zero  uint8
}

// Quantise returns the byte nearest to a real number, ties to even.
func (q Quant) Quantise(x float32) uint8 {
	v := float32(x / q.Scale)
	v = min(max(v, -float32(q.Zero)), 255-float32(q.Zero))
	return uint8(int32(math.RoundToEven(float64(v))) + int32(q.Zero))
}

// Conv is a convolution, 2x2 max pooling if Pool is set, and a LeakyReLU.
type Conv struct {
	Size        int       // edge of the kernel: 3 or 1
	In, Out     int       // channels
	Same        bool      // padded by Size/2 on each side
	Weight      []int8    // [Out][In][Size][Size]
	WeightScale []float32 // [Out]; the zero point of weights is 0
	Bias        []int32   // [Out], in units of the input's scale times WeightScale
	Sum         Quant     // of the convolution's output
	Pool        bool
	Slope       float32 // of the LeakyReLU below zero
	Output      Quant   // of the LeakyReLU's output
}

// OutputSize returns the edge of the output, in pixels, for an input whose edge is size.
func (c *Conv) OutputSize(size int) int {
	if !c.Same {
		size -= c.Size - 1
	}
	if c.Pool {
		size /= 2
	}
	return size
}

// Dense is a fully connected layer. Its sums are converted to float32. A hidden layer applies a
// LeakyReLU and quantises the result; the last layer is linear and ends there.
type Dense struct {
	In, Out     int
	Weight      []int8    // [Out][In]
	WeightScale []float32 // [Out]
	Bias        []int32   // [Out]
	Slope       float32   // hidden layers only
	Output      Quant     // hidden layers only
}

// Coverage is the second input of the first dense layer: how much each layer of the raster covers of
// each mask. The feature of mask k and layer c is the square root of Factor[k][c] times the sum of the
// layer's bytes under the mask.
type Coverage struct {
	Masks       [][]uint8 // [K][H*W], 0 or 1
	Factor      []float32 // [K][C]
	Output      Quant     // of the features
	Weight      []int8    // [Out of the dense layer][K*C], in the order mask, layer
	WeightScale []float32 // [Out of the dense layer]
}

// SumScales returns, for each output channel, the factor that converts a sum of bytes times weights to
// units of scale out: in.Scale * weight / out. This order of operations is the one of ONNX Runtime and
// decides the last bit.
func SumScales(in Quant, weight []float32, out float32) []float32 {
	scale := make([]float32, len(weight))
	for c, w := range weight {
		scale[c] = float32(in.Scale*w) / out
	}
	return scale
}
