package loc2vec_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// cityTile returns features like those of a dense city tile: 800 buildings and 300 winding roads, 10,000
// points together.
func cityTile() []loc2vec.Feature {
	rng := rand.New(rand.NewPCG(31, 32))
	var features []loc2vec.Feature
	for range 800 {
		x, y := 50+rng.Int32N(8000), 50+rng.Int32N(8000)
		w, h := 20+rng.Int32N(60), 20+rng.Int32N(60)
		skew := rng.Int32N(20)
		features = append(features, area(points{{X: x, Y: y}, {X: x + w, Y: y + skew}, {X: x + w - skew, Y: y + h}, {X: x - skew, Y: y + h - skew}}))
	}
	for range 300 {
		x, y, heading := rng.Float64()*8192, rng.Float64()*8192, rng.Float64()*2*math.Pi
		var road points
		for range 23 {
			road = append(road, loc2vec.TilePoint{X: int32(x), Y: int32(y)})
			step := 20 + rng.Float64()*80
			heading += rng.NormFloat64() * 0.3
			x, y = min(max(x+step*math.Cos(heading), 0), 8192), min(max(y+step*math.Sin(heading), 0), 8192)
		}
		features = append(features, line(uint16(20+rng.IntN(5)*10), road))
	}
	return features
}

func BenchmarkTileEncoder_10kPoints(b *testing.B) {
	features := cityTile()
	var e loc2vec.TileEncoder
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Encode(features); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTileDecoder_10kPoints(b *testing.B) {
	tile := encode(b, cityTile()...)
	var d loc2vec.TileDecoder
	n := 0
	b.ReportAllocs()
	b.SetBytes(int64(len(tile)))
	for b.Loop() {
		if err := d.Decode(tile, func(p *loc2vec.Part) { n += len(p.Points) }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadTile_10kPoints(b *testing.B) {
	tile := loc2vec.Tile{X: 8529, Y: 5974}
	p := openPack(b, writePack(b, []packTile{{tile: tile, features: cityTile()}}))
	var mvt []byte
	var err error
	b.ReportAllocs()
	for b.Loop() {
		if mvt, err = p.ReadTile(mvt[:0], tile); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(mvt)))
}
