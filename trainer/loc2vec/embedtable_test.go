package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// cheapEncoder is an encoder without a model, which covers the northern hemisphere.
type cheapEncoder struct{ after func() }

func (c cheapEncoder) EmbedMany(ctx context.Context, places []loc2vec.LatLon) ([]sdk.Outcome, error) {
	outcomes := make([]sdk.Outcome, len(places))
	for i, p := range places {
		if p.Lat < 0 {
			outcomes[i].Err = loc2vec.ErrNoCoverage
		}
		outcomes[i].Vector.Values[0] = float32(p.Lat)
		outcomes[i].Region = "north"
	}
	if c.after != nil {
		c.after()
	}
	return outcomes, ctx.Err()
}

// embedCheaply embeds the rows of a CSV stream to a table.
func embedCheaply(ctx context.Context, in io.Reader, out *tableOutput, encoder encoder) error {
	rows, err := table.NewCSVReader(in, geofile.TableOptions{}, table.CombinedOptions{})
	if err != nil {
		return err
	}
	defer rows.Close()
	e := tableEmbedding{
		model: encoder, input: &tableInput{Reader: rows}, failures: rowErrors{messages: out.messages},
		regions: []*pack.Metadata{{Name: "north", Area: []loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: 0, Lon: -20}, Max: loc2vec.LatLon{Lat: 80, Lon: 180}}}}},
	}
	return out.write(out.schema(rows.Columns(), addedColumns(false)), func(w table.Writer) error { return e.write(ctx, w) })
}

// makeRows is a stream of rows of CSV, each of a line.
func makeRows(n int, row func(i int) string) io.Reader {
	r, w := io.Pipe()
	go func() {
		b := bufio.NewWriter(w)
		b.WriteString("id,lat,lon\n")
		for i := range n {
			fmt.Fprintln(b, row(i))
		}
		w.CloseWithError(b.Flush())
	}()
	return r
}

// TestMillionRows: a million rows pass in bounded memory, each with its row.
func TestMillionRows(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows")
	}
	const rows = 1_000_000
	// What is alive is measured: how much garbage there is depends on tests before.
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live()
	most, blocks := before, 0
	measure := func() {
		if blocks++; blocks%20 == 0 {
			most = max(most, live())
		}
	}
	path := filepath.Join(t.TempDir(), "out.csv")
	out := &tableOutput{format: "csv", path: path, messages: io.Discard}
	if err := embedCheaply(t.Context(), makeRows(rows, func(i int) string { return fmt.Sprintf("%d,%d.5,8", i, i%80) }), out, cheapEncoder{after: measure}); err != nil {
		t.Fatal(err)
	}
	if grown := most - before; grown > 32<<20 || blocks < 100 {
		t.Errorf("%d MB of memory, %d blocks", grown>>20, blocks)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	n := -1
	for ; lines.Scan(); n++ {
		if want := fmt.Sprintf("%d,%d.5,8,%d.5,", n, n%80, n%80); n >= 0 && !strings.HasPrefix(lines.Text(), want) {
			t.Fatalf("row %d: %s", n, lines.Text())
		}
	}
	if n != rows {
		t.Errorf("%d rows", n)
	}
}

// TestRowsOutside: most rows outside of every region make one line of messages, not as many as rows, with the reason.
func TestRowsOutside(t *testing.T) {
	for name, c := range map[string]struct {
		row  func(i int) string
		want string
	}{
		"swapped": {func(int) string { return "1,-8,70" }, "latitude and longitude look swapped: 19999 rows"},
		"south":   {func(int) string { return "1,-8,-50" }, "the regions cover (latitude,longitude): north 0.000,-20.000 to 80.000,180.000"},
	} {
		var messages, table strings.Builder
		rows := func(i int) string {
			if i == 0 {
				return "1,50,8"
			}
			return c.row(i)
		}
		out := &tableOutput{format: "csv", out: &table, messages: &messages}
		if err := embedCheaply(t.Context(), makeRows(20_000, rows), out, cheapEncoder{}); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(messages.String(), "\n"); lines > maxToldRows+2 || !strings.Contains(messages.String(), c.want) {
			t.Errorf("%s: %d lines\n%s", name, lines, messages.String())
		}
		if lines := strings.Count(table.String(), "\n"); lines != 20_001 {
			t.Errorf("%s: %d lines of the table", name, lines)
		}
	}
}

