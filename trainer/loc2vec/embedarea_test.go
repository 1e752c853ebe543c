package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/trainer/internal/cells"
)

// areaCommand runs embed for areas of Monaco with a small model.
type areaCommand struct{ pack, model string }

func newAreaCommand(t *testing.T) areaCommand {
	t.Helper()
	pack := monacoPack(t)
	return areaCommand{pack, untrainedBundle(t, pack, nil)}
}

func (c areaCommand) run(t *testing.T, args ...string) (out, messages string, err error) {
	t.Helper()
	return runVerb(t, "", "embed", append([]string{"--bundle", c.model, "--pack", c.pack, "--engine", "go"}, args...)...)
}

// records runs a command and returns its CSV, a map by column for each row.
func (c areaCommand) records(t *testing.T, args ...string) []map[string]string {
	t.Helper()
	out, messages, err := c.run(t, args...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, messages)
	}
	all, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func vectorOf(t *testing.T, row map[string]string) (v [loc2vec.Dimension]float64) {
	t.Helper()
	for d := range v {
		v[d] = number(t, row[fmt.Sprintf("v%d", d)])
	}
	return v
}

// inMonaco is a box within the pack.
const inMonaco = "7.41,43.725,7.44,43.75"

// TestEmbedGrid: each cell of a grid has the vector of its centre.
func TestEmbedGrid(t *testing.T) {
	c := newAreaCommand(t)
	rows := c.records(t, "--grid", "200", "--within", inMonaco)
	if len(rows) < 50 {
		t.Fatalf("%d cells", len(rows))
	}
	var places strings.Builder
	places.WriteString("cell,lat,lon\n")
	for _, row := range rows {
		fmt.Fprintf(&places, "%s,%s,%s\n", row["cell"], row["lat"], row["lon"])
	}
	want, _, err := runVerb(t, places.String(), "embed", "--bundle", c.model, "--pack", c.pack, "--engine", "go")
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := c.run(t, "--grid", "200", "--within", inMonaco); err != nil || got != want {
		t.Errorf("the grid differs from the table of its centres: %v", err)
	}
}

// TestEmbedCells: the row of a cell is the mean of the finer grid in it, for each kind of cells.
func TestEmbedCells(t *testing.T) {
	c := newAreaCommand(t)
	fine := c.records(t, "--grid", "60")
	lat := number(t, fine[0]["lat"])
	zoom, err := cells.ZoomFor(60, lat)
	if err != nil {
		t.Fatal(err)
	}
	s2, err := cells.S2(15)
	if err != nil {
		t.Fatal(err)
	}
	h3, err := cells.H3(9)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		grid *cells.Grid
		args []string
	}{
		{s2, []string{"--s2", "15", "--sample", "60"}},
		{h3, []string{"--h3", "9", "--sample", "60"}},
		{cells.Quad(zoom - 2), []string{"--grid", "240", "--sample", "60"}},
	} {
		byID := map[string]cells.Cell{}
		for cell := range k.grid.Cells(area.FromBoxes([]loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: 43.7, Lon: 7.3}, Max: loc2vec.LatLon{Lat: 43.8, Lon: 7.5}}})) {
			byID[cell.ID] = cell
		}
		for _, row := range c.records(t, k.args...) {
			cell := byID[row["cell"]]
			var sum [loc2vec.Dimension]float64
			var inside []map[string]string
			unmapped := 0.0
			for _, f := range fine {
				if cell.Contains(loc2vec.LatLon{Lat: number(t, f["lat"]), Lon: number(t, f["lon"])}) {
					inside = append(inside, f)
					for d, v := range vectorOf(t, f) {
						sum[d] += v
					}
					if f["unmapped"] == "true" {
						unmapped++
					}
				}
			}
			n := float64(len(inside))
			mean := vectorOf(t, row)
			squares, least, nearest := 0.0, math.Inf(1), math.NaN()
			for _, f := range inside {
				square := 0.0
				for d, v := range vectorOf(t, f) {
					square += (v - mean[d]) * (v - mean[d])
				}
				squares += square
				least = min(least, square)
				if f["lat"] == row["nearest_lat"] && f["lon"] == row["nearest_lon"] {
					nearest = square
				}
			}
			for d := range mean {
				if math.Abs(mean[d]-sum[d]/n) > 1e-5 {
					t.Fatalf("%v: cell %s: coordinate %d is %v, want %v", k.args, row["cell"], d, mean[d], sum[d]/n)
				}
			}
			if row["count"] != strconv.Itoa(len(inside)) || math.Abs(number(t, row["spread"])-math.Sqrt(squares/n)) > 1e-4 ||
				math.Abs(number(t, row["unmapped_share"])-unmapped/n) > 1e-9 {
				t.Errorf("%v: cell %s: %v, want %v places, spread %v, unmapped %v", k.args, row["cell"], row, n, math.Sqrt(squares/n), unmapped/n)
			}
			if !(nearest <= least+1e-6) {
				t.Errorf("%v: cell %s: %v to the place nearest to the mean, want %v", k.args, row["cell"], nearest, least)
			}
		}
	}
}

