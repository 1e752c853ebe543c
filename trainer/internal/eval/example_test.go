package eval_test

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

const (
	pixels = 32
	length = 20_000.0 // metres
)

// suburb is a road that leads into a city: buildings get denser with every metre to the east.
type suburb struct{ west loc2vec.LatLon }

func (s suburb) Draw(dst []uint8, pose raster.Pose) error {
	at := pose.Place.Offset(pose.East, 0)
	east := s.west.DistanceTo(loc2vec.LatLon{Lat: s.west.Lat, Lon: at.Lon})
	clear(dst)
	buildings := dst[int(loc2vec.Building)*pixels*pixels:][:pixels*pixels]
	for left, i := int(255*pixels*pixels*east/length), 0; left > 0; i++ {
		buildings[i] = uint8(min(left, 255))
		left -= 255
	}
	return nil
}

// A method that sees the density of buildings alone finds a place again while the shift of the query
// stays below half of the distance between two places, here 50 m. The interval comes from a bootstrap
// over blocks of 2 km.
func ExampleRun() {
	s := suburb{west: loc2vec.LatLon{Lat: 51, Lon: 0}}
	region := &eval.Region{Name: "suburb", Pixels: pixels, Drawer: func() eval.Drawer { return s }}
	for metres := 100.0; metres < length; metres += 100 {
		region.Places = append(region.Places, s.west.Offset(metres, 0))
	}
	density := eval.Method{
		Name: "density of buildings", Role: eval.Model, Dimension: 1, Metric: loc2vec.Euclidean,
		Embed: func(dst []float32, v eval.Views) error {
			for i := range v.Descriptors {
				dst[i] = v.Descriptors[i].Coverage[loc2vec.Building]
			}
			return nil
		},
	}
	result, err := eval.Run(context.Background(), region, []eval.Method{density}, eval.Options{
		Metrics: eval.Metrics{eval.SamePlaceMetric}, Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Places, "places in", result.Blocks, "blocks")
	for _, shift := range result.SamePlace.Rows[0].Shifts {
		fmt.Printf("R@1 at %2.0f m: %v\n", shift.Metres, shift.R1)
	}
	// Output:
	// 198 places in 10 blocks
	// R@1 at  0 m: 1.000 [1.000, 1.000]
	// R@1 at 10 m: 1.000 [1.000, 1.000]
	// R@1 at 20 m: 1.000 [1.000, 1.000]
	// R@1 at 40 m: 1.000 [1.000, 1.000]
	// R@1 at 80 m: 0.621 [0.535, 0.707]
}
