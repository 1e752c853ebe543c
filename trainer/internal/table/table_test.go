package table

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// rowsOf reads a table to its end. Values are copied.
func rowsOf(t *testing.T, r Reader) []Row {
	t.Helper()
	var rows []Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kept := *row
		kept.Values = slices.Clone(row.Values)
		rows = append(rows, kept)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return rows
}

func readText(t *testing.T, text string) (Reader, []Row) {
	t.Helper()
	r, err := NewCSVReader(strings.NewReader(text), geofile.TableOptions{}, CombinedOptions{})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return r, rowsOf(t, r)
}

// TestCSVRoundTrip: columns and records come back as they went in, in commas and tabs, with line breaks, quotation
// marks, a byte order mark, short rows and bad ones.
func TestCSVRoundTrip(t *testing.T) {
	records := [][]string{
		{"id", "lat", "lon", "note", "note", ""},
		{"007", "53.1", "8.8", "two\nlines", "=1+1", ""},
		{"#8", "here", "8.8", `say "so"`, "a,b;c\td", ""},
		{"007", "53.1", "8.8", "two\nlines", "=1+1", ""},
		{"9", "95", "8.8", "", "", ""},
		{"10", "", "", "ünï", "", ""},
	}
	for _, comma := range []rune{',', '\t'} {
		var in, out bytes.Buffer
		in.WriteString("\ufeff")
		w := csv.NewWriter(&in)
		w.Comma = comma
		if err := w.WriteAll(records); err != nil {
			t.Fatal(err)
		}
		r, rows := readText(t, in.String())
		if len(rows) != len(records)-1 {
			t.Fatalf("%d rows, want %d", len(rows), len(records)-1)
		}
		writer, err := NewCSV(&out, Schema{Columns: r.Columns(), VectorAt: len(r.Columns()), Dimensions: 2, Prefix: "v"}, comma)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if bad := i == 1 || i > 2; (rows[i].Err != nil) != bad || rows[i].Number != int64(i+1) {
				t.Errorf("row %d: number %d, %v", i, rows[i].Number, rows[i].Err)
			}
			if rows[i].Err == nil {
				rows[i].Vector = []float32{0.5, -1e-7}
			}
			if err := writer.Write(&rows[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Finish(); err != nil {
			t.Fatal(err)
		}
		back := csv.NewReader(&out)
		back.Comma = comma
		got, err := back.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"id", "lat", "lon", "note", "note_2", "column6", "v0", "v1"}; !slices.Equal(got[0], want) {
			t.Errorf("header %q", got[0])
		}
		for i, record := range records[1:] {
			vector := []string{"0.5", "-1e-07"}
			if rows[i].Err != nil {
				vector = []string{"", ""}
			}
			if want := slices.Concat(record, vector); !slices.Equal(got[1+i], want) {
				t.Errorf("record %d is %q, want %q", i, got[1+i], want)
			}
		}
	}
}

func TestNamedColumns(t *testing.T) {
	const text = "breite;laenge;lat;lon\n53,1;8,8;1;2\n"
	r, err := NewCSVReader(strings.NewReader(text), geofile.TableOptions{Lat: "breite", Lon: "laenge"}, CombinedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if rows := rowsOf(t, r); len(rows) != 1 || rows[0].Place != (loc2vec.LatLon{Lat: 53.1, Lon: 8.8}) {
		t.Errorf("rows %v", rows)
	}
	if _, err := NewCSVReader(strings.NewReader(text), geofile.TableOptions{Lat: "x", Lon: "laenge"}, CombinedOptions{}); err == nil || !strings.Contains(err.Error(), `no column "x"`) {
		t.Errorf("got %v", err)
	}
}

func readFeatures(t *testing.T, text string) (Reader, []Row, error) {
	t.Helper()
	r, err := NewGeoJSON(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	if err != nil {
		return nil, nil, err
	}
	return r, rowsOf(t, r), nil
}

// TestGeoJSONRoundTrip: features in a collection, one a line, or with record separators have the same rows; what is
// written has the same properties and geometries.
func TestGeoJSONRoundTrip(t *testing.T) {
	features := []string{
		`{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[8.8,53.1,12]},"properties":{"name":"<a>","n":1,"x":1,"tags":{"b":[1,2]}}}`,
		`{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]},"properties":{"n":null,"big":9007199254740993,"x":0.5,"tags":"t"}}`,
		`{"type":"Feature","geometry":null,"properties":null}`,
		`{"type":"Feature","geometry":{"type":"MultiPoint","coordinates":[[8,53],[9,53]]},"properties":{"open":true}}`,
	}
	var want []Row
	for _, text := range []string{
		`{"type":"FeatureCollection","name":"x","features":[` + strings.Join(features, ",") + `],"bbox":[1,2,3,4]}`,
		strings.Join(features, "\n"),
		"\x1e" + strings.Join(features, "\n\x1e"),
	} {
		r, rows, err := readFeatures(t, text)
		if err != nil || len(rows) != len(features) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		columns := []Column{{"name", Text}, {"n", Int}, {"x", Float}, {"tags", JSON}, {"big", Int}, {"open", Bool}, {"id", Int}}
		if !slices.Equal(r.Columns(), columns) {
			t.Errorf("columns %v", r.Columns())
		}
		if !slices.Equal(rows[0].Values, []any{"<a>", int64(1), 1.0, `{"b":[1,2]}`, nil, nil, int64(7)}) || rows[0].Err != nil || rows[0].Place.Lat != 53.1 {
			t.Errorf("row %v", rows[0])
		}
		if rows[1].Values[4] != int64(9007199254740993) || rows[1].Err == nil || rows[2].Err == nil || rows[3].Err == nil {
			t.Errorf("rows %v", rows)
		}
		var out bytes.Buffer
		w, err := NewGeoJSONWriter(&out, Schema{Columns: columns, VectorAt: len(columns), VectorName: "vector", Dimensions: 1, Space: "s"})
		if err != nil {
			t.Fatal(err)
		}
		rows[0].Vector = []float32{1.5}
		for i := range rows {
			if err := w.Write(&rows[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Finish(); err != nil || !json.Valid(out.Bytes()) || !strings.Contains(out.String(), `"coordinates":[8.8,53.1,12]`) ||
			!strings.Contains(out.String(), `"space":"s"`) || !strings.Contains(out.String(), `"vector":[1.5]`) || !strings.Contains(out.String(), `"name":"<a>"`) {
			t.Errorf("%v\n%s", err, out.String())
		}
		_, back, err := readFeatures(t, out.String())
		if err != nil || len(back) != len(rows) {
			t.Fatalf("%d rows, %v", len(back), err)
		}
		for i := range back {
			if !bytes.Equal(back[i].Geometry, rows[i].Geometry) && string(back[i].Geometry) != "null" {
				t.Errorf("geometry %s, want %s", back[i].Geometry, rows[i].Geometry)
			}
		}
		if want == nil {
			want = rows
		}
	}
	for _, text := range []string{"", "[]", `{"type":"FeatureCollection","features":[`, `{"a":1}`, `{"type":"FeatureCollection","features":[{]}`} {
		if _, _, err := readFeatures(t, text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestGPX(t *testing.T) {
	rows := rowsOf(t, NewGPXReader(strings.NewReader(`<gpx><wpt lat="53.1" lon="8.8"><ele>3</ele><name>A &amp; B</name></wpt><wpt lat="x" lon="8.8"/></gpx>`)))
	if len(rows) != 2 || rows[0].Err != nil || rows[1].Err == nil || !slices.Equal(rows[0].Values[:6], []any{"wpt", "53.1", "8.8", "3", nil, "A & B"}) {
		t.Errorf("rows %v", rows)
	}
}

// TestNPY: the header has the number of rows, and its length is what NumPy wants.
func TestNPY(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "a.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := NewNPY(f, Schema{Dimensions: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, vector := range [][]float32{{1, 2}, nil, {3, 4}} {
		if err := w.Write(&Row{Vector: vector}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Name())
	if err != nil || len(data) != 128+3*2*4 || !strings.HasPrefix(string(data), "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }") ||
		data[127] != '\n' || !bytes.Equal(data[128:136], []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}) || data[139]&0x7f != 0x7f {
		t.Errorf("%q, %v", data, err)
	}
}

// TestColumns: a header of many columns of one name is read in no time, and one of too many is an error.
func TestColumns(t *testing.T) {
	m := budget.New(budget.Limit{Memory: 8 << 20, MemoryPerByte: 250, Time: 100 * time.Millisecond, TimePerByte: 4 * time.Microsecond})
	for n, want := range map[int]string{maxColumns: "", maxColumns + 1: "20001 columns, want at most 20000", 1 << 20: "columns, want at most"} {
		text := "lat,lon" + strings.Repeat(",a", n-2) + "\n1,2\n"
		m.Check(t, len(text), func() {
			r, err := NewCSVReader(strings.NewReader(text), geofile.TableOptions{}, CombinedOptions{})
			if want != "" {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%d columns: %v", n, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if last := r.Columns()[n-1].Name; last != fmt.Sprintf("a_%d", n-2) {
				t.Errorf("the last column is %q", last)
			}
		})
	}
	names := `{"type":"FeatureCollection","features":[{}`
	for i := range 20 {
		names += fmt.Sprintf(`,{"properties":{"%d%s":1}}`, i, strings.Repeat("x", 1<<20))
	}
	_, err := NewGeoJSON(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(names + "]}")), nil })
	if err == nil || !strings.Contains(err.Error(), "or 16 MiB of their names") {
		t.Errorf("long names: %v", err)
	}
}

func FuzzGeoJSON(f *testing.F) {
	f.Add(`{"type":"FeatureCollection","features":[{"type":"Feature","id":1,"geometry":{"type":"Point","coordinates":[1,2]},"properties":{"a":1}}]}`)
	m := budget.New(budget.Limit{Memory: 4 << 20, MemoryPerByte: 400, Time: 100 * time.Millisecond, TimePerByte: 8 * time.Microsecond})
	f.Fuzz(func(t *testing.T, text string) {
		m.Check(t, len(text), func() { readGeoJSON(t, text) })
	})
}

// readGeoJSON fails the test if a row that is read cannot be written.
func readGeoJSON(t *testing.T, text string) {
	r, err := NewGeoJSON(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	if err != nil {
		return
	}
	for {
		row, err := r.Next()
		if err != nil {
			return
		}
		if !json.Valid(appendObject(nil, &Schema{Columns: r.Columns()}, row)) {
			t.Errorf("row %v", row)
		}
	}
}
