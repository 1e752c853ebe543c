package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// How alike are two places?
func Example() {
	model, err := sdk.Open("city.l2v", sdk.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	if err := model.AddRegion("monaco.pmtiles"); err != nil {
		log.Fatal(err)
	}
	casino, err := model.Embed(context.Background(), loc2vec.LatLon{Lat: 43.7392, Lon: 7.4277})
	if err != nil {
		log.Fatal(err)
	}
	harbour, err := model.Embed(context.Background(), loc2vec.LatLon{Lat: 43.7350, Lon: 7.4213})
	switch {
	case errors.Is(err, loc2vec.ErrNoCoverage):
		log.Fatal("the region does not reach that far")
	case err != nil:
		log.Fatal(err)
	case harbour.Unmapped:
		fmt.Println("nothing is mapped there")
	}
	distance, err := sdk.Distance(casino.Vector, harbour.Vector)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(distance)
}

// Vectors of different models cannot be compared.
func ExampleDistance() {
	a := sdk.Vector{SpaceID: "spring", Metric: loc2vec.Euclidean}
	b := sdk.Vector{SpaceID: "spring", Metric: loc2vec.Euclidean}
	b.Values[0], b.Values[1] = 3, 4
	fmt.Println(sdk.Distance(a, b))
	b.SpaceID = "autumn"
	_, err := sdk.Distance(a, b)
	fmt.Println(errors.Is(err, loc2vec.ErrSpaceMismatch))
	// Output:
	// 5 <nil>
	// true
}
