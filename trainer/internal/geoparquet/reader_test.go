package geoparquet_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// file returns a Parquet file of rows of structs.
func file[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[T](&out, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// geo returns the key "geo" of a geometry with some further members.
func geo(more string) parquet.WriterOption {
	return parquet.KeyValueMetadata("geo", `{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{`+more+`}}}`)
}

// wkb returns a geometry of a type with coordinates.
func wkb(order binary.AppendByteOrder, kind uint32, coordinates ...float64) []byte {
	b := []byte{1}
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b[0] = 0
	}
	b = order.AppendUint32(b, kind)
	for _, c := range coordinates {
		b = order.AppendUint64(b, math.Float64bits(c))
	}
	return b
}

type geometryRow struct {
	ID       int64  `parquet:"id"`
	Geometry []byte `parquet:"geometry,optional"`
}

// TestGeometries reads points of every dialect of WKB, and says what is no point.
func TestGeometries(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	multi := func(points ...[]byte) []byte {
		b := little.AppendUint32(wkb(little, 4), uint32(len(points)))
		return append(b, bytes.Join(points, nil)...)
	}
	place := loc2vec.LatLon{Lat: 53.1, Lon: 8.8}
	for _, c := range []struct {
		name     string
		geometry []byte
		err      string
	}{
		{"little-endian", wkb(little, 1, 8.8, 53.1), ""},
		{"big-endian", wkb(big, 1, 8.8, 53.1), ""},
		{"with height", wkb(little, 1001, 8.8, 53.1, 7), ""},
		{"with height and measure", wkb(little, 3001, 8.8, 53.1, 7, 8), ""},
		{"PostGIS with height", wkb(little, 0x80000001, 8.8, 53.1, 7), ""},
		{"PostGIS with SRID", append(little.AppendUint32(little.AppendUint32([]byte{1}, 0x20000001), 4326), wkb(little, 1, 8.8, 53.1)[5:]...), ""},
		{"a multipoint of one", multi(wkb(little, 1, 8.8, 53.1)), ""},
		{"PostGIS in Gauss-Krüger", append(little.AppendUint32(little.AppendUint32([]byte{1}, 0x20000001), 31467), wkb(little, 1, 8.8, 53.1)[5:]...), "its coordinates are in EPSG:31467: only longitude and latitude of WGS 84 (OGC:CRS84, EPSG:4326) are read"},
		{"a multipoint of two", multi(wkb(little, 1, 8.8, 53.1), wkb(little, 1, 8.8, 53.1)), "the geometry is a MultiPoint of 2 points, not a point"},
		{"a polygon", wkb(little, 3), "the geometry is a Polygon, not a point"},
		{"a line with height", wkb(little, 1002), "the geometry is a LineString, not a point"},
		{"an unknown type", wkb(little, 99), "the geometry has type 99, not a point"},
		{"an empty point", wkb(little, 1, math.NaN(), math.NaN()), "no coordinate"},
		{"an empty multipoint", multi(), "no coordinate"},
		{"null", nil, "no coordinate"},
		{"no bytes", []byte{}, "corrupt data: the geometry is no WKB"},
		{"cut off", wkb(little, 1, 8.8), "corrupt data: the geometry is no WKB"},
		{"text", []byte("POINT (8.8 53.1)"), "corrupt data: the geometry is no WKB"},
		{"metres", wkb(little, 1, 486000, 5880000), "invalid coordinate: latitude 5.88e+06 is not within -90..90"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, rows := read(t, file(t, []geometryRow{{7, c.geometry}}, geo(`"encoding":"WKB","geometry_types":[]`)), geoparquet.ReaderOptions{})
			err := ""
			if rows[0].Err != nil {
				err = rows[0].Err.Error()
			}
			if err != c.err || c.err == "" && rows[0].Place != place || !reflect.DeepEqual(rows[0].Values, []any{int64(7)}) {
				t.Errorf("%v, %q, %v, want %q", rows[0].Place, err, rows[0].Values, c.err)
			}
		})
	}
}

