package train

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// Config is what a user sets of a run. Together with the Inputs it determines the weights, except where the
// length of the run is a time. Its JSON is what Overlay reads; Keys describes the keys.
type Config struct {
	Architecture string             `json:"net"` // of package net
	Raster       raster.Spec        `json:"raster"`
	Loss         string             `json:"loss"` // of package metric
	LossParams   map[string]string  `json:"loss_params,omitempty"`
	Steps        int                `json:"steps,omitempty"` // length of the run, or
	For          Duration           `json:"for,omitempty"`   // its time
	Seed         uint64             `json:"seed"`
	Draw         DrawConfig         `json:"draw"`
	Batch        sample.BatchConfig `json:"batch"`
	Schedule     OneCycle           `json:"schedule"`
	WeightDecay  float64            `json:"weight_decay"`
	Dropout      float64            `json:"dropout"`
	// Quantise is the final share of the run that trains with weights and activations rounded to 8 bits.
	Quantise float64 `json:"quantise"`
	// Rotations is 4 for a model that averages its network over the four rotations of a raster by 90°, else 1.
	// Training is the same.
	Rotations int `json:"rotations"`
	// TrainRotations trains that average in place of the network on one rotation.
	TrainRotations bool `json:"train_rotations"`
	// MineEvery is the number of steps between two embeddings of all places, for Batch.MinedShare.
	MineEvery int `json:"mine_every"`
}

// DrawConfig says how training places are drawn from packs. It has no effect on places from a file.
type DrawConfig struct {
	Count int `json:"count"`
	// Density is sample.DrawOptions.Density.
	Density float64 `json:"density"`
}

// Inputs identify what a run is computed from in addition to its Config.
type Inputs struct {
	SchemaHash string   `json:"schema_hash"`
	Packs      []string `json:"packs"`  // content hashes
	Places     string   `json:"places"` // hash of the places
	// From is the space ID of the model that the run starts from (Job.Start); empty for fresh weights.
	From string `json:"from,omitempty"`
}

// Duration is a time.Duration whose JSON is a string such as "5m0s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// DefaultConfig returns the configuration that did best at equal time on regions that it was not trained on
// (trainer/ablation/README.md): the wide architecture on small rasters, InfoNCE on Euclidean distances, hard negatives of
// equal coverage, a high rate in one cycle, no layers switched off, and the average over four rotations.
func DefaultConfig() Config {
	return Config{
		Architecture: net.DefaultArchitecture,
		Raster:       raster.Spec{Metres: 200, Pixels: net.DefaultPixels},
		Loss:         "infonce_euclid",
		Steps:        2000,
		Seed:         1,
		Draw:         DrawConfig{Count: 20000, Density: 1},
		Batch:        sample.DefaultBatchConfig(),
		Schedule:     OneCycle{Peak: 6e-3, WarmUp: 0.08, Final: 0.01},
		WeightDecay:  1e-4,
		Rotations:    4,
		MineEvery:    500,
	}
}

// DrawOptions returns the options that draw the training places of the run.
func (c *Config) DrawOptions() sample.DrawOptions {
	o := sample.DefaultDraw(c.Draw.Count, c.Seed)
	o.Density = c.Draw.Density
	return o
}

// maxClassicPixels is the largest raster of net.Classic with four rotations within the limits of package onnx.
const maxClassicPixels = 176

// Validate returns the first value that is out of range, by its key.
func (c *Config) Validate() error {
	if (c.Steps > 0) == (c.For > 0) || c.Steps < 0 || c.For < 0 {
		return errors.New("give either a number of steps or a time, above zero")
	}
	if err := c.validateShares(); err != nil {
		return err
	}
	if c.Draw.Count < 1 {
		return fmt.Errorf("draw.count is %d, want at least 1", c.Draw.Count)
	}
	if c.MineEvery < 1 {
		return fmt.Errorf("mine_every is %d, want at least 1", c.MineEvery)
	}
	if c.Rotations != 1 && c.Rotations != 4 {
		return fmt.Errorf("rotations is %d, want 1 or 4", c.Rotations)
	}
	if c.TrainRotations && c.Rotations == 1 {
		return errors.New("train_rotations needs rotations=4")
	}
	if !slices.Contains(net.Architectures(), c.Architecture) {
		return fmt.Errorf("unknown net %q: there are %s", c.Architecture, strings.Join(net.Architectures(), ", "))
	}
	if err := raster.CheckSpec(c.Raster); err != nil {
		return err
	}
	if c.Raster.Pixels > onnx.MaxPixels {
		return fmt.Errorf("rasters of %d pixels: a bundle's model reads at most %d", c.Raster.Pixels, onnx.MaxPixels)
	}
	if err := net.CheckPixels(c.Architecture, c.Raster.Pixels); err != nil {
		return err
	}
	if c.Architecture == net.Classic && c.Rotations == 4 && c.Raster.Pixels > maxClassicPixels {
		return fmt.Errorf("rasters of %d pixels for net=classic with rotations=4: a device computes such a model with at most %d",
			c.Raster.Pixels, maxClassicPixels)
	}
	if err := c.Batch.Validate(); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	_, err := c.newLoss(rand.New(rand.NewPCG(0, 0)))
	return err
}

// validateShares checks the shares, rates and probabilities outside of Batch.
func (c *Config) validateShares() error {
	for _, v := range []struct {
		key   string
		value float64
		ok    bool
	}{ // written so that NaN is refused
		{"schedule.peak", c.Schedule.Peak, c.Schedule.Peak > 0 && c.Schedule.Peak <= 1},
		{"schedule.warm_up", c.Schedule.WarmUp, c.Schedule.WarmUp >= 0 && c.Schedule.WarmUp < 1},
		{"schedule.final", c.Schedule.Final, c.Schedule.Final >= 0 && c.Schedule.Final <= 1},
		{"dropout", c.Dropout, c.Dropout >= 0 && c.Dropout < 1},
		{"quantise", c.Quantise, c.Quantise >= 0 && c.Quantise <= 1},
		{"weight_decay", c.WeightDecay, c.WeightDecay >= 0 && c.WeightDecay < 1},
		{"draw.density", c.Draw.Density, c.Draw.Density >= 0 && c.Draw.Density <= 1},
	} {
		if !v.ok {
			return fmt.Errorf("%s is %v, not within 0..1", v.key, v.value)
		}
	}
	return nil
}

// done returns the share of the run that is over after the given steps and time, 0..1.
func (c *Config) done(step int, elapsed time.Duration) float64 {
	if c.Steps > 0 {
		return min(1, float64(step)/float64(c.Steps))
	}
	return min(1, float64(elapsed)/float64(c.For))
}

// inFinal reports whether progress done (0..1) is within the final share of the run.
func inFinal(share, done float64) bool { return share > 0 && done >= 1-share }

// newLoss makes the loss with its parameters; rng serves losses that draw triplets.
func (c *Config) newLoss(rng *rand.Rand) (*metric.Loss, error) {
	spec, err := metric.Lookup(c.Loss)
	if err != nil {
		return nil, err
	}
	return spec.New(c.LossParams, rng)
}

// String describes the run in a line.
func (c *Config) String() string {
	length := strconv.Itoa(c.Steps) + " steps"
	if c.For > 0 {
		length = time.Duration(c.For).String()
	}
	text := fmt.Sprintf("%s, %s, %s, rate %g, seed %d", c.Architecture, c.Loss, length, c.Schedule.Peak, c.Seed)
	if c.Quantise > 0 {
		text += fmt.Sprintf(", quantised for the last %g", c.Quantise)
	}
	return text
}
