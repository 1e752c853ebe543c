package sample_test

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

func ExampleSpread() {
	start := loc2vec.LatLon{Lat: 43.73, Lon: 7.42}
	var places []loc2vec.LatLon
	for i := range 6 {
		places = append(places, start.Offset(0, 100*float64(i))) // one every 100 m to the north
	}
	for _, ll := range sample.Spread(places, 250) {
		fmt.Printf("%.0f m\n", start.DistanceTo(ll))
	}
	// Output:
	// 0 m
	// 300 m
}

// A fifth of the map is held out for testing, in blocks with a margin around them.
func ExampleBlocks() {
	blocks := sample.DefaultBlocks(1)
	centre := loc2vec.LatLon{Lat: 53.08, Lon: 8.8}
	train, test, margin := 0, 0, 0
	for east := -20; east < 20; east++ {
		for north := -20; north < 20; north++ {
			place := centre.Offset(500*float64(east), 500*float64(north))
			switch {
			case blocks.Test(place):
				test++
			case blocks.Train(place):
				train++
			default:
				margin++
			}
		}
	}
	fmt.Println(train, "places to train on,", test, "to test on,", margin, "in the margins")
	// Output: 715 places to train on, 285 to test on, 600 in the margins
}
