package raster_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/internal/deflate"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/internal/mvt/mvttest"
	"github.com/loc2vec/loc2vec/raster"
)

// tileBudget is what decoding and drawing a tile may take, for each byte of the uncompressed tile.
//
// A point takes two bytes of a tile, and a microsecond if its segment crosses the window; fuzzers run code that is
// several times slower. A disc of two bytes takes 36 in memory, and while slices grow three times as much.
func tileBudget() budget.Limit {
	return budget.Limit{Memory: 1 << 20, MemoryPerByte: 160, Time: 100 * time.Millisecond, TimePerByte: 3 * time.Microsecond}
}

// window is what a fuzzer changes of a pose in a tile: the place in tile coordinates and the heading in degrees.
type window struct {
	x, y    uint16
	heading uint8
}

// drawTile decodes a tile and draws it in two windows: that of the base model, and one of 2 km.
func drawTile(t *testing.T, m *budget.Meter, tile []byte, w window) {
	at := loc2vec.Tile{X: 8590, Y: 5286}
	b := at.Bounds()
	pose := raster.Pose{Heading: float64(w.heading) * 360 / 256, Place: loc2vec.LatLon{
		Lat: b.Max.Lat - (b.Max.Lat-b.Min.Lat)*float64(w.y)/65536, Lon: b.Min.Lon + (b.Max.Lon-b.Min.Lon)*float64(w.x)/65536,
	}}
	m.Check(t, len(tile), func() {
		var decoder mvt.Decoder
		var shapes raster.Tile
		decoder.Closing = true
		if err := decoder.Decode(tile, shapes.Append); err != nil {
			return
		}
		lookUp := func(id loc2vec.Tile) (*raster.Tile, error) {
			if id == at {
				return &shapes, nil
			}
			return nil, nil
		}
		for _, spec := range []raster.Spec{{Metres: 200, Pixels: 64}, {Metres: 2000, Pixels: 128}} {
			dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
			if err := raster.New(spec).Draw(dst, pose, lookUp); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzTile: whatever bytes a tile has, it is decoded and drawn within the budget of their number.
func FuzzTile(f *testing.F) {
	var expander deflate.Expander
	m := budget.New(tileBudget())
	for _, features := range [][]loc2vec.Feature{nil, mvttest.City()} {
		var e mvt.Encoder
		encoded, err := e.Encode(features)
		if err != nil {
			f.Fatal(err)
		}
		tile, err := expander.AppendGunzipped(nil, encoded.Data, mvt.MaxBytes)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(tile, uint16(1<<15), uint16(1<<15), uint8(0))
	}
	f.Fuzz(func(t *testing.T, tile []byte, x, y uint16, heading uint8) {
		drawTile(t, m, tile, window{x, y, heading})
	})
}

// FuzzTileShapes is FuzzTile for tiles that mvttest.Tile makes of a program, up to the limits of a tile.
func FuzzTileShapes(f *testing.F) {
	m := budget.New(tileBudget())
	for _, program := range hostilePrograms() {
		f.Add(program, uint16(1<<15), uint16(1<<15), uint8(20))
	}
	f.Fuzz(func(t *testing.T, program []byte, x, y uint16, heading uint8) {
		tile := mvttest.Tile(program, mvt.MaxBytes)
		if len(tile) > mvt.MaxBytes { // packs refuse it unread
			return
		}
		drawTile(t, m, tile, window{x, y, heading})
	})
}

// hostilePrograms make tiles that take most time: all points of a tile in the middle, as discs of 30 m, as a line of the
// greatest width, as rings; and lines that cross the tile from end to end.
func hostilePrograms() [][]byte {
	disc := []byte{0, 1, 0x2c, 1, 0xff, 0xff, 0, 16, 0, 16, 0, 0}
	line := []byte{3, 2 | 8, 0x58, 2, 0xff, 0xff, 0, 16, 0, 16, 90, 1}
	ring := []byte{5, 3 | 8, 0, 0, 0xff, 0xff, 0, 16, 0, 16, 100, 1}
	across := []byte{4, 2 | 8 | 32, 0x58, 2, 0xff, 0xff, 0, 0, 0, 16, 127, 1}
	small := []byte{6, 3 | 16 | 64, 0, 0, 0xff, 0x7f, 0, 16, 0, 16, 90, 90}
	return [][]byte{
		bytes.Repeat(disc, 2), bytes.Repeat(line, 8), bytes.Repeat(ring, 8), bytes.Repeat(across, 4), small,
		append(bytes.Clone(disc), line...),
	}
}
