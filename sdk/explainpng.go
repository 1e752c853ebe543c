package sdk

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/loc2vec/loc2vec"
)

// The picture of a raster shows the layers in rows of four, each in its own colour on white.
const (
	sheetColumns = 4
	sheetGap     = 4
)

// PNG returns a picture of the raster: the twelve layers in channel order, four in a row. Without a raster
// the error wraps Err.
func (e *Explanation) PNG() ([]byte, error) {
	if e.Raster == nil {
		if e.Err != nil {
			return nil, fmt.Errorf("drawing raster: %w", e.Err)
		}
		return nil, errors.New("drawing raster: no raster")
	}
	rows := (loc2vec.NumLayers + sheetColumns - 1) / sheetColumns
	step := e.Pixels + sheetGap
	img := image.NewNRGBA(image.Rect(0, 0, sheetColumns*step-sheetGap, rows*step-sheetGap))
	for i := range img.Pix {
		img.Pix[i] = 0x60 // the gaps between the layers
		if i%4 == 3 {
			img.Pix[i] = 0xff
		}
	}
	for l := range loc2vec.NumLayers {
		left, top := l%sheetColumns*step, l/sheetColumns*step
		for y := range e.Pixels {
			for x := range e.Pixels {
				img.SetNRGBA(left+x, top+y, tint(loc2vec.Layer(l), e.Raster[(l*e.Pixels+y)*e.Pixels+x]))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("drawing raster: %w", err)
	}
	return b.Bytes(), nil
}

// tint mixes a layer's colour with white according to the coverage.
func tint(l loc2vec.Layer, coverage uint8) color.NRGBA {
	full := [loc2vec.NumLayers][3]int{
		{40, 110, 190}, {60, 130, 60}, {120, 180, 60}, {170, 140, 120}, {150, 100, 160}, {110, 80, 70},
		{200, 80, 40}, {120, 120, 120}, {190, 130, 50}, {80, 80, 140}, {170, 50, 90}, {200, 60, 140},
	}[l]
	mix := func(c int) uint8 { return uint8(255 - (255-c)*int(coverage)/255) }
	return color.NRGBA{mix(full[0]), mix(full[1]), mix(full[2]), 255}
}
