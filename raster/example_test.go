package raster_test

import (
	"fmt"
	"log"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

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
