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
func packOver(t *testing.T, name string, tile loc2vec.Tile, from, to int32, features ...loc2vec.Feature) *pack.Reader {
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

// TestSources: which packs a tile is read from, under each rule.
func TestSources(t *testing.T) {
	tile := loc2vec.Tile{X: 8200, Y: 8100}
	left, right := packOver(t, "left", tile, 0, 5000), packOver(t, "right", tile, 3000, loc2vec.Extent)
	whole, again := packOver(t, "whole", tile, 0, loc2vec.Extent), packOver(t, "again", tile, 0, loc2vec.Extent)
	elsewhere := packOver(t, "elsewhere", loc2vec.Tile{X: 1, Y: 1}, 0, loc2vec.Extent)
	for _, c := range []struct {
		set     pack.Set
		overlap pack.Overlap
		want    pack.Set
	}{
		{pack.Set{left, right}, pack.Overlap{}, pack.Set{left, right}},
		{pack.Set{left, whole, again}, pack.Overlap{}, pack.Set{whole}},
		{pack.Set{elsewhere}, pack.Overlap{}, nil},
		{nil, pack.Overlap{}, nil},
		{pack.Set{elsewhere, left, whole}, pack.Overlap{FirstOnly: true}, pack.Set{left}},
		{pack.Set{whole, again}, pack.Overlap{Home: again}, pack.Set{again}},
		{pack.Set{left, whole, elsewhere}, pack.Overlap{Home: left}, pack.Set{left, whole}},
	} {
		got, err := c.set.Sources(make(pack.Set, 2), tile, c.overlap)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v, %+v: %v, %v, want %v", names(c.set), c.overlap, names(got), err, names(c.want))
		}
	}
	for set, want := range map[*pack.Set]bool{{left, elsewhere}: true, {elsewhere}: false, {}: false} {
		if got, err := set.Covers(tile); got != want || err != nil {
			t.Errorf("%v covers the tile: %v, %v", names(*set), got, err)
		}
		if got, err := set.Contains(loc2vec.Point{X: (8200 + 0.1) / (1 << 14), Y: (8100 + 0.5) / (1 << 14)}.LatLon()); got != want || err != nil {
			t.Errorf("%v contains the place: %v, %v", names(*set), got, err)
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
	left, right := packOver(t, "left", tile, 0, 5000, road, shop), packOver(t, "right", tile, 3000, loc2vec.Extent, road)
	var reader pack.TileReader
	parts := func(s pack.Set, tile loc2vec.Tile) (got []string) {
		size, err := reader.Parts(s, tile, pack.Overlap{}, func(p *loc2vec.Part) { got = append(got, fmt.Sprint(p.Layer, p.Points)) })
		if err != nil || (size > 0) != (len(got) > 0) {
			t.Errorf("%v: %d bytes, %v", names(s), size, err)
		}
		return got
	}
	want := []string{"minor_road [{0 9} {8000 9}]", "commerce [{7 7}]"}
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
	set := pack.Set{packOver(t, "whole", tile, 0, loc2vec.Extent, road)}
	var reader pack.TileReader
	emit := func(*loc2vec.Part) {}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := reader.Parts(set, tile, pack.Overlap{}, emit); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
