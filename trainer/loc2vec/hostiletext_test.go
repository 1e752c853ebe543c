package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk/base"
)

// hostile is a text that clears the line, sets the title of the terminal, forges a line and turns text around, also by a byte
// that is no UTF-8.
const hostile = "=1+1\x1b[2K\x1b]0;title\x07\nforged: ok: region pack \u202e\u2028\u0085\x7f"

// hostileWorld is a directory of files whose texts are hostile.
type hostileWorld struct {
	dir           string
	pack, foreign string // of the schema of the base model, and of a hostile one
	bundle        string
	at            string // a place in the packs
}

func newHostileWorld(t *testing.T) *hostileWorld {
	t.Helper()
	w := &hostileWorld{dir: filepath.Join(t.TempDir(), "\x1b[1m")}
	if err := os.Mkdir(w.dir, 0o700); err != nil {
		t.Skip("needs names of files with control characters:", err)
	}
	var tiles []loc2vec.Tile
	for i := range uint32(16) {
		tiles = append(tiles, loc2vec.Tile{X: testworld.West().X + i%4, Y: testworld.West().Y + i/4})
	}
	at := testworld.At(tiles[0], 3000, 4000)
	w.at = fmt.Sprintf("%f,%f", at.Lat, at.Lon)
	for path, hash := range map[*string]string{&w.pack: schema.Hash(), &w.foreign: hostile} {
		meta := testworld.Metadata(hostile, hash, tiles...)
		meta.Attribution = hostile
		meta.Sources = []pack.Source{{Name: hostile, SHA256: hostile, Date: hostile}}
		*path = w.write(t, fmt.Sprintf("%.4x\x1b[1m.pmtiles", hash), testworld.PackOf(t, meta, testworld.CityOf, tiles...))
	}
	b := testworld.Bundle(t, "pooled")
	m := &b.Manifest
	m.SchemaHash, m.Quantisation = schema.Hash(), hostile
	m.Provenance = bundle.Provenance{Command: hostile, Loss: hostile, Net: hostile, From: hostile, Created: hostile, Packs: []bundle.Pack{
		{Name: hostile, ContentSHA256: hostile, Attribution: hostile}}}
	m.Evaluation = map[string]any{hostile: hostile}
	var file bytes.Buffer
	if err := bundle.Write(&file, b); err != nil {
		t.Fatal(err)
	}
	w.bundle = w.write(t, "model\x1b[1m.l2v", file.Bytes())
	return w
}

// write writes a file of the world and returns its path.
func (w *hostileWorld) write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// commands returns a command line of each verb that prints texts of files, and whether it succeeds.
func (w *hostileWorld) commands(t *testing.T) map[string][]string {
	text := func(name, format string, args ...any) string {
		return w.write(t, name, fmt.Appendf(nil, format, args...))
	}
	quoted := strings.ReplaceAll(hostile, "\n", " ")
	use := []string{"--bundle", w.bundle, "--pack", w.pack, "--engine", "go"}
	with := func(verb string, more ...string) []string { return append(append([]string{verb}, use...), more...) }
	table := text("table.csv", "lat,lon,%s\n0.1,\x1b[1m,%s\n%s,1\n", quoted, quoted, w.at)
	track := text("track.csv", "time,lat,lon\n%s,1,2\n1769846400,%s\n1769846460,%s\n1769846461,%s\n", quoted, w.at, w.at, w.at)
	settings := text("settings.json", `{"%s": 1}`, "x\\u001b\\n\u202e")
	plan := text("plan", "%s: rate=\x1b[1m\n", quoted)
	runs := filepath.Join(w.dir, "runs")
	train := []string{"train", "--pack", w.pack, "--steps", "1", "--set", "raster.pixels=32", "--set", "batch.places=4", "--draw", "60", "--holdout", "0", "--evaluate", "0"}
	return map[string][]string{
		"inspect":            {"inspect", w.pack, w.bundle},
		"inspect --json":     {"inspect", "--json", w.pack, w.bundle},
		"inspect --coverage": {"inspect", "--coverage", "-", w.pack},
		"cut":                {"cut", w.pack, "--within", "0,-90,180,90", "-o", filepath.Join(w.dir, "cut.pmtiles")},
		"cut elsewhere":      {"cut", w.pack, "--within", "50,50,60,60", "-o", filepath.Join(w.dir, "cut.pmtiles")},
		"verify":             {"verify", w.pack, w.bundle, w.foreign},
		"verify a text":      {"verify", text("text.minisig", "untrusted comment: %s\n", quoted)},
		"verify a signature": {"verify", w.pack, "--key", text("key.pub", "untrusted comment: %s\n%s\n", quoted, quoted)},
		"raster":             {"raster", "--bundle", w.bundle, "--pack", w.foreign, "--at", w.at, "-o", filepath.Join(w.dir, "none", "x.png")},
		"embed":              with("embed", table),
		"embed --format":     with("embed", table, "--format", "jsonl"),
		"embed areas":        with("embed", "--grid", "1000", "--within", text("area.geojson", `{"type":"%s"}`, quoted)),
		"embed schemas":      {"embed", "--bundle", w.bundle, "--pack", w.foreign, table},
		"explain":            with("explain", "--at", w.at),
		"similar":            with("similar", "--to", table, "--to", w.at, "--among", table, "--min-distance-m", "0"),
		"similar --not":      with("similar", "--to", table, "--not", text("empty\x1b[1m.csv", "%s", quoted), "--among", table),
		"evaluate":           with("evaluate", "--gallery", "40", "--metrics", "same_place,space_health"),
		"fieldtest":          with("fieldtest", track),
		"fieldtest a gpx":    with("fieldtest", text("track.gpx", "<gpx><trk><trkseg><trkpt lat=\"%s\" lon=\"1\"/></trkseg></trk></gpx>", quoted)),
		"weights":            with("weights", "--set", "batch.places=4", "--set", "batch.positives=2"),
		"train":              append(train, "-o", filepath.Join(w.dir, "new.l2v")),
		"train --from":       append(train, "-o", filepath.Join(w.dir, "more.l2v"), "--from", w.bundle),
		"train --settings":   append(train, "-o", filepath.Join(w.dir, "more.l2v"), "--config", settings),
		"ablate":             {"ablate", "--plan", plan, "--pack", w.pack, "--test-pack", w.pack, "-o", runs, "--set", "steps=2"},
		"extract":            {"extract", text("map.osm", "<osm><node id=\"%s\"/></osm>", quoted), "-o", filepath.Join(w.dir, "new.pmtiles")},
		"sign":               {"sign", "--key", text("secret.key", "untrusted comment: %s\n%s\n", quoted, quoted), w.pack},
		"a verb":             {hostile},
		"a flag":             {"embed", "--" + hostile},
	}
}

