package likeness

import (
	"context"
	"runtime"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// OfPlaces returns the coverages of places, drawn from tiles on all processors; nil for a place outside of the tiles.
// Errors are those of the context or of reading the tiles.
func OfPlaces(ctx context.Context, tiles *sample.Tiles, spec raster.Spec, places []loc2vec.LatLon) ([]*Coverage, error) {
	coverages := make([]*Coverage, len(places))
	err := tiles.DrawEach(ctx, spec, places, runtime.GOMAXPROCS(0), func(i int, pixels []uint8) error {
		inside, err := tiles.Contains(places[i])
		if err == nil && inside {
			c := CoverageOf(pixels)
			coverages[i] = &c
		}
		return err
	})
	return coverages, err
}
