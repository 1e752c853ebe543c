package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
)

// similarWorld is the invented city with a table of its cells and their vectors.
type similarWorld struct {
	*testworld.World
	dir   string
	cells []map[string]string // of cells.csv
}

func newSimilarWorld(t *testing.T) *similarWorld {
	t.Helper()
	dir := t.TempDir()
	w := &similarWorld{World: testworld.Make(t, dir), dir: dir}
	w.embed(t, "cells.csv", "--grid", "150")
	w.cells = w.records(t, w.read(t, "cells.csv"))
	return w
}

func (w *similarWorld) path(name string) string { return filepath.Join(w.dir, name) }

func (w *similarWorld) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(w.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (w *similarWorld) write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return w.path(name)
}

// embed writes a file of vectors.
func (w *similarWorld) embed(t *testing.T, name string, args ...string) string {
	t.Helper()
	all := append([]string{"--bundle", w.Model, "--pack", w.West, "--engine", "go", "-o", w.path(name)}, args...)
	if _, messages, err := runVerb(t, "", "embed", all...); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	return w.path(name)
}

// records returns the rows of CSV, a map by column for each.
func (w *similarWorld) records(t *testing.T, text string) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// similar runs the verb with the model and a pack.
func (w *similarWorld) similar(t *testing.T, args ...string) (out, messages string, err error) {
	t.Helper()
	return runVerb(t, "", "similar", append([]string{"--bundle", w.Model, "--pack", w.West, "--engine", "go"}, args...)...)
}

// answers runs the verb and returns the rows of its CSV.
func (w *similarWorld) answers(t *testing.T, args ...string) []map[string]string {
	t.Helper()
	out, messages, err := w.similar(t, append(args, "--format", "csv")...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, messages)
	}
	return w.records(t, out)
}

// at returns the place of a cell as the command line takes it.
func at(cell map[string]string) string { return cell["lat"] + "," + cell["lon"] }

func placeOf(t *testing.T, row map[string]string) loc2vec.LatLon {
	t.Helper()
	return loc2vec.LatLon{Lat: number(t, row["lat"]), Lon: number(t, row["lon"])}
}

// naive returns the cells that are the answers to a cell, by a loop over all.
func (w *similarWorld) naive(t *testing.T, query map[string]string, not []map[string]string, k int, apart float64) (found []map[string]string) {
	t.Helper()
	distance := func(a, b map[string]string) float64 { return distanceOf(t, a, b) }
	all := slices.Clone(w.cells)
	slices.SortStableFunc(all, func(a, b map[string]string) int { return cmp.Compare(distance(query, a), distance(query, b)) })
	for _, cell := range all {
		near := func(other map[string]string) bool {
			return apart > 0 && placeOf(t, cell).DistanceTo(placeOf(t, other)) < apart
		}
		worse := func(other map[string]string) bool { return distance(other, cell) < distance(query, cell) }
		if len(found) < k && !near(query) && !slices.ContainsFunc(found, near) && !slices.ContainsFunc(not, worse) {
			found = append(found, cell)
		}
	}
	return found
}

// TestSimilar: the answers are those of a loop over all cells: of the grid, of a table of vectors and of a table of places.
func TestSimilar(t *testing.T) {
	w := newSimilarWorld(t)
	var places strings.Builder
	places.WriteString("name,lat,lon\n")
	for _, cell := range w.cells {
		fmt.Fprintf(&places, "%s,%s,%s\n", cell["cell"], cell["lat"], cell["lon"])
	}
	table := w.write(t, "places.csv", places.String())
	jsonl := w.embed(t, "cells.jsonl", "--grid", "150")
	geojson := w.embed(t, "cells.geojson", "--grid", "150")
	query, bad := w.cells[37], w.cells[90]
	for _, c := range []struct {
		args  []string
		not   []map[string]string
		k     int
		apart float64
	}{
		{[]string{"--grid", "150"}, nil, 10, 500},
		{[]string{"--grid", "150", "-k", "4", "--min-distance-m", "250"}, nil, 4, 250},
		{[]string{"--among", w.path("cells.csv"), "-k", "7"}, nil, 7, 500},
		{[]string{"--among", w.path("cells.csv"), "-k", "7", "--min-distance-m", "0"}, nil, 7, 0},
		{[]string{"--among", jsonl}, nil, 10, 500},
		{[]string{"--among", geojson}, nil, 10, 500},
		{[]string{"--among", table}, nil, 10, 500},
		{[]string{"--among", table, "--not", at(bad)}, []map[string]string{bad}, 10, 500},
	} {
		got := w.answers(t, append(c.args, "--to", at(query))...)
		want := w.naive(t, query, c.not, c.k, c.apart)
		if len(got) != len(want) || len(want) < 4 {
			t.Fatalf("%v: %d answers, want %d", c.args, len(got), len(want))
		}
		for i, row := range got {
			id := row["cell"]
			if id == "" {
				id = row["name"]
			}
			km := placeOf(t, query).DistanceTo(placeOf(t, want[i])) / 1000
			if id != want[i]["cell"] || row["rank"] != fmt.Sprint(i+1) || row["query_row"] != "1" || math.Abs(number(t, row["km"])-km) > 1e-9 || row["shared"] == "" {
				t.Errorf("%v: answer %d is %v, want %s, %.3f km", c.args, i+1, row, want[i]["cell"], km)
			}
		}
	}
	if without, with := w.naive(t, query, nil, 10, 500), w.naive(t, query, []map[string]string{bad}, 10, 500); slices.EqualFunc(without, with, func(a, b map[string]string) bool { return a["cell"] == b["cell"] }) {
		t.Error("the counterexample of the test changes nothing")
	}
}

