package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// recipes are the programs of a page of docs, and the files that they read.
type recipes struct {
	page string
	dir  string // with shops.csv, vectors.csv, wide.csv, vectors.parquet and cells.geojson; where programs run
	args []string
	// vectors are those of the shops by id less 1, nil where a shop has none.
	vectors [][]float64
}

// newRecipes makes shops of Monaco, one without coordinates and one outside among them.
func newRecipes(t *testing.T, page string) *recipes {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	c := newAreaCommand(t)
	r := &recipes{page: string(text), dir: t.TempDir(), args: []string{"--bundle", c.model, "--pack", c.pack, "--engine", "go"}}
	table := "id,name,lat,lon\n1,first,43.7384,7.4246\n2,nowhere,,\n3,outside,53.1,8.8\n"
	for i := range 40 {
		table += fmt.Sprintf("%d,\"shop, %[1]d\",%.4f,%.4f\n", i+4, 43.728+float64(i%8)*.002, 7.413+float64(i/8)*.003)
	}
	r.write(t, "shops.csv", table)
	for _, args := range [][]string{
		{"shops.csv", "--vector-column", "-o", "vectors.csv"}, {"shops.csv", "-o", "wide.csv"}, {"shops.csv", "-o", "vectors.parquet"},
		{"--grid", "400", "-o", "cells.geojson"},
	} {
		for i, arg := range args {
			if strings.Contains(arg, ".") {
				args[i] = filepath.Join(r.dir, arg)
			}
		}
		if _, messages, err := runVerb(t, "", "embed", append(r.args, args...)...); err != nil {
			t.Fatalf("%v\n%s", err, messages)
		}
	}
	records := r.records(t, "vectors.csv")
	r.vectors = make([][]float64, len(records)-1)
	for i, record := range records[1:] {
		if record[4] != "" {
			if err := json.Unmarshal([]byte(record[4]), &r.vectors[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(r.vectors) != 43 || r.vectors[0] == nil || r.vectors[1] != nil || r.vectors[2] != nil {
		t.Fatalf("vectors of %d shops: %v", len(r.vectors), r.vectors[:3])
	}
	return r
}

func (r *recipes) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (r *recipes) records(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// programs returns the blocks of the page in a language.
func (r *recipes) programs(t *testing.T, language string, want int) []string {
	t.Helper()
	var programs []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(r.page, -1) {
		programs = append(programs, m[1])
	}
	if len(programs) != want {
		t.Fatalf("the page has %d blocks of %s, want %d", len(programs), language, want)
	}
	return programs
}

// distance returns the distance between the vectors of two shops, NaN where one has none.
func (r *recipes) distance(a, b int) float64 {
	if r.vectors[a] == nil || r.vectors[b] == nil {
		return math.NaN()
	}
	var sum float64
	for i, v := range r.vectors[a] {
		sum += (v - r.vectors[b][i]) * (v - r.vectors[b][i])
	}
	return math.Sqrt(sum)
}

// nearest returns the ids of the k shops nearest to one, of those that are accepted.
func (r *recipes) nearest(to, k int, accept func(i int) bool) []string {
	var order []int
	for i := range r.vectors {
		if r.vectors[i] != nil && accept(i) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch da, db := r.distance(to, a), r.distance(to, b); {
		case da < db:
			return -1
		case da > db:
			return 1
		}
		return 0
	})
	var ids []string
	for _, i := range order[:k] {
		ids = append(ids, strconv.Itoa(i+1))
	}
	return ids
}

// run runs a program in the directory of the files, and returns its standard output.
func (r *recipes) run(t *testing.T, input string, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	var messages bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stderr = r.dir, strings.NewReader(input), &messages
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, &messages)
	}
	return string(out)
}

// installed returns the path of a program. It skips the test where it is not installed.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("needs %s: not installed", name)
	}
	return path
}

