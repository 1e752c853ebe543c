// Package picture turns rasters into pictures for people.
package picture

import (
	"image"
	"image/color"

	"github.com/loc2vec/loc2vec"
)

// ground is the colour of pixels without a layer.
func ground() color.NRGBA { return color.NRGBA{R: 0xf4, G: 0xf1, B: 0xea, A: 0xff} }

// paint is a layer's colour. A is the opacity where the layer covers a pixel entirely.
type paint struct {
	layer  loc2vec.Layer
	colour color.NRGBA
}

// paints lists the layers in the order in which a map draws them.
func paints() [loc2vec.NumLayers]paint {
	rgba := func(hex uint32, opacity uint8) color.NRGBA {
		return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: opacity}
	}
	return [loc2vec.NumLayers]paint{
		{loc2vec.Residential, rgba(0xe3ddd8, 255)},
		{loc2vec.Commercial, rgba(0xe6d3e0, 255)},
		{loc2vec.Vegetation, rgba(0xb9d8a0, 255)},
		{loc2vec.Park, rgba(0xa6dcab, 200)},
		{loc2vec.Water, rgba(0x8ec1e0, 255)},
		{loc2vec.Transport, rgba(0x9a93ad, 190)},
		{loc2vec.Civic, rgba(0xf2c14e, 150)},
		{loc2vec.Building, rgba(0xb5a08d, 255)},
		{loc2vec.Path, rgba(0xc98b6b, 220)},
		{loc2vec.MinorRoad, rgba(0xffffff, 255)},
		{loc2vec.MajorRoad, rgba(0xf3a35c, 255)},
		{loc2vec.Commerce, rgba(0xc2417c, 120)},
	}
}

// Composite draws a raster [C][H][W] with H = W = pixels as a small map, all layers in one image.
func Composite(raster []uint8, pixels int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, pixels, pixels))
	plane := pixels * pixels
	layers := paints()
	for i := range plane {
		c := ground()
		for _, p := range layers {
			opacity := uint32(raster[int(p.layer)*plane+i]) * uint32(p.colour.A) / 255
			c.R = blend(c.R, p.colour.R, opacity)
			c.G = blend(c.G, p.colour.G, opacity)
			c.B = blend(c.B, p.colour.B, opacity)
		}
		img.SetNRGBA(i%pixels, i/pixels, c)
	}
	return img
}

// blend draws over on top of under with an opacity of 0..255.
func blend(under, over uint8, opacity uint32) uint8 {
	return uint8((uint32(under)*(255-opacity) + uint32(over)*opacity + 127) / 255)
}