// TestSimilarTables: table against table, each place with its name and the row in its file; vectors of 8 bits too.
func TestSimilarTables(t *testing.T) {
	w := newSimilarWorld(t)
	to := w.write(t, "to.csv", fmt.Sprintf("shop,name,lat,lon\n1,first,%s\n2,nowhere,,\n3,,%s\n", at(w.cells[20]), at(w.cells[200])))
	vectors := w.embed(t, "to.parquet", to)
	for _, among := range []string{w.path("cells.csv"), w.embed(t, "f.parquet", "--grid", "150"), w.embed(t, "i.parquet", "--grid", "150", "--quantise")} {
		for _, queries := range []string{to, vectors} {
			got := w.answers(t, "--to", queries, "--to", at(w.cells[100]), "--among", among, "-k", "3")
			if len(got) != 9 {
				t.Fatalf("%s, %s: %d rows", queries, among, len(got))
			}
			for i, cell := range []int{20, 200, 100} {
				want := w.naive(t, w.cells[cell], nil, 3, 500)
				for j := range want {
					row := got[3*i+j]
					// GeoParquet has another order of rows, so that of equal ones other answers come first.
					wantDistance, tolerance := distanceOf(t, w.cells[cell], want[j]), 1e-6
					if strings.HasSuffix(among, "i.parquet") {
						tolerance = 0.2 * wantDistance
					}
					if got := number(t, row["distance"]); math.Abs(got-wantDistance) > tolerance {
						t.Errorf("%s, %s: query %d has %v in place %d, want %v", queries, among, i, got, j, wantDistance)
					}
				}
			}
			names := []string{got[0]["query_row"] + got[0]["query"], got[3]["query_row"], got[6]["query_row"]}
			if queries == to && !slices.Equal(names, []string{"1first", "3", "4"}) {
				t.Errorf("names %q", names)
			}
		}
	}
	shops := w.write(t, "shops.csv", fmt.Sprintf("shop,name,lat,lon\nS1,a,%s\n", at(w.cells[20])))
	if got := w.answers(t, "--to", shops, "--name", "shop", "--among", shops, "--min-distance-m", "0"); got[0]["query"] != "S1" || got[0]["distance"] != "0" {
		t.Errorf("%v", got)
	}
}

// distanceOf returns the distance of the vectors of two cells.
func distanceOf(t *testing.T, a, b map[string]string) float64 {
	t.Helper()
	var squares float64
	x, y := vectorOf(t, a), vectorOf(t, b)
	for d := range x {
		squares += (x[d] - y[d]) * (x[d] - y[d])
	}
	return math.Sqrt(squares)
}

// TestSimilarColumns: the columns of the output, in each format.
func TestSimilarColumns(t *testing.T) {
	w := newSimilarWorld(t)
	among := w.write(t, "among.csv", fmt.Sprintf("rank,name,lat,lon,km\nx,=1+1,%s,y\n", at(w.cells[250])))
	points := w.write(t, "points.geojson", fmt.Sprintf(`{"type":"Feature","geometry":{"type":"Point","coordinates":[%s,%s]},"properties":{"name":"p"}}`, w.cells[250]["lon"], w.cells[250]["lat"]))
	for _, c := range []struct{ among, format, want string }{
		{among, "csv", "query_row,query,rank_loc2vec,distance,km_loc2vec,shared,rank,name,lat,lon,km\n"},
		{among, "tsv", "query_row\tquery\trank_loc2vec\tdistance\tkm_loc2vec\tshared\trank\tname\tlat\tlon\tkm\n"},
		{points, "csv", "lat,lon,query_row,query,rank,distance,km,shared,name\n"},
		{points, "geojson", `{"type":"FeatureCollection","loc2vec":`},
		{"", "csv", "query_row,query,rank,distance,km,shared,cell,lat,lon\n"},
		{"", "jsonl", `{"query_row":1,"query":"`},
	} {
		args := []string{"--to", at(w.cells[0]), "--format", c.format, "-k", "1"}
		if c.among != "" {
			args = append(args, "--among", c.among)
		}
		out, messages, err := w.similar(t, args...)
		if err != nil || !strings.HasPrefix(out, c.want) {
			t.Errorf("%v: %v\n%s\n%s", args, err, out, messages)
		}
	}
	path := w.path("out.parquet")
	if _, messages, err := w.similar(t, "--to", at(w.cells[0]), "--among", among, "-o", path); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	source := tableSource{file: path}
	input, err := source.open(t.Context(), stdio{})
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	var names []string
	for _, c := range input.Columns() {
		names = append(names, c.Name)
	}
	if want := "query_row query rank_loc2vec distance km_loc2vec shared rank name lat lon km"; strings.Join(names, " ") != want {
		t.Errorf("columns of Parquet: %v", names)
	}
}

