package likeness_test

import (
	"bytes"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// TestOfPlaces: coverages are those of the rasters, in the order of the places; outside there are none.
func TestOfPlaces(t *testing.T) {
	data := testworld.Pack(t, "west", testworld.Schema, testworld.West())
	p, err := pack.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	tiles := sample.NewTiles(pack.Set{p}, 1<<20)
	spec := raster.Spec{Metres: 200, Pixels: 32}
	places := []loc2vec.LatLon{{Lat: 53, Lon: 8}}
	for i := range int32(9) {
		places = append(places, testworld.At(testworld.West(), 700*i+500, 600*i+500))
	}
	got, err := likeness.OfPlaces(t.Context(), tiles, spec, places)
	if err != nil {
		t.Fatal(err)
	}
	if got[0] != nil {
		t.Error("a place outside has a coverage")
	}
	pixels := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	drawer := tiles.Drawer(spec)
	for i, place := range places[1:] {
		if err := drawer.Draw(pixels, raster.Pose{Place: place}); err != nil {
			t.Fatal(err)
		}
		if want := likeness.CoverageOf(pixels); got[i+1] == nil || *got[i+1] != want {
			t.Errorf("place %d covers %v, want %v", i, got[i+1], want)
		}
	}
}
