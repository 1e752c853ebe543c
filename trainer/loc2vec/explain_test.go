package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
)

// TestExplain: text, JSON and picture say what the sdk says.
func TestExplain(t *testing.T) {
	world := testworld.Make(t, t.TempDir())
	model, err := openModel(world.Model, []string{world.West}, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	place, err := parsePlace(world.Inside.String()) // rounded as on the command line
	if err != nil {
		t.Fatal(err)
	}
	want, err := model.Explain(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	wantPNG, err := want.PNG()
	if err != nil {
		t.Fatal(err)
	}
	args := func(more ...string) []string {
		return append([]string{"--bundle", world.Model, "--pack", world.West, "--engine", "go", "--at", world.Inside.String()}, more...)
	}
	dir := t.TempDir()
	picture, file := filepath.Join(dir, "x.png"), filepath.Join(dir, "x.json")
	text, _, err := runVerb(t, "", "explain", args("--png", picture)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range want.Layers {
		line := fmt.Sprintf("%-12s %6.1f %%  %.3f\n", l.Layer, 100*l.Coverage, l.Distance)
		if strings.Contains(text, line) != (l.Coverage > 0) {
			t.Errorf("%q in the text is wrong:\n%s", line, text)
		}
	}
	if !strings.Contains(text, "region    west\nmap data  nobody\n") {
		t.Errorf("the text lacks the region:\n%s", text)
	}
	if got, err := os.ReadFile(picture); err != nil || !bytes.Equal(got, wantPNG) {
		t.Errorf("the picture differs: %v", err)
	}
	printed, _, err := runVerb(t, "", "explain", args("--json")...)
	if err != nil {
		t.Fatal(err)
	}
	if out, _, err := runVerb(t, "", "explain", args("-o", file)...); err != nil || out != "" {
		t.Errorf("with a file: %v, printed %q", err, out)
	}
	if written, err := os.ReadFile(file); err != nil || string(written) != printed {
		t.Errorf("the file differs from what is printed: %v", err)
	}
	var told struct {
		Lat, Lon, Mapped float64
		Region, Space    string
		Vector           []float32
		Layers           []struct {
			Layer              string
			Coverage, Distance float64
		}
	}
	if err := json.Unmarshal([]byte(printed), &told); err != nil {
		t.Fatal(err)
	}
	if told.Region != "west" || told.Mapped != want.Result.Mapped || told.Space != want.Result.Vector.SpaceID || len(told.Vector) != len(want.Result.Vector.Values) ||
		told.Vector[3] != want.Result.Vector.Values[3] || told.Lat != place.Lat || told.Lon != place.Lon || len(told.Layers) != len(want.Layers) {
		t.Fatalf("%+v", told)
	}
	for i, l := range told.Layers {
		if w := want.Layers[i]; l.Layer != w.Layer.String() || l.Coverage != w.Coverage || l.Distance != w.Distance {
			t.Errorf("%+v, want %+v", l, w)
		}
	}
}

// TestExplainWithoutVector: the reason is told; the status is a failure if no place has a vector.
func TestExplainWithoutVector(t *testing.T) {
	world := testworld.Make(t, t.TempDir())
	picture := filepath.Join(t.TempDir(), "x.png")
	for _, c := range []struct {
		args        []string
		status      int
		out, errors string
	}{
		{[]string{"--at", world.Outside.String()}, statusFailure, "no vector  the place lies outside every region; the nearest is west", "no place has a vector"},
		{[]string{"--at", world.Outside.String(), "--at", world.Inside.String()}, statusOK, "the place lies outside every region", ""},
		{[]string{"--at", world.Outside.String(), "--json"}, statusFailure, `"reason": "the place lies outside every region;`, "no place has a vector"},
		{[]string{"--at", world.Outside.String(), "--png", picture}, statusFailure, "", "drawing raster: outside every region"},
		{[]string{"--at", world.Unmapped.String()}, statusOK, "the vector is that of an empty map", ""},
		{nil, statusUsage, "", "--at are needed"},
		{[]string{"--at", "north"}, statusUsage, "", "is not LAT,LON"},
		{[]string{"--at", "1,2", "-o", "x.svg"}, statusUsage, "", "want a file that ends with .txt, .json or .png"},
		{[]string{"--at", "1,2", "--at", "1,3", "-o", picture}, statusUsage, "", "a picture shows one place"},
		{[]string{"--at", "1,2", "-o", picture, "--json"}, statusUsage, "", "without --png and --json"},
		{[]string{"--at", "1,2", "-o", filepath.Join(picture, "x.png")}, statusUsage, "", "no such file"},
	} {
		var out, messages bytes.Buffer
		args := append([]string{"explain", "--bundle", world.Model, "--pack", world.West, "--engine", "go"}, c.args...)
		status := run(t.Context(), stdio{in: strings.NewReader(""), out: &out, err: &messages}, args)
		if status != c.status || !strings.Contains(out.String(), c.out) || !strings.Contains(messages.String(), c.errors) {
			t.Errorf("%v: status %d\n%s%s", c.args, status, out.String(), messages.String())
		}
	}
	if _, err := os.Stat(picture); err == nil {
		t.Error("a picture of no place is left")
	}
}
