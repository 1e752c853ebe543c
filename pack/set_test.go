package pack_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// packOver returns a pack of one tile that covers the tile from one x to another.
func packOver(t *testing.T, name string, tile loc2vec.Tile, from, to int32, change func(*pack.Metadata), features ...loc2vec.Feature) *pack.Reader {
	t.Helper()
	place := func(x, y int32) loc2vec.LatLon {
		const across = 1 << loc2vec.Zoom
		return loc2vec.Point{
			X: (float64(tile.X) + float64(x)/loc2vec.Extent) / across,
			Y: (float64(tile.Y) + float64(y)/loc2vec.Extent) / across,
		}.LatLon()
	}
	meta := testMetadata()
	meta.Name = name
	meta.Area = []loc2vec.Bounds{{Min: place(from, loc2vec.Extent), Max: place(to, 0)}}
	if from == 0 && to == loc2vec.Extent {
		meta.Area = []loc2vec.Bounds{tile.Bounds()}
	}
	if change != nil {
		change(&meta)
	}
	var b bytes.Buffer
	w := pack.NewWriter(&b, pack.WriterOptions{Metadata: meta})
	if err := w.WriteTile(tile, features); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return openPack(t, b.Bytes())
}

// dated gives a pack's source a date.
func dated(date string) func(*pack.Metadata) {
	return func(m *pack.Metadata) { m.Sources = []pack.Source{{Name: "x.osm.pbf", Date: date}} }
}

// TestSources: which packs a tile is read from.
func TestSources(t *testing.T) {
	tile := loc2vec.Tile{X: 8200, Y: 8100}
	shop := loc2vec.Feature{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 60, Parts: [][]loc2vec.TilePoint{{{X: 7, Y: 7}}}}
	shops := loc2vec.Feature{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 60, Parts: [][]loc2vec.TilePoint{{{X: 7, Y: 7}}, {{X: 70, Y: 900}}, {{X: 2000, Y: 31}}}}
	over := func(name, date string, features ...loc2vec.Feature) *pack.Reader {
		return packOver(t, name, tile, 0, loc2vec.Extent, dated(date), features...)
	}
	left, right := packOver(t, "left", tile, 0, 5000, dated("2025-01-01T00:00:00Z"), shop), packOver(t, "right", tile, 3000, loc2vec.Extent, dated("2026-01-01T00:00:00Z"), shops)
	old, recent, undated := over("town", "2024-01-01T00:00:00Z", shops), over("town", "2026-05-01T00:00:00Z", shop), over("town", "", shops)
	cleared, again := over("town", "2026-07-01T00:00:00Z"), over("town", "2026-05-01T00:00:00Z", shop, shops)
	elsewhere := packOver(t, "elsewhere", loc2vec.Tile{X: 1, Y: 1}, 0, loc2vec.Extent, nil, shop)
	for name, c := range map[string]struct{ set, want pack.Set }{
		"neighbours, the fullest first":     {pack.Set{left, right}, pack.Set{right, left}},
		"neighbours in the other order":     {pack.Set{right, left}, pack.Set{right, left}},
		"a neighbour that covers all":       {pack.Set{left, old}, pack.Set{old, left}},
		"the newest edition":                {pack.Set{old, recent, undated}, pack.Set{recent}},
		"the newest edition, added first":   {pack.Set{recent, old}, pack.Set{recent}},
		"a new edition, an older neighbour": {pack.Set{left, old, recent}, pack.Set{recent, left}},
		"an old edition, a newer neighbour": {pack.Set{old, right}, pack.Set{right, old}},
		"two editions of one date":          {pack.Set{old, recent, again}, pack.Set{again, recent}},
		"the same in the other order":       {pack.Set{again, recent, old}, pack.Set{again, recent}},
		"nothing is left":                   {pack.Set{old, cleared}, nil},
		"nothing is left of one":            {pack.Set{left, cleared, recent}, pack.Set{left}},
		"outside":                           {pack.Set{elsewhere}, nil},
		"no packs":                          {nil, nil},
	} {
		got, err := c.set.Sources(make(pack.Set, 2), tile)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, names(got), err, names(c.want))
		}
	}
	for set, want := range map[*pack.Set]bool{{left, elsewhere}: true, {elsewhere}: false, {}: false} {
		if got, err := set.Covers(tile); got != want || err != nil {
			t.Errorf("%v covers the tile: %v, %v", names(*set), got, err)
		}
		place := loc2vec.Point{X: (8200 + 0.1) / (1 << 14), Y: (8100 + 0.5) / (1 << 14)}.LatLon()
		if got, err := set.Contains(place); got != want || err != nil {
			t.Errorf("%v contains the place: %v, %v", names(*set), got, err)
		}
		if home, err := set.Home(place); (home != nil) != want || err != nil {
			t.Errorf("%v, home of the place: %v, %v", names(*set), home, err)
		}
	}
	// Both contain the place, one has more there.
	place := loc2vec.Point{X: (8200 + 0.5) / (1 << 14), Y: (8100 + 0.5) / (1 << 14)}.LatLon()
	for _, set := range []pack.Set{{left, right, elsewhere}, {right, elsewhere, left}} {
		if home, err := set.Home(place); home != right || err != nil {
			t.Errorf("%v, home: %v, %v", names(set), home, err)
		}
	}
}

