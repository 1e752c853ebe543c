package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
)

// Files of the page on cuts.
const (
	cutDistricts = `{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[7.415,43.731],[7.429,43.732],[7.424,43.741],[7.415,43.731]]]}}`
	cutWalk      = `<gpx version="1.1" creator="test"><trk><trkseg><trkpt lat="43.7316" lon="7.4146"/><trkpt lat="43.7396" lon="7.4276"/></trkseg></trk></gpx>`
)

// cutFiles writes the files of the page on cuts, and returns a function that makes its commands run there.
func cutFiles(t *testing.T) (in func(string) string) {
	t.Helper()
	dir := t.TempDir()
	in = func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"districts.geojson": cutDistricts, "walk.gpx": cutWalk} {
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

// TestCutMonaco: places of a box, polygon and corridor have the same rows, vectors included, from the cut as from the pack.
func TestCutMonaco(t *testing.T) {
	whole := monacoPack(t)
	model := untrainedBundle(t, whole, nil)
	in := cutFiles(t)
	for name, args := range map[string][]string{
		"box":      {"--within", "7.4152,43.7305,7.4299,43.7395"},
		"polygon":  {"--within", in("districts.geojson")},
		"corridor": {"--track", in("walk.gpx"), "--corridor", "60"},
	} {
		path := in(name + ".pmtiles")
		_, messages, err := runVerb(t, "", "cut", append(args, whole, "-o", path, "--bundle", model)...)
		if err != nil || !strings.Contains(messages, "of 6 tiles; covers") {
			t.Fatalf("%s: %v\n%s", name, err, messages)
		}
		if out, _, err := runVerb(t, "", "verify", path); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		places := coveredPlaces(t, path, 200)
		embed := func(pack string) string {
			out, messages, err := runVerb(t, places, "embed", "--bundle", model, "--pack", pack, "--engine", "go")
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, messages)
			}
			return out
		}
		if got := embed(path); got != embed(whole) || strings.Contains(got, "outside") {
			t.Errorf("%s: the vectors of the cut differ", name)
		}
	}
}

// coveredPlaces returns a table of places that a pack covers, many of them at its edges.
func coveredPlaces(t *testing.T, path string, n int) string {
	t.Helper()
	p, err := pack.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	rng := rand.New(rand.NewPCG(19, 10))
	var text strings.Builder
	text.WriteString("lat,lon\n")
	boxes := p.Metadata().Area
	for n > 0 {
		b := boxes[rng.IntN(len(boxes))]
		at := loc2vec.LatLon{
			Lat: b.Min.Lat + (b.Max.Lat-b.Min.Lat)*rng.Float64(),
			Lon: b.Min.Lon + (b.Max.Lon-b.Min.Lon)*rng.Float64(),
		}
		switch rng.IntN(4) {
		case 0:
			at.Lon = b.Min.Lon
		case 1:
			at.Lat = b.Max.Lat
		}
		inside, err := p.Contains(at)
		if err != nil {
			t.Fatal(err)
		}
		if inside {
			fmt.Fprintf(&text, "%v,%v\n", at.Lat, at.Lon)
			n--
		}
	}
	return text.String()
}

