package raster_test

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

var packPath = flag.String("pack", "", "region pack `file` that tests and benchmarks on real data use instead of their own")

// region is a decoded region pack.
type region struct {
	encoded map[loc2vec.Tile][]byte
	tiles   map[loc2vec.Tile]*raster.Tile
	// addresses are one corner of each building.
	addresses []loc2vec.LatLon
}

// realRegions caches the packs of openRegion.
var realRegions struct {
	sync.Mutex
	packs map[string][]byte
}

// openRegion returns the region of the -pack flag or, without the flag, that of the named extract. It skips the
// test if the extract is not available.
func openRegion(tb testing.TB, name string) *region {
	tb.Helper()
	realRegions.Lock()
	defer realRegions.Unlock()
	pack, ok := realRegions.packs[name]
	if !ok {
		var err error
		if *packPath != "" {
			pack, err = os.ReadFile(*packPath)
		} else {
			var buffer bytes.Buffer
			_, err = osmextract.Extract(tb.Context(), &buffer, osmextract.Options{Files: []string{osmtestdata.Path(tb, name)}})
			pack = buffer.Bytes()
		}
		if err != nil {
			tb.Fatal(err)
		}
		if realRegions.packs == nil {
			realRegions.packs = map[string][]byte{}
		}
		realRegions.packs[name] = pack
	}
	return decodeRegion(tb, pack)
}

func decodeRegion(tb testing.TB, file []byte) *region {
	tb.Helper()
	p, err := pack.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		tb.Fatal(err)
	}
	r := &region{encoded: map[loc2vec.Tile][]byte{}, tiles: map[loc2vec.Tile]*raster.Tile{}}
	var d mvt.Decoder
	for id, err := range p.Tiles() {
		if err != nil {
			tb.Fatal(err)
		}
		mvt, err := p.ReadTile(nil, id)
		if err != nil {
			tb.Fatal(err)
		}
		t := new(raster.Tile)
		if err := d.Decode(mvt, t.Append); err != nil {
			tb.Fatal(err)
		}
		r.encoded[id], r.tiles[id] = mvt, t
		r.parts(id, func(p *loc2vec.Part) {
			if p.Layer == loc2vec.Building {
				r.addresses = append(r.addresses, place(id, float64(p.Points[0].X), float64(p.Points[0].Y)))
			}
		})
	}
	return r
}

// tile returns a decoded tile; it is an argument of Draw.
func (r *region) tile(id loc2vec.Tile) (*raster.Tile, error) { return r.tiles[id], nil }

// parts yields the parts of a tile, for the oracles.
func (r *region) parts(id loc2vec.Tile, emit func(*loc2vec.Part)) {
	var d mvt.Decoder
	if err := d.Decode(r.encoded[id], emit); err != nil {
		panic(err)
	}
}

// poses returns n random poses near buildings, like those of training.
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