// TestCoordinateSystems: names of WGS 84 pass, other systems are refused by name.
func TestCoordinateSystems(t *testing.T) {
	rows := []geometryRow{{7, wkb(binary.LittleEndian, 1, 8.8, 53.1)}}
	for _, c := range []struct{ crs, err string }{
		{"", ""},
		{`null`, ""},
		{`{"name":"WGS 84","id":{"authority":"EPSG","code":4326}}`, ""},
		{`{"name":"WGS 84 (CRS84)","id":{"authority":"OGC","code":"CRS84"}}`, ""},
		{`{"name":"WGS 84"}`, ""},
		{`{"name":"WGS 84 / UTM zone 32N"}`, "WGS 84 / UTM zone 32N"},
		{`{"name":"ETRS89 / UTM zone 32N","id":{"authority":"EPSG","code":25832}}`, "EPSG:25832 (ETRS89 / UTM zone 32N)"},
		{`"EPSG:3857"`, "EPSG:3857"},
		{`"OGC:CRS84"`, ""},
		{`"GEOGCRS[\"WGS 84\",ENSEMBLE[\"World Geodetic System 1984 ensemble\"]]"`, ""},
		{`"PROJCRS[\"WGS 84 / UTM zone 32N\",BASEGEOGCRS[\"WGS 84\"]]"`, "WGS 84 / UTM zone 32N"},
		{`"` + strings.Repeat("x", 200) + `"`, strings.Repeat("x", 100) + "…"},
	} {
		more := `"encoding":"WKB","geometry_types":["Point"]`
		if c.crs != "" {
			more += `,"crs":` + c.crs
		}
		checkOpen(t, file(t, rows, geo(more)), c.crs, wantCRS("geometry", c.err))
	}
	for _, c := range []struct{ crs, err string }{
		{"", ""}, {"OGC:CRS84", ""}, {"srid:4326", ""}, {"projjson:system", "EPSG:25832 (ETRS89 / UTM zone 32N)"}, {"EPSG:31467", "EPSG:31467"},
		{`{"name":"WGS 84","id":{"authority":"EPSG","code":4326}}`, ""},
	} {
		for _, node := range []parquet.Node{parquet.Geometry(c.crs), parquet.Geography(c.crs, format.Spherical)} {
			schema := parquet.NewSchema("rows", parquet.Group{"id": parquet.Int(64), "geometry": parquet.Optional(node)})
			checkOpen(t, file(t, rows, schema, parquet.KeyValueMetadata("system", `{"name":"ETRS89 / UTM zone 32N","id":{"authority":"EPSG","code":25832}}`)),
				c.crs, wantCRS("geometry", c.err))
		}
	}
}

func wantCRS(column, name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("column %q: its coordinates are in %s: only longitude and latitude of WGS 84 (OGC:CRS84, EPSG:4326) are read", column, name)
}

