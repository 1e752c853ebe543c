package geoparquet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	orbwkb "github.com/paulmach/orb/encoding/wkb"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// npm runs a script of testdata with npm packages, which make tools installs.
func npm(t *testing.T, script string, packages []string, args ...string) []byte {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node: not installed")
	}
	const folder = "../../../build/node"
	for _, name := range packages {
		if _, err := os.Stat(filepath.Join(folder, "node_modules", name)); err != nil {
			t.Skipf("needs the npm package %s in %s: not installed", name, folder)
		}
	}
	source, err := os.Open(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cmd := exec.Command(node, append([]string{"--input-type=module", "-"}, args...)...)
	cmd.Dir, cmd.Stdin, cmd.Stderr = folder, source, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	return out
}

// save writes a file of shops and returns its path.
func save(t *testing.T, n int, quantise bool) (path string, rows []geoparquet.Row, summary geoparquet.Summary) {
	t.Helper()
	opts, rows := shops(n)
	opts.Quantise = quantise
	data, summary := write(t, opts, rows)
	path = filepath.Join(t.TempDir(), "shops.parquet")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path, rows, summary
}

// TestHyparquet reads a file with hyparquet: metadata, columns in their order, row groups, values.
func TestHyparquet(t *testing.T) {
	for _, quantise := range []bool{false, true} {
		t.Run(fmt.Sprint("quantise=", quantise), func(t *testing.T) {
			const n = 2100
			path, rows, summary := save(t, n, quantise)
			out := npm(t, "hyparquet.mjs", []string{"hyparquet", "hyparquet-compressors"}, path)
			var got struct {
				Keys            map[string]string
				Columns, Codecs []string
				Groups          []int
				Rows            []struct {
					Name     *string
					ID       int
					Rating   *float64
					Tags     json.RawMessage
					Vector   []float64
					BBox     *struct{ XMin, YMin, XMax, YMax float64 }
					Geometry *struct{ Coordinates [2]float64 }
				}
			}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v: %.300s", err, out)
			}
			if !slices.Equal(got.Codecs, []string{"ZSTD"}) || !slices.Equal(got.Groups, []int{n}) || len(got.Rows) != n {
				t.Errorf("codecs %v, row groups %v, %d rows", got.Codecs, got.Groups, len(got.Rows))
			}
			checkKeys(t, got.Keys, summary)
			for _, row := range got.Rows {
				want := rows[row.ID]
				if want.Err != nil {
					if row.Geometry != nil || row.BBox != nil || row.Vector != nil {
						t.Errorf("row %d has a place", row.ID)
					}
					continue
				}
				p := row.Geometry.Coordinates
				if p[0] != want.Place.Lon || p[1] != want.Place.Lat {
					t.Fatalf("row %d lies at %v, want %v", row.ID, p, want.Place)
				}
				b := row.BBox
				if b.XMin > p[0] || b.XMax < p[0] || b.YMin > p[1] || b.YMax < p[1] || b.XMax-b.XMin > 1e-5 || b.YMax-b.YMin > 1e-5 {
					t.Fatalf("row %d at %v has the box %+v", row.ID, p, *b)
				}
				for i, v := range want.Vector {
					exact := float64(v)
					if quantise {
						exact = float64(summary.Quantization.Quantise(nil, want.Vector)[i])
					}
					if row.Vector[i] != exact {
						t.Fatalf("row %d: vector %v, want %v", row.ID, row.Vector, want.Vector)
					}
				}
				if name, _ := want.Values[0].(string); row.Name == nil || *row.Name != name || *row.Rating != want.Values[3] {
					t.Fatalf("row %d: %v, %v", row.ID, row.Name, row.Rating)
				}
			}
		})
	}
}

