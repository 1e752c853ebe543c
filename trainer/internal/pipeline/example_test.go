package pipeline_test

import (
	"fmt"

	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// A run that fine-tunes the base model, with two settings of its own.
func ExampleSettings_Configure() {
	configured, err := pipeline.Settings{
		From:        pipeline.BaseModel,
		Assignments: []string{"steps=500", "batch.places=60"},
	}.Configure()
	if err != nil {
		fmt.Println(err)
		return
	}
	c := configured.Config
	fmt.Println(&c)
	fmt.Println(c.Batch.Places, "places in a batch, rasters of", c.Raster.Pixels, "pixels")
	// Output:
	// wide, infonce_euclid, 500 steps, rate 0.002, seed 1
	// 60 places in a batch, rasters of 64 pixels
}
