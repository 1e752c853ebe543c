package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// readParquet returns the columns and rows of a GeoParquet file, with vectors.
func readParquet(t *testing.T, path string) (*geoparquet.Reader, []geoparquet.Row) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := geoparquet.NewReader(bytes.NewReader(data), int64(len(data)), geoparquet.ReaderOptions{Vectors: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	var rows []geoparquet.Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, rows
		}
		if err != nil {
			t.Fatal(err)
		}
		kept := *row
		kept.Values, kept.Vector = slices.Clone(row.Values), slices.Clone(row.Vector)
		rows = append(rows, kept)
	}
}

// cafes writes a Parquet file of places in Monaco: two with a vector, one in Germany, one without coordinates.
func cafes(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "cafes.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := geoparquet.NewWriter(f, geoparquet.WriterOptions{Columns: []geoparquet.Column{
		{Name: "name", Type: geoparquet.Text}, {Name: "region", Type: geoparquet.Int}, {Name: "mapped_input", Type: geoparquet.Float},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, row := range []geoparquet.Row{
		{Values: []any{"a", int64(1), 0.5}, Place: loc2vec.LatLon{Lat: 43.7384, Lon: 7.4246}},
		{Values: []any{"b", int64(2), nil}, Place: loc2vec.LatLon{Lat: 43.74, Lon: 7.43}},
		{Values: []any{"c", nil, nil}, Place: loc2vec.LatLon{Lat: 50, Lon: 10}},
		{Values: []any{nil, int64(4), nil}, Err: errors.New("no coordinate")},
	} {
		if err := w.Write(&row); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEmbedParquet: every row of a Parquet file has its row with all columns, those without a vector a reason; vectors
// equal those on standard output.
func TestEmbedParquet(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	in, out := cafes(t), filepath.Join(t.TempDir(), "vectors.parquet")
	args := []string{"--bundle", model, "--pack", pack, "--engine", "go", in}
	_, messages, err := runVerb(t, "", "embed", append(args, "-o", out)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	for _, part := range []string{`the input has a column "region": that of loc2vec is "region_loc2vec"`, "outside every region", "no coordinate", "2 of 4 rows have no vector"} {
		if !strings.Contains(messages, part) {
			t.Errorf("messages lack %q:\n%s", part, messages)
		}
	}
	r, rows := readParquet(t, out)
	var names []string
	for _, c := range r.Columns() {
		names = append(names, c.Name)
	}
	if !slices.Equal(names, []string{"name", "region", "mapped_input", "mapped", "unmapped", "region_loc2vec", "error"}) || len(rows) != 4 {
		t.Fatalf("%d rows of %q", len(rows), names)
	}
	stdout, _, err := runVerb(t, "", "embed", append(args, "--format", "json")...)
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string][]float32{}
	for line := range strings.Lines(stdout) {
		var place struct {
			Name   string
			Vector []float32
		}
		if err := json.Unmarshal([]byte(line), &place); err != nil {
			t.Fatal(err)
		}
		printed[place.Name] = place.Vector
	}
	if e := r.Embeddings(); e.Space == "" || e.Dimensions != loc2vec.Dimension {
		t.Errorf("the file says %+v", e)
	}
	for _, row := range rows {
		reason, _ := row.Values[6].(string)
		switch name, _ := row.Values[0].(string); name {
		case "a", "b":
			if !slices.Equal(row.Vector, printed[name]) || reason != "" || row.Values[5] == nil || row.Values[3] == nil {
				t.Errorf("row %v", row)
			}
		default:
			if row.Vector != nil || reason == "" {
				t.Errorf("row %v", row)
			}
		}
	}
}

// TestEmbedParquetFromPipe: Parquet is recognised by its first bytes, on standard input and under any name.
func TestEmbedParquetFromPipe(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	data, err := os.ReadFile(cafes(t))
	if err != nil {
		t.Fatal(err)
	}
	renamed := filepath.Join(t.TempDir(), "cafes.gpq")
	if err := os.WriteFile(renamed, data, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"--bundle", model, "--pack", pack, "--engine", "go"}
	piped, messages, err := runVerb(t, string(data), "embed", args...)
	if err != nil || strings.Count(piped, "\n") != 5 {
		t.Errorf("%v\n%s\n%s", err, piped, messages)
	}
	named, _, err := runVerb(t, "", "embed", append(args, renamed)...)
	if err != nil || named != piped {
		t.Errorf("%v\n%s", err, named)
	}
}

// TestEmbedToParquet: rows of CSV become GeoParquet too, with all their columns and every row, of 8 bits, with a STAC item.
func TestEmbedToParquet(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	out := filepath.Join(t.TempDir(), "vectors.parquet")
	_, messages, err := runVerb(t, "lat,lon,note,note\n43.7384,7.4246,\"two\nlines\",x\nhere,7,,y\n43.74,7.43\n", "embed",
		"--bundle", model, "--pack", pack, "--engine", "go", "-o", out, "--quantise", "--stac")
	if err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	r, rows := readParquet(t, out)
	if c := r.Columns(); len(c) != 8 || c[2].Name != "note" || c[3].Name != "note_2" {
		t.Errorf("columns %v", c)
	}
	want := map[any][]any{"43.7384": {"7.4246", "two\nlines", "x"}, "here": {"7", nil, "y"}, "43.74": {"7.43", nil, nil}}
	for _, row := range rows {
		if !slices.Equal(row.Values[1:4], want[row.Values[0]]) || (len(row.Vector) == loc2vec.Dimension) == (row.Values[0] == "here") {
			t.Errorf("row %v", row)
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows", len(rows))
	}
	item, err := os.ReadFile(strings.TrimSuffix(out, ".parquet") + ".json")
	if err != nil || !bytes.Contains(item, []byte(`"href": "./vectors.parquet"`)) || !bytes.Contains(item, []byte(`"quantized_dtype": "int8"`)) ||
		!bytes.Contains(item, []byte(`"href": "./`+filepath.Base(pack)+`"`)) {
		t.Errorf("item %s, %v", item, err)
	}
}

// TestEmbedParquetFails: what cannot be read or written is an error that leaves no file.
func TestEmbedParquetFails(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	dir, in := t.TempDir(), cafes(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(in), "x.csv"), []byte("a,b\n1,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	base := []string{"--bundle", model, "--pack", pack, "--engine", "go"}
	for _, c := range []struct {
		args  []string
		usage bool
		want  string
	}{
		{[]string{in, "--quantise"}, true, "-o FILE.parquet"},
		{[]string{in, "-o", filepath.Join(dir, "x.xls")}, true, "ends with one of .csv"},
		{[]string{in, "-o", in}, true, "the same file as the input"},
		{[]string{in, "-o", filepath.Join(dir, "x.parquet"), "--lat", "name"}, true, "go together"},
		{[]string{in, "-o", filepath.Join(dir, "x.parquet"), "--lat", "breite", "--lon", "region"}, false, `no column "breite"`},
		{[]string{filepath.Join(filepath.Dir(in), "x.csv"), "--lat", "a", "--lon", "c"}, false, `no column "c"`},
		{[]string{pack + ".parquet", "-o", filepath.Join(dir, "x.parquet")}, false, "no such file"},
	} {
		_, _, err := runVerb(t, "", "embed", append(slices.Clone(base), c.args...)...)
		var usage usageError
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &usage) != c.usage {
			t.Errorf("%q: got %v, want %s", c.args, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	std := stdio{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
	if _, err := execute(ctx, std, append([]string{"embed", in, "-o", filepath.Join(dir, "x.parquet")}, base...)); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, _, err := runVerb(t, "lat,lon\n50,10\n", "embed", append(slices.Clone(base), "-o", filepath.Join(dir, "x.parquet"))...); err == nil || !strings.Contains(err.Error(), "no place has a vector") {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
