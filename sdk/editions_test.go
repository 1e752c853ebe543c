package sdk_test

import (
	"context"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// TestEditions: an app that adds a newer map of a region draws the region from it alone, also around the border of
// a neighbour that is older, and in whatever order the regions were added.
func TestEditions(t *testing.T) {
	edition := func(name, date string, seed int32, tiles ...loc2vec.Tile) *pack.Reader {
		meta := testworld.Metadata(name, testworld.Schema, tiles...)
		meta.Sources = []pack.Source{{Name: name + ".osm.pbf", Date: date}}
		file := testworld.PackOf(t, meta, func(tile loc2vec.Tile) []loc2vec.Feature { return testworld.City(seed + int32(tile.X)) }, tiles...)
		return openPack(t, file)
	}
	old := func() *pack.Reader { return edition("town", "2024-03-01T00:00:00Z", 3, west) }
	recent := func() *pack.Reader { return edition("town", "2026-03-01T00:00:00Z", 5, west) }
	neighbour := func() *pack.Reader { return edition("neighbour", "2025-03-01T00:00:00Z", 5, east) }
	embed := func(place loc2vec.LatLon, packs ...*pack.Reader) sdk.Result {
		m := open(t, "lite", sdk.Options{Engine: sdk.Go})
		for _, p := range packs {
			if err := m.AddPack(p); err != nil {
				t.Fatal(err)
			}
		}
		r, err := m.Embed(context.Background(), place)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for name, place := range map[string]loc2vec.LatLon{
		"inside": testworld.At(west, 4000, 4000), "at the border": border.Offset(-30, 0), "in the neighbour": border.Offset(30, 0),
	} {
		want, stale := embed(place, recent(), neighbour()), embed(place, old(), neighbour())
		if want.Vector == stale.Vector {
			t.Errorf("%s: both editions give one vector: the test tests nothing", name)
		}
		for _, packs := range [][]*pack.Reader{
			{old(), recent(), neighbour()}, {recent(), old(), neighbour()}, {neighbour(), old(), recent()}, {recent(), recent(), neighbour()},
		} {
			if got := embed(place, packs...); got != want {
				t.Errorf("%s: %+v, want %+v", name, got, want)
			}
		}
	}
}
