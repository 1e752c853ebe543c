package raster_test

import (
	"math"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// TestEverySize draws a square that covers a quarter of the window, in rasters of all sizes up to 140 pixels, some
// larger ones and the limits.
func TestEverySize(t *testing.T) {
	centre := place(monaco, 4096, 4096)
	half := int32(math.Round(50 / metresPerStep(centre)))
	tiles := scene{monaco: {area(loc2vec.Park, rect(4096-half, 4096-half, 4096+half, 4096+half)...)}}.decoded()
	sizes := []int{200, 255, 256, 257, 333, 499, 500}
	for n := 4; n <= 140; n++ {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		spec := raster.Spec{Metres: 200, Pixels: n}
		img := make([]uint8, loc2vec.NumLayers*n*n)
		if err := raster.New(spec).Draw(img, raster.Pose{Place: centre, Heading: 30}, tiles); err != nil {
			t.Fatalf("%d pixels: %v", n, err)
		}
		var sum float64
		for _, v := range img[int(loc2vec.Park)*n*n:][:n*n] {
			sum += float64(v) / 255
		}
		if share := sum / float64(n*n); math.Abs(share-0.25) > 0.003 {
			t.Errorf("%d pixels: the square covers %.4f of the window, want 0.25", n, share)
		}
	}
}
