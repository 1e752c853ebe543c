package net_test

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/net"
)

// A few training steps on a batch of two rasters. The loss is any function of the embeddings that fills
// in its gradient; this one pulls the two embeddings to given points.
func Example() {
	const pixels = 32
	targets := [2]float32{1, -1}
	loss := func(grad, embeddings []float32) (sum float64, err error) {
		for i, v := range embeddings {
			d := v - targets[i/loc2vec.Dimension]
			sum += float64(d*d) / 2
			grad[i] = d
		}
		return sum, nil
	}
	trainer, err := net.New(net.Config{Architecture: net.Pooled, Pixels: pixels, Batch: 2, Seed: 1}, loss)
	if err != nil {
		fmt.Println(err)
		return
	}

	rasters := make([]uint8, 2*loc2vec.NumLayers*pixels*pixels) // [B][C][H][W]
	for i := range rasters[:pixels*pixels] {
		rasters[i] = 255 // the first layer of the first raster is full, everything else is empty
	}
	var first, last float64
	for step := range 20 {
		value, err := trainer.Step(rasters, 1e-2)
		if err != nil {
			fmt.Println(err)
			return
		}
		if step == 0 {
			first = value
		}
		last = value
	}
	fmt.Println("the loss falls below a tenth:", last < first/10)

	network := trainer.Network() // batch normalisation folded into the weights
	fmt.Println(network.Architecture, len(network.Convs), "convolutions,", len(network.Dense), "dense layers")

	// Output:
	// the loss falls below a tenth: true
	// pooled 7 convolutions, 2 dense layers
}
