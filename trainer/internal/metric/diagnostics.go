package metric

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Diagnostics describes a batch of embeddings. A collapse shows as an effective rank and distances that fall
// towards 0, or as positives no nearer than negatives.
type Diagnostics struct {
	EffectiveRank float64
	MeanNorm      float64 // of |e|; its growth is the learned inverse temperature of the ratio losses
	MeanPositive  float64 // mean distance between rows of one label, 0 without any
	MeanNegative  float64 // mean distance between rows of different labels, 0 without any
}

// Diagnose measures embeddings [B][D], B = len(labels).
func Diagnose(embeddings []float32, labels []int) (Diagnostics, error) {
	var b batch
	if err := load(&b, embeddings, labels); err != nil {
		return Diagnostics{}, err
	}
	d := Diagnostics{EffectiveRank: EffectiveRank(singularValues(b.e, b.dim))}
	var pos, neg int
	for i := range b.rows {
		e := b.e[i*b.dim : (i+1)*b.dim]
		d.MeanNorm += math.Sqrt(dot(e, e)) / float64(b.rows)
		for j := range i {
			dist := math.Sqrt(squaredDistance(e, b.e[j*b.dim:(j+1)*b.dim]))
			if labels[i] == labels[j] {
				pos++
				d.MeanPositive += dist
			} else {
				neg++
				d.MeanNegative += dist
			}
		}
	}
	d.MeanPositive /= float64(max(pos, 1))
	d.MeanNegative /= float64(max(neg, 1))
	return d, nil
}

// EffectiveRank returns the exponential of the entropy of the normalised singular values of centred embeddings: 1 when
// the embeddings lie on a line, len(singular) when they spread evenly, 0 when all are equal (Roy, Vetterli 2007;
// RankMe of Garrido et al. 2023, which does not centre).
func EffectiveRank(singular []float64) float64 {
	sum := floats.Sum(singular)
	if !(sum > 0) {
		return 0
	}
	shares := slices.Clone(singular)
	for k := range shares {
		shares[k] /= sum
	}
	return math.Exp(stat.Entropy(shares))
}

// singularValues returns the dim singular values of the centred rows e [B][dim], those beyond B being 0. They come from
// the rows and not from their covariance matrix, which would lose the small ones.
func singularValues(e []float64, dim int) []float64 {
	rows := len(e) / dim
	centred := mat.NewDense(rows, dim, slices.Clone(e))
	for k := range dim {
		var mean float64
		for i := range rows {
			mean += centred.At(i, k)
		}
		// Divided once: the mean of equal float32 values is then that value, and their rank 0.
		mean /= float64(rows)
		for i := range rows {
			centred.Set(i, k, centred.At(i, k)-mean)
		}
	}
	values := make([]float64, dim)
	var svd mat.SVD
	if !svd.Factorize(centred, mat.SVDNone) {
		return values // not a number among them: load refuses such embeddings
	}
	copy(values, svd.Values(nil))
	return values
}
