package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

func TestAblateComparesVariants(t *testing.T) {
	monaco, honolulu := monacoPack(t), extractedPack(t, "honolulu")
	dir := t.TempDir()
	plan := filepath.Join(dir, "plan")
	runs := filepath.Join(dir, "runs")
	variants := "# three variants\nplain:\n\nhigh rate: rate=0.01\nlonger: from=" + filepath.Join(runs, "plain-1.l2v") + "\n"
	if err := os.WriteFile(plan, []byte(variants), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"--plan", plan, "--pack", monaco, "--test-pack", honolulu, "-o", runs, "--seeds", "2", "--gallery", "60",
		"--set", "steps=3", "--set", "raster.pixels=32", "--set", "draw.count=100", "--set", "batch.places=4"}
	first, messages, err := runVerb(t, "", "ablate", args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	for _, want := range []string{"80 m", "rank", "plain", "high rate", "longer", "±"} {
		if !strings.Contains(first, want) {
			t.Errorf("no %q in\n%s", want, first)
		}
	}
	// The second time trains nothing.
	again, messages, err := runVerb(t, "", "ablate", args...)
	if err != nil || again != first {
		t.Errorf("a second time: %v\n%s\nfirst\n%s", err, again, first)
	}
	if strings.Contains(messages, "train") {
		t.Errorf("the second time trains:\n%s", messages)
	}
	asJSON, _, err := runVerb(t, "", "ablate", append(args, "--json")...)
	var found []struct {
		Name  string
		Seeds [][]struct {
			Name  string
			Value float64
		}
	}
	if err := errors.Join(err, json.Unmarshal([]byte(asJSON), &found)); err != nil {
		t.Fatal(err)
	}
	if len(found) != 3 || found[2].Name != "longer" || len(found[2].Seeds) != 2 || found[2].Seeds[1][0].Name != "0 m" || found[2].Seeds[1][0].Value <= 0 {
		t.Errorf("as JSON: %+v", found)
	}
}

// TestAblateRecordsItsInputs: a result, or a bundle without its evaluation, is not reused for other inputs.
func TestAblateRecordsItsInputs(t *testing.T) {
	monaco, honolulu := monacoPack(t), extractedPack(t, "honolulu")
	harbour, _ := writeHarbour(t)
	dir := t.TempDir()
	plan, runs := filepath.Join(dir, "plan"), filepath.Join(dir, "runs")
	result, bundle := filepath.Join(runs, "plain-1.json"), filepath.Join(runs, "plain-1.l2v")
	if err := os.WriteFile(plan, []byte("plain: rate=0.01\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// A number given twice counts as its last; packs and settings add up.
	ablate := func(args ...string) (string, error) {
		args = append([]string{"--plan", plan, "--pack", monaco, "--test-pack", honolulu, "-o", runs, "--seeds", "1", "--gallery", "60"}, args...)
		out, _, err := runVerb(t, "", "ablate", append(args, "--set", "steps=2", "--set", "raster.pixels=32", "--set", "draw.count=100", "--set", "batch.places=4")...)
		return out, err
	}
	first, err := ablate()
	if err != nil {
		t.Fatal(err)
	}
	refused := func(path, want string, args ...string) {
		t.Helper()
		if _, err := ablate(args...); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s and %q", err, path, want)
		}
	}
	refused(result, `settings "steps=2 raster.pixels=32 draw.count=100 batch.places=4 rate=0.01", not "batch.hard_negatives=0 steps=2`, "--set", "batch.hard_negatives=0")
	refused(result, `places "60", not "50"`, "--gallery", "50")
	refused(result, "contents of the training packs", "--pack", harbour)
	refused(result, "contents of the held-out packs", "--test-pack", harbour)
	if again, err := ablate(); err != nil || again != first {
		t.Errorf("the same once more: %v\n%s\nfirst\n%s", err, again, first)
	}

	// The bundle alone may be evaluated in another way, but must come from the same training.
	if err := os.Remove(result); err != nil {
		t.Fatal(err)
	}
	refused(bundle, "settings", "--set", "batch.hard_negatives=0")
	if _, err := ablate("--gallery", "50"); err != nil {
		t.Error(err)
	}
	refused(result, `places "50", not "60"`)
	if err := os.Remove(filepath.Join(runs, "plain-1.inputs.json")); err != nil {
		t.Fatal(err)
	}
	refused(result, "its inputs are not recorded", "--gallery", "50")
}

// TestStoppedAblation: the table shows the seeds that all variants have.
func TestStoppedAblation(t *testing.T) {
	monaco, honolulu := monacoPack(t), extractedPack(t, "honolulu")
	dir := t.TempDir()
	plan, runs := filepath.Join(dir, "plan"), filepath.Join(dir, "runs")
	if err := os.WriteFile(plan, []byte("plain:\nhigh rate: rate=0.01\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ablate := func(seeds string) (string, error) {
		out, _, err := runVerb(t, "", "ablate", "--plan", plan, "--pack", monaco, "--test-pack", honolulu, "-o", runs, "--seeds", seeds, "--gallery", "60",
			"--set", "steps=2", "--set", "raster.pixels=32", "--set", "draw.count=100", "--set", "batch.places=4")
		return out, err
	}
	one, err := ablate("1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ablate("2"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(runs, "high rate-2.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := ablate("2"); err == nil || !strings.Contains(err.Error(), "high rate, seed 2") || out != one {
		t.Errorf("%v\n%s\nwant the table of one seed\n%s", err, out, one)
	}
	if err := os.WriteFile(filepath.Join(runs, "high rate-1.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := ablate("2"); err == nil || out != "" {
		t.Errorf("%v, and a table of no seed at all:\n%s", err, out)
	}
}

// TestAblateRefusesSeenRegions: a test region that training sees is refused before the first training, also among
// others and under another date.
func TestAblateRefusesSeenRegions(t *testing.T) {
	monaco := monacoPack(t)
	harbour, _ := writeHarbour(t)
	later := filepath.Join(t.TempDir(), "monaco-2031-02.pmtiles")
	start := untrainedBundle(t, monaco, []bundle.Pack{{Name: "monaco-2021-04"}})
	renamed := filepath.Join(t.TempDir(), "riviera.pmtiles")
	for path, of := range map[string]string{later: harbour, renamed: monaco} {
		if err := os.Link(of, path); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ settings, packs, heldOut, want string }{
		{"", monaco, monaco, "held-out region monaco: training sees the same region, monaco"},
		{"", harbour + "," + monaco, renamed, "held-out region riviera: training sees the same region, monaco"},
		{"", monaco, harbour + "," + monaco, "held-out region monaco: training sees the same region, monaco"},
		{"", monaco, later, "held-out region monaco-2031-02: training sees the same region, monaco"},
		{"from=" + start, harbour, monaco, "plain: the model to start from: held-out region monaco: training sees the same region, monaco-2021-04"},
	} {
		dir := t.TempDir()
		plan := filepath.Join(dir, "plan")
		if err := os.WriteFile(plan, []byte("plain: steps=1 "+c.settings+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		_, messages, err := runVerb(t, "", "ablate", "--plan", plan, "--pack", c.packs, "--test-pack", c.heldOut, "-o", filepath.Join(dir, "runs"))
		var refused pipeline.RequestError
		if !errors.As(err, &refused) || err.Error() != c.want || messages != "" {
			t.Errorf("got %v, want %q\n%s", err, c.want, messages)
		}
	}
}

func TestPlans(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "has no variants",
		"# only a remark\n": "has no variants",
		"a: steps=1\nb\n":   "line 2",
	} {
		plan := filepath.Join(t.TempDir(), "plan")
		if err := os.WriteFile(plan, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := runVerb(t, "", "ablate", "--plan", plan, "--pack", "x", "--test-pack", "y", "-o", t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	harbour, _ := writeHarbour(t)
	// An error in the last variant is reported before the first one is trained.
	for settings, want := range map[string]string{
		"rate=0": `last: schedule.peak is 0, not within 0..1`,
		"seed=3": "last: the seed is set by ablate",
	} {
		plan, runs := filepath.Join(t.TempDir(), "plan"), filepath.Join(t.TempDir(), "runs")
		if err := os.WriteFile(plan, []byte("plain: steps=1\nlast: "+settings+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		_, messages, err := runVerb(t, "", "ablate", "--plan", plan, "--pack", monacoPack(t), "--test-pack", harbour, "-o", runs)
		var refused pipeline.RequestError
		if !errors.As(err, &refused) || err.Error() != want || messages != "" {
			t.Errorf("got %v, want %q\n%s", err, want, messages)
		}
	}
	_, _, err := runVerb(t, "", "ablate", "--plan", filepath.Join(t.TempDir(), "none"), "--pack", "x", "--test-pack", "y", "-o", t.TempDir())
	if err == nil {
		t.Error("a missing plan passes")
	}
}
