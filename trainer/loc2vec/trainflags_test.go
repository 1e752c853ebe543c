package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// TestFlagsAreTheLastLayer: flags that are given override --set, --config and --preset; defaults of flags do not.
func TestFlagsAreTheLastLayer(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.json": `{"seed": 2, "rate": 0.02, "steps": 22}`, "b.json": `{"rate": 0.03}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	type result struct {
		loss, net string
		rate      float64
		seed      uint64
		steps     int
		length    time.Duration
		places    int
	}
	d := train.DefaultConfig()
	for _, c := range []struct {
		name string
		args []string
		want result
	}{
		{"nothing", nil, result{d.Loss, d.Architecture, d.Schedule.Peak, 1, 2000, 0, 20000}},
		{"preset", []string{"--preset", "loc2vec"}, result{"softpn", "classic", 0.006, 1, 2000, 0, 20000}},
		{"flag over preset", []string{"--loss", "npair", "--preset", "loc2vec"}, result{"npair", "classic", 0.006, 1, 2000, 0, 20000}},
		{"later file", []string{"--config", "a.json,b.json"}, result{d.Loss, d.Architecture, 0.03, 2, 22, 0, 20000}},
		{"repeated", []string{"--config", "b.json", "--config=a.json"}, result{d.Loss, d.Architecture, 0.02, 2, 22, 0, 20000}},
		{"set over file", []string{"--set", "rate=0.04", "--config", "a.json"}, result{d.Loss, d.Architecture, 0.04, 2, 22, 0, 20000}},
		{"flag over set", []string{"--rate", "0.05", "--set", "rate=0.04", "--config", "a.json"}, result{d.Loss, d.Architecture, 0.05, 2, 22, 0, 20000}},
		{"time over steps", []string{"--for", "90s", "--config", "a.json"}, result{d.Loss, d.Architecture, 0.02, 2, 0, 90 * time.Second, 20000}},
		{"steps over time", []string{"--steps", "7", "--set", "for=5m"}, result{d.Loss, d.Architecture, d.Schedule.Peak, 1, 7, 0, 20000}},
		{"all flags", []string{"--loss", "npair", "--net", "lite", "--rate", "0.1", "--seed", "9", "--steps", "3", "--draw", "50", "--preset", "loc2vec"},
			result{"npair", "lite", 0.1, 9, 3, 0, 50}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var o trainFlags
			cmd := &cobra.Command{}
			o.addTo(cmd)
			setPlaceholders(cmd.Flags())
			if err := cmd.ParseFlags(c.args); err != nil {
				t.Fatal(err)
			}
			got, err := o.layers(cmd).Configure()
			if err != nil {
				t.Fatal(err)
			}
			g := got.Config
			if r := (result{g.Loss, g.Architecture, g.Schedule.Peak, g.Seed, g.Steps, time.Duration(g.For), g.Draw.Count}); r != c.want {
				t.Errorf("got %+v, want %+v", r, c.want)
			}
		})
	}
}
