package loc2vec_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// randomFeatures returns clean features: no repeated points, nothing that collapses.
func randomFeatures(rng *rand.Rand, n int) []loc2vec.Feature {
	point := func() loc2vec.TilePoint {
		return loc2vec.TilePoint{X: rng.Int32N(loc2vec.Extent + 1), Y: rng.Int32N(loc2vec.Extent + 1)}
	}
	// square returns a clockwise ring on the screen, which is an outer one.
	square := func(x, y, edge int32) []loc2vec.TilePoint {
		return []loc2vec.TilePoint{{X: x, Y: y}, {X: x + edge, Y: y}, {X: x + edge, Y: y + edge}, {X: x, Y: y + edge}}
	}
	features := make([]loc2vec.Feature, n)
	for i := range features {
		f := &features[i]
		f.Layer = loc2vec.Layer(rng.IntN(loc2vec.NumLayers))
		f.Kind = loc2vec.Kind(1 + rng.IntN(3))
		f.Size = uint16(1 + rng.IntN(4)*300)
		switch f.Kind {
		case loc2vec.KindDisc:
			f.Parts = [][]loc2vec.TilePoint{{point()}}
		case loc2vec.KindLine:
			var line []loc2vec.TilePoint
			for range 2 + rng.IntN(8) {
				line = append(line, point())
			}
			line = slices.Compact(line)
			if len(line) < 2 {
				line = append(line, loc2vec.TilePoint{X: line[0].X ^ 1, Y: 7})
			}
			f.Parts = [][]loc2vec.TilePoint{line}
		case loc2vec.KindArea:
			f.Size = 0
			edge := 8 + rng.Int32N(2000)
			x, y := rng.Int32N(loc2vec.Extent-edge), rng.Int32N(loc2vec.Extent-edge)
			f.Parts = [][]loc2vec.TilePoint{square(x, y, edge)}
			if rng.IntN(2) == 0 {
				hole := square(x+2, y+2, edge/2)
				slices.Reverse(hole)
				f.Parts = append(f.Parts, hole)
			}
		}
	}
	return features
}

// part is a loc2vec.Part with points of its own, in an order that tells nothing: a line begins with
// the lesser of its ends, a ring with its least point.
type part struct {
	layer  loc2vec.Layer
	kind   loc2vec.Kind
	size   uint16
	points []loc2vec.TilePoint
}

func newPart(layer loc2vec.Layer, kind loc2vec.Kind, size uint16, points []loc2vec.TilePoint) part {
	points = slices.Clone(points)
	switch kind {
	case loc2vec.KindLine:
		if comparePoints(points[0], points[len(points)-1]) > 0 {
			slices.Reverse(points)
		}
	case loc2vec.KindArea:
		first := slices.Index(points, slices.MinFunc(points, comparePoints))
		points = slices.Concat(points[first:], points[:first])
	}
	return part{layer, kind, size, points}
}

func comparePoints(p, q loc2vec.TilePoint) int {
	return cmp.Or(cmp.Compare(p.X, q.X), cmp.Compare(p.Y, q.Y))
}

func compareParts(a, b part) int {
	return cmp.Or(
		cmp.Compare(a.layer, b.layer), cmp.Compare(a.kind, b.kind), cmp.Compare(a.size, b.size),
		slices.CompareFunc(a.points, b.points, comparePoints))
}

// partsOf returns the parts of the features, sorted.
func partsOf(features []loc2vec.Feature) []part {
	var parts []part
	for _, f := range features {
		for _, p := range f.Parts {
			parts = append(parts, newPart(f.Layer, f.Kind, f.Size, p))
		}
	}
	slices.SortFunc(parts, compareParts)
	return parts
}

// decodeParts returns the parts of a vector tile, sorted.
func decodeParts(t testing.TB, mvt []byte) []part {
	t.Helper()
	var d loc2vec.TileDecoder
	var parts []part
	if err := d.Decode(mvt, func(p *loc2vec.Part) {
		parts = append(parts, newPart(p.Layer, p.Kind, p.Size, p.Points))
	}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(parts, compareParts)
	return parts
}

func equalParts(a, b []part) bool {
	return slices.EqualFunc(a, b, func(p, q part) bool { return compareParts(p, q) == 0 })
}

// randomTiles returns tiles with random features, some of them empty, some alike, in two clumps.
func randomTiles(rng *rand.Rand, n int) []packTile {
	sea := randomFeatures(rng, 1)
	var tiles []packTile
	for i := range n {
		tile := packTile{tile: loc2vec.Tile{X: uint32(8500 + i%20), Y: uint32(5000 + i/20)}}
		if i%2 == 1 {
			tile.tile = loc2vec.Tile{X: uint32(i % 20), Y: uint32(16383 - i/20)}
		}
		switch rng.IntN(3) {
		case 0:
			tile.features = randomFeatures(rng, rng.IntN(40))
		case 1:
			tile.features = sea
		}
		tiles = append(tiles, tile)
	}
	return tiles
}
