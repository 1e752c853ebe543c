package eval

import "github.com/loc2vec/loc2vec"

// quarterTurns are the turns that bring the pixels of a raster onto each other.
const quarterTurns = 4

// Turned is a method that embeds a raster in all four quarter turns and takes the mean: what is left of
// the heading in its vectors is what changes within a quarter turn, at four times the cost. As another use
// of the same model it is no rival of it.
func Turned(name string, m Method) Method {
	embed := m.Embed
	m.Name, m.Role = name, OtherUse
	m.Embed = func(dst []float32, v Views) error {
		turned, spare := v, make([]uint8, len(v.Rasters))
		turned.Rasters = append([]uint8(nil), v.Rasters...)
		vectors := make([]float32, len(dst))
		clear(dst)
		for range quarterTurns {
			if err := embed(vectors, turned); err != nil {
				return err
			}
			for i, x := range vectors {
				dst[i] += x / quarterTurns
			}
			turn(spare, turned.Rasters, len(v.Poses)*loc2vec.NumLayers)
			turned.Rasters, spare = spare, turned.Rasters
		}
		return nil
	}
	return m
}

// turn fills dst with so many square planes of src, each turned by a quarter.
func turn(dst, src []uint8, planes int) {
	area := len(src) / max(planes, 1)
	edge := 0
	for edge*edge < area {
		edge++
	}
	for p := range planes {
		from, to := src[p*area:][:area], dst[p*area:][:area]
		for y := range edge {
			for x := range edge {
				to[x*edge+edge-1-y] = from[y*edge+x]
			}
		}
	}
}
