package eval

import (
	"errors"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

const (
	// folds of the cross-validation, seeds of how blocks fall into them, and the weight of a ridge on
	// standardised numbers.
	folds     = 5
	foldSeeds = 5
	ridge     = 1.0
)

// splits returns each place's fold for every seed. Blocks stay together.
func (b *bootstrap) splits(rng *rand.Rand) [][]int {
	out := make([][]int, foldSeeds)
	for s := range out {
		out[s] = b.folds(rng)
	}
	return out
}

// folds deals the blocks out to the folds at random and returns each place's fold.
func (b *bootstrap) folds(rng *rand.Rand) []int {
	order := rng.Perm(b.blocks)
	out := make([]int, len(b.block))
	for i, k := range b.block {
		out[i] = order[k] % folds
	}
	return out
}

// crossValidate predicts targets [N][T] from x [N][D], each fold by a probe fitted on the other
// folds, and returns the mean prediction over the splits.
func crossValidate(x, targets matrix, splits [][]int) (matrix, error) {
	out := newMatrix(targets.n, targets.d)
	for _, fold := range splits {
		for f := range folds {
			var known []int
			for i, k := range fold {
				if k != f {
					known = append(known, i)
				}
			}
			if len(known) == 0 {
				continue // one block only: nothing to learn from, and the prediction stays 0
			}
			p, err := fitLinear(x.rows(known), targets.rows(known))
			if err != nil {
				return matrix{}, err
			}
			for i, k := range fold {
				if k == f {
					p.addTo(out.row(i), x.row(i), 1/float32(len(splits)))
				}
			}
		}
	}
	return out, nil
}

// linear is a fitted probe: y = Wᵀ scale(x) + mean.
type linear struct {
	scale   affine
	weights *mat.Dense // [D][T]
	mean    []float32  // [T]
}

// fitLinear fits targets [N][T] to x [N][D] by ridge regression: it solves (XᵀX + ridge I) W = XᵀY
// for standardised X and centred Y.
func fitLinear(x, targets matrix) (*linear, error) {
	// Numbers of embeddings may be small and yet mean something.
	p := &linear{scale: standardise(x, 0), weights: &mat.Dense{}, mean: columnMeans(targets)}
	a, b := mat.NewDense(x.n, x.d, nil), mat.NewDense(x.n, targets.d, nil)
	z := make([]float32, x.d)
	for r := range x.n {
		p.scale.apply(z, x.row(r))
		for j, v := range z {
			a.Set(r, j, float64(v))
		}
		for j, v := range targets.row(r) {
			b.Set(r, j, float64(v-p.mean[j]))
		}
	}
	gram := mat.NewSymDense(x.d, nil)
	gram.SymOuterK(1, a.T())
	for j := range x.d {
		gram.SetSym(j, j, gram.At(j, j)+ridge)
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return nil, errors.New("normal equations are singular")
	}
	var right mat.Dense
	right.Mul(a.T(), b)
	return p, chol.SolveTo(p.weights, &right)
}

// addTo adds share times the prediction for x [D] to dst [T].
func (p *linear) addTo(dst, x []float32, share float32) {
	z := make([]float32, len(x))
	p.scale.apply(z, x)
	for t := range dst {
		sum := float64(p.mean[t])
		for j, v := range z {
			sum += float64(v) * p.weights.At(j, t)
		}
		dst[t] += share * float32(sum)
	}
}
