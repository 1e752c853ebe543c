package pipeline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// writeConfig writes a file of settings.
func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLayers: defaults < the model to start from < preset < files < assignments, each for the keys that it has.
func TestLayers(t *testing.T) {
	file := writeConfig(t, `{"rate": 0.003, "seed": 3, "batch": {"places": 33}}`)
	second := writeConfig(t, `{"seed": 4}`)
	base, err := OpenPretrained(BaseModel)
	if err != nil {
		t.Fatal(err)
	}
	fresh := train.DefaultConfig()
	for _, c := range []struct {
		name     string
		settings Settings
		rate     float64
		seed     uint64
		places   int
		exact    bool
		loss     string
	}{
		{"defaults", Settings{}, fresh.Schedule.Peak, 1, fresh.Batch.Places, false, fresh.Loss},
		{"model", Settings{From: BaseModel}, fineTuneRate, 1, fresh.Batch.Places, false, fresh.Loss},
		{"preset", Settings{Preset: "loc2vec"}, 0.006, 1, 20, true, "softpn"},
		{"file over model", Settings{From: BaseModel, Files: []string{file}}, 0.003, 3, 33, true, fresh.Loss},
		{"file over preset", Settings{Preset: "loc2vec", Files: []string{file}}, 0.003, 3, 33, true, "softpn"},
		{"later file", Settings{Files: []string{file, second}}, 0.003, 4, 33, true, fresh.Loss},
		{"assignment over file", Settings{Files: []string{file}, Assignments: []string{"seed=5"}}, 0.003, 5, 33, true, fresh.Loss},
		{"later assignment", Settings{Assignments: []string{"seed=5", "seed=6"}}, fresh.Schedule.Peak, 6, fresh.Batch.Places, false, fresh.Loss},
		{"the default itself", Settings{Assignments: []string{"batch.places=40"}}, fresh.Schedule.Peak, 1, 40, true, fresh.Loss},
		{"everything", Settings{From: BaseModel, Preset: "loc2vec", Files: []string{file}, Assignments: []string{"net=wide", "raster.pixels=64", "rate=0.1"}}, 0.1, 3, 33, true, "softpn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.settings.Configure()
			if err != nil {
				t.Fatal(err)
			}
			g := got.Config
			if g.Schedule.Peak != c.rate || g.Seed != c.seed || g.Batch.Places != c.places || got.ExactBatch != c.exact || g.Loss != c.loss {
				t.Errorf("rate %v, seed %d, %d places (exact %v), loss %s", g.Schedule.Peak, g.Seed, g.Batch.Places, got.ExactBatch, g.Loss)
			}
			if (got.Pretrained != nil) != (c.settings.From != "") {
				t.Errorf("model to start from: %v", got.Pretrained)
			}
			if got.Pretrained != nil && (g.Raster != base.Manifest.Raster || g.Architecture != base.Manifest.Provenance.Net) {
				t.Errorf("raster %+v and net %s are not those of the model", g.Raster, g.Architecture)
			}
		})
	}
}

// TestLayersRefuse: settings that cannot work are request errors that name the key or the file.
func TestLayersRefuse(t *testing.T) {
	bad := writeConfig(t, "{\n\"seed\": 1,\n}")
	unknown := writeConfig(t, `{"batch": {"plaecs": 3}}`)
	for want, s := range map[string]Settings{
		bad + ": line 3":                      {Files: []string{bad}},
		unknown + `: unknown key "batch.plae`: {Files: []string{unknown}},
		"schedule.peak is 0":                  {Assignments: []string{"rate=0"}},
		"unknown preset":                      {Preset: "loc3vec"},
		"the model to start from reads":       {From: BaseModel, Assignments: []string{"raster.pixels=96"}},
		"cannot start from one of":            {From: BaseModel, Assignments: []string{"net=lite"}},
		"either a number of steps or a time":  {Assignments: []string{"steps=0"}},
	} {
		_, err := s.Configure()
		var refused RequestError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
	for _, s := range []Settings{{From: "none.l2v"}, {Files: []string{"none.json"}}} {
		if _, err := s.Configure(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// TestSettingsOfARun: the directory of a run stands for the configuration in its checkpoint.
func TestSettingsOfARun(t *testing.T) {
	r, err := OpenRegion([]string{monacoPack(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	configured, err := Settings{Assignments: []string{"steps=1", "seed=9", "raster.pixels=32", "draw.count=100", "batch.places=4"}}.Configure()
	if err != nil {
		t.Fatal(err)
	}
	p := &Pipeline{Region: r, Config: configured.Config, Messages: new(strings.Builder)}
	if err := p.ChoosePlaces(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run, err := train.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if _, err := p.Train(t.Context(), run, Snapshots{}); err != nil {
		t.Fatal(err)
	}
	again, err := Settings{Files: []string{dir}, Assignments: []string{"seed=10"}}.Configure()
	if err != nil {
		t.Fatal(err)
	}
	want := configured.Config
	want.Seed = 10
	if again.Config.String() != want.String() || again.Config.Batch != want.Batch || again.Config.Raster != want.Raster {
		t.Errorf("got %v, want %v", &again.Config, &want)
	}
	if _, err := (Settings{Files: []string{t.TempDir()}}).Configure(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory without a run: %v", err)
	}
}