// checkOpen checks the error of a file, or that its first row lies in Bremen.
func checkOpen(t *testing.T, data []byte, name, want string) {
	t.Helper()
	r, err := geoparquet.NewReader(bytes.NewReader(data), int64(len(data)), geoparquet.ReaderOptions{})
	if want != "" {
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	defer r.Close()
	if row, err := r.Next(); err != nil || row.Err != nil || row.Place != (loc2vec.LatLon{Lat: 53.1, Lon: 8.8}) {
		t.Errorf("%s: %+v, %v", name, row, err)
	}
}

// TestCombined: a column of both coordinates is named or guessed; a geometry is read as such, and its system checked.
func TestCombined(t *testing.T) {
	type spot struct {
		ID  int64  `parquet:"id"`
		Geo string `parquet:"location"`
	}
	var b bytes.Buffer
	w := parquet.NewGenericWriter[spot](&b)
	_, err := w.Write([]spot{{7, "53.1,8.8"}})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	rows := []geometryRow{{7, wkb(binary.LittleEndian, 1, 8.8, 53.1)}}
	plain := file(t, rows)
	utm := file(t, rows, geo(`"encoding":"WKB","geometry_types":["Point"],"crs":{"name":"ETRS89 / UTM zone 32N"}`))
	guess := func(names []string) int { return slices.Index(names, "location") }
	for _, c := range []struct {
		name string
		data []byte
		opts geoparquet.ReaderOptions
		want int
		err  string
	}{
		{"named", b.Bytes(), geoparquet.ReaderOptions{Combined: "location"}, 1, ""},
		{"guessed", b.Bytes(), geoparquet.ReaderOptions{GuessCombined: guess}, 1, ""},
		{"not guessed", plain, geoparquet.ReaderOptions{GuessCombined: guess}, 0, `no coordinates: the Parquet file has no geometry, and no columns of its own are latitude and longitude by their names: "id", "geometry"`},
		{"bytes", plain, geoparquet.ReaderOptions{Combined: "geometry"}, 1, ""},
		{"missing", plain, geoparquet.ReaderOptions{Combined: "x"}, 0, `no column "x"`},
		{"a geometry", file(t, rows, geo(`"encoding":"WKB","geometry_types":["Point"]`)), geoparquet.ReaderOptions{Combined: "geometry"}, -1, ""},
		{"a geometry elsewhere", utm, geoparquet.ReaderOptions{Combined: "geometry"}, 0, "UTM zone 32N"},
	} {
		r, err := geoparquet.NewReader(bytes.NewReader(c.data), int64(len(c.data)), c.opts)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: got %v, want %s", c.name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		defer r.Close()
		row, err := r.Next()
		if err != nil || r.Combined() != c.want || (row.Err == nil) != (c.want < 0) || c.want >= 0 && row.Values[c.want] == nil {
			t.Errorf("%s: column %d, %+v, %v", c.name, r.Combined(), row, err)
		}
	}
}

// TestWithoutPoints: files without coordinates, or with areas only, are refused when they are opened.
func TestWithoutPoints(t *testing.T) {
	rows := []geometryRow{{7, wkb(binary.LittleEndian, 3)}}
	type plain struct {
		A int64  `parquet:"a"`
		B string `parquet:"b"`
	}
	for _, c := range []struct {
		data []byte
		err  string
	}{
		{file(t, rows, geo(`"encoding":"WKB","geometry_types":["Polygon","MultiPolygon"]`)), `the geometries of column "geometry" are Polygon, MultiPolygon: places are points`},
		{file(t, rows, geo(`"encoding":"multipolygon","geometry_types":[]`)), `the geometries of column "geometry" are of the encoding multipolygon: places are points`},
		{file(t, rows, geo(`"encoding":"point","geometry_types":[]`)), `corrupt data: column "geometry" has the encoding point without x and y`},
		{file(t, rows, parquet.KeyValueMetadata("geo", `{"primary_column":"shape"}`)), `corrupt data: the GeoParquet metadata name geometry "shape", which the file lacks`},
		{file(t, rows, parquet.KeyValueMetadata("geo", `{`)), `corrupt data: reading the GeoParquet metadata: unexpected end of JSON input`},
		{file(t, []plain{{1, "x"}}), `no coordinates: the Parquet file has no geometry, and no columns of its own are latitude and longitude by their names: "a", "b"`},
		{[]byte("lat,lon\n53.1,8.8\n"), "corrupt data: no Parquet file: it does not begin with PAR1"},
		{[]byte("PAR1"), "corrupt data: no Parquet file: it has 4 bytes"},
		{file(t, rows)[:100], "corrupt data: the Parquet file does not end with PAR1: it may be cut off"},
	} {
		checkOpen(t, c.data, c.err, c.err)
	}
}

// TestColumnsOfCoordinates reads plain columns, guessed or named, of numbers and of text, and points as pairs.
func TestColumnsOfCoordinates(t *testing.T) {
	type shop struct {
		Lat  *float64 `parquet:"lat,optional"`
		Lon  float32  `parquet:"lon"`
		Y    string   `parquet:"y"`
		X    string   `parquet:"x"`
		Name string   `parquet:"name"`
	}
	lat := 53.25
	data := file(t, []shop{{&lat, 8.75, "1.5", "2", "a"}, {nil, 8.75, "north", "2", "b"}})
	guess := func(names []string) (int, int) { return slices.Index(names, "lat"), slices.Index(names, "lon") }
	for _, c := range []struct {
		opts  geoparquet.ReaderOptions
		place loc2vec.LatLon
		err   string
	}{
		{geoparquet.ReaderOptions{Guess: guess}, loc2vec.LatLon{Lat: 53.25, Lon: 8.75}, "no coordinate"},
		{geoparquet.ReaderOptions{Lat: "y", Lon: "x", Guess: guess}, loc2vec.LatLon{Lat: 1.5, Lon: 2}, `invalid coordinate: column "y" is no number`},
	} {
		columns, rows := read(t, data, c.opts)
		if len(columns) != 5 || rows[0].Place != c.place || rows[0].Err != nil || rows[1].Err == nil || rows[1].Err.Error() != c.err || rows[1].Values[slices.Index(columns, geoparquet.Column{Name: "name"})] != "b" {
			t.Errorf("%+v", rows)
		}
	}
	for _, c := range []struct{ lat, lon, err string }{
		{"breite", "x", `no column "breite": the Parquet file has "lat", "lon", "y", "x", "name"`},
		{"lat", "", `no column "": the Parquet file has "lat", "lon", "y", "x", "name"`},
	} {
		if _, err := geoparquet.NewReader(bytes.NewReader(data), int64(len(data)), geoparquet.ReaderOptions{Lat: c.lat, Lon: c.lon}); err == nil || err.Error() != c.err {
			t.Errorf("got %v, want %s", err, c.err)
		}
	}
	type xy struct {
		X float64 `parquet:"x"`
		Y float64 `parquet:"y"`
	}
	type pair struct {
		Geometry *xy `parquet:"geometry,optional"`
	}
	_, rows := read(t, file(t, []pair{{&xy{8.8, 53.1}}, {nil}}, geo(`"encoding":"point","geometry_types":["Point"]`)), geoparquet.ReaderOptions{})
	if rows[0].Place != (loc2vec.LatLon{Lat: 53.1, Lon: 8.8}) || rows[0].Err != nil || rows[1].Err == nil {
		t.Errorf("%+v", rows)
	}
}

// TestFileOfDuckDB reads a file that DuckDB wrote, with every kind of column: values equal what DuckDB prints.
func TestFileOfDuckDB(t *testing.T) {
	const query = `SELECT ('POINT (' || (8.8 + i / 1000) || ' 53.1)')::GEOMETRY AS geom, i::INTEGER AS i, (i * 1.5)::FLOAT AS f, (i % 256)::UTINYINT AS u8, (i + 9223372036854775807::UBIGINT) AS u64,
		CASE WHEN i % 3 = 0 THEN NULL ELSE 'name ' || i || chr(10) END AS s, (i % 2 = 0) AS b, (i / 100)::DECIMAL(10,3) AS d, (i * 1000000007)::DECIMAL(38,4) AS big,
		DATE '2026-01-01' - i::INTEGER AS day, TIMESTAMP '2026-01-01 10:00:00.25' + INTERVAL (i) MINUTE AS ts, TIMESTAMPTZ '1969-12-31 10:00:00+00' AS tz, TIME '01:02:03.5' AS tm,
		[i, NULL, i + 1] AS l, CASE WHEN i % 4 = 0 THEN NULL WHEN i % 4 = 1 THEN [] ELSE [[i], [], NULL, [i, i]] END AS ll,
		{'a': i, 'b': [{'c': 'x' || i, 'd': NULL}, NULL]} AS st, MAP {'k' || i: [i], 'e': NULL} AS m, uuid() AS id, i::DOUBLE AS lat
		FROM range(5000) t(i)`
	for _, options := range []string{"", "COMPRESSION zstd, ROW_GROUP_SIZE 2048", "PARQUET_VERSION v2", "COMPRESSION gzip", "COMPRESSION lz4_raw", "COMPRESSION brotli"} {
		t.Run(options, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rows.parquet")
			var want []map[string]any
			if err := json.Unmarshal(npm(t, "duckdbwrite.mjs", []string{"@duckdb/node-api"}, path, query, options), &want); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			columns, rows := read(t, data, geoparquet.ReaderOptions{})
			if len(rows) != len(want) || len(columns) != len(want[0]) {
				t.Fatalf("%d rows of %v", len(rows), columns)
			}
			for i, row := range rows {
				if row.Err != nil || math.Abs(row.Place.Lon-8.8-float64(i)/1000) > 1e-9 {
					t.Fatalf("row %d: %v, %v", i, row.Place, row.Err)
				}
				for c, column := range columns {
					if got, want := geoparquet.ShowValue(column.Type, row.Values[c]), want[i][column.Name]; !same(got, want) {
						t.Fatalf("row %d, column %s: %v, want %v", i, column.Name, got, want)
					}
				}
			}
		})
	}
}

