package metric

import "fmt"

// PairSlopes is what a loss does to each pair in the measure of its own: General Pair Weighting (see
// PairWeights) also for the losses on distances and on plain dot products.
type PairSlopes struct {
	// Measure says what M holds; of Euclidean and SquaredSphere more is farther, of the others nearer.
	Measure Distance
	M       []float64 // [B][B] the distance or similarity of each pair
	// Slope [B][B] is dL/dM_ij, M_ij and M_ji being two variables. Where a loss looks at each pair only
	// once, they have half of the slope each.
	Slope []float64
	Value float64 // of the loss
}

// PairSlopes returns the slopes of the pairs of a batch. A loss that is no function of its pairs alone
// is an error.
func (l *Loss) PairSlopes(embeddings []float64, labels []int) (PairSlopes, error) {
	ml, ok := l.body.(*matrixLoss)
	if !ok {
		return PairSlopes{}, fmt.Errorf("loss %s is no function of pairs", l.spec.Name)
	}
	if err := load(&l.batch, embeddings, labels); err != nil {
		return PairSlopes{}, err
	}
	if err := l.batch.check(); err != nil {
		return PairSlopes{}, err
	}
	r := ml.derive(&l.batch)
	s := PairSlopes{
		Measure: ml.distance, M: append([]float64(nil), ml.m...), Slope: append([]float64(nil), ml.g...), Value: r.Value,
	}
	for _, others := range [][][]int{l.batch.pos, l.batch.neg} {
		shareOut(s.Slope, others[:l.batch.rows])
	}
	return s, nil
}

// shareOut halves the slopes of the pairs that others lists for each row, if all of them stand above
// the diagonal, and puts the other halves below.
func shareOut(slope []float64, others [][]int) {
	rows := len(others)
	for i, list := range others {
		for _, j := range list {
			if j < i && slope[i*rows+j] != 0 {
				return
			}
		}
	}
	for i, list := range others {
		for _, j := range list {
			if j > i {
				slope[i*rows+j] /= 2
				slope[j*rows+i] = slope[i*rows+j]
			}
		}
	}
}
