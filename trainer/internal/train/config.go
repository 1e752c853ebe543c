package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// Config is everything that decides what a run computes: a run with the same configuration, packs
// and places gives the same weights, unless its length is a time.
type Config struct {
	Layout      string            `json:"layout"` // of package net
	Raster      raster.Spec       `json:"raster"`
	Loss        string            `json:"loss"` // of package metric
	LossParams  map[string]string `json:"loss_params,omitempty"`
	Steps       int               `json:"steps,omitempty"` // length of the run, or
	For         Duration          `json:"for,omitempty"`   // the time that it takes
	Seed        uint64            `json:"seed"`
	Recipe      sample.Recipe     `json:"recipe"`
	Schedule    OneCycle          `json:"schedule"`
	WeightDecay float64           `json:"weight_decay"`
	Dropout     float64           `json:"dropout"`
	Quantise    float64           `json:"quantise"` // last share of the run that trains with 8-bit weights and activations
	// Turned makes the model the mean of its network over the four quarter turns of a raster. Training is the
	// same without.
	Turned bool `json:"turned,omitempty"`
	// TrainTurned trains that mean rather than the network on a raster as it lies.
	TrainTurned bool `json:"train_turned,omitempty"`
	// MineEvery is after how many steps all places are embedded anew, for a recipe with mined ones; 0 for others.
	MineEvery  int      `json:"mine_every,omitempty"`
	SchemaHash string   `json:"schema_hash"`
	Packs      []string `json:"packs"`  // content hashes
	Places     string   `json:"places"` // hash of the places
	// From is the space of the model that the run starts from: Job.Start. Empty for fresh weights.
	From string `json:"from,omitempty"`
}

// Duration is a time.Duration that reads as "5m0s" in JSON.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// DefaultConfig is the recipe that did best on regions it was not trained on, at equal time
// (trainer/ABLATION.md): the wide layout on small rasters, InfoNCE on Euclidean distances, negatives that
// look like the anchor, a high rate in one cycle, nothing switched off, and the mean over quarter turns.
func DefaultConfig() Config {
	return Config{
		Layout:      net.Wide,
		Raster:      raster.Spec{Metres: 200, Pixels: 64},
		Loss:        "infonce_euclid",
		Recipe:      sample.DefaultRecipe(),
		Schedule:    OneCycle{Peak: 6e-3, WarmUp: 0.08, Final: 0.01},
		WeightDecay: 1e-4,
		Turned:      true,
	}
}

// Validate returns the first thing that is wrong with the configuration.
func (c *Config) Validate() error {
	if (c.Steps > 0) == (c.For > 0) {
		return errors.New("give either a number of steps or a time, above zero")
	}
	if !(c.Schedule.Peak > 0 && c.Schedule.Peak <= 1) {
		return fmt.Errorf("learning rate %v is not within 0..1", c.Schedule.Peak)
	}
	if !(c.Schedule.WarmUp >= 0 && c.Schedule.WarmUp < 1) {
		return fmt.Errorf("warm-up %v is not within 0..1", c.Schedule.WarmUp)
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		return fmt.Errorf("dropout %v is not within 0..1", c.Dropout)
	}
	if !(c.Quantise >= 0 && c.Quantise <= 1) {
		return fmt.Errorf("share of quantised training %v is not within 0..1", c.Quantise)
	}
	if !(c.WeightDecay >= 0 && c.WeightDecay < 1) {
		return fmt.Errorf("weight decay %v is not within 0..1", c.WeightDecay)
	}
	if (c.MineEvery > 0) != (c.Recipe.MinedShare > 0) || c.MineEvery < 0 {
		return fmt.Errorf("a share of mined places of %v, mined every %d steps", c.Recipe.MinedShare, c.MineEvery)
	}
	if c.TrainTurned && !c.Turned {
		return errors.New("training through the turns of a model that is no mean over them")
	}
	if !slices.Contains(net.Layouts(), c.Layout) {
		return fmt.Errorf("no layout is named %q: there are %s", c.Layout, strings.Join(net.Layouts(), ", "))
	}
	if err := raster.CheckSpec(c.Raster); err != nil {
		return err
	}
	if err := net.CheckPixels(c.Layout, c.Raster.Pixels); err != nil {
		return err
	}
	if err := c.Recipe.Validate(); err != nil {
		return err
	}
	_, err := c.newLoss(rand.New(rand.NewPCG(0, 0)))
	return err
}

// done is the share of the run that is over after so many steps and so much time.
func (c *Config) done(step int, elapsed time.Duration) float64 {
	if c.Steps > 0 {
		return min(1, float64(step)/float64(c.Steps))
	}
	return min(1, float64(elapsed)/float64(c.For))
}

// inLast reports whether a run of which so much is done has come to its last share.
func inLast(share, done float64) bool { return share > 0 && done >= 1-share }

// differs names the first setting in which two configurations differ, other than the length of the
// run, or is empty.
func (c Config) differs(other Config) string {
	c.Steps, c.For, other.Steps, other.For = 0, 0, 0, 0
	a, b := fields(c), fields(other)
	either := maps.Clone(a)
	maps.Copy(either, b)
	for _, name := range slices.Sorted(maps.Keys(either)) {
		if a[name] != b[name] {
			return fmt.Sprintf("%s is %s, was %s", name, cmp.Or(a[name], "not set"), cmp.Or(b[name], "not set"))
		}
	}
	return ""
}

// fields maps the names of a configuration's settings to their JSON.
func fields(c Config) map[string]string {
	data, err := json.Marshal(c)
	var raw map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal(data, &raw)
	}
	if err != nil {
		panic(fmt.Sprintf("train: a configuration is not JSON: %v", err)) // a struct of plain values always is
	}
	out := map[string]string{}
	for k, v := range raw {
		out[k] = string(v)
	}
	return out
}

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
	text := fmt.Sprintf("%s, %s, %s, rate %g, seed %d", c.Layout, c.Loss, length, c.Schedule.Peak, c.Seed)
	if c.Quantise > 0 {
		text += fmt.Sprintf(", the last %g quantised", c.Quantise)
	}
	return text
}
