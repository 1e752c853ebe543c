package net

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Config describes a network and its training. The zero value of each field but Batch selects a default.
type Config struct {
	Architecture string // default DefaultArchitecture
	// Pixels is H and W of the rasters: a multiple of 32, or for Classic a multiple of 16 of at least 48. The
	// default is DefaultPixels.
	Pixels int
	Batch  int // rasters in a step, at least 2

	// Masks and FeatureScale are those of encoder.Head, for architectures with global pooling. The defaults are
	// DefaultMasks and a scale of 4. An empty Masks that is not nil means no coverage features.
	Masks        [][]uint8
	FeatureScale []float32

	// Rotations is 1, or 4: training averages the embedding over the four rotations of each raster, at four
	// times the cost. Trainer.Network returns the network without the average in either case; the caller
	// sets encoder.Network.Rotations. The default is 1.
	Rotations int

	Dropout      float64 // fraction of the dense layer's inputs that is dropped
	WeightDecay  float64 // of AdamW; 0 is Adam
	Beta1, Beta2 float64 // of Adam; default 0.9 and 0.999

	// Quantise adds the operations of quantisation-aware training to the graph. Trainer.Quantise switches them on.
	Quantise bool

	Seed    uint64     // of the fresh weights and of dropout
	Workers int        // goroutines; default GOMAXPROCS
	ISA     kernel.ISA // of the kernels; default the fastest of this machine
}

// withDefaults sets the defaults and checks the configuration.
func (c Config) withDefaults() (Config, error) {
	if c.Architecture == "" {
		c.Architecture = DefaultArchitecture
	}
	if c.Pixels == 0 {
		c.Pixels = DefaultPixels
	}
	if c.Masks == nil {
		c.Masks = DefaultMasks(c.Pixels)
	}
	if c.FeatureScale == nil {
		c.FeatureScale = slices.Repeat([]float32{defaultFeatureScale}, len(c.Masks)*loc2vec.NumLayers)
	}
	if c.Rotations == 0 {
		c.Rotations = 1
	}
	if c.Beta1 == 0 {
		c.Beta1 = 0.9
	}
	if c.Beta2 == 0 {
		c.Beta2 = 0.999
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	var err error
	if c.ISA, err = kernel.Resolve(c.ISA); err != nil {
		return c, err
	}
	switch {
	case c.Batch < 2:
		return c, fmt.Errorf("batch of %d, want at least 2", c.Batch)
	case c.Rotations != 1 && c.Rotations != kernel.Rotations:
		return c, fmt.Errorf("%d rotations, want 1 or %d", c.Rotations, kernel.Rotations)
	case c.Pixels < 0 || c.Pixels > encoder.MaxPixels:
		return c, fmt.Errorf("rasters of %d pixels, want at most %d", c.Pixels, encoder.MaxPixels)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return c, fmt.Errorf("dropout %v, want at least 0 and less than 1", c.Dropout)
	case !(c.WeightDecay >= 0):
		return c, fmt.Errorf("weight decay %v, want at least 0", c.WeightDecay)
	case !(c.Beta1 >= 0 && c.Beta1 < 1 && c.Beta2 >= 0 && c.Beta2 < 1):
		return c, fmt.Errorf("beta1 %v and beta2 %v, want at least 0 and less than 1", c.Beta1, c.Beta2)
	case c.Workers < 0:
		return c, fmt.Errorf("%d workers, want at least 1", c.Workers)
	}
	if len(c.FeatureScale) != len(c.Masks)*loc2vec.NumLayers {
		return c, fmt.Errorf("%d feature scales for %d masks of %d layers", len(c.FeatureScale), len(c.Masks), loc2vec.NumLayers)
	}
	for k, m := range c.Masks {
		if len(m) != c.Pixels*c.Pixels {
			return c, fmt.Errorf("mask %d has %d pixels, want %d", k, len(m), c.Pixels*c.Pixels)
		}
	}
	return c, nil
}

// images returns the number of rasters that the layers process in a step.
func (c *Config) images() int { return c.Batch * c.Rotations }