func names(s pack.Set) (all []string) {
	for _, p := range s {
		all = append(all, p.Metadata().Name)
	}
	return all
}

// TestParts: features that several packs have are emitted once.
func TestParts(t *testing.T) {
	tile := loc2vec.Tile{X: 8200, Y: 8100}
	road := loc2vec.Feature{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Parts: [][]loc2vec.TilePoint{{{X: 0, Y: 9}, {X: 8000, Y: 9}}}}
	shop := loc2vec.Feature{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 60, Parts: [][]loc2vec.TilePoint{{{X: 7, Y: 7}}}}
	left, right := packOver(t, "left", tile, 0, 5000, nil, road, shop), packOver(t, "right", tile, 3000, loc2vec.Extent, nil, road)
	var reader pack.TileReader
	parts := func(s pack.Set, tile loc2vec.Tile) (got []string) {
		size, err := reader.Parts(t.Context(), s, tile, func(p *loc2vec.Part) { got = append(got, fmt.Sprint(p.Layer, p.Points)) })
		if err != nil || (size > 0) != (len(got) > 0) {
			t.Errorf("%v: %d bytes, %v", names(s), size, err)
		}
		return got
	}
	want := []string{"minor_road [{0 9} {8000 9}]", "commerce [{7 7}]"}
	if a, b := parts(pack.Set{left, right}, tile), parts(pack.Set{right, left}, tile); !slices.Equal(a, b) {
		t.Errorf("the order of the packs shows: %v, %v", a, b)
	}
	if got := parts(pack.Set{right, left}, tile); !slices.Equal(got, want) {
		t.Errorf("both: %v, want %v", got, want)
	}
	if got := parts(pack.Set{right}, tile); !slices.Equal(got, want[:1]) {
		t.Errorf("right: %v, want %v", got, want[:1])
	}
	if got := parts(pack.Set{right, left}, loc2vec.Tile{}); got != nil {
		t.Errorf("outside: %v", got)
	}
}

// TestPartsAllocatesNothing for tiles of one pack.
func TestPartsAllocatesNothing(t *testing.T) {
	tile := loc2vec.Tile{X: 8200, Y: 8100}
	road := loc2vec.Feature{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Parts: [][]loc2vec.TilePoint{{{X: 0, Y: 9}, {X: 8000, Y: 9}}}}
	set := pack.Set{packOver(t, "whole", tile, 0, loc2vec.Extent, nil, road)}
	var reader pack.TileReader
	emit := func(*loc2vec.Part) {}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := reader.Parts(t.Context(), set, tile, emit); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
