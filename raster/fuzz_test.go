package raster_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// FuzzDraw draws arbitrary parts, also some that no decoder would accept, from any pose. Drawing must not panic
// and must not leave anything in the rasterizer: the next raster of an empty world is empty, and the same
// raster drawn again is equal.
func FuzzDraw(f *testing.F) {
	f.Add(43.73, 7.42, 0.0, 0.0, 0.0, []byte{5, 3, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0, 0, 0, 32, 0, 32, 0, 0, 0, 32})
	f.Add(90.0, -180.0, 45.0, 80.0, -80.0, []byte{8, 2, 60, 0, 2, 0, 0, 0, 0, 255, 31, 255, 31})
	f.Add(-85.05, 180.0, 359.9, 0.0, 1e5, []byte{11, 1, 255, 255, 1, 0, 16, 0, 16})
	f.Fuzz(func(t *testing.T, lat, lon, heading, east, north float64, data []byte) {
		tile := tileOfBytes(data)
		r := raster.New(spec)
		first := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
		again := make([]uint8, len(first))
		pose := raster.Pose{Place: loc2vec.LatLon{Lat: lat, Lon: lon}, Heading: heading, East: east, North: north}
		full := func(loc2vec.Tile) (*raster.Tile, error) { return tile, nil }
		if err := r.Draw(first, pose, full); err != nil {
			if pose.Place.Validate() == nil && math.Abs(heading)+math.Abs(east)+math.Abs(north) < 1e6 {
				t.Fatal(err)
			}
			return
		}
		if err := r.Draw(again, pose, func(loc2vec.Tile) (*raster.Tile, error) { return nil, nil }); err != nil {
			t.Fatal(err)
		}
		for i, v := range again {
			if v != 0 {
				t.Fatalf("an empty world has %d at %d", v, i)
			}
		}
		if err := r.Draw(again, pose, full); err != nil {
			t.Fatal(err)
		}
		if string(first) != string(again) {
			t.Fatal("the second raster differs from the first")
		}
	})
}

// tileOfBytes reads parts: layer, kind, two bytes of size, a count, and coordinates of two bytes.
func tileOfBytes(data []byte) *raster.Tile {
	t := new(raster.Tile)
	for len(data) >= 5 {
		p := loc2vec.Part{Layer: loc2vec.Layer(data[0]), Kind: loc2vec.Kind(data[1]), Size: binary.LittleEndian.Uint16(data[2:])}
		count := int(data[4])
		for data = data[5:]; count > 0 && len(data) >= 4; count-- {
			p.Points = append(p.Points, loc2vec.TilePoint{
				X: int32(int16(binary.LittleEndian.Uint16(data))), Y: int32(int16(binary.LittleEndian.Uint16(data[2:]))),
			})
			data = data[4:]
		}
		t.Append(&p)
	}
	return t
}