// TestCutRefuses: after any failure the old file is unchanged, and no other is left.
func TestCutRefuses(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "world.pmtiles")
	if err := os.WriteFile(whole, testworld.Pack(t, "world", testworld.Schema, testworld.West()), 0o600); err != nil {
		t.Fatal(err)
	}
	in := cutFiles(t)
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	b := testworld.West().Bounds()
	inside := fmt.Sprintf("%v,%v,%v,%v", b.Min.Lon, b.Min.Lat, b.Max.Lon, b.Max.Lat)
	swapped := fmt.Sprintf("%v,%v,%v,%v", b.Min.Lat, b.Min.Lon, b.Max.Lat, b.Max.Lon)
	for name, c := range map[string]struct {
		ctx    context.Context
		args   []string
		status int
		want   string
	}{
		"no area":           {t.Context(), []string{whole}, 2, "--within or --track is missing"},
		"no pack":           {t.Context(), []string{"--within", inside}, 2, "one region pack is needed"},
		"two packs":         {t.Context(), []string{whole, whole, "--within", inside}, 2, "one region pack is needed"},
		"no corridor":       {t.Context(), []string{whole, "--track", in("walk.gpx")}, 2, "--track and --corridor belong together"},
		"no track":          {t.Context(), []string{whole, "--corridor", "10"}, 2, "--within or --track is missing"},
		"negative corridor": {t.Context(), []string{whole, "--track", in("walk.gpx"), "--corridor", "-1"}, 2, "corridor of -1 metres"},
		"no such track":     {t.Context(), []string{whole, "--track", in("none.gpx"), "--corridor", "9"}, 1, "no such file"},
		"not a track":       {t.Context(), []string{whole, "--track", in("districts.geojson"), "--corridor", "9"}, 2, "districts.geojson"},
		"bad box":           {t.Context(), []string{whole, "--within", "1,2,3,x"}, 2, `"x" is not a number`},
		"no such area":      {t.Context(), []string{whole, "--within", in("none.geojson")}, 1, "no such file"},
		"not a pack":        {t.Context(), []string{in("walk.gpx"), "--within", inside}, 1, "not a PMTiles archive"},
		"elsewhere":         {t.Context(), []string{whole, "--within", "50,50,51,51"}, 1, "outside of what it covers"},
		"swapped":           {t.Context(), []string{whole, "--within", swapped}, 1, "look swapped"},
		"interrupted":       {interrupted, []string{whole, "--within", inside}, 130, "interrupted"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "old.pmtiles")
		if err := os.WriteFile(path, []byte("the old pack"), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, messages bytes.Buffer
		status := run(c.ctx, stdio{in: strings.NewReader(""), out: &out, err: &messages}, append([]string{"cut", "-o", path}, c.args...))
		if status != c.status || out.Len() > 0 || !strings.Contains(messages.String(), c.want) {
			t.Errorf("%s: exit status %d, output %q, messages %q", name, status, &out, &messages)
		}
		old, err := os.ReadFile(path)
		entries, errDir := os.ReadDir(dir)
		if string(old) != "the old pack" || len(entries) != 1 || err != nil || errDir != nil {
			t.Errorf("%s: %q and %d files are left: %v, %v", name, old, len(entries), err, errDir)
		}
	}
	if _, _, err := runVerb(t, "", "cut", whole, "--within", inside, "-o", whole); err == nil || !strings.Contains(err.Error(), "same file as the input") {
		t.Errorf("output over the input: %v", err)
	}
	if _, _, err := runVerb(t, "", "cut", whole, "--track", in("walk.gpx"), "--corridor", "9", "-o", in("walk.gpx")); err == nil || !strings.Contains(err.Error(), "same file as the input") {
		t.Errorf("output over the track: %v", err)
	}
}

// TestCutJSON: the metadata are printed, and notes tell what a user may overlook.
func TestCutJSON(t *testing.T) {
	dir := t.TempDir()
	whole, path := filepath.Join(dir, "world.pmtiles"), filepath.Join(dir, "cut.pmtiles")
	if err := os.WriteFile(whole, testworld.Pack(t, "world", testworld.Schema, testworld.West(), testworld.East()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".minisig", []byte("of another file"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := testworld.West().Bounds()
	wide := fmt.Sprintf("%v,%v,%v,%v", b.Min.Lon-1, b.Min.Lat-1, b.Min.Lon+0.001, b.Max.Lat+1)
	out, messages, err := runVerb(t, "", "cut", whole, "--within", wide, "-o", path, "--name", "part", "--json")
	var got struct {
		Name    string
		Tiles   int
		CutFrom pack.Origin `json:"cut_from"`
	}
	if errJSON := json.Unmarshal([]byte(out), &got); err != nil || errJSON != nil {
		t.Fatalf("%v, %v: %s\n%s", err, errJSON, out, messages)
	}
	if got.Name != "part" || got.Tiles != 1 || got.CutFrom.Name != "world" || got.CutFrom.Reach != 190 {
		t.Errorf("%+v", got)
	}
	_, messages, err = runVerb(t, "", "cut", whole, "--within", wide, "-o", path)
	if err != nil || !strings.Contains(messages, "1 of 2 tiles") || !strings.Contains(messages, "4 of 4 corners") || !strings.Contains(messages, "sign the cut anew") {
		t.Errorf("%v\n%s", err, messages)
	}
}

// TestCutPage runs the commands of docs/cut.md.
func TestCutPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "cut.md"))
	if err != nil {
		t.Fatal(err)
	}
	whole := monacoPack(t)
	in := cutFiles(t)
	_, text, _ := strings.Cut(string(page), "```sh\n")
	text, _, _ = strings.Cut(text, "```")
	commands := strings.Split(strings.TrimSpace(text), "\n")
	if len(commands) != 5 {
		t.Fatalf("%d commands", len(commands))
	}
	for _, line := range commands {
		args := strings.Fields(strings.ReplaceAll(line, `"Monaco, districts"`, "Monaco"))[1:]
		for i, arg := range args {
			switch {
			case arg == "monaco.pmtiles":
				args[i] = whole
			case strings.Contains(arg, ".") && strings.Trim(arg, "0123456789.,") != "":
				args[i] = in(arg)
			}
		}
		if _, messages, err := runVerb(t, "", args[0], args[1:]...); err != nil {
			t.Errorf("%s: %v\n%s", line, err, messages)
		}
	}
}
