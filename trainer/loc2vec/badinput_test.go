package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTrainRefuses: errors in places or in the run directory are reported before the training.
func TestTrainRefuses(t *testing.T) {
	pack := monacoPack(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	out := filepath.Join(dir, "m.l2v")
	damaged := filepath.Join(dir, "damaged.l2v")
	file("damaged.l2v.run/checkpoint.bin", "not a checkpoint")
	for name, c := range map[string]struct {
		out  string
		args []string
		want []string
	}{
		"few places": {out, []string{"--places", file("few.csv", "lat,lon\n43.7384,7.4246\nx,7\n43.7330,7.4180\n91,7\n")}, []string{
			"row 3: invalid coordinate: latitude \"x\" is not a number", "row 5: invalid coordinate", "2 of 4 rows", "2 bad", "2 places to train on", "more than 16 are needed"}},
		"swapped":            {out, []string{"--places", file("swapped.csv", "7.4246,43.7384\n7.4180,43.7330\n")}, []string{"2 outside of the packs", "2 rows would be inside if latitude and longitude changed places"}},
		"empty file":         {out, []string{"--places", file("empty.gpx", "")}, []string{"empty.gpx: the file is empty"}},
		"no steps":           {out, []string{"--steps", "0"}, []string{"above zero"}},
		"too small":          {out, []string{"--holdout", "0.99"}, []string{"too small to hold out blocks of 2 km", "--holdout 0"}},
		"a flag mistyped":    {out, []string{"--step", "5"}, []string{"unknown flag --step; did you mean --steps?"}},
		"no negatives":       {out, []string{"--set", "batch.places=1"}, []string{"no negatives"}},
		"no positives":       {out, []string{"--set", "batch.positives=0"}, []string{"0 positives"}},
		"damaged checkpoint": {damaged, nil, []string{"checkpoint.bin", "corrupt", "remove " + damaged + ".run to train afresh"}},
		"resume damaged":     {out, []string{"--resume", damaged + ".run"}, []string{"checkpoint.bin", "corrupt"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, messages, err := runVerb(t, "", "train", append(trainArgs(pack, c.out), c.args...)...)
			if err == nil {
				t.Fatalf("it trains: %s", messages)
			}
			for _, want := range c.want {
				if !strings.Contains(messages+err.Error(), want) {
					t.Errorf("%s%v: does not say %q", messages, err, want)
				}
			}
			if _, err := os.Stat(c.out); !os.IsNotExist(err) {
				t.Error("there is a bundle")
			}
		})
	}
	if _, err := os.Stat(damaged + ".run/checkpoint.bin"); err != nil {
		t.Errorf("the damaged checkpoint has been thrown away: %v", err)
	}
}