// TestHostileTexts: texts of files, and names of files, reach the terminal neither as commands nor as lines of their own,
// whether a command succeeds or fails.
func TestHostileTexts(t *testing.T) {
	w := newHostileWorld(t)
	for name, args := range w.commands(t) {
		t.Run(name, func(t *testing.T) {
			var out, messages bytes.Buffer
			run(t.Context(), stdio{in: strings.NewReader(""), out: &out, err: &messages}, args)
			if isTable(args) {
				checkHarmless(t, messages.String())
			} else {
				checkHarmless(t, out.String()+messages.String())
			}
		})
	}
}

// isTable reports whether a command prints a table, which has texts as they are where standard output is no terminal.
func isTable(args []string) bool { return args[0] == "embed" }

// checkHarmless fails the test if what a command prints has a character that a terminal obeys, or a line of a file, or
// nothing of a file at all.
func checkHarmless(t *testing.T, printed string) {
	t.Helper()
	obeyed := func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028')
	}
	if i := strings.IndexFunc(printed, obeyed); i >= 0 {
		t.Errorf("a control character in %q", printed[max(i-20, 0):])
	}
	if strings.Contains(printed, "\nforged") {
		t.Errorf("a forged line in %q", printed)
	}
	if !strings.Contains(printed, `\u001b[`) && !strings.Contains(printed, `\x1b[`) {
		t.Errorf("nothing of a file in %q", printed)
	}
}

// TestTerminal: on a terminal tables are harmless as well, and elsewhere they are as they are.
func TestTerminal(t *testing.T) {
	var pipe bytes.Buffer
	if s := (stdio{out: &pipe, err: &pipe}).harmless(); s.data != io.Writer(&pipe) || s.out == io.Writer(&pipe) {
		t.Error("data is not exact, or messages are")
	}
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("needs a pseudo terminal:", err)
	}
	defer terminal.Close()
	if s := (stdio{out: terminal, err: terminal}).harmless(); s.data != s.out || s.out == io.Writer(terminal) {
		t.Error("data reaches a terminal as it is")
	}
}

// TestHostileCells: the name of a region is no formula in a CSV file. The cells of the input stay as they are, and JSON has
// the name itself.
func TestHostileCells(t *testing.T) {
	const name = `=HYPERLINK("x")`
	path := filepath.Join(t.TempDir(), "hostile.pmtiles")
	if err := os.WriteFile(path, testworld.Pack(t, name, bundleOfBase(t).SchemaHash, testworld.West()), 0o600); err != nil {
		t.Fatal(err)
	}
	at := testworld.At(testworld.West(), 3000, 4000)
	input := fmt.Sprintf("lat,lon,note\n%f,%f,=1+1\n", at.Lat, at.Lon)
	for format, want := range map[string]string{"csv": `"'=HYPERLINK(""x"")"`, "jsonl": `"=HYPERLINK(\"x\")"`} {
		out, messages, err := runVerb(t, input, "embed", "--bundle", "base", "--pack", path, "--format", format)
		if err != nil || !strings.Contains(out, want) || !strings.Contains(out, "=1+1") || strings.Contains(out, "'=1+1") {
			t.Errorf("%s: %v\n%s%s", format, err, out, messages)
		}
	}
}

// bundleOfBase returns the manifest of the base model.
func bundleOfBase(t *testing.T) *bundle.Manifest {
	t.Helper()
	data := base.Bundle()
	b, err := bundle.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return &b.Manifest
}
