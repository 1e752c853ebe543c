package train_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// A run of 20 steps on a random town.
func ExampleTrain() {
	tiles, places, err := makeTown()
	if err != nil {
		log.Fatal(err)
	}
	config := train.DefaultConfig()
	for _, setting := range []string{"steps=20", "seed=7", "raster.pixels=32", "batch.places=8", "rate=0.01"} {
		if err := config.Set(setting); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("train:", &config)

	var losses []float64
	network, err := train.Train(context.Background(), train.Job{
		Config: config, Tiles: tiles, Places: places, Workers: 2,
		Progress: func(s train.Status) { losses = append(losses, s.Loss) },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("loss: %.1f at the first step, %.1f at the last\n", losses[0], losses[len(losses)-1])

	pixels := make([]uint8, loc2vec.NumLayers*config.Raster.Pixels*config.Raster.Pixels)
	drawer := tiles.Drawer(config.Raster)
	if err := drawer.Draw(pixels, raster.Pose{Place: places[0]}); err != nil {
		log.Fatal(err)
	}
	var vector [loc2vec.Dimension]float32
	if err := network.Forward(vector[:], pixels); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(vector), "numbers for", places[0])
	// Output:
	// train: wide, infonce_euclid, 20 steps, rate 0.01, seed 7
	// loss: 2.8 at the first step, 2.3 at the last
	// 16 numbers for 53.0721706,8.8018734
}

// makeTown returns a pack of one tile with random houses and roads, and places in it.
func makeTown() (*sample.Tiles, []loc2vec.LatLon, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	tile := loc2vec.LatLon{Lat: 53.08, Lon: 8.81}.Point().Tile()
	var features []loc2vec.Feature
	for range 900 {
		x, y := 200+rng.Int32N(7700), 200+rng.Int32N(7700)
		w, h := 20+rng.Int32N(120), 20+rng.Int32N(120)
		features = append(features, loc2vec.Feature{
			Layer: loc2vec.Layer(rng.IntN(loc2vec.NumLayers)), Kind: loc2vec.KindArea,
			Parts: [][]loc2vec.TilePoint{{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}},
		})
	}
	var out bytes.Buffer
	w := pack.NewWriter(&out, pack.WriterOptions{Metadata: pack.Metadata{Name: "town", Area: []loc2vec.Bounds{tile.Bounds()}}})
	if err := w.WriteTile(tile, features); err != nil {
		return nil, nil, err
	}
	if err := w.Close(); err != nil {
		return nil, nil, err
	}
	p, err := pack.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		return nil, nil, err
	}
	box := tile.Bounds()
	var places []loc2vec.LatLon
	for range 300 {
		places = append(places, loc2vec.LatLon{
			Lat: box.Min.Lat + (0.1+0.8*rng.Float64())*(box.Max.Lat-box.Min.Lat),
			Lon: box.Min.Lon + (0.1+0.8*rng.Float64())*(box.Max.Lon-box.Min.Lon),
		})
	}
	return sample.NewTiles([]*pack.Reader{p}, 1<<24), places, nil
}