// checkKeys checks the keys "geo" and "emb".
func checkKeys(t *testing.T, keys map[string]string, summary geoparquet.Summary) {
	t.Helper()
	b := summary.Bounds
	geo := fmt.Sprintf(`{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":["Point"],`+
		`"bbox":[%v,%v,%v,%v],"covering":{"bbox":{"xmin":["bbox","xmin"],"ymin":["bbox","ymin"],"xmax":["bbox","xmax"],"ymax":["bbox","ymax"]}}}}}`,
		b.Min.Lon, b.Min.Lat, b.Max.Lon, b.Max.Lat)
	if keys["geo"] != geo {
		t.Errorf("geo is\n%s, want\n%s", keys["geo"], geo)
	}
	emb := `{"version":"0.0.1","type":"chip","column":"vector","dimensions":16,"data_type":"float32","metric":"euclidean",` +
		`"model":{"id":"58e92def99035ff3","name":"base"},"gsd":200,"chip_layout":{"layout_type":"variable_grid","chip_size":[64,64]},"chip_size_m":200,` +
		`"source_data":[{"name":"bremen","content_sha256":"00ff","datetime":"2017-09-12T20:10:25Z","attribution":"© OpenStreetMap contributors, ODbL 1.0"}]}`
	if summary.Quantization == nil {
		if keys["emb"] != emb {
			t.Errorf("emb is\n%s, want\n%s", keys["emb"], emb)
		}
		return
	}
	var read struct {
		DataType     string                  `json:"data_type"`
		Quantization geoparquet.Quantization `json:"quantization"`
	}
	if err := json.Unmarshal([]byte(keys["emb"]), &read); err != nil {
		t.Fatal(err)
	}
	if q := read.Quantization; read.DataType != "int8" || q.Method != "linear" || !slices.Equal(q.Scale, summary.Quantization.Scale) || !slices.Equal(q.Offset, summary.Quantization.Offset) {
		t.Errorf("emb is %s", keys["emb"])
	}
}

// TestDuckDB runs queries in DuckDB, without extensions: types, geometry, box, distances.
func TestDuckDB(t *testing.T) {
	for _, quantise := range []bool{false, true} {
		t.Run(fmt.Sprint("quantise=", quantise), func(t *testing.T) {
			path, rows, _ := save(t, 500, quantise)
			out := npm(t, "duckdb.mjs", []string{"@duckdb/node-api"}, path,
				"SELECT column_name, column_type FROM (DESCRIBE places)",
				"SELECT id, name, ST_AsText(geometry) AS wkt, bbox.xmin AS west, bbox.ymax AS north FROM places ORDER BY id",
				"SELECT a.id, b.id AS near FROM places a, places b WHERE a.id = 7 AND b.id <> 7 AND b.vector IS NOT NULL "+
					"ORDER BY array_distance(a.vector::FLOAT[16], b.vector::FLOAT[16]) LIMIT 1",
				"SELECT count(*) AS n, count(vector) AS vectors, count(geometry) AS geometries FROM places WHERE open OR NOT open OR open IS NULL")
			var got []([]map[string]any)
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v: %.300s", err, out)
			}
			types := ""
			for _, c := range got[0] {
				types += fmt.Sprintf("%v %v; ", c["column_name"], c["column_type"])
			}
			element := map[bool]string{true: "TINYINT", false: "FLOAT"}[quantise]
			want := "name VARCHAR; open BOOLEAN; id BIGINT; rating DOUBLE; since DATE; seen TIMESTAMP WITH TIME ZONE; clock TIMESTAMP; logo BLOB; tags JSON; vector " +
				element + "[]; geometry GEOMETRY('OGC:CRS84'); bbox STRUCT(xmin FLOAT, ymin FLOAT, xmax FLOAT, ymax FLOAT); "
			if types != want {
				t.Errorf("columns %s, want %s", types, want)
			}
			for i, row := range got[1] {
				if rows[i].Err != nil {
					if row["wkt"] != nil || row["west"] != nil {
						t.Errorf("row %d: %v", i, row)
					}
					continue
				}
				var lon, lat float64
				if _, err := fmt.Sscanf(row["wkt"].(string), "POINT (%g %g)", &lon, &lat); err != nil {
					t.Fatal(err)
				}
				if row["name"] != rows[i].Values[0] || lon != rows[i].Place.Lon || lat != rows[i].Place.Lat || row["west"].(float64) > lon || row["north"].(float64) < lat {
					t.Fatalf("row %d: %v", i, row)
				}
			}
			if near := fmt.Sprint(got[2][0]["near"]); !quantise && near != fmt.Sprint(nearest(rows, 7)) {
				t.Errorf("nearest to row 7 is %s, want %d", near, nearest(rows, 7))
			}
			if n := fmt.Sprint(got[3][0]); n != "map[geometries:499 n:500 vectors:498]" {
				t.Errorf("%s", n)
			}
		})
	}
}

