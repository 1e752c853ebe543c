package picture

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/loc2vec/loc2vec"
)

const (
	sheetColumns = 4
	sheetRows    = loc2vec.NumLayers / sheetColumns
	gap          = 8  // pixels around each layer
	caption      = 16 // pixels of height of a layer's name
	// sheetCell is the width in pixels that fits every layer's name. Smaller rasters are enlarged.
	sheetCell = 128
)

// Sheet draws a raster [C][H][W] with H = W = pixels as a page: on the left the Composite, as high as
// the rows of layers, on the right each layer with its name, black where it covers the ground
// entirely.
func Sheet(raster []uint8, pixels int) *image.NRGBA {
	scale := (sheetCell + pixels - 1) / pixels
	cell := pixels * scale
	rowHeight := cell + caption + gap
	overview := (sheetRows*rowHeight - gap - caption) / pixels * pixels
	left := overview + 2*gap
	sheet := image.NewNRGBA(image.Rect(0, 0, left+sheetColumns*(cell+gap), sheetRows*rowHeight+gap))
	draw.Draw(sheet, sheet.Rect, image.White, image.Point{}, draw.Src)

	enlarge(sheet, image.Pt(gap, gap), Composite(raster, pixels), overview/pixels)
	write(sheet, image.Pt(gap, gap+overview), "all layers")
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		at := image.Pt(left+int(l)%sheetColumns*(cell+gap), gap+int(l)/sheetColumns*rowHeight)
		enlarge(sheet, at, coverage(raster, l, pixels), scale)
		frame(sheet, image.Rectangle{Min: at, Max: at.Add(image.Pt(cell, cell))})
		write(sheet, at.Add(image.Pt(0, cell)), l.String())
	}
	return sheet
}

// coverage returns one layer in grey, darker with more coverage.
func coverage(raster []uint8, l loc2vec.Layer, pixels int) image.Image {
	img := image.NewGray(image.Rect(0, 0, pixels, pixels))
	for i, v := range raster[int(l)*pixels*pixels:][:pixels*pixels] {
		img.Pix[i] = 255 - v
	}
	return img
}

// enlarge draws img with its corner at the given point, each pixel scale x scale large.
func enlarge(dst *image.NRGBA, at image.Point, img image.Image, scale int) {
	size := img.Bounds().Size().Mul(scale)
	for y := range size.Y {
		for x := range size.X {
			dst.Set(at.X+x, at.Y+y, img.At(x/scale, y/scale))
		}
	}
}

// frame draws a thin line just outside r.
func frame(dst *image.NRGBA, r image.Rectangle) {
	grey := image.NewUniform(color.Gray{Y: 0xb0})
	outer := r.Inset(-1)
	for _, side := range [...]image.Rectangle{
		{Min: outer.Min, Max: image.Pt(outer.Max.X, r.Min.Y)},
		{Min: image.Pt(outer.Min.X, r.Max.Y), Max: outer.Max},
		{Min: outer.Min, Max: image.Pt(r.Min.X, outer.Max.Y)},
		{Min: image.Pt(r.Max.X, outer.Min.Y), Max: outer.Max},
	} {
		draw.Draw(dst, side, grey, image.Point{}, draw.Src)
	}
}

// write puts a caption below the point.
func write(dst *image.NRGBA, at image.Point, text string) {
	face := basicfont.Face7x13
	d := font.Drawer{Dst: dst, Src: image.Black, Face: face, Dot: fixed.P(at.X, at.Y+face.Ascent+2)}
	d.DrawString(text)
}
