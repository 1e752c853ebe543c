package raster_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

var packPath = flag.String("pack", "", "region `file` for the tests and benchmarks on real data, instead of Monaco")

// region is a region pack, decoded tile by tile.
type region struct {
	encoded map[loc2vec.Tile][]byte
	tiles   map[loc2vec.Tile]*raster.Tile
	// addresses are one corner of each building.
	addresses []loc2vec.LatLon
}

// openRegion decodes the whole pack.
func openRegion(tb testing.TB, path string) *region {
	tb.Helper()
	p, err := loc2vec.OpenPackFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer p.Close()
	r := &region{encoded: map[loc2vec.Tile][]byte{}, tiles: map[loc2vec.Tile]*raster.Tile{}}
	var d loc2vec.TileDecoder
	for id, err := range p.Tiles() {
		if err != nil {
			tb.Fatal(err)
		}
		mvt, err := p.ReadTile(nil, id)
		if err != nil {
			tb.Fatal(err)
		}
		t := new(raster.Tile)
		if err := t.Decode(&d, mvt); err != nil {
			tb.Fatal(err)
		}
		r.encoded[id], r.tiles[id] = mvt, t
		err = d.Decode(mvt, func(p *loc2vec.Part) {
			if p.Layer == loc2vec.Building {
				r.addresses = append(r.addresses, place(id, float64(p.Points[0].X), float64(p.Points[0].Y)))
			}
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	return r
}

// tile returns a decoded tile, as Draw asks for it.
func (r *region) tile(id loc2vec.Tile) (*raster.Tile, error) { return r.tiles[id], nil }

// parts yields the parts of a tile, for the oracles.
func (r *region) parts(id loc2vec.Tile, emit func(*loc2vec.Part)) {
	var d loc2vec.TileDecoder
	if err := d.Decode(r.encoded[id], emit); err != nil {
		panic(err)
	}
}

// poses returns n poses near buildings, as an encoder is trained on them.
func (r *region) poses(rng *rand.Rand, n int) []raster.Pose {
	poses := make([]raster.Pose, n)
	for i := range poses {
		poses[i] = raster.Pose{
			Place:   r.addresses[rng.IntN(len(r.addresses))],
			Heading: rng.Float64() * 360,
			East:    rng.NormFloat64() * 60,
			North:   rng.NormFloat64() * 60,
		}
	}
	return poses
}

// openRealRegion returns the region of the -pack flag or skips the test.
func openRealRegion(tb testing.TB) *region {
	if *packPath == "" {
		tb.Skip("needs -pack")
	}
	return openRegion(tb, *packPath)
}