// TestRecipesDuckDB runs the queries of docs/recipes.md.
func TestRecipesDuckDB(t *testing.T) {
	node := installed(t, "node")
	packages, err := filepath.Abs(filepath.Join("..", "..", "build", "node", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(packages, "@duckdb", "node-api")); err != nil {
		t.Skip("needs the npm package @duckdb/node-api in build/node: not installed")
	}
	r := newRecipes(t, "recipes.md")
	if err := os.Symlink(packages, filepath.Join(r.dir, "node_modules")); err != nil {
		t.Skip("needs symbolic links: ", err)
	}
	r.write(t, "queries.mjs", `
import { DuckDBInstance } from '@duckdb/node-api'
const db = await (await DuckDBInstance.create(':memory:')).connect()
const all = []
for (const query of process.argv.slice(2)) all.push((await db.runAndReadAll(query)).getRowObjectsJson())
console.log(JSON.stringify(all))`)
	var got [][]struct {
		ID, Name, Nearest string
		Vector            []float64
		Distance          float64
	}
	out := r.run(t, "", append([]string{node, "queries.mjs"}, r.programs(t, "sql", 2)...)...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got[0]) != len(r.vectors) {
		t.Fatalf("%d joined rows", len(got[0]))
	}
	for i, row := range got[0] {
		if row.ID != strconv.Itoa(i+1) || !slices.EqualFunc(row.Vector, r.vectors[i], func(a, b float64) bool { return float32(a) == float32(b) }) {
			t.Fatalf("row %d: %v", i, row)
		}
	}
	if len(got[1]) != len(r.vectors)-2 {
		t.Fatalf("%d shops have a nearest one", len(got[1]))
	}
	for _, row := range got[1] {
		id, err := strconv.Atoi(row.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := r.nearest(id-1, 1, func(i int) bool { return i != id-1 })[0]
		if row.Nearest != want {
			t.Errorf("nearest to %d: %s, want %s", id, row.Nearest, want)
		}
	}
}

// TestRecipesPandas runs the programs of docs/recipes.md in Python with pandas.
func TestRecipesPandas(t *testing.T) {
	python := "/usr/bin/python3" // that of Debian's python3-pandas
	if _, err := os.Stat(python); err != nil {
		python = installed(t, "python3")
	}
	for i, needs := range []string{"pandas", "pyarrow"} {
		t.Run(needs, func(t *testing.T) {
			if err := exec.Command(python, "-c", "import pandas, "+needs).Run(); err != nil {
				t.Skipf("needs Python with %s: not installed", needs)
			}
			r := newRecipes(t, "recipes.md")
			out := r.run(t, "", python, "-c", r.programs(t, "python", 2)[i])
			records, err := csv.NewReader(strings.NewReader(out)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, record := range records[1:] {
				ids = append(ids, record[0])
				d, err := strconv.ParseFloat(record[1], 64)
				if id, _ := strconv.Atoi(record[0]); err != nil || math.Abs(d-r.distance(0, id-1)) > 1e-5 {
					t.Errorf("distance to %s: %s, %v", record[0], record[1], err)
				}
			}
			if want := r.nearest(0, 5, func(int) bool { return true }); !slices.Equal(ids, want) {
				t.Errorf("nearest are %v, want %v", ids, want)
			}
		})
	}
}

// TestRecipesGDAL runs the command of docs/recipes.md.
func TestRecipesGDAL(t *testing.T) {
	installed(t, "ogr2ogr")
	r := newRecipes(t, "recipes.md")
	command := strings.Fields(r.programs(t, "sh", 1)[0])
	r.run(t, "", command...)
	r.run(t, "", "ogr2ogr", "-f", "CSV", "cells.csv", "cells.gpkg")
	records := r.records(t, "cells.csv")
	if len(records) < 20 || !slices.Contains(records[0], "vector1") || !slices.Contains(records[0], "vector16") {
		t.Errorf("%d records: %v", len(records), records[0])
	}
}

// TestPython runs the function of docs/python.md.
func TestPython(t *testing.T) {
	python := installed(t, "python3")
	r := newRecipes(t, "python.md")
	r.write(t, "loc2vec.py", r.programs(t, "python", 2)[0])
	loc2vec, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	arguments, err := json.Marshal(map[string]any{"bundle": r.args[1], "pack": r.args[3], "program": loc2vec})
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import csv, json, sys
from loc2vec import embed
a = json.load(sys.stdin)
shops = [(s["lat"] or "nan", s["lon"] or "nan") for s in csv.DictReader(open("shops.csv"))]
def call(places, bundle=a["bundle"]):
    return embed(places, [a["pack"]], bundle, [a["program"]])
def failure(*args, **named):
    try:
        return [] if list(call(*args, **named)) else None
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
def broken():
    yield shops[0]
    raise KeyError("a shop")
early = call(shops * 100)
first = next(early)
early.close()
print(json.dumps({
    "vectors": list(call(place for _ in range(20) for place in shops)), "first": first,
    "failures": [failure(shops, bundle="none.l2v"), failure(broken()), failure([(0, 0)])],
}))`
	var got struct {
		Vectors  [][]float64
		First    []float64
		Failures []string
	}
	if err := json.Unmarshal([]byte(r.run(t, string(arguments), python, "-c", script)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Vectors) != 20*len(r.vectors) || !slices.Equal(got.First, r.vectors[0]) {
		t.Fatalf("%d vectors, the first one is %v", len(got.Vectors), got.First)
	}
	for i, v := range got.Vectors {
		if !slices.Equal(v, r.vectors[i%len(r.vectors)]) {
			t.Fatalf("vector %d: %v, want %v", i, v, r.vectors[i%len(r.vectors)])
		}
	}
	for i, want := range []string{"none.l2v", "KeyError: 'a shop'", "no place has a vector"} {
		if !strings.Contains(got.Failures[i], want) {
			t.Errorf("failure %q lacks %q", got.Failures[i], want)
		}
	}
}
