package picture_test

import (
	"image"
	"image/color"
	"strings"
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

// isBlue reports whether a colour is that of water.
func isBlue(c color.NRGBA) bool { return int(c.B) > int(c.R)+30 }

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
				case isBlue(c):
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

// TestGallery: each picture stands in its row with its captions below, which do not reach into the next picture.
func TestGallery(t *testing.T) {
	one := picture.Composite(half(loc2vec.Water, 32), 32)
	wide := picture.Captioned{Image: one, Captions: []string{
		"1: distance 5.40, 53.9 km", strings.Repeat("unbroken", 20), strings.Repeat("paths 41 %, commerce 27 %, ", 12),
	}}
	rows := [][]picture.Captioned{{{Image: one, Captions: []string{"Bürgerpark"}}, wide, wide}, {wide}}
	sheet, err := picture.Gallery(rows, "Map data: © nobody")
	if err != nil {
		t.Fatal(err)
	}
	const gap, edge = 10, picture.GalleryEdge
	blue := func(x, y int) bool { return isBlue(sheet.NRGBAAt(x, y)) }
	white := func(r image.Rectangle) bool {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				if sheet.NRGBAAt(x, y) != (color.NRGBA{255, 255, 255, 255}) {
					return false
				}
			}
		}
		return true
	}
	second := (sheet.Rect.Max.Y - gap) / 2
	for _, left := range []int{gap, 2*gap + edge + gap, 3*gap + 2*(edge+gap) - gap} {
		if !blue(left+edge/4, gap+edge/2) || blue(left+3*edge/4, gap+edge/2) {
			t.Errorf("no picture at %d", left)
		}
	}
	if !blue(gap+edge/4, second+edge/2) {
		t.Error("no picture in the second row")
	}
	for _, left := range []int{gap + edge + 2, 2*gap + 2*edge + gap + 2} {
		if !white(image.Rect(left, 0, left+gap-4, second-2)) {
			t.Errorf("something reaches into the gap at %d", left)
		}
	}
	if white(image.Rect(gap, gap+edge+2, gap+edge, gap+edge+20)) || white(image.Rect(gap, sheet.Rect.Max.Y-30, 200, sheet.Rect.Max.Y)) {
		t.Error("captions are missing")
	}
}
