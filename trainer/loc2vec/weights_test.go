package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/trainer/internal/pairweights"
)

func TestWeights(t *testing.T) {
	pack := monacoPack(t)
	bundle := untrainedBundle(t, pack, nil)
	picture := filepath.Join(t.TempDir(), "weights.svg")
	args := []string{"--bundle", bundle, "--pack", pack, "--engine", "go", "--set", "batch.places=4", "--set", "batch.positives=2"}
	out, messages, err := runVerb(t, "", "weights", append(args, "--json", "-o", picture)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	var r pairweights.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	const rows, pairs, positives = 12, 12 * 11, 12 * 2
	var same int
	for _, p := range r.Positive {
		if p {
			same++
		}
	}
	if len(r.Anchor) != pairs || len(r.Other) != pairs || same != positives {
		t.Errorf("%d pairs, %d of them positive, want %d and %d", len(r.Anchor), same, pairs, positives)
	}
	if len(r.Losses) < 20 || r.LeftOut["vicreg"] == "" {
		t.Errorf("%d losses, left out %v", len(r.Losses), r.LeftOut)
	}
	for _, p := range r.Losses {
		if len(p.Slope) != pairs || len(p.Weight) != pairs || len(r.Measures[p.Measure]) != pairs {
			t.Errorf("%s: %d slopes, %d weights, %d measures", p.Loss, len(p.Slope), len(p.Weight), len(r.Measures[p.Measure]))
			continue
		}
		var sum float64
		for i, w := range p.Weight {
			if math.Abs(w-rows*math.Abs(p.Slope[i])) > 1e-9*w {
				t.Errorf("%s: weight %v of slope %v", p.Loss, w, p.Slope[i])
				break
			}
			if r.Positive[i] {
				sum += w
			}
		}
		if math.Abs(sum-p.Positives.Sum) > 1e-9*sum {
			t.Errorf("%s: positives weigh %v, summed up as %v", p.Loss, sum, p.Positives.Sum)
		}
		// Of all losses, supcon alone pushes positives apart that are ahead of the others.
		if p.Positives.Backwards+p.Negatives.Backwards > 0 && !strings.HasPrefix(p.Loss, "supcon") {
			t.Errorf("%s moves pairs the wrong way", p.Loss)
		}
		if strings.HasPrefix(p.Loss, "contrastive_sim") && p.Positives.Active != 1 {
			t.Errorf("%s: %v of the positives weigh, want all", p.Loss, p.Positives.Active)
		}
	}
	if svg, err := os.ReadFile(picture); err != nil || !strings.HasPrefix(string(svg), "<svg") {
		t.Errorf("picture: %v", err)
	}

	out, _, err = runVerb(t, "", "weights", append(args, "--loss", "binomial", "--set", "loss_params.beta=10")...)
	if err != nil || !strings.Contains(out, "binomial alpha=2 beta=10") || strings.Contains(out, "multisim") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWeightsRefusesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--pack", "x"}, "--bundle and --pack are needed"},
		{[]string{"--bundle", "x", "--pack", "y", "--loss", "hinge"}, "unknown loss"},
		{[]string{"--bundle", "x", "--pack", "y", "--set", "loss_params.tau=1"}, "loss_params are for one loss"},
		{[]string{"--bundle", "x", "--pack", "y", "--loss", "ntxent", "--set", "loss_params.tau=-1"}, "not within"},
		{[]string{"--bundle", "x", "--pack", "y", "-o", "w.png"}, "an .svg"},
		{[]string{"--bundle", "x", "--pack", "y", "--set", "batch.places=1"}, "negatives"},
		{[]string{"--bundle", "missing.l2v", "--pack", "y"}, "missing.l2v"},
	} {
		if _, _, err := runVerb(t, "", "weights", c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
}
