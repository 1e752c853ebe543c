package raster_test

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/raster"
)

// BenchmarkDraw draws windows near buildings from decoded tiles, as training does.
func BenchmarkDraw(b *testing.B) {
	region := openRegion(b, "monaco")
	poses := region.poses(rand.New(rand.NewPCG(1, 1)), 200)
	r := raster.New(spec)
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := r.Draw(dst, poses[i%len(poses)], region.tile); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkDecodeAndDraw decodes the tiles of each window again, as a single embedding does.
func BenchmarkDecodeAndDraw(b *testing.B) {
	region := openRegion(b, "monaco")
	poses := region.poses(rand.New(rand.NewPCG(1, 1)), 200)
	r := raster.New(spec)
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	var d mvt.Decoder
	var tiles [4]raster.Tile
	var add [len(tiles)]func(*loc2vec.Part)
	for i := range tiles {
		add[i] = tiles[i].Append
	}
	used := 0
	tile := func(id loc2vec.Tile) (*raster.Tile, error) {
		i := used
		used++
		tiles[i].Reset()
		return &tiles[i], d.Decode(region.encoded[id], add[i])
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		used = 0
		if err := r.Draw(dst, poses[i%len(poses)], tile); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
