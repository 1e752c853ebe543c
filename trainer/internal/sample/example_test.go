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
