package nearest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/nearest"
)

// The harbour is most like the quay, whose neighbour does not count. The marsh is more like the counterexample.
func Example() {
	store, err := nearest.NewStore()
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	names := []string{"quay", "quay, next door", "shipyard", "marsh"}
	for i, item := range []nearest.Item{
		{Place: loc2vec.LatLon{Lat: 53.54, Lon: 8.57}, Vector: [loc2vec.Dimension]float32{1, 1}},
		{Place: loc2vec.LatLon{Lat: 53.5401, Lon: 8.57}, Vector: [loc2vec.Dimension]float32{1, 1.5}},
		{Place: loc2vec.LatLon{Lat: 53.17, Lon: 8.60}, Vector: [loc2vec.Dimension]float32{3}},
		{Place: loc2vec.LatLon{Lat: 53.13, Lon: 8.80}, Vector: [loc2vec.Dimension]float32{0, 2.5}},
	} {
		item.Row = int64(i)
		if err := store.Add(&item); err != nil {
			log.Fatal(err)
		}
	}
	harbour := nearest.Query{Place: loc2vec.LatLon{Lat: 53.08, Lon: 8.80}, Vector: [loc2vec.Dimension]float32{1}}
	answers, err := store.Search(context.Background(), []nearest.Query{harbour}, nearest.Options{
		K: 3, Metric: loc2vec.Euclidean, Apart: 500, Not: [][loc2vec.Dimension]float32{{0, 3}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range answers[0] {
		fmt.Printf("%s: %.0f\n", names[a.Row], a.Distance)
	}
	// Output:
	// quay: 1
	// shipyard: 2
}
