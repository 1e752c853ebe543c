package export

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// Align returns the network with its embedding space rotated to the principal axes of the embeddings of the given
// rasters, in order of decreasing variance. For the Euclidean metric, it also moves the mean of these embeddings to the
// origin; for the cosine it does not, because that would change similarities. Distances do not change. The numbers become
// smaller, which helps quantisation, and the first dimensions have the most variance. Both transforms are folded into a
// copy of the last layer.
func Align(network *encoder.Network, rasters [][]uint8, distance loc2vec.Metric) (*encoder.Network, error) {
	const d = loc2vec.Dimension
	if len(rasters) <= d {
		return nil, fmt.Errorf("aligning on %d rasters, want more than %d", len(rasters), d)
	}
	embeddings, err := embed(network, rasters)
	if err != nil {
		return nil, fmt.Errorf("aligning: %w", err)
	}
	centre := make([]float64, d)
	if distance == loc2vec.Euclidean {
		for i, v := range embeddings {
			centre[i%d] += v / float64(len(rasters))
		}
	}
	for i := range embeddings {
		embeddings[i] -= centre[i%d]
	}
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(len(rasters), d, embeddings), mat.SVDThin) {
		return nil, errors.New("aligning: the embeddings have no singular value decomposition")
	}
	var axes mat.Dense // [D][D], one axis per column
	svd.VTo(&axes)

	aligned := *network
	aligned.Dense = append([]encoder.Layer(nil), network.Dense...)
	transform(&aligned.Dense[len(aligned.Dense)-1], &axes, centre)
	return &aligned, nil
}

// embed returns the embeddings of rasters, [len(rasters)][D].
func embed(network *encoder.Network, rasters [][]uint8) ([]float64, error) {
	const d = loc2vec.Dimension
	plan, err := network.Plan()
	if err != nil {
		return nil, err
	}
	embeddings := make([]float64, len(rasters)*d)
	one := make([]float32, d)
	for i, r := range rasters {
		if err := plan.Forward(one, r); err != nil {
			return nil, err
		}
		for k, v := range one {
			embeddings[i*d+k] = float64(v)
		}
	}
	return embeddings, nil
}

// transform replaces the weights of the last layer so that it subtracts centre [D] from the embedding and then rotates
// the embedding to axes [D][D], one axis in each column.
func transform(last *encoder.Layer, axes *mat.Dense, centre []float64) {
	const d = loc2vec.Dimension
	weight, bias := last.Weight, last.Bias
	last.Weight, last.Bias = make([]float32, len(weight)), make([]float32, d)
	for axis := range d {
		// The sign of a singular vector is arbitrary. Its largest component is made positive, so that the result
		// is reproducible.
		sign, largest := 1.0, 0.0
		for k := range d {
			if v := axes.At(k, axis); v*v > largest*largest {
				largest = v
			}
		}
		if largest < 0 {
			sign = -1
		}
		for in := range last.In {
			var sum float64
			for k := range d {
				sum += sign * axes.At(k, axis) * float64(weight[k*last.In+in])
			}
			last.Weight[axis*last.In+in] = float32(sum)
		}
		var sum float64
		for k := range d {
			sum += sign * axes.At(k, axis) * (float64(bias[k]) - centre[k])
		}
		last.Bias[axis] = float32(sum)
	}
}
