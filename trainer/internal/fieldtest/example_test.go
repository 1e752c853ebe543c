package fieldtest_test

import (
	"fmt"
	"log"
	"math/rand/v2"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/fieldtest"
)

func ExampleGenerate() {
	home := loc2vec.LatLon{Lat: 43.7384, Lon: 7.4246}
	track, err := fieldtest.Generate(rand.New(rand.NewPCG(1, 1)), fieldtest.Plan{
		Stops:    []loc2vec.LatLon{home, home.Offset(500, 200)},
		Stay:     5 * time.Minute,
		Duration: time.Hour,
		Start:    time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC),
	})
	if err != nil {
		log.Fatal(err)
	}
	worst := 0.0
	for _, fix := range track.Fixes[:200] { // of the first stay
		worst = max(worst, fix.Place.DistanceTo(home))
	}
	fmt.Printf("%d fixes in an hour, errors of up to %.0f m\n", len(track.Fixes), worst)
	// Output: 3538 fixes in an hour, errors of up to 10 m
}