// TestSimilarText: the table for people fits its lines.
func TestSimilarText(t *testing.T) {
	w := newSimilarWorld(t)
	long := strings.Repeat("long name ", 20) + "\x1b[2K"
	among := w.write(t, "among.csv", fmt.Sprintf("name,lat,lon\n%s,%s\nb,%s\n", long, at(w.cells[250]), at(w.cells[5])))
	out, messages, err := w.similar(t, "--to", at(w.cells[100]), "--among", among)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "like ") || strings.Fields(lines[1])[0] != "distance" || strings.Contains(out, "\x1b") {
		t.Errorf("%s", out)
	}
	for _, line := range lines {
		if len([]rune(line)) > usualWidth {
			t.Errorf("%d letters: %s", len([]rune(line)), line)
		}
	}
	if !strings.Contains(messages, "1 of 1 places have fewer than 10 answers") {
		t.Errorf("%s", messages)
	}
	file := w.path("out.txt")
	if printed, _, err := w.similar(t, "--to", at(w.cells[100]), "--among", among, "-o", file); err != nil || printed != "" {
		t.Errorf("%v: %s", err, printed)
	}
	if text := w.read(t, "out.txt"); strings.Count(text, "\n") != 4 || strings.Contains(text, "\x1b") {
		t.Errorf("%s", text)
	}
}

// TestSimilarSheet: the picture has a row of each place with its answers.
func TestSimilarSheet(t *testing.T) {
	w := newSimilarWorld(t)
	sheet := w.path("sheet.png")
	if _, messages, err := w.similar(t, "--to", at(w.cells[100]), "--to", at(w.cells[30]), "--among", w.path("cells.csv"), "-k", "4", "--sheet", sheet); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	f, err := os.Open(sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X < 5*160 || size.X > 6*180 || size.Y < 2*160 || size.Y > 2*280 {
		t.Errorf("the sheet is %v", size)
	}
}

// TestSimilarRepeats: the same bytes on any number of processors; nothing is left of a run that ends early.
func TestSimilarRepeats(t *testing.T) {
	w := newSimilarWorld(t)
	for _, ending := range []string{"csv", "geojson", "parquet", "txt"} {
		var first []byte
		for _, processors := range []int{1, 4} {
			before := runtime.GOMAXPROCS(processors)
			out := w.path("out." + ending)
			_, messages, err := w.similar(t, "--to", w.path("cells.csv"), "--not", at(w.cells[3]), "--grid", "150", "-k", "3", "-o", out)
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatalf("%v\n%s", err, messages)
			}
			data := []byte(w.read(t, "out."+ending))
			if first != nil && !bytes.Equal(first, data) {
				t.Errorf("%s: %d processors give another file", ending, processors)
			}
			first = data
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	std := stdio{in: strings.NewReader(""), out: new(bytes.Buffer), err: new(bytes.Buffer)}
	_, err := execute(ctx, std, []string{"similar", "--bundle", w.Model, "--pack", w.West, "--engine", "go", "--to", w.path("cells.csv"), "-o", filepath.Join(dir, "x.csv")})
	left, globErr := filepath.Glob(filepath.Join(dir, "*"))
	if !errors.Is(err, context.Canceled) || globErr != nil || len(left) != 0 {
		t.Errorf("cancelled: %v; left %v", err, left)
	}
}

// TestSimilarWithoutPacks: tables of vectors are compared without a map; what places have in common is not known then.
func TestSimilarWithoutPacks(t *testing.T) {
	w := newSimilarWorld(t)
	out, messages, err := runVerb(t, "", "similar", "--bundle", w.Model, "--engine", "go", "--to", w.path("cells.csv"), "--among", w.path("cells.csv"), "-k", "2", "--format", "csv")
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	rows := w.records(t, out)
	if len(rows) != 2*len(w.cells) || rows[0]["shared"] != "" || rows[0]["distance"] == "" || !strings.Contains(messages, "names no embedding space") {
		t.Errorf("%d rows, first %v\n%s", len(rows), rows[0], messages)
	}
}
