package areafile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/trainer/internal/areafile"
)

func TestBadPolygons(t *testing.T) {
	for text, want := range map[string]error{
		`{"type":"FeatureCollection","features":[]}`:                            area.ErrNoPolygon,
		`{"type":"Point","coordinates":[1,2]}`:                                  area.ErrNoPolygon,
		`{"type":"Polygon","coordinates":[]}`:                                   area.ErrNoPolygon,
		`{"type":"Polygon","coordinates":[[[1,2],[3,4]]]}`:                      area.ErrNoPolygon,
		`{"type":"Polygon","coordinates":[[[1,2],[3,null],[4,4]]]}`:             loc2vec.ErrCorrupt,
		`{"type":"Polygon","coordinates":[[[1,2],[3,91],[4,4]]]}`:               loc2vec.ErrCoordinate,
		`{"type":"Polygon","coordinates":[[[1,2],[361,9],[4,4]]]}`:              loc2vec.ErrCoordinate,
		`{"type":"Polygon","coordinates":[[[0,80],[120,80],[-120,80],[0,80]]]}`: loc2vec.ErrCoordinate,
		`{"type":"Polygon","coordinates":[[[0,80],[120,80],[-120,80]]]}`:        loc2vec.ErrCoordinate,
		`{"type":"Polygon","coordinates":[[[`:                                   loc2vec.ErrCorrupt,
		`[1,2]`:                                                                 loc2vec.ErrCorrupt,
	} {
		if _, err := areafile.Read(strings.NewReader(text)); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", text, err, want)
		}
	}
	_, err := areafile.Read(strings.NewReader(`{"type":"Polygon","coordinates":[[[-33.9,151.2],[-33.8,151.2],[-33.8,151.3]]]}`))
	if err == nil || !strings.Contains(err.Error(), "swapped") {
		t.Errorf("swapped coordinates: %v", err)
	}
}

func ExampleRead() {
	a, err := areafile.Read(strings.NewReader(`{"type":"Polygon","coordinates":[[[8.7,53],[8.9,53],[8.9,53.1],[8.7,53.1],[8.7,53]]]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Contains(loc2vec.LatLon{Lat: 53.0757, Lon: 8.8077}), a.Contains(loc2vec.LatLon{Lat: 52, Lon: 8.8}))
	fmt.Printf("%.0f km²\n", a.SquareMetres()/1e6)
	// Output:
	// true false
	// 149 km²
}
