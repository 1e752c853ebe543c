package raster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// Draw a window from a region pack.
func Example() {
	id := loc2vec.Tile{X: 8529, Y: 5975}
	var file bytes.Buffer
	w := pack.NewWriter(&file, pack.WriterOptions{Metadata: pack.Metadata{Name: "lake", Area: []loc2vec.Bounds{id.Bounds()}}})
	lake := loc2vec.Feature{Layer: loc2vec.Water, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{
		{{X: 4096, Y: 0}, {X: 8192, Y: 0}, {X: 8192, Y: 8192}, {X: 4096, Y: 8192}},
	}}
	if err := errors.Join(w.WriteTile(id, []loc2vec.Feature{lake}), w.Close()); err != nil {
		log.Fatal(err)
	}
	region, err := pack.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}

	spec := raster.Spec{Metres: 200, Pixels: 8}
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	var reader pack.TileReader
	middle := loc2vec.Point{X: (8529 + 0.5) / (1 << loc2vec.Zoom), Y: (5975 + 0.5) / (1 << loc2vec.Zoom)}.LatLon()
	err = raster.New(spec).Draw(dst, raster.Pose{Place: middle}, func(id loc2vec.Tile) (*raster.Tile, error) {
		var tile raster.Tile
		_, err := reader.Parts(context.Background(), pack.Set{region}, id, tile.Append)
		return &tile, err
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(loc2vec.Water, dst[:spec.Pixels]) // the first row
	// Output: water [0 0 0 0 255 255 255 255]
}

// A house with a courtyard next to a road. The top of the raster is north-east.
func ExampleRasterizer_Draw() {
	id := loc2vec.Tile{X: 8529, Y: 5975}
	var tile raster.Tile
	for _, p := range []loc2vec.Part{
		{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Points: []loc2vec.TilePoint{{X: 4000, Y: 3900}, {X: 4300, Y: 3900}, {X: 4300, Y: 4200}, {X: 4000, Y: 4200}}},
		{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Points: []loc2vec.TilePoint{{X: 4100, Y: 4000}, {X: 4100, Y: 4100}, {X: 4200, Y: 4100}, {X: 4200, Y: 4000}}},
		{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 120, Points: []loc2vec.TilePoint{{X: 3600, Y: 4280}, {X: 4096, Y: 4280}, {X: 4600, Y: 4100}}},
	} {
		tile.Append(&p)
	}

	spec := raster.Spec{Metres: 200, Pixels: 32}
	rasters := raster.New(spec)
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	pose := raster.Pose{Place: loc2vec.LatLon{Lat: 43.71553, Lon: 7.41577}, Heading: 45}
	err := rasters.Draw(dst, pose, func(at loc2vec.Tile) (*raster.Tile, error) {
		if at == id {
			return &tile, nil
		}
		return nil, nil // nothing is mapped there
	})
	if err != nil {
		log.Fatal(err)
	}

	plane := spec.Pixels * spec.Pixels
	houses, roads := dst[int(loc2vec.Building)*plane:], dst[int(loc2vec.MinorRoad)*plane:]
	for row := range spec.Pixels / 2 { // every second row, because characters are taller than wide
		for column := range spec.Pixels {
			i := 2*row*spec.Pixels + column
			switch {
			case houses[i] > 127:
				fmt.Print("#")
			case roads[i] > 127:
				fmt.Print("=")
			default:
				fmt.Print(".")
			}
		}
		fmt.Println()
	}

	// Output:
	// ................................
	// ................................
	// ...........................==...
	// ..........................==....
	// ..............####.......==.....
	// ............########....==......
	// ..........#####...####.==.......
	// ..........#####...####==........
	// ............########.==.........
	// ..............####..==..........
	// ...................==...........
	// .................===............
	// ...............===..............
	// .............===................
	// ...........===..................
	// .........===....................
}
