// Command checksum draws windows from many poses and prints the SHA-256 of their rasters: of random
// tiles and, if one is named, of a region pack. Its output is the same on every platform.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"math/rand/v2"
	"os"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

const poses = 150

func main() {
	log.SetFlags(0)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 4 {
		town := randomTile(rng)
		// Everywhere on Earth, and near the places where something ends.
		check("random tiles", func() loc2vec.LatLon {
			switch rng.IntN(8) {
			case 0:
				return loc2vec.LatLon{Lat: 90, Lon: uniform(rng, 180)}
			case 1:
				return loc2vec.LatLon{Lat: uniform(rng, 85), Lon: 180}
			}
			return loc2vec.LatLon{Lat: uniform(rng, 85), Lon: uniform(rng, 180)}
		}, rng, func(loc2vec.Tile) (*raster.Tile, error) { return town, nil })
	}
	if len(os.Args) > 1 {
		checkPack(os.Args[1], rng)
	}
}

// check prints the checksum of windows around random places.
func check(name string, place func() loc2vec.LatLon, rng *rand.Rand, tile func(loc2vec.Tile) (*raster.Tile, error)) {
	spec := raster.Spec{Metres: 200, Pixels: 128}
	r := raster.New(spec)
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	hash := sha256.New()
	var sum int64
	for range poses {
		pose := raster.Pose{Place: place(), Heading: uniform(rng, 360), East: uniform(rng, 80), North: uniform(rng, 80)}
		if err := r.Draw(dst, pose, tile); err != nil {
			log.Fatal(err)
		}
		for _, v := range dst {
			sum += int64(v)
		}
		hash.Write(dst)
	}
	fmt.Printf("%s: %d windows, mean coverage %.2f of 255, %x\n", name, poses, float64(sum)/float64(poses*len(dst)), hash.Sum(nil))
}

func checkPack(path string, rng *rand.Rand) {
	p, err := pack.OpenFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var reader pack.TileReader
	tiles := map[loc2vec.Tile]*raster.Tile{}
	var ids []loc2vec.Tile
	for id, err := range p.Tiles() {
		if err != nil {
			log.Fatal(err)
		}
		ids = append(ids, id)
	}
	tile := func(id loc2vec.Tile) (*raster.Tile, error) {
		if t, ok := tiles[id]; ok {
			return t, nil
		}
		tiles[id] = new(raster.Tile)
		_, err := reader.Parts(context.Background(), pack.Set{p}, id, tiles[id].Append)
		return tiles[id], err
	}
	check("pack", func() loc2vec.LatLon {
		b := ids[rng.IntN(len(ids))].Bounds()
		return loc2vec.LatLon{
			Lat: b.Min.Lat + float64(rng.Float64()*(b.Max.Lat-b.Min.Lat)),
			Lon: b.Min.Lon + float64(rng.Float64()*(b.Max.Lon-b.Min.Lon)),
		}
	}, rng, tile)
}

// uniform returns a number within ±limit.
func uniform(rng *rand.Rand, limit float64) float64 { return float64((2*rng.Float64() - 1) * limit) }

// randomTile returns a tile full of shapes, whose points come from integers alone.
func randomTile(rng *rand.Rand) *raster.Tile {
	t := new(raster.Tile)
	for range 6000 {
		p := loc2vec.Part{Layer: loc2vec.Layer(rng.IntN(loc2vec.NumLayers)), Kind: loc2vec.Kind(1 + rng.IntN(3))}
		at := loc2vec.TilePoint{X: rng.Int32N(loc2vec.Extent), Y: rng.Int32N(loc2vec.Extent)}
		points := 1
		switch p.Kind {
		case loc2vec.KindDisc:
			p.Size = uint16(rng.IntN(300))
		case loc2vec.KindLine:
			p.Size, points = uint16(rng.IntN(300)), 2+rng.IntN(50)
		case loc2vec.KindArea:
			points = 3 + rng.IntN(50)
		}
		for range points {
			p.Points = append(p.Points, at)
			at.X += rng.Int32N(121) - 60
			at.Y += rng.Int32N(121) - 60
		}
		t.Append(&p)
	}
	return t
}
