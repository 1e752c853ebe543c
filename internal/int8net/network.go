// Package int8net is the quantised encoder: read from its ONNX file, checked, and computed in
// integers, so that every processor gives the same bits as ONNX Runtime.
//
// # Arithmetic
//
// A byte q stands for the real number scale * (q - zero). All arithmetic is either on 32-bit
// integers, exact and wrapping around, or single float32 operations, each rounded to nearest even
// and done in this order:
//
//	convolution  sum   = bias + sum over the window of (x - zero of x) * w; padding is zero of x
//	             byte  = clamp(round(float32(sum) * (scale of x * scale of w / scale of sum))) + zero
//	pooling      byte  = the largest of two by two
//	LeakyReLU    real  = scale * (byte - zero); real * slope where it is negative
//	             byte  = clamp(round(real / scale of the output)) + zero
//	coverage     real  = square root of (float32(sum of the bytes under the mask) * factor)
//	             byte  = clamp(round(real / scale of the features)) + zero
//	dense layer  real  = float32(bias + sum of (x - zero of x) * w) * (scale of x * scale of w)
//	             the first one adds the same of the coverage features to it; hidden layers go on
//	             with a LeakyReLU and become bytes like coverage; the last one's reals are the
//	             embedding
//	turns        real  = (((a + b) + c) + d) * 0.25 of the embeddings of a raster and of its clockwise
//	             quarter, half and three-quarter turns, where the network is Turned
//
// Pooling may be done on the sums, before they become bytes: that step is monotone.
package int8net

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// Quant says what the bytes of a tensor stand for: Scale * (q - Zero).
type Quant struct {
	Scale float32
	Zero  uint8
}

