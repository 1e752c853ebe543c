package metric

import "fmt"

// PairSlopes is the General Pair Weighting view of a loss (Wang et al. 2019, section 3.1): a loss acts by how it weighs
// each pair. The weight of pair ij for its anchor i is B·|Slope_ij|. The article defines it for losses on cosine
// similarities S; here M is what the loss is a function of, S, a distance or a plain dot product.
type PairSlopes struct {
	// Measure says what M holds. Larger is farther for Euclidean and SquaredSphere, nearer for the others.
	Measure Distance
	M       []float64 // [B][B] the distance or similarity of each pair
	// Slope [B][B] is dL/dM_ij, with M_ij and M_ji two variables. Where a loss uses each pair only once, both
	// have half of the slope. A positive slope moves a pair towards smaller M. Of a similarity, positives have at
	// most 0 and negatives at least 0, except that supcon also repels positives that are ahead of the others.
	Slope []float64
	Value float64 // of the loss
}

// PairSlopes returns the slopes of the pairs of a batch: embeddings [B][D], B = len(labels). It returns an error for a
// loss that is not a function of its pairs alone, and for a batch that LossGrad refuses.
func (l *Loss) PairSlopes(embeddings []float64, labels []int) (PairSlopes, error) {
	ml, ok := l.body.(*matrixLoss)
	if !ok {
		return PairSlopes{}, fmt.Errorf("loss %s is not a function of pairs", l.spec.Name)
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
	positives, negatives := takenOnce(ml.objective)
	if positives {
		symmetrise(s.Slope, l.batch.pos[:l.batch.rows])
	}
	if negatives {
		symmetrise(s.Slope, l.batch.neg[:l.batch.rows])
	}
	return s, nil
}

// takenOnce reports whether an objective takes each positive and each negative pair once, above the diagonal of the
// matrix. The others take ij for anchor i and ji for anchor j.
func takenOnce(o objective) (positives, negatives bool) {
	switch o.(type) {
	case unorderedPairs:
		return true, true
	case *liftedSong, *nPair, *infoNCESym:
		return true, false
	}
	return false, false
}

// symmetrise moves half of the slope of each pair that others lists for its rows below the diagonal.
func symmetrise(slope []float64, others [][]int) {
	rows := len(others)
	for i, list := range others {
		for _, j := range list {
			if j > i {
				slope[i*rows+j] /= 2
				slope[j*rows+i] = slope[i*rows+j]
			}
		}
	}
}
