package eval

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// quarterTurns are the turns that bring the pixels of a raster onto each other.
const quarterTurns = 4

// Turned is a method that embeds a raster in all four quarter turns and takes the mean: what is left of
// the heading in its vectors is what changes within a quarter turn, at four times the cost. As another use
// of the same model it is no rival of it.
func Turned(name string, m Method) Method {
	embed := m.Embed
	m.Name, m.Role = name, OtherUse
	m.Embed = func(dst []float32, v Views) error {
		vectors := make([]float32, len(dst))
		clear(dst)
		for k := range quarterTurns {
			if k > 0 {
				v.Rasters = turn(v.Rasters, len(v.Poses)*loc2vec.NumLayers)
			}
			if err := embed(vectors, v); err != nil {
				return err
			}
			for i, x := range vectors {
				dst[i] += x / quarterTurns
			}
		}
		return nil
	}
	return m
}

// turn returns so many square planes, each turned by a quarter.
func turn(src []uint8, planes int) []uint8 {
	dst := make([]uint8, len(src))
	area := len(src) / max(planes, 1)
	edge := int(math.Sqrt(float64(area)))
	for p := range planes {
		from, to := src[p*area:][:area], dst[p*area:][:area]
		for y := range edge {
			for x := range edge {
				to[x*edge+edge-1-y] = from[y*edge+x]
			}
		}
	}
	return dst
}