// Conv is a convolution, 2x2 max pooling where Pool is set, and a LeakyReLU.
type Conv struct {
	Size        int       // 3 or 1: the kernel's edge
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

// Dense is a fully connected layer. Its sums become float32; hidden layers go on with a LeakyReLU
// and bytes again, the last layer is linear and ends there.
type Dense struct {
	In, Out     int
	Weight      []int8    // [Out][In]
	WeightScale []float32 // [Out]
	Bias        []int32   // [Out]
	Slope       float32   // hidden layers only
	Output      Quant     // hidden layers only
}

// Coverage is the second input of the first dense layer: how much each layer of the raster covers
// of each mask. The feature of mask k and layer c is the square root of Factor[k][c] times the sum of
// the layer's bytes under the mask.
type Coverage struct {
	Masks       [][]uint8 // [K][H*W], 0 or 1
	Factor      []float32 // [K][C]
	Output      Quant     // of the features
	Weight      []int8    // [Out of the dense layer][K*C], in the order mask, layer
	WeightScale []float32 // [Out of the dense layer]
}

// Network is a quantised encoder. Its input is uint8 [C][H][W].
type Network struct {
	Pixels   int   // H and W of the input
	Turned   bool  // the embedding is the mean over the four quarter turns of the input
	Input    Quant // of the input, zero point 0
	Convs    []Conv
	Coverage *Coverage // nil when the network has none
	Dense    []Dense   // the last one has D outputs
}

// Limits on what Check accepts, far above any encoder of ours: a model that exceeds them is not one.
const (
	maxPixels   = 256 // 255 * 256 * 256 < 2^24
	maxChannels = 1024
	maxLayers   = 32
	maxMasks    = 64
	maxWeights  = 16 << 20
	// maxActivations bounds the bytes of one feature map.
	maxActivations = 32 << 20
)

// Check reports the first thing that is wrong with the network; afterwards it can be computed.
func (n *Network) Check() error {
	if n.Pixels < 1 || n.Pixels > maxPixels {
		return fmt.Errorf("rasters of %d pixels", n.Pixels)
	}
	if len(n.Convs) == 0 || len(n.Convs) > maxLayers || len(n.Dense) < 1 || len(n.Dense) > maxLayers {
		return fmt.Errorf("%d convolutions and %d dense layers", len(n.Convs), len(n.Dense))
	}
	if err := n.Input.check(); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	if n.Input.Zero != 0 {
		return fmt.Errorf("input: zero point %d, want 0", n.Input.Zero)
	}
	size, channels, scale := n.Pixels, loc2vec.NumLayers, n.Input
	for i := range n.Convs {
		c := &n.Convs[i]
		if c.In != channels {
			return fmt.Errorf("convolution %d: %d input channels, want %d", i, c.In, channels)
		}
		if err := c.check(size); err != nil {
			return fmt.Errorf("convolution %d: %w", i, err)
		}
		if err := checkScales(outputScale(scale, c.WeightScale, c.Sum.Scale)); err != nil {
			return fmt.Errorf("convolution %d: from sums to bytes: %w", i, err)
		}
		scale = c.Output
		size, channels = c.outputSize(size), c.Out
	}
	in := channels * size * size
	for i := range n.Dense {
		d := &n.Dense[i]
		if d.In != in {
			return fmt.Errorf("dense layer %d: %d inputs, want %d", i, d.In, in)
		}
		if err := d.check(i < len(n.Dense)-1); err != nil {
			return fmt.Errorf("dense layer %d: %w", i, err)
		}
		if err := checkScales(outputScale(scale, d.WeightScale, 1)); err != nil {
			return fmt.Errorf("dense layer %d: of sums: %w", i, err)
		}
		in, scale = d.Out, d.Output
	}
	if in != loc2vec.Dimension {
		return fmt.Errorf("%d outputs, want %d", in, loc2vec.Dimension)
	}
	if n.Coverage != nil {
		if err := n.Coverage.check(n.Pixels, n.Dense[0].Out); err != nil {
			return fmt.Errorf("coverage: %w", err)
		}
	}
	return nil
}

// outputSize returns the edge of the output for an input of that edge.
func (c *Conv) outputSize(size int) int {
	if !c.Same {
		size -= c.Size - 1
	}
	if c.Pool {
		size /= 2
	}
	return size
}

func (c *Conv) check(size int) error {
	if c.Size != 1 && c.Size != 3 {
		return fmt.Errorf("kernel of %d pixels", c.Size)
	}
	out := c.outputSize(size)
	if out < 1 {
		return fmt.Errorf("nothing left of %d pixels", size)
	}
	// size+2 is the edge with its padding, before pooling.
	if c.Out < 1 || c.Out > maxChannels || (size+2)*(size+2)*max(c.In, c.Out) > maxActivations {
		return fmt.Errorf("%d channels of %d pixels", c.Out, size)
	}
	if c.In%4 != 0 {
		return fmt.Errorf("%d input channels, want a multiple of 4", c.In)
	}
	if err := checkWeights(c.Weight, c.WeightScale, c.Out, c.In*c.Size*c.Size); err != nil {
		return err
	}
	if len(c.Bias) != c.Out {
		return fmt.Errorf("%d biases, want %d", len(c.Bias), c.Out)
	}
	if err := checkSlope(c.Slope); err != nil {
		return err
	}
	if err := c.Sum.check(); err != nil {
		return err
	}
	return c.Output.check()
}

func (d *Dense) check(hidden bool) error {
	if d.Out < 1 || d.Out > maxChannels {
		return fmt.Errorf("%d outputs", d.Out)
	}
	if d.In%4 != 0 {
		return fmt.Errorf("%d inputs, want a multiple of 4", d.In)
	}
	if err := checkWeights(d.Weight, d.WeightScale, d.Out, d.In); err != nil {
		return err
	}
	if len(d.Bias) != d.Out {
		return fmt.Errorf("%d biases, want %d", len(d.Bias), d.Out)
	}
	if !hidden {
		return nil
	}
	if err := checkSlope(d.Slope); err != nil {
		return err
	}
	return d.Output.check()
}

func (c *Coverage) check(pixels, out int) error {
	if len(c.Masks) == 0 || len(c.Masks) > maxMasks || len(c.Factor) != len(c.Masks)*loc2vec.NumLayers {
		return fmt.Errorf("%d masks, %d factors", len(c.Masks), len(c.Factor))
	}
	if pixels%2 != 0 {
		return fmt.Errorf("of %d pixels, want an even number", pixels)
	}
	for k, mask := range c.Masks {
		if len(mask) != pixels*pixels {
			return fmt.Errorf("mask %d has %d pixels, want %d", k, len(mask), pixels*pixels)
		}
		for _, m := range mask {
			if m > 1 {
				return fmt.Errorf("mask %d holds %d", k, m)
			}
		}
	}
	for _, f := range c.Factor {
		if f := float64(f); !(f >= 0) || math.IsInf(f, 0) {
			return fmt.Errorf("factor %v", f)
		}
	}
	if err := c.Output.check(); err != nil {
		return err
	}
	if err := checkWeights(c.Weight, c.WeightScale, out, len(c.Masks)*loc2vec.NumLayers); err != nil {
		return err
	}
	return checkScales(outputScale(c.Output, c.WeightScale, 1))
}

// check wants a positive, finite scale.
func (q Quant) check() error {
	if !(q.Scale > 0) || math.IsInf(float64(q.Scale), 0) {
		return fmt.Errorf("scale %v", q.Scale)
	}
	return nil
}

// checkSlope wants a LeakyReLU that does not turn around: pooling before it would be wrong.
func checkSlope(slope float32) error {
	if !(slope >= 0 && slope <= 1) {
		return fmt.Errorf("slope %v", slope)
	}
	return nil
}

func checkWeights(weights []int8, scales []float32, out, in int) error {
	if in < 1 || in > maxWeights/out {
		return fmt.Errorf("%d x %d weights", out, in)
	}
	if len(weights) != out*in || len(scales) != out {
		return fmt.Errorf("%d weights with %d scales, want %d with %d", len(weights), len(scales), out*in, out)
	}
	if err := checkScales(scales); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return nil
}

func checkScales(scales []float32) error {
	for _, s := range scales {
		if err := (Quant{Scale: s}).check(); err != nil {
			return err
		}
	}
	return nil
}