// TestAreas writes cells as polygons, one of them across the antimeridian, and reads them in DuckDB.
func TestAreas(t *testing.T) {
	opts := geoparquet.WriterOptions{Columns: []geoparquet.Column{{Name: "id", Type: geoparquet.Int}}, Geometries: []string{"Polygon"}}
	var rows []geoparquet.Row
	for i, lon := range []float64{8.5, 9.5, 179.5} {
		west, east := lon, lon+1
		if east > 180 {
			east -= 360
		}
		ring := []loc2vec.LatLon{{Lat: 53, Lon: west}, {Lat: 53, Lon: east}, {Lat: 54, Lon: east}, {Lat: 54, Lon: west}}
		polygon := orb.Polygon{{{west, 53}, {east, 53}, {east, 54}, {west, 54}, {west, 53}}}
		rows = append(rows, geoparquet.Row{Values: []any{int64(i)}, Place: loc2vec.LatLon{Lat: 53.5, Lon: lon}, Area: &geoparquet.Area{
			WKB: orbwkb.MustMarshal(polygon), Bounds: loc2vec.Bounds{Min: ring[0], Max: ring[2]},
		}})
	}
	rows = append(rows, geoparquet.Row{Values: []any{int64(3)}, Err: errors.New("no cell")})
	data, summary := write(t, opts, rows)
	if b := summary.Bounds; b.Min != (loc2vec.LatLon{Lat: 53, Lon: -180}) || b.Max != (loc2vec.LatLon{Lat: 54, Lon: 180}) {
		t.Errorf("bounds %v", b)
	}
	path := filepath.Join(t.TempDir(), "cells.parquet")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	var got [][]map[string]any
	out := npm(t, "duckdb.mjs", []string{"@duckdb/node-api"}, path, "SELECT id, ST_AsText(geometry) AS wkt, bbox.xmin AS west, bbox.xmax AS east FROM places ORDER BY id")
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	want := "[map[east:9.5 id:0 west:8.5 wkt:POLYGON ((8.5 53, 9.5 53, 9.5 54, 8.5 54, 8.5 53))] " +
		"map[east:10.5 id:1 west:9.5 wkt:POLYGON ((9.5 53, 10.5 53, 10.5 54, 9.5 54, 9.5 53))] " +
		"map[east:180 id:2 west:-180 wkt:POLYGON ((179.5 53, -179.5 53, -179.5 54, 179.5 54, 179.5 53))] map[east:<nil> id:3 west:<nil> wkt:<nil>]]"
	if fmt.Sprint(got[0]) != want {
		t.Errorf("%v", got[0])
	}
}

// TestGDAL reads a file with GDAL, whose driver for Parquet Debian 12 does not have.
func TestGDAL(t *testing.T) {
	ogrinfo, err := exec.LookPath("ogrinfo")
	if err != nil {
		t.Skip("needs ogrinfo: not installed")
	}
	if formats, err := exec.Command(ogrinfo, "--formats").Output(); err != nil || !bytes.Contains(formats, []byte("Parquet")) {
		t.Skip("needs a GDAL with the driver Parquet")
	}
	path, _, _ := save(t, 300, false)
	out, err := exec.Command(ogrinfo, "-so", "-al", path).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Geometry: Point")) || !bytes.Contains(out, []byte("Feature Count: 300")) {
		t.Errorf("%v: %s", err, out)
	}
}

// nearest returns the row whose vector is nearest to that of row i.
func nearest(rows []geoparquet.Row, i int) (best int) {
	least := math.Inf(1)
	for j, row := range rows {
		if j == i || row.Vector == nil {
			continue
		}
		sum := 0.0
		for k, v := range row.Vector {
			d := float64(v - rows[i].Vector[k])
			sum += d * d
		}
		if sum < least {
			least, best = sum, j
		}
	}
	return best
}
