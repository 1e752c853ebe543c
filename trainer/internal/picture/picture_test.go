package picture_test

import (
	"image/color"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
)

// half returns a raster whose left half a layer covers.
func half(l loc2vec.Layer, pixels int) []uint8 {
	raster := make([]uint8, loc2vec.NumLayers*pixels*pixels)
	for i := range pixels * pixels {
		if i%pixels < pixels/2 {
			raster[int(l)*pixels*pixels+i] = 255
		}
	}
	return raster
}

func TestCompositeColoursEachLayer(t *testing.T) {
	const pixels = 16
	seen := map[color.Color]loc2vec.Layer{}
	var ground color.Color
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		img := picture.Composite(half(l, pixels), pixels)
		left, right := img.At(2, 2), img.At(pixels-2, pixels-2)
		if ground == nil {
			ground = right
		}
		if right != ground {
			t.Errorf("%v: the ground is %v, want %v", l, right, ground)
		}
		if left == ground {
			t.Errorf("%v looks like the ground", l)
		}
		if other, ok := seen[left]; ok {
			t.Errorf("%v looks like %v", l, other)
		}
		seen[left] = l
	}
}

func TestSheet(t *testing.T) {
	for _, pixels := range []int{16, 100, 128, 200} {
		sheet := picture.Sheet(half(loc2vec.Water, pixels), pixels)
		size := sheet.Bounds().Size()
		if size.X < 5*pixels || size.Y < 3*pixels {
			t.Errorf("%d pixels: the sheet is %v", pixels, size)
		}
		black, blue := 0, 0
		for y := range size.Y {
			for x := range size.X {
				switch c := sheet.NRGBAAt(x, y); {
				case c == color.NRGBA{A: 255}:
					black++
				case c.B > c.R+30:
					blue++
				}
			}
		}
		// Half of the overview is water; half of one layer is black, and so are the captions.
		if layer := pixels * pixels / 2; black < layer || blue < 4*layer {
			t.Errorf("%d pixels: %d black and %d blue pixels", pixels, black, blue)
		}
	}
}
