package sample_test

import (
	"fmt"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

func ExampleReadPlaces() {
	file := strings.NewReader("name,lat,lon\nhome,43.7384,7.4246\nnowhere,143.7,7.4\nwork,43.7312,7.4197\n")
	places, report, err := sample.ReadPlaces(file, sample.CSV)
	fmt.Println(places, err)
	fmt.Printf("%d of %d rows are bad: %v\n", report.Bad, report.Rows, report.Errors)
	// Output:
	// [43.7384000,7.4246000 43.7312000,7.4197000] <nil>
	// 1 of 3 rows are bad: [row 3: invalid coordinate: latitude 143.7 is not within -90..90]
}

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