// same compares values of JSON; DuckDB writes times with a space and decimals of more digits as numbers.
func same(got, want any) bool {
	if s, ok := got.(string); ok {
		s = strings.TrimSuffix(strings.Replace(s, "T", " ", 1), "Z")
		if w, ok := want.(string); ok {
			return s == strings.TrimSuffix(w, "+00")
		}
		var number float64
		_, err := fmt.Sscan(s, &number)
		return err == nil && number == want
	}
	return reflect.DeepEqual(got, want)
}

// FuzzReader reads damaged files of places.
func FuzzReader(f *testing.F) {
	opts, rows := shops(40)
	for _, opts.Quantise = range []bool{false, true} {
		data, _ := write(f, opts, rows)
		f.Add(data)
	}
	f.Add(file(f, []geometryRow{{7, wkb(binary.LittleEndian, 1, 8.8, 53.1)}}, geo(`"encoding":"WKB","geometry_types":[]`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := geoparquet.NewReader(bytes.NewReader(data), int64(len(data)), geoparquet.ReaderOptions{})
		if err != nil {
			return
		}
		defer r.Close()
		for range 1000 {
			row, err := r.Next()
			if errors.Is(err, io.EOF) || err != nil {
				return
			}
			for i, c := range r.Columns() {
				if c.Type == geoparquet.JSON && row.Values[i] != nil && !json.Valid([]byte(row.Values[i].(string))) {
					t.Fatalf("column %q is no JSON: %q", c.Name, row.Values[i])
				}
			}
		}
	})
}

// TestDamagedFiles flips bytes: every outcome is rows or an error, and never a panic that reached the boundary.
func TestDamagedFiles(t *testing.T) {
	opts, rows := shops(60)
	data, _ := write(t, opts, rows)
	for i := range data {
		damaged := bytes.Clone(data)
		damaged[i] ^= byte(1 << (i % 8))
		r, err := geoparquet.NewReader(bytes.NewReader(damaged), int64(len(damaged)), geoparquet.ReaderOptions{})
		for n := 0; err == nil && n <= len(rows); n++ {
			_, err = r.Next()
		}
		if err != nil && strings.Contains(err.Error(), "decoding the Parquet file:") {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}
