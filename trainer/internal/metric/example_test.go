package metric_test

import (
	"fmt"
	"log"
	"math"

	"github.com/loc2vec/loc2vec/trainer/internal/metric"
)

// The multi-similarity loss as General Pair Weighting: what it does to the pairs of an anchor. The nearer a negative
// and the farther a positive, the more weight it has, relative to the other pairs of the anchor.
func ExampleLoss_PairSlopes() {
	spec, err := metric.Lookup("multisim")
	if err != nil {
		log.Fatal(err)
	}
	loss, err := spec.New(map[string]string{"alpha": "2", "beta": "10"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	// Unit vectors by their angle to the anchor, which comes first.
	degrees := []float64{0, 20, 70, 30, 60, 120}
	labels := []int{1, 1, 1, 2, 2, 2}
	var embeddings []float64
	for _, d := range degrees {
		sin, cos := math.Sincos(d * math.Pi / 180)
		embeddings = append(embeddings, cos, sin)
	}
	slopes, err := loss.PairSlopes(embeddings, labels)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("pair      similarity  weight")
	for j := 1; j < len(labels); j++ {
		kind := "negative"
		if labels[j] == labels[0] {
			kind = "positive"
		}
		weight := float64(len(labels)) * math.Abs(slopes.Slope[j])
		fmt.Printf("%s  %10.2f  %6.3f\n", kind, slopes.M[j], weight)
	}
	// Output:
	// pair      similarity  weight
	// positive        0.94   0.149
	// positive        0.34   0.492
	// negative        0.87   0.951
	// negative        0.50   0.024
	// negative       -0.50   0.000
}

func ExampleSpec_New() {
	spec, err := metric.Lookup("triplet_ranking")
	if err != nil {
		log.Fatal(err)
	}
	loss, err := spec.New(map[string]string{"margin": "0.5", "reduce": "active"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	embeddings := []float32{0, 0, 0, 1, 2, 0, 0, 0.25} // [B][D], B = 4, D = 2
	grad := make([]float32, len(embeddings))
	r, err := loss.LossGrad(grad, embeddings, []int{7, 7, 8, 9})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(loss)
	fmt.Printf("%d triplets, %.0f %% active, loss %.2f\n", r.Terms, 100*r.Active, r.Value)
	// Output:
	// triplet_ranking margin=0.5 triplets=all reduce=active
	// 4 triplets, 50 % active, loss 1.00
}
