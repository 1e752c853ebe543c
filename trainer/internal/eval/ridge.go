package eval

import (
	"errors"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

const (
	// folds of the cross-validation, seeds of the assignment of blocks to folds, and weight of the
	// ridge on standardised features.
	folds     = 5
	foldSeeds = 5
	ridge     = 1.0
)

// splits returns [seeds][N], each place's fold. Places of a block share a fold.
func (b *bootstrap) splits(rng *rand.Rand) [][]int {
	out := make([][]int, foldSeeds)
	for s := range out {
		out[s] = b.folds(rng)
	}
	return out
}

// folds assigns the blocks to folds at random and returns each place's fold, [N].
func (b *bootstrap) folds(rng *rand.Rand) []int {
	order := rng.Perm(b.blocks)
	out := make([]int, len(b.block))
	for i, k := range b.block {
		out[i] = order[k] % folds
	}
	return out
}

// crossValidate predicts targets [N][T] from x [N][D], each fold by a map fitted on the other folds,
// and returns the mean prediction over the splits [seeds][N].
func crossValidate(x, targets matrix, splits [][]int) (matrix, error) {
	out := newMatrix(targets.n, targets.d)
	for _, fold := range splits {
		for f := range folds {
			var training []int
			for i, k := range fold {
				if k != f {
					training = append(training, i)
				}
			}
			if len(training) == 0 {
				continue // a single block leaves nothing to fit on; the prediction stays 0
			}
			p, err := fitRidge(x.rows(training), targets.rows(training))
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

// ridgeMap is a fitted linear map: y = Wᵀ scale(x) + mean.
type ridgeMap struct {
	scale   affine
	weights *mat.Dense // [D][T]
	mean    []float32  // [T]
}

// fitRidge fits targets [N][T] to x [N][D] by ridge regression: it solves (XᵀX + ridge I) W = XᵀY
// for standardised X and centred Y.
func fitRidge(x, targets matrix) (*ridgeMap, error) {
	// Even an embedding's number with a tiny deviation may carry information: none is dropped.
	p := &ridgeMap{scale: standardise(x, 0), weights: &mat.Dense{}, mean: columnMeans(targets)}
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
func (p *ridgeMap) addTo(dst, x []float32, share float32) {
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
