package bundle_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk/base"
)

// Open the base model, print what it says about itself, and write it again.
func Example() {
	file := base.Bundle()
	b, err := bundle.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		log.Fatal(err)
	}
	m := &b.Manifest
	fmt.Printf("window of %v m, %d pixels\n", m.Raster.Metres, m.Raster.Pixels)
	fmt.Printf("%d numbers, %v\n", m.Dimension, m.Distance)

	var again bytes.Buffer
	if err := bundle.Write(&again, b); err != nil {
		log.Fatal(err)
	}
	fmt.Println("same bytes:", bytes.Equal(again.Bytes(), file))
	// Output:
	// window of 200 m, 64 pixels
	// 16 numbers, euclidean
	// same bytes: true
}
