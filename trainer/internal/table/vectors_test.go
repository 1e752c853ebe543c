package table

import (
	"bytes"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// readJSONLines returns a reader of JSON lines.
func readJSONLines(text string, opts geofile.TableOptions) (Reader, error) {
	return NewJSONLinesReader(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }, opts, CombinedOptions{})
}

// TestJSONLinesRoundTrip: what is written comes back, with types, and is written the same again.
func TestJSONLinesRoundTrip(t *testing.T) {
	const text = `{"name":"a","lat":53.1,"lon":8.8,"n":1,"big":9007199254740993,"tags":{"b":[1,2]},"ok":true}
{"name":null,"lat":null,"lon":null,"n":2,"big":null,"tags":null,"ok":null}
{"name":"<b>","lat":95,"lon":8.8,"n":3,"big":7,"tags":"t","ok":false}
`
	r, err := readJSONLines(text, geofile.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	columns := r.Columns()
	want := []Column{{"name", Text}, {"lat", Float}, {"lon", Float}, {"n", Int}, {"big", Int}, {"tags", JSON}, {"ok", Bool}}
	if !slices.Equal(columns, want) {
		t.Errorf("columns %v, want %v", columns, want)
	}
	rows := rowsOf(t, r)
	var out bytes.Buffer
	w := NewJSONLines(&out, Schema{Columns: columns, VectorAt: len(columns)})
	for i := range rows {
		if (rows[i].Err != nil) != (i > 0) || rows[i].Number != int64(i+1) {
			t.Errorf("row %d: number %d, %v", i, rows[i].Number, rows[i].Err)
		}
		if err := w.Write(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(); err != nil || out.String() != text {
		t.Errorf("%v: written\n%s", err, out.String())
	}
	if rows[0].Place != (loc2vec.LatLon{Lat: 53.1, Lon: 8.8}) {
		t.Errorf("place %v", rows[0].Place)
	}
}

// TestJSONLinesRefused: what is no table of places is an error.
func TestJSONLinesRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "no row in it",
		"[1]":                       "want an object on each line",
		`{"lat":1,"lon":2}` + "\n{": "at byte 17: corrupt data: unexpected EOF",
		`{"a":1}`:                   `no columns of latitude and longitude in "a"`,
	} {
		if _, err := readJSONLines(text, geofile.TableOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	r, err := readJSONLines(`{"y":1,"breite":"53.1","laenge":8}`, geofile.TableOptions{Lat: "breite", Lon: "laenge"})
	if err != nil {
		t.Fatal(err)
	}
	if rows := rowsOf(t, r); rows[0].Place != (loc2vec.LatLon{Lat: 53.1, Lon: 8}) {
		t.Errorf("%v", rows)
	}
}

// TestVectorsComeBack: vectors that a writer wrote are those of the rows, in every format of text.
func TestVectorsComeBack(t *testing.T) {
	columns := []Column{{"name", Text}, {"lat", Float}, {"lon", Float}}
	written := []Row{
		{Place: loc2vec.LatLon{Lat: 53.1, Lon: 8.8}, Values: []any{"a", 53.1, 8.8, nil}, Vector: []float32{0.1, -1e-7, 3}},
		{Place: loc2vec.LatLon{Lat: 53.2, Lon: 8.9}, Values: []any{"b", 53.2, 8.9, "outside"}},
	}
	for name, c := range map[string]struct {
		schema Schema
		make   func(io.Writer, Schema) (Writer, error)
		read   func(string) (Reader, error)
		space  string
	}{
		"csv": {Schema{Prefix: "v"}, func(w io.Writer, s Schema) (Writer, error) { return NewCSV(w, s, ',') },
			func(text string) (Reader, error) {
				return NewCSVReader(strings.NewReader(text), geofile.TableOptions{}, CombinedOptions{})
			}, ""},
		"csv with other names": {Schema{Prefix: "loc2vec_v"}, func(w io.Writer, s Schema) (Writer, error) { return NewCSV(w, s, ',') },
			func(text string) (Reader, error) {
				return NewCSVReader(strings.NewReader(text), geofile.TableOptions{}, CombinedOptions{})
			}, ""},
		"tsv in one column": {Schema{OneColumn: true, VectorName: "vector"}, func(w io.Writer, s Schema) (Writer, error) { return NewCSV(w, s, '\t') },
			func(text string) (Reader, error) {
				return NewCSVReader(strings.NewReader(text), geofile.TableOptions{}, CombinedOptions{})
			}, ""},
		"jsonl": {Schema{VectorName: "vector_loc2vec"}, func(w io.Writer, s Schema) (Writer, error) { return NewJSONLines(w, s), nil },
			func(text string) (Reader, error) { return readJSONLines(text, geofile.TableOptions{}) }, ""},
		"geojson": {Schema{VectorName: "vector", Space: "58e92def99035ff3"}, NewGeoJSONWriter,
			openText, "58e92def99035ff3"},
	} {
		var out bytes.Buffer
		s := c.schema
		s.Columns, s.VectorAt, s.Dimensions = append(slices.Clone(columns), Column{"error", Text}), 3, 3
		w, err := c.make(&out, s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range written {
			if err := w.Write(&written[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		r, err := c.read(out.String())
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out.String())
		}
		if spaced, ok := r.(Spaced); ok && spaced.Space() != c.space {
			t.Errorf("%s: space %q", name, spaced.Space())
		}
		vectors, err := NewVectors(r, 3)
		if err != nil || vectors == nil {
			t.Fatalf("%s: %v, %v", name, vectors, err)
		}
		for i, column := range vectors.Columns() {
			if column.Name != s.Columns[i].Name {
				t.Errorf("%s: columns %v", name, vectors.Columns())
			}
		}
		for i := range written {
			row, err := vectors.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(row.Vector, written[i].Vector) || row.Place != written[i].Place || row.Err != nil || row.Values[0] != written[i].Values[0] || len(row.Values) != 4 {
				t.Errorf("%s: row %+v, want %+v", name, row, written[i])
			}
		}
		if err := vectors.Close(); err != nil {
			t.Error(err)
		}
	}
}

func openText(text string) (Reader, error) {
	return NewGeoJSON(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
}

// TestVectorsRefused: what are no vectors is told; a table without vectors is none.
func TestVectorsRefused(t *testing.T) {
	for _, c := range []struct{ text, table, row string }{
		{"lat,lon,name\n53,8,a\n", "none", ""},
		{"lat,lon,v0\n53,8,a\n", "none", ""},
		{"lat,lon,v0,v1\n53,8,1,2\n", "the vectors have 2 dimensions (columns v0 to v1), not 3", ""},
		{"lat,lon,v0,v1,v2,v3\n53,8,1,2,3,4\n", "4 dimensions", ""},
		{"lat,lon,v0,v1,v2\n53,8,1,x,3\n", "", `column "v1" is no number`},
		{"lat,lon,v0,v1,v2\n53,8,1,NaN,3\n", "", `column "v1" is no number`},
		{"lat,lon,v0,v1,v2\n53,8,1,1e300,3\n", "", `column "v1" is no number`},
		{"lat,lon,v0,v1,v2\n53,8,1,,3\n", "", "a part of its vector is missing"},
		{"lat,lon,vector\n53,8,mosquito\n", "", `column "vector" is no list of numbers`},
		{"lat;lon;vector\n53;8;[1,null,3]\n", "", `column "vector" is no list of numbers`},
		{"lat;lon;vector\n53;8;[1,1e300,3]\n", "", `column "vector" is no list of numbers`},
		{"lat;lon;vector\n53;8;[1,2]\n", "", "its vector has 2 dimensions, not 3"},
		{"lat;lon;vector\n;;[1,2,3]\n", "", "no coordinate"},
		{"lat,lon,nearest_lat,nearest_lon,v0,v1,v2\n,,53,8,1,2,3\n", "", ""},
	} {
		r, err := NewCSVReader(strings.NewReader(c.text), geofile.TableOptions{}, CombinedOptions{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := NewVectors(r, 3)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case v == nil:
			got = "none"
		}
		if !strings.Contains(got, c.table) || got != "" && c.table == "" {
			t.Errorf("%q: %s, want %s", c.text, got, c.table)
		}
		if v == nil {
			continue
		}
		row, err := v.Next()
		if err != nil {
			t.Fatal(err)
		}
		if row.Err == nil && c.row != "" || row.Err != nil && !strings.Contains(row.Err.Error(), c.row) || row.Err == nil && row.Place != (loc2vec.LatLon{Lat: 53, Lon: 8}) {
			t.Errorf("%q: %v at %v, want %q", c.text, row.Err, row.Place, c.row)
		}
	}
}

// FuzzVectors: whatever a table has, reading its vectors neither panics nor returns a vector of another length.
func FuzzVectors(f *testing.F) {
	for _, text := range []string{
		"lat,lon,v0,v1,v2\n53,8,1,-2e-7,3\n,,,,\n", "lat;lon;vector\n53;8;[1,2,3]\n", `{"lat":53,"lon":8,"vector":[1,2,3]}` + "\n" + `{"vector":null}`,
		`{"lat":53,"lon":8,"v0":1,"v1":2,"v2":0.5}`, `{"type":"Feature","geometry":{"type":"Point","coordinates":[8,53]},"properties":{"vector":[1,2,3]}}`,
	} {
		f.Add(text)
	}
	const dimensions = 3
	f.Fuzz(func(t *testing.T, text string) {
		open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
		for _, read := range []func() (Reader, error){
			func() (Reader, error) {
				return NewCSVReader(strings.NewReader(text), geofile.TableOptions{}, CombinedOptions{})
			},
			func() (Reader, error) { return NewJSONLinesReader(open, geofile.TableOptions{}, CombinedOptions{}) },
			func() (Reader, error) { return NewGeoJSON(open) },
		} {
			r, err := read()
			if err != nil {
				continue
			}
			if v, err := NewVectors(r, dimensions); err == nil && v != nil {
				r = v
			}
			for {
				row, err := r.Next()
				if err != nil {
					break
				}
				if len(row.Values) != len(r.Columns()) || row.Vector != nil && len(row.Vector) != dimensions {
					t.Fatalf("%d values, a vector of %d", len(row.Values), len(row.Vector))
				}
				if row.Err == nil && row.Place.Validate() != nil {
					t.Fatalf("place %v", row.Place)
				}
			}
			r.Close()
		}
	})
}
