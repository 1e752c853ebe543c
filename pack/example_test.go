package pack_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// Write a region pack of one tile, and read the features around a place.
func Example() {
	place := loc2vec.LatLon{Lat: 43.7384, Lon: 7.4246}
	tile := place.Point().Tile()

	var file bytes.Buffer
	w := pack.NewWriter(&file, pack.WriterOptions{Metadata: pack.Metadata{
		Name: "monaco",
		Area: []loc2vec.Bounds{tile.Bounds()},
	}})
	features := []loc2vec.Feature{
		{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{
			{{X: 100, Y: 100}, {X: 160, Y: 100}, {X: 160, Y: 140}, {X: 100, Y: 140}},
		}},
		{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Parts: [][]loc2vec.TilePoint{
			{{X: 0, Y: 200}, {X: 300, Y: 220}},
		}},
	}
	if err := w.WriteTile(tile, features); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}

	region, err := pack.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	inside, err := region.Contains(place)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(region.Metadata().Name, "contains the place:", inside)
	var tiles pack.TileReader
	if _, err := tiles.Parts(context.Background(), pack.Set{region}, tile, func(p *loc2vec.Part) {
		fmt.Println(p.Layer, p.Kind, float64(p.Size)/10, "m", p.Points)
	}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// monaco contains the place: true
	// building area 0 m [{100 100} {160 100} {160 140} {100 140}]
	// minor_road line 6 m [{0 200} {300 220}]
}
