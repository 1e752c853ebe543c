package train_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

func set(t *testing.T, c *train.Config, assignments ...string) {
	t.Helper()
	for _, a := range assignments {
		if err := c.Set(a); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSet(t *testing.T) {
	got, want := train.DefaultConfig(), train.DefaultConfig()
	set(t, &got, "rate=.01", "batch.places= 40 ", "loss_params.margin=0.2", "loss_params.form=a=b", "net=lite",
		"for=5m", "seed=18446744073709551615", "train_rotations=true", "draw.density=5e-1")
	want.Schedule.Peak, want.Batch.Places, want.Architecture = 0.01, 40, "lite"
	want.LossParams = map[string]string{"margin": "0.2", "form": "a=b"}
	want.Steps, want.For, want.Seed = 0, train.Duration(5*time.Minute), 1<<64-1
	want.TrainRotations, want.Draw.Density = true, 0.5
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if set(t, &got, "steps=7"); got.Steps != 7 || got.For != 0 {
		t.Errorf("steps=7 after for=5m: %d steps, %v", got.Steps, got.For)
	}
}

func TestOverlay(t *testing.T) {
	got, want := train.DefaultConfig(), train.DefaultConfig()
	layer := `{
		"net": "classic", "raster": {"pixels": 128}, "loss_params": {"margin": 0.2, "form": "mse", "mean": true},
		"batch": {"places": 20}, "batch.mask": 0.1, "schedule": {"final": 0}, "rate": 1e-3, "for": "90s"
	}`
	if err := got.Overlay([]byte(layer)); err != nil {
		t.Fatal(err)
	}
	want.Architecture, want.Raster.Pixels, want.Batch.Places, want.Batch.Mask = "classic", 128, 20, 0.1
	want.LossParams = map[string]string{"margin": "0.2", "form": "mse", "mean": "true"}
	want.Schedule.Peak, want.Schedule.Final = 1e-3, 0
	want.Steps, want.For = 0, train.Duration(90*time.Second)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// TestOverlayOfItsOwnJSON: the JSON that a checkpoint holds gives the same configuration.
func TestOverlayOfItsOwnJSON(t *testing.T) {
	want := train.DefaultConfig()
	set(t, &want, "for=1m30s", "loss=softpn", "loss_params.form=norm2", "batch.mined=0.5", "rotations=1", "quantise=0.2")
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := train.DefaultConfig()
	if err := got.Overlay(data); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestBadAssignments(t *testing.T) {
	for assignment, want := range map[string]string{
		"rate":                  `"rate" is not of the form key=value`,
		"=5":                    `"=5" is not of the form key=value`,
		"rate=fast":             `rate: want a number, not "fast"`,
		"steps=1e3":             `steps: want a whole number, not "1e3"`,
		"steps=":                `steps: want a whole number, not ""`,
		"seed=-1":               `seed: want a whole number, not "-1"`,
		"for=5":                 `for: want a duration such as "5m", not "5"`,
		"train_rotations=maybe": `train_rotations: want true or false, not "maybe"`,
		"batch=40":              "batch is a group: set batch.apart, batch.hard_negatives, batch.layer_dropout, batch.mask, batch.mined, batch.mirror, batch.places, batch.positives, batch.shift",
		"loss_params=a":         "loss_params is a group: set loss_params.NAME",
		"pixels=32":             `unknown key "pixels": did you mean raster.pixels?`,
		"batch.place=3":         `unknown key "batch.place": did you mean batch.places?`,
		"batch.dropout=0.1":     `unknown key "batch.dropout": did you mean dropout?`,
		"mien_every=3":          `unknown key "mien_every": did you mean mine_every?`,
		"Rate=3":                `unknown key "Rate": did you mean rate?`,
		"xyzzy=3":               `unknown key "xyzzy": there are batch.apart, `,
		"schedule.peak.x=1":     `unknown key "schedule.peak.x": did you mean schedule.peak?`,
		"loss_params.=1":        `unknown key "loss_params.": there are batch.apart, `,
	} {
		c := train.DefaultConfig()
		if err := c.Set(assignment); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", assignment, err, want)
		}
		if !reflect.DeepEqual(c, train.DefaultConfig()) {
			t.Errorf("%s: the configuration has changed", assignment)
		}
	}
}

func TestBadOverlays(t *testing.T) {
	for layer, want := range map[string]string{
		``:                                "line 1: unexpected end of JSON input",
		"{\n\"steps\": 5,\n}":             "line 3: invalid character '}'",
		`[1]`:                             "want a JSON object of keys and values",
		`null`:                            "want a JSON object of keys and values, not null",
		`{"steps": 5} x`:                  "line 1: invalid character 'x' after top-level value",
		`{"steps": "5"}`:                  `steps: want a whole number, not "5"`,
		`{"steps": 5.5}`:                  `steps: want a whole number, not "5.5"`,
		`{"steps": null}`:                 "steps: want a whole number, not null",
		`{"batch": {"mask": [0.1]}}`:      "batch.mask: want a number, not [0.1]",
		`{"batch": 7}`:                    "batch is a group: set batch.apart, ",
		`{"rate": {"peak": 1}}`:           `unknown key "rate.peak": did you mean schedule.peak?`,
		`{"rate": 1, "schedule.peak": 1}`: "rate and schedule.peak are the same key",
		`{"batch.mask": 0, "batch": {"mask": 0.1}}`: "batch.mask is set twice",
		`{"net": true}`:                   "net: want a word, not true",
		`{"for": 300}`:                    `for: want a duration such as "5m", not 300`,
		`{"rotations": "4"}`:              `rotations: want a whole number, not "4"`,
		`{"loss_params": {"form": null}}`: "loss_params.form: want a number or a word, not null",
		`{"steps": 9, "turned": false}`:   `unknown key "turned": there are `,
	} {
		c := train.DefaultConfig()
		if err := c.Overlay([]byte(layer)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", layer, err, want)
		}
		if !reflect.DeepEqual(c, train.DefaultConfig()) {
			t.Errorf("%s: the configuration has changed", layer)
		}
	}
}

// TestLayersShareNothing: a copy of a configuration keeps its own parameters.
func TestLayersShareNothing(t *testing.T) {
	c := train.DefaultConfig()
	set(t, &c, "loss_params.form=mse")
	before := c
	set(t, &c, "loss_params.form=norm2")
	if got := before.LossParams["form"]; got != "mse" {
		t.Errorf("the copy has form=%s", got)
	}
}

func TestPresetLoc2Vec(t *testing.T) {
	got, want := train.DefaultConfig(), train.DefaultConfig()
	if err := got.ApplyPreset("loc2vec"); err != nil {
		t.Fatal(err)
	}
	want.Architecture, want.Raster.Pixels, want.Loss, want.Dropout, want.Rotations = "classic", 128, "softpn", 0.2, 1
	want.Batch.Places, want.Batch.Positives, want.Batch.Mask, want.Batch.HardNegativeShare = 20, 5, 0.1, 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if err := got.ApplyPreset("loc2Vec"); err == nil || err.Error() != `unknown preset "loc2Vec": there is loc2vec` {
		t.Errorf("an unknown preset: %v", err)
	}
}

func TestPresetsAreValid(t *testing.T) {
	for _, name := range train.Presets() {
		c := train.DefaultConfig()
		if err := c.ApplyPreset(name); err != nil {
			t.Fatal(err)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeysAreThoseOfTheConfiguration: each key is described once, and has the default that it says.
func TestKeysAreThoseOfTheConfiguration(t *testing.T) {
	c := train.DefaultConfig()
	c.For = 1 // or it would be left out
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		group, ok := v.(map[string]any)
		if !ok {
			want = append(want, prefix)
			return
		}
		for name, v := range group {
			walk(strings.TrimPrefix(prefix+"."+name, "."), v)
		}
	}
	var members map[string]any
	if err := json.Unmarshal(data, &members); err != nil {
		t.Fatal(err)
	}
	walk("", members)
	for _, k := range train.Keys() {
		got = append(got, k.Name)
		c := train.DefaultConfig()
		if k.Name == "for" {
			continue
		}
		if set(t, &c, k.Name+"="+k.Default); !reflect.DeepEqual(c, train.DefaultConfig()) {
			t.Errorf("%s is not %s by default", k.Name, k.Default)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("described %q\nthere are %q", got, want)
	}
}

func TestDrawOptions(t *testing.T) {
	c := train.DefaultConfig()
	set(t, &c, "seed=9", "draw.count=12", "draw.density=0.5")
	if o := c.DrawOptions(); o.Seed != 9 || o.Count != 12 || o.Density != 0.5 || o.RoadShare == 0 {
		t.Errorf("got %+v", o)
	}
}
