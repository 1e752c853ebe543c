package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

func TestEvaluate(t *testing.T) {
	pack := monacoPack(t)
	bundle := untrainedBundle(t, pack, []bundle.Pack{})
	args := []string{"--bundle", bundle, "--pack", pack, "--gallery", "40", "--engine", "go"}
	page := filepath.Join(t.TempDir(), "page.html")
	out, messages, err := runVerb(t, "", "evaluate", append(args, "--json", "--html", page)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	if want := "quantisation_fidelity is left out"; !strings.Contains(messages, want) {
		t.Errorf("messages\n%s\nwant %q", messages, want)
	}
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "<h2>Summary</h2>") || !strings.Contains(string(html), "<th>monaco</th>") || !strings.Contains(string(html), "<dt>Compared</dt>") {
		t.Errorf("no summary or verdict on the page: %v", err)
	}
	var report pipeline.Evaluation
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if len(report.Regions) != 1 || report.Regions[0].Region != "monaco" || report.Regions[0].Places < 20 {
		t.Fatalf("report %+v", report)
	}
	if v := report.Verdict; v == nil || !strings.Contains(v.Measured, " places of monaco ") {
		t.Errorf("verdict %+v", v)
	}
	methods := map[string]float64{}
	for _, row := range report.Regions[0].SamePlace.Rows {
		methods[row.Method] = row.Shifts[0].R1.Value
	}
	for _, want := range []string{"loc2vec int8", "histogram (12)", "ring histogram (36)", "histogram (12) + LDA", "ring histogram (36) + LDA", "shape counts + SVD", "random weights"} {
		if _, ok := methods[want]; !ok {
			t.Errorf("no row for %s in %v", want, methods)
		}
	}
	// Rings are invariant to rotation: without a shift they tell apart all but equal places.
	if got := methods["ring histogram (36)"]; got < 0.9 {
		t.Errorf("the ring histogram finds %v of the places at no shift", got)
	}
	if s := report.Summary; s == nil || len(s.Regions) != 1 || s.Regions[0].Region != "monaco" || len(s.Regions[0].Thresholds) == 0 {
		t.Errorf("summary %+v", report.Summary)
	}

	if out, messages, err = runVerb(t, "", "evaluate", append(args, "--metrics", "same_place,space_health")...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	if !strings.Contains(out, "**loc2vec int8**") || !strings.Contains(out, "(space_health)") || strings.Contains(out, "(hard_triplets)") {
		t.Errorf("table\n%s", out)
	}
}

// TestEvaluateAcrossRegions trains briefly, fits probes on a pack of their own (here the same one) and takes the
// float32 network from the run.
func TestEvaluateAcrossRegions(t *testing.T) {
	pack := monacoPack(t)
	bundle := filepath.Join(t.TempDir(), "m.l2v")
	if _, messages, err := runVerb(t, "", "train", trainArgs(pack, bundle)...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	args := []string{"--bundle", bundle, "--pack", pack, "--fit-pack", pack, "--run", bundle + ".run", "--metrics", "same_place,linear_probes,quantisation_fidelity",
		"--gallery", "40", "--engine", "go"}
	page := filepath.Join(t.TempDir(), "page.html")
	out, messages, err := runVerb(t, "", "evaluate", append(args, "--json", "--html", page)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h2>Evaluation: monaco</h2>", "R@1 over the shift of the query", "loc2vec int8",
		"(linear_probes)", "The same with probes fitted on monaco"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	var report pipeline.Evaluation
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if report.Summary != nil {
		t.Error("a region that the model was trained on makes a summary")
	}
	r := report.Regions[0]
	if len(r.LinearProbes.Across) == 0 || r.LinearProbes.Across[0].Role != "model" || r.LinearProbes.AcrossFrom != "monaco" {
		t.Errorf("probes across regions: %+v", r.LinearProbes.Across)
	}
	// Quantisation costs little even after a short training.
	if q := r.QuantisationFidelity; q == nil || q.Overlap.Value < 0.8 || q.Cosine.Value < 0.98 {
		t.Errorf("int8 against float32: %+v", r.QuantisationFidelity)
	}
	// The run of another model of the same shape.
	other := filepath.Join(t.TempDir(), "other.l2v")
	if _, messages, err := runVerb(t, "", "train", append(trainArgs(pack, other), "--seed", "2")...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	_, _, err = runVerb(t, "", "evaluate", append(args, "--run", other+".run")...)
	if want := other + ".run is not the one that the bundle comes from: seed: 2, in the bundle 1"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("--run of another run: %v, want %q", err, want)
	}
	if _, _, err := runVerb(t, "", "evaluate", append(args, "--run", t.TempDir())...); err == nil || !strings.Contains(err.Error(), "--resume") {
		t.Errorf("a run without a network: %v", err)
	}
}

func TestEvaluateNamesTheSplit(t *testing.T) {
	pack := extractedPack(t, "honolulu")
	r, err := pipeline.OpenRegion([]string{pack})
	if err != nil {
		t.Fatal(err)
	}
	origins := r.Origins()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	// The bundle records what training held out. A region of another date is the same region.
	seen, renamed := origins[0], origins[0]
	renamed.ContentSHA256, renamed.Name = "of another date", seen.Name+"-2031-02"
	held := renamed
	held.HeldOut, held.HeldOutSeed = 0.2, 3
	for _, c := range []struct {
		name   string
		origin bundle.Pack
		split  string
	}{
		{"nothing held out", seen, "nothing of it is known to be held out"},
		{"another date", renamed, "nothing of it is known to be held out"},
		{"held-out blocks", held, "held-out blocks of 2 km"},
	} {
		bundle := untrainedBundle(t, pack, []bundle.Pack{c.origin})
		out, messages, err := runVerb(t, "", "evaluate", "--bundle", bundle, "--pack", pack, "--metrics", "same_place,linear_probes", "--gallery", "30", "--engine", "go")
		if err != nil {
			t.Fatalf("%s: %v\n%s", c.name, err, messages)
		}
		if !strings.Contains(out, c.split) {
			t.Errorf("%s:\n%s", c.name, out)
		}
	}
}

func TestEvaluateRefusesWhatDoesNotFit(t *testing.T) {
	harbour, _ := writeHarbour(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--pack", "x"}, "--bundle and a region pack are needed"},
		{[]string{"--bundle", "x", "--pack", "y", "--gallery", "1"}, "--gallery is at least 2"},
		{[]string{"--bundle", "x", "--pack", "y", "--metrics", "A"}, "no metric"},
		{[]string{"--bundle", "missing.l2v", "--pack", "y"}, "missing.l2v"},
		{[]string{"--bundle", "base", "--engine", "go", "--pack", harbour + "," + harbour}, harbour + " and " + harbour + " are the same pack"},
		{[]string{"--bundle", "base", "--engine", "go", "--pack", monacoPack(t) + ",andora.pmtiles"}, "andora.pmtiles"},
	} {
		_, _, err := runVerb(t, "", "evaluate", c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
		}
	}
}