// TestEmbedPolygons: every feature has its row, with its properties.
func TestEmbedPolygons(t *testing.T) {
	c := newAreaCommand(t)
	file := filepath.Join(t.TempDir(), "districts.geojson")
	features := []string{
		`{"type":"Feature","properties":{"name":"square","error":"none"},"geometry":{"type":"Polygon","coordinates":[[[7.418,43.73],[7.424,43.73],[7.424,43.734],[7.418,43.734],[7.418,43.73]]]}}`,
		`{"type":"Feature","properties":{"name":"clockwise"},"geometry":{"type":"Polygon","coordinates":[[[7.418,43.73],[7.418,43.734],[7.424,43.734],[7.424,43.73],[7.418,43.73]]]}}`,
		`{"type":"Feature","properties":{"name":"holed"},"geometry":{"type":"MultiPolygon","coordinates":[[[[7.418,43.73],[7.424,43.73],[7.424,43.734],[7.418,43.734],[7.418,43.73]],[[7.42,43.731],[7.422,43.731],[7.422,43.733],[7.42,43.733],[7.42,43.731]]]]}}`,
		`{"type":"Feature","properties":{"name":"bow tie"},"geometry":{"type":"Polygon","coordinates":[[[7.418,43.73],[7.424,43.734],[7.424,43.73],[7.418,43.734],[7.418,43.73]]]}}`,
		`{"type":"Feature","properties":{"name":"tiny"},"geometry":{"type":"Polygon","coordinates":[[[7.42,43.73],[7.4201,43.73],[7.4201,43.7301],[7.42,43.73]]]}}`,
		`{"type":"Feature","properties":{"name":"no inside"},"geometry":{"type":"Polygon","coordinates":[[[7.42,43.73],[7.43,43.73],[7.44,43.73],[7.42,43.73]]]}}`,
		`{"type":"Feature","properties":{"name":"elsewhere"},"geometry":{"type":"Polygon","coordinates":[[[8.42,43.73],[8.43,43.73],[8.43,43.74],[8.42,43.73]]]}}`,
		`{"type":"Feature","properties":{"name":"a point"},"geometry":{"type":"Point","coordinates":[7.42,43.73]}}`,
		`{"type":"Feature","properties":{"name":"nothing"},"geometry":null}`,
		`{"type":"Feature","properties":{"name":"swapped"},"geometry":{"type":"Polygon","coordinates":[[[-37.8,144.9],[-37.7,144.9],[-37.7,145],[-37.8,144.9]]]}}`,
	}
	if err := os.WriteFile(file, []byte(`{"type":"FeatureCollection","features":[`+strings.Join(features, ",\n")+"]}"), 0o644); err != nil {
		t.Fatal(err)
	}
	rows := c.records(t, "--polygons", file)
	want := []struct{ name, err string }{
		{"square", ""}, {"clockwise", ""}, {"holed", ""}, {"bow tie", ""}, {"tiny", ""}, {"no inside", "too small"}, {"elsewhere", "outside every region"},
		{"a point", `no polygon: the geometry is a "Point"`}, {"nothing", "no polygon: the feature has no geometry"}, {"swapped", "swapped"},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows", len(rows))
	}
	counts := map[string]int{}
	for i, row := range rows {
		reason := row["error_loc2vec"]
		if row["name"] != want[i].name || !strings.Contains(reason, want[i].err) || (reason == "") != (want[i].err == "") || (row["v0"] == "") != (reason != "") {
			t.Errorf("row %d: %v", i+1, row)
		}
		counts[row["name"]], _ = strconv.Atoi(row["count"])
	}
	square := counts["square"]
	if rows[0]["error"] != "none" || square < 60 || counts["clockwise"] != square || counts["tiny"] < 1 ||
		math.Abs(float64(counts["holed"])/float64(square)-5.0/6) > 0.05 || math.Abs(float64(counts["bow tie"])/float64(square)-0.5) > 0.05 {
		t.Errorf("places of polygons: %v", counts)
	}
	for _, format := range []string{"geojson", "parquet", "jsonl"} {
		out := filepath.Join(t.TempDir(), "out."+format)
		if _, messages, err := c.run(t, "--polygons", file, "-o", out); err != nil || !strings.Contains(messages, "5 of 10 rows have no vector") {
			t.Errorf("%s: %v\n%s", format, err, messages)
		}
	}
}

