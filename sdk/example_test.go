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

// Kinds of places are learned from a few examples, and kept from one start of the app to the next.
func ExampleClasses() {
	model, err := sdk.Open("city.l2v", sdk.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	classes, err := model.LoadClasses("classes.json")
	if errors.Is(err, loc2vec.ErrSpaceMismatch) {
		classes = model.NewClasses() // of an older model: embed the examples again
	} else if err != nil {
		log.Fatal(err)
	}
	here, err := model.Embed(context.Background(), loc2vec.LatLon{Lat: 43.7392, Lon: 7.4277})
	if err != nil {
		log.Fatal(err)
	}
	match, err := classes.Classify(here.Vector)
	if err != nil {
		log.Fatal(err)
	}
	if match.Class == "" {
		fmt.Println("none of these, most like", match.Nearest)
	}
	if err := classes.Add("harbour-like", here.Vector); err != nil {
		log.Fatal(err)
	}
	if err := classes.Save("classes.json"); err != nil {
		log.Fatal(err)
	}
}

// a - b + c: what is to c as a is to b.
func ExampleAnalogy() {
	vector := func(x, y float32) sdk.Vector {
		v := sdk.Vector{SpaceID: "spring", Metric: loc2vec.Euclidean}
		v.Values[0], v.Values[1] = x, y
		return v
	}
	v, err := sdk.Analogy(vector(3, 1), vector(1, 1), vector(0, 4))
	fmt.Println(v.Values[:2], err)
	// Output: [2 4] <nil>
}
