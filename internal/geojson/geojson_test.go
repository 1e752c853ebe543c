package geojson

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
)

const square = `{"type":"Polygon","coordinates":[[[7.4,43.7],[7.5,43.7],[7.5,43.8],[7.4,43.7]]]}`

// visited returns the features and types that Read visits.
func visited(file string) (string, error) {
	var all []string
	err := Read(strings.NewReader(file), func(feature int, g Geometry) error {
		all = append(all, fmt.Sprint(feature, g.Type))
		return nil
	})
	return strings.Join(all, " "), err
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestForms: the forms in which GeoJSON is written give the same geometry.
func TestForms(t *testing.T) {
	feature := `{"type":"Feature","properties":{"name":"pond"},"geometry":` + square + `}`
	for name, c := range map[string]struct{ file, want string }{
		"feature":                {feature, "1Polygon"},
		"geometry":               {square, "1Polygon"},
		"mark":                   {"\ufeff" + feature, "1Polygon"},
		"gzip":                   {zipped(t, feature), "1Polygon"},
		"collection":             {`{"type":"FeatureCollection","features":[` + feature + `]}`, "1Polygon"},
		"features first":         {`{"features":[` + feature + `],"bbox":[1,2,3,4],"type":"FeatureCollection"}`, "1Polygon"},
		"geometries":             {`{"type":"GeometryCollection","geometries":[` + square + `,` + square + `]}`, "1Polygon 2Polygon"},
		"feature of geometries":  {`{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[` + square + `,` + square + `]}}`, "1Polygon 1Polygon"},
		"geometries in features": {`{"type":"FeatureCollection","features":[` + square + `,{"type":"GeometryCollection","geometries":[` + square + `]}]}`, "1Polygon 2Polygon"},
		"lines":                  {feature + "\r\n" + square + "\n\n", "1Polygon 2Polygon"},
		"records":                {"\x1e" + feature + "\n\x1e" + feature + "\n", "1Polygon 2Polygon"},
		"without a type":         {`{"geometry":` + square + `}`, "1Polygon"},
		"odd features":           {`{"type":"FeatureCollection","features":[null,7,{},{"type":"Feature"},{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[]}},` + feature + `]}`, "1 2 3 4 5 6Polygon"},
		"nothing":                {"", ""},
		"empty":                  {`{"type":"FeatureCollection","features":[]}`, ""},
		"null":                   {`{"type":"FeatureCollection","features":null}`, ""},
	} {
		if got, err := visited(c.file); err != nil || got != c.want {
			t.Errorf("%s: visited %q, %v, want %q", name, got, err, c.want)
		}
	}
}

func TestReadFails(t *testing.T) {
	nest := func(n int) string {
		return strings.Repeat(`{"type":"GeometryCollection","geometries":[`, n) + square + strings.Repeat("]}", n)
	}
	if got, err := visited(nest(5)); got != "1Polygon" || err != nil {
		t.Errorf("five collections: %q, %v", got, err)
	}
	for name, c := range map[string]struct{ file, says string }{
		"topology":      {`{"type":"Topology"}`, "want a feature collection"},
		"array":         {"[1]", "not GeoJSON"},
		"text":          {"water", "at byte"},
		"cut":           {square[:40], "unexpected EOF"},
		"no array":      {`{"features":{}}`, "not an array"},
		"type":          {`{"type":7}`, "cannot unmarshal"},
		"deep":          {strings.Repeat(`{"features":[`, 100_000), "max depth"},
		"deep members":  {nest(1000), "geometry collections in more than"},
		"deep position": {`{"geometry":{"type":"Polygon","coordinates":` + strings.Repeat("[", 100_000), "max depth"},
	} {
		if _, err := visited(c.file); !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	stop := errors.New("stop")
	if err := Read(strings.NewReader(square), func(int, Geometry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of visit becomes %v", err)
	}
	if err := Read(iotestReader{stop}, func(int, Geometry) error { return nil }); !errors.Is(err, stop) || errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("the error of the reader becomes %v", err)
	}
}

// iotestReader fails.
type iotestReader struct{ err error }

func (r iotestReader) Read([]byte) (int, error) { return 0, r.err }

// TestPositions: a position that lacks a number is an error, not a place with zeros.
func TestPositions(t *testing.T) {
	good := Geometry{"Point", []byte(" [ 7.4 , 43.7 , 12 ]")}
	if p, err := good.Points(); err != nil || len(p) != 1 || p[0] != (Position{Lat: 43.7, Lon: 7.4}) {
		t.Errorf("%v, %v", p, err)
	}
	for _, bad := range []string{"", "null", "[]", "[7]", "[null,43.7]", "[7.4,null]", `["7.4","43.7"]`, "[[7.4,43.7]]", "7", "{}", "[7.4"} {
		if p, err := (Geometry{"Point", []byte(bad)}).Points(); err == nil {
			t.Errorf("%s is read as %v", bad, p)
		}
		if p, err := (Geometry{"MultiPoint", []byte("[[1,2]," + bad + "]")}).Points(); err == nil {
			t.Errorf("MultiPoint with %s is read as %v", bad, p)
		}
		if p, err := (Geometry{"Polygon", []byte("[[[1,2]," + bad + "]]")}).Polygons(); err == nil {
			t.Errorf("Polygon with %s is read as %v", bad, p)
		}
	}
	if _, err := good.Polygons(); err == nil {
		t.Error("a point is a polygon")
	}
	if _, err := (Geometry{"MultiPolygon", []byte("null")}).Polygons(); err == nil {
		t.Error("null is a polygon")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(square))
	f.Add([]byte("\x1e" + `{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[` + square + `]}}`))
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"geometry":{"type":"MultiPoint","coordinates":[[1,2],[3]]}}]}`))
	m := budget.New(budget.Limit{Memory: 4 << 20, MemoryPerByte: 250, Time: 100 * time.Millisecond, TimePerByte: 4 * time.Microsecond})
	f.Fuzz(func(t *testing.T, data []byte) {
		m.Check(t, len(data), func() {
			last := 0
			_ = Read(bytes.NewReader(data), func(feature int, g Geometry) error {
				if feature < max(1, last) {
					t.Errorf("feature %d after %d", feature, last)
				}
				last = feature
				_, _ = g.Points()
				_, _ = g.Polygons()
				return nil
			})
		})
	})
}

// TestHostileValues: values that ask a decoder for much memory are within the budget of FuzzRead.
func TestHostileValues(t *testing.T) {
	const n = 1 << 20
	fill := func(head, piece, tail string) string { return head + strings.Repeat(piece, n/len(piece)) + tail }
	m := budget.New(budget.Limit{Memory: 4 << 20, MemoryPerByte: 250, Time: 100 * time.Millisecond, TimePerByte: 4 * time.Microsecond})
	for name, text := range map[string]string{
		"members of a collection":  fill(`{"type":"GeometryCollection","geometries":[{}`, ",{}", "]}"),
		"members that are no such": fill(`{"type":"GeometryCollection","geometries":[1`, ",1", "]}"),
		"features":                 fill(`{"type":"FeatureCollection","features":[{}`, ",{}", "]}"),
		"positions":                fill(`{"type":"Polygon","coordinates":[[[1,2]`, ",[1,2]", "]]}"),
		"rings":                    fill(`{"type":"Polygon","coordinates":[[]`, ",[]", "]}"),
		"polygons":                 fill(`{"type":"MultiPolygon","coordinates":[[]`, ",[]", "]}"),
		"keys":                     fill(`{"type":"Point"`, `,"a":1`, "}"),
		"nested lists":             fill(`{"a":`, "[", ""),
		"spaces":                   fill(`{`, " ", ""),
	} {
		t.Run(name, func(t *testing.T) {
			m.Check(t, len(text), func() {
				_ = Read(strings.NewReader(text), func(_ int, g Geometry) error {
					_, _ = g.Polygons()
					return nil
				})
			})
		})
	}
}

// TestMaxValue: a value beyond the limit is an error, and many below it are none.
func TestMaxValue(t *testing.T) {
	const most = 1 << 16
	feature := `{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"a":"` + strings.Repeat("x", most/2) + `"}`
	read := func(text string) error {
		d, err := NewDecoder(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		d.in.most = most
		s := sequence{Decoder: d, visit: func(int, Geometry) error { return nil }}
		for err == nil {
			err = s.readObject()
		}
		return err
	}
	if err := read(`{"type":"FeatureCollection","features":[` + strings.Repeat(feature+",", 9) + feature + "]}"); !errors.Is(err, errEnd) {
		t.Errorf("ten features: %v", err)
	}
	if err := read(`{"type":"FeatureCollection","features":[[` + strings.Repeat(feature+",", 9) + feature + "]]}"); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("ten features in one: %v", err)
	}
}
