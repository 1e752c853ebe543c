package train_test

import (
	"math"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

func TestValidate(t *testing.T) {
	good := train.DefaultConfig()
	good.Steps = 1
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*train.Config){
		"no length":             func(c *train.Config) { c.Steps = 0 },
		"two lengths":           func(c *train.Config) { c.For = 1 },
		"rate 0":                func(c *train.Config) { c.Schedule.Peak = 0 },
		"rate NaN":              func(c *train.Config) { c.Schedule.Peak = math.NaN() },
		"unknown net":           func(c *train.Config) { c.Architecture = "huge" },
		"unknown loss":          func(c *train.Config) { c.Loss = "wishful" },
		"unknown parameter":     func(c *train.Config) { c.LossParams = map[string]string{"hope": "1"} },
		"dropout 1":             func(c *train.Config) { c.Dropout = 1 },
		"quantise 2":            func(c *train.Config) { c.Quantise = 2 },
		"rotations in training": func(c *train.Config) { c.Rotations, c.TrainRotations = 1, true },
		"two rotations":         func(c *train.Config) { c.Rotations = 2 },
		"no rotations":          func(c *train.Config) { c.Rotations = 0 },
		"no places":             func(c *train.Config) { c.Draw.Count = 0 },
		"density NaN":           func(c *train.Config) { c.Draw.Density = math.NaN() },
		"warm-up 1":             func(c *train.Config) { c.Schedule.WarmUp = 1 },
		"final -1":              func(c *train.Config) { c.Schedule.Final = -1 },
		"pixels":                func(c *train.Config) { c.Raster.Pixels = 100 },
		"pixels of classic":     func(c *train.Config) { c.Architecture, c.Raster.Pixels = net.Classic, 32 },
		"many pixels":           func(c *train.Config) { c.Raster.Pixels = 512 },
		"costly classic":        func(c *train.Config) { c.Architecture, c.Raster.Pixels = net.Classic, 192 },
		"no positives":          func(c *train.Config) { c.Batch.Positives = 0 },
		"no negatives":          func(c *train.Config) { c.Batch.Places = 1 },
		"mined NaN":             func(c *train.Config) { c.Batch.MinedShare = math.NaN() },
		"never mined":           func(c *train.Config) { c.Batch.MinedShare, c.MineEvery = 0.5, 0 },
		"mined backwards":       func(c *train.Config) { c.Batch.MinedShare, c.MineEvery = 0.5, -5 },
	} {
		c := good
		spoil(&c)
		if err := c.Validate(); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestOneCycle(t *testing.T) {
	c := train.OneCycle{Peak: 1, WarmUp: 0.1, Final: 0.01}
	for _, tt := range []struct{ done, want float64 }{
		{-1, 0.01}, {0, 0.01}, {0.05, 0.505}, {0.1, 1}, {0.55, 0.505}, {1, 0.01}, {2, 0.01},
	} {
		if got := c.Rate(tt.done); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("Rate(%v) = %v, want %v", tt.done, got, tt.want)
		}
	}
}
