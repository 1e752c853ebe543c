package loc2vec

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// TestTileIDOfSpecification checks the numbers that the PMTiles specification gives.
func TestTileIDOfSpecification(t *testing.T) {
	for _, c := range []struct {
		zoom, x, y uint32
		id         uint64
	}{
		{0, 0, 0, 0},
		{1, 0, 0, 1},
		{1, 0, 1, 2},
		{1, 1, 1, 3},
		{1, 1, 0, 4},
		{2, 0, 0, 5},
		{12, 3423, 1763, 19078479},
	} {
		if id := tileID(c.zoom, c.x, c.y); id != c.id {
			t.Errorf("%d/%d/%d is number %d, want %d", c.zoom, c.x, c.y, id, c.id)
		}
	}
}

func TestTileIDRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 10000 {
		tile := Tile{X: rng.Uint32N(tilesAcross), Y: rng.Uint32N(tilesAcross)}
		if i < 4 { // the corners
			tile = Tile{X: uint32(i%2) * (tilesAcross - 1), Y: uint32(i/2) * (tilesAcross - 1)}
		}
		if back, err := TileFromID(tile.ID()); err != nil || back != tile {
			t.Fatalf("%v becomes %v, %v", tile, back, err)
		}
	}
	for _, id := range []uint64{0, FirstTileID - 1, EndTileID, 1<<64 - 1} {
		if _, err := TileFromID(id); !errors.Is(err, ErrCorrupt) {
			t.Errorf("number %d: %v", id, err)
		}
	}
}

func TestPointTile(t *testing.T) {
	const last = tilesAcross - 1
	for _, c := range []struct {
		place LatLon
		tile  Tile
	}{
		{LatLon{Lat: 0, Lon: 0}, Tile{X: tilesAcross / 2, Y: tilesAcross / 2}},
		{LatLon{Lat: 90, Lon: -180}, Tile{X: 0, Y: 0}},
		{LatLon{Lat: -90, Lon: 180}, Tile{X: last, Y: last}},
		{LatLon{Lat: MaxLatitude, Lon: 180}, Tile{X: last, Y: 0}},
		{LatLon{Lat: 43.7384, Lon: 7.4246}, Tile{X: 8529, Y: 5974}}, // Monaco
	} {
		if tile := c.place.Point().Tile(); tile != c.tile {
			t.Errorf("%v lies in tile %v, want %v", c.place, tile, c.tile)
		}
	}
}

func TestTileBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		tile := Tile{X: rng.Uint32N(tilesAcross), Y: rng.Uint32N(tilesAcross)}
		b := tile.Bounds()
		centre := LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: (b.Min.Lon + b.Max.Lon) / 2}
		if centre.Point().Tile() != tile || !b.Contains(centre) {
			t.Fatalf("the centre of %v, %v, lies in %v", tile, centre, centre.Point().Tile())
		}
	}
}