// TestEmbedAreasRepeats: the same bytes on any number of processors, in every format; nothing is left of a run that ends
// early.
func TestEmbedAreasRepeats(t *testing.T) {
	c := newAreaCommand(t)
	for _, ending := range []string{"csv", "geojson", "parquet", "npy"} {
		var first []byte
		for _, processors := range []int{1, 4} {
			before := runtime.GOMAXPROCS(processors)
			out := filepath.Join(t.TempDir(), "cells."+ending)
			_, messages, err := c.run(t, "--h3", "10", "--within", inMonaco, "-o", out)
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatalf("%v\n%s", err, messages)
			}
			data, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if first != nil && !bytes.Equal(first, data) {
				t.Errorf("%s: %d processors give another file", ending, processors)
			}
			first = data
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(t.TempDir(), "cells.csv")
	std := stdio{in: strings.NewReader(""), out: new(bytes.Buffer), err: new(bytes.Buffer)}
	_, err := execute(ctx, std, []string{"embed", "--bundle", c.model, "--pack", c.pack, "--engine", "go", "--grid", "100", "-o", out})
	left, globErr := filepath.Glob(filepath.Join(filepath.Dir(out), "*"))
	if !errors.Is(err, context.Canceled) || globErr != nil || len(left) != 0 {
		t.Errorf("cancelled: %v; left %v", err, left)
	}
}

// TestEmbedAreasBadInput: what is asked for wrongly is refused in one line.
func TestEmbedAreasBadInput(t *testing.T) {
	c := newAreaCommand(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	points := write("points.geojson", `{"type":"Point","coordinates":[7.42,43.73]}`)
	broken := write("broken.geojson", `{"type":"Polygon","coordinates":[[[7.4`)
	swapped := write("swapped.geojson", `{"type":"Polygon","coordinates":[[[43.73,7.41],[43.74,7.41],[43.74,7.43],[43.73,7.41]]]}`)
	for _, k := range []struct {
		args []string
		want string
	}{
		{[]string{"--grid", "50", "--h3", "9"}, "--grid and --h3"},
		{[]string{"--grid", "50", points}, "takes no places"},
		{[]string{"--grid", "50", "--at", "43.7,7.4"}, "takes no places"},
		{[]string{"--within", inMonaco, "--at", "43.7,7.4"}, "--within needs"},
		{[]string{"--sample", "10", "--at", "43.7,7.4"}, "--sample needs"},
		{[]string{"--polygons", points, "--within", inMonaco}, "--within is for cells"},
		{[]string{"--polygons", points, "--sample", "0"}, "no centre"},
		{[]string{"--polygons", points}, "no cell or polygon has a vector"},
		{[]string{"--polygons", filepath.Join(dir, "missing.geojson")}, "no such file"},
		{[]string{"--polygons", broken}, "corrupt"},
		{[]string{"--grid", "0"}, "quad cells"},
		{[]string{"--grid", "-5"}, "quad cells"},
		{[]string{"--grid", "NaN"}, "quad cells"},
		{[]string{"--grid", "0.001"}, "quad cells"},
		{[]string{"--grid", "50", "--sample", "-1"}, "negative"},
		{[]string{"--grid", "50", "--sample", "0.01"}, "quad cells"},
		{[]string{"--s2", "31"}, "not within 0..30"},
		{[]string{"--h3", "-1"}, "not within 0..15"},
		{[]string{"--s2", "30"}, "--max-places allows them"},
		{[]string{"--h3", "15"}, "--max-places allows them"},
		{[]string{"--grid", "100", "--max-places", "10"}, "more than 10"},
		{[]string{"--h3", "2"}, "no cell has its centre in the area"},
		{[]string{"--grid", "50", "--within", "7.41,43.72,7.44"}, "no such file"},
		{[]string{"--grid", "50", "--within", "7.41,43.75,7.44,43.72"}, "south must be below north"},
		{[]string{"--grid", "50", "--within", "43.72,7.41,43.75,7.44"}, "look swapped"},
		{[]string{"--grid", "50", "--within", swapped}, "look swapped"},
		{[]string{"--grid", "50", "--within", "170,-20,-170,-10"}, "outside every region; the regions cover"},
		{[]string{"--grid", "50", "--within", points}, "no polygon"},
		{[]string{"--grid", "50", "--within", broken}, "corrupt"},
	} {
		out, messages, err := c.run(t, k.args...)
		if err == nil || !strings.Contains(err.Error(), k.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error %v, want one with %q\n%s", k.args, err, k.want, messages)
		}
		if strings.Count(out, "\n") > 2 {
			t.Errorf("%v: output %s", k.args, out)
		}
	}
	if _, messages, err := c.run(t, "--grid", "400", "--within", "7.3,43.6,7.5,43.8"); err != nil || !strings.Contains(messages, "parts of the area are outside every region") {
		t.Errorf("a wider area: %v\n%s", err, messages)
	}
}

// TestAreasPage runs the commands of docs/areas.md.
func TestAreasPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "areas.md"))
	if err != nil {
		t.Fatal(err)
	}
	c, dir := newAreaCommand(t), t.TempDir()
	var headers []string
	for i, block := range strings.Split(string(page), "```")[1:] {
		if i%2 == 1 {
			continue
		}
		kind, text, _ := strings.Cut(block, "\n")
		switch kind {
		case "geojson":
			if err := os.WriteFile(filepath.Join(dir, "districts.geojson"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		case "csv":
			if len(headers) == 0 || headers[0] != strings.TrimSpace(text) {
				t.Errorf("the page has the header %s, want %v", text, headers)
			}
			headers = headers[min(1, len(headers)):]
		case "sh":
			for line := range strings.Lines(text) {
				args := strings.Fields(line)
				for i, a := range args {
					switch a {
					case "base":
						args[i] = c.model
					case "monaco.pmtiles":
						args[i] = c.pack
					}
					if strings.HasPrefix(a, "districts.") || strings.HasPrefix(a, "cells.") || strings.HasPrefix(a, "grid.") {
						args[i] = filepath.Join(dir, a)
					}
				}
				out, messages, err := runVerb(t, "", args[1], args[2:]...)
				if err != nil {
					t.Fatalf("%s: %v\n%s", line, err, messages)
				}
				if header, _, found := strings.Cut(out, "\n"); found && !slices.Contains(args, "-o") {
					headers = append(headers, header)
				}
			}
		}
	}
	if len(headers) != 0 {
		t.Errorf("headers that the page lacks: %v", headers)
	}
}
