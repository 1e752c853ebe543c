package onnx

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// MaxPixels is the largest H and W of a raster: 255 * 256 * 256 < 2^24, so sums under a mask are exact in float32.
const MaxPixels = 256

// Limits of what Check accepts. The base model has 7 convolutions, 2 dense layers and at most 256 channels; TestLimits
// in trainer/internal/quantise compares the others with the largest network that can be trained.
const (
	maxChannels = 1024
	maxLayers   = 16
	maxMasks    = 16
)

// Check returns an error that describes the first inconsistency of the network. A network that passes
// can be written, and computed without further checks.
func (n *Network) Check() error {
	if n.Pixels < 1 || n.Pixels > MaxPixels {
		return fmt.Errorf("rasters of %d pixels", n.Pixels)
	}
	if n.Rotations != 1 && n.Rotations != fourRotations {
		return fmt.Errorf("%d rotations, want 1 or %d", n.Rotations, fourRotations)
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
	inputs, scale, err := n.checkConvs()
	if err != nil {
		return err
	}
	if err := n.checkDense(inputs, scale); err != nil {
		return err
	}
	if n.Coverage != nil {
		if err := n.Coverage.check(n.Pixels, n.Dense[0].Out); err != nil {
			return fmt.Errorf("coverage: %w", err)
		}
	}
	return n.checkCost()
}

// checkConvs returns the size and scale of the last feature map.
func (n *Network) checkConvs() (values int, scale Quant, err error) {
	size, channels, scale := n.Pixels, loc2vec.NumLayers, n.Input
	for i := range n.Convs {
		c := &n.Convs[i]
		if c.In != channels {
			return 0, Quant{}, fmt.Errorf("convolution %d: %d input channels, want %d", i, c.In, channels)
		}
		if err := c.check(size); err != nil {
			return 0, Quant{}, fmt.Errorf("convolution %d: %w", i, err)
		}
		if err := checkScales(SumScales(scale, c.WeightScale, c.Sum.Scale)); err != nil {
			return 0, Quant{}, fmt.Errorf("convolution %d: quantising sums: %w", i, err)
		}
		scale = c.Output
		size, channels = c.OutputSize(size), c.Out
	}
	return channels * size * size, scale, nil
}

// checkDense checks the dense layers for that many inputs of that scale.
func (n *Network) checkDense(in int, scale Quant) error {
	for i := range n.Dense {
		d := &n.Dense[i]
		if d.In != in {
			return fmt.Errorf("dense layer %d: %d inputs, want %d", i, d.In, in)
		}
		if err := d.check(i < len(n.Dense)-1); err != nil {
			return fmt.Errorf("dense layer %d: %w", i, err)
		}
		if err := checkScales(SumScales(scale, d.WeightScale, 1)); err != nil {
			return fmt.Errorf("dense layer %d: scaling sums: %w", i, err)
		}
		in, scale = d.Out, d.Output
	}
	if in != loc2vec.Dimension {
		return fmt.Errorf("%d outputs, want %d", in, loc2vec.Dimension)
	}
	return nil
}

func (c *Conv) check(size int) error {
	if c.Size != 1 && c.Size != 3 {
		return fmt.Errorf("kernel of %d pixels", c.Size)
	}
	if c.OutputSize(size) < 1 {
		return fmt.Errorf("the kernel exceeds a map of %d pixels", size)
	}
	if c.Out < 1 || c.Out > maxChannels {
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
		return fmt.Errorf("masks of %d pixels, want an even number", pixels)
	}
	for k, mask := range c.Masks {
		if len(mask) != pixels*pixels {
			return fmt.Errorf("mask %d has %d pixels, want %d", k, len(mask), pixels*pixels)
		}
		for _, m := range mask {
			if m > 1 {
				return fmt.Errorf("mask %d contains %d", k, m)
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
	return checkScales(SumScales(c.Output, c.WeightScale, 1))
}

// check requires a positive, finite scale.
func (q Quant) check() error {
	if !(q.Scale > 0) || math.IsInf(float64(q.Scale), 0) {
		return fmt.Errorf("scale %v", q.Scale)
	}
	return nil
}

// checkSlope requires a monotone LeakyReLU, since pooling precedes it.
func checkSlope(slope float32) error {
	if !(slope >= 0 && slope <= 1) {
		return fmt.Errorf("slope %v", slope)
	}
	return nil
}

func checkWeights(weights []int8, scales []float32, out, in int) error {
	if in < 1 || in > maxModel/out {
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