// TestNamesTaken: columns of the input keep their names, ours get a suffix.
func TestNamesTaken(t *testing.T) {
	var messages, out strings.Builder
	text := "lat,lon,region,error,v0,vector\n50,8,a,b,c,d\n"
	if err := embedCheaply(t.Context(), strings.NewReader(text), &tableOutput{format: "csv", single: true, out: &out, messages: &messages}, cheapEncoder{}); err != nil {
		t.Fatal(err)
	}
	want := "lat,lon,region,error,v0,vector,vector_loc2vec,mapped,unmapped,region_loc2vec,error_loc2vec\n50,8,a,b,c,d,\"[50,0,"
	if !strings.HasPrefix(out.String(), want) || strings.Count(messages.String(), "the input has a column") != 3 {
		t.Errorf("%s\n%s", out.String(), messages.String())
	}
}

// TestNoHalfFile: interrupted, or with a damaged input, there is no file, and one that was there stays.
func TestNoHalfFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.jsonl")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := &tableOutput{format: "jsonl", path: path, messages: io.Discard}
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	interrupt := cheapEncoder{after: func() {
		if calls++; calls == 2 {
			cancel()
		}
	}}
	row := func(i int) string { return "1,50,8" }
	if err := embedCheaply(ctx, makeRows(20_000, row), out, interrupt); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	damaged := io.MultiReader(strings.NewReader("lat,lon\n50,8\n"), failingReader{})
	if err := embedCheaply(t.Context(), damaged, out, cheapEncoder{}); !errors.Is(err, errDamaged) {
		t.Errorf("damaged: %v", err)
	}
	for _, text := range []string{"", "lat,lon\n", "a,b\nc,d\n"} {
		if err := embedCheaply(t.Context(), strings.NewReader(text), out, cheapEncoder{}); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "before" {
		t.Errorf("%q, %v", data, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestFullDisk: a disk that is full is an error.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	for _, format := range []string{"csv", "jsonl", "geojson"} {
		err := embedCheaply(t.Context(), strings.NewReader("lat,lon\n50,8\n"), &tableOutput{format: format, out: full, messages: io.Discard}, cheapEncoder{})
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s: %v", format, err)
		}
	}
}

var errDamaged = errors.New("damaged")

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errDamaged }

// TestTablesPage runs the example of docs/tables.md.
func TestTablesPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "tables.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```csv\n")
	if len(blocks) != 3 {
		t.Fatalf("%d blocks of CSV", len(blocks)-1)
	}
	input, _, _ := strings.Cut(blocks[1], "```")
	header, _, _ := strings.Cut(blocks[2], "```")
	var out strings.Builder
	if err := embedCheaply(t.Context(), strings.NewReader(input), &tableOutput{format: "csv", single: true, out: &out, messages: io.Discard}, cheapEncoder{}); err != nil {
		t.Fatal(err)
	}
	rest, found := strings.CutPrefix(out.String(), header)
	if !found || !strings.HasPrefix(rest, "\"Cafe\nAlt\",43.7384,7.4246,\"[43.7384,0,") || !strings.Contains(rest, "\nnowhere,,,,,,,") {
		t.Errorf("got %s", out.String())
	}
}

// TestPlacesOfGeometries: where the columns of the input have no coordinates, formats without geometries get them.
func TestPlacesOfGeometries(t *testing.T) {
	pack := monacoPack(t)
	model := untrainedBundle(t, pack, nil)
	const features = `{"type":"Feature","geometry":{"type":"Point","coordinates":[7.4246,43.7384]},"properties":{"name":"a"}}
{"type":"Feature","geometry":null,"properties":{"name":"b"}}`
	for format, want := range map[string][]string{
		"csv":     {"name,lat,lon,vector,mapped,", "\na,43.7384,7.4246,\"[", "\nb,,,,,,,no geometry"},
		"jsonl":   {`{"name":"a","lat":43.7384,"lon":7.4246,"vector":[`, `{"name":"b","lat":null,`},
		"geojson": {`"properties":{"name":"a","vector":[`, `"geometry":null,"properties":{"name":"b","vector":null`},
	} {
		out, messages, err := runVerb(t, features, "embed", "--bundle", model, "--pack", pack, "--engine", "go", "--input-format", "geojson",
			"--format", format, "--vector-column")
		if err != nil {
			t.Fatalf("%v\n%s", err, messages)
		}
		for _, part := range want {
			if !strings.Contains(out, part) {
				t.Errorf("%s lacks %q:\n%s", format, part, out)
			}
		}
	}
}
