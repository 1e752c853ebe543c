package geoparquet_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	orbwkb "github.com/paulmach/orb/encoding/wkb"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
)

// TestVectorsOfAreas: the places of cells are in their columns, those of polygons the nearest ones; areas without either are
// refused, and so are all areas for who wants no vectors.
func TestVectorsOfAreas(t *testing.T) {
	polygon := orbwkb.MustMarshal(orb.Polygon{{{8, 53}, {9, 53}, {9, 54}, {8, 53}}})
	for _, c := range []struct {
		names []string
		want  loc2vec.LatLon
		err   string
	}{
		{[]string{"cell", "lat", "lon", "nearest_lat", "nearest_lon"}, loc2vec.LatLon{Lat: 1, Lon: 2}, ""},
		{[]string{"cell", "x", "y", "nearest_lat", "nearest_lon"}, loc2vec.LatLon{Lat: 3, Lon: 4}, ""},
		{[]string{"cell", "x", "y", "z", "nearest_lon"}, loc2vec.LatLon{}, "places are points"},
	} {
		opts := geoparquet.WriterOptions{Dimensions: 2, Geometries: []string{"Polygon"}, Embeddings: geoparquet.Embeddings{Space: "5"}}
		for _, name := range c.names {
			opts.Columns = append(opts.Columns, geoparquet.Column{Name: name, Type: geoparquet.Float})
		}
		data, _ := write(t, opts, []geoparquet.Row{{
			Values: []any{0.5, 1.0, 2.0, 3.0, 4.0}, Place: loc2vec.LatLon{Lat: 53.5, Lon: 8.5}, Vector: []float32{5, 6},
			Area: &geoparquet.Area{WKB: polygon, Bounds: loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 53, Lon: 8}, Max: loc2vec.LatLon{Lat: 54, Lon: 9}}},
		}})
		open := func(vectors bool) error {
			_, err := geoparquet.NewReader(strings.NewReader(string(data)), int64(len(data)), geoparquet.ReaderOptions{Vectors: vectors})
			return err
		}
		if err := open(false); err == nil || !strings.Contains(err.Error(), "places are points") {
			t.Errorf("%v, without vectors: %v", c.names, err)
		}
		if c.err != "" {
			if err := open(true); err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v: %v, want %q", c.names, err, c.err)
			}
			continue
		}
		columns, rows := read(t, data, geoparquet.ReaderOptions{Vectors: true})
		if len(rows) != 1 || len(columns) != len(c.names) || rows[0].Place != c.want || !reflect.DeepEqual(rows[0].Vector, []float32{5, 6}) || rows[0].Values[4] != 4.0 {
			t.Errorf("%v: columns %v, rows %+v", c.names, columns, rows)
		}
	}
}
