package metric

import (
	"fmt"
	"math"
)

// PairWeights is the General Pair Weighting view of a loss on cosine similarities (Wang et al. 2019,
// section 3.1): what the loss does is how it weighs each pair. S_ij and S_ji are separate variables.
type PairWeights struct {
	// DLDS [B][B] is dL/dS_ij; at most 0 for positives and at least 0 for negatives, except that
	// supcon also pushes positives away that are ahead of the others.
	DLDS []float64
	// W [B][B] is B·|dL/dS_ij|, the weight of pair ij for its anchor i.
	W []float64
}

// PairWeights returns how the loss weighs the pairs of a batch. Losses that are no function of the
// cosine similarities alone are an error.
func (l *Loss) PairWeights(embeddings []float64, labels []int) (PairWeights, error) {
	ml, ok := l.body.(*matrixLoss)
	if !ok || ml.distance != Cosine {
		return PairWeights{}, fmt.Errorf("loss %s is no function of cosine similarities", l.spec.Name)
	}
	if err := load(&l.batch, embeddings, labels); err != nil {
		return PairWeights{}, err
	}
	ml.derive(&l.batch)
	w := PairWeights{DLDS: append([]float64(nil), ml.g...), W: make([]float64, len(ml.g))}
	for i, g := range ml.g {
		w.W[i] = float64(len(labels)) * math.Abs(g)
	}
	return w, nil
}

// PairBackward fills grad [B][D] with the gradient with respect to embeddings [B][D] of any loss whose
// derivatives with respect to the cosine similarities are dLdS [B][B]: dZ = (G+Gᵀ)Z, then back
// through the normalisation.
func PairBackward(grad, embeddings, dLdS []float64, rows int) error {
	if rows <= 0 || len(embeddings)%rows != 0 || len(dLdS) != rows*rows || len(grad) != len(embeddings) {
		return fmt.Errorf("%w: %d embedding values, %d gradients, %d derivatives for %d rows",
			ErrBatch, len(embeddings), len(grad), len(dLdS), rows)
	}
	b := batch{rows: rows, dim: len(embeddings) / rows, e: embeddings}
	b.normalise()
	clear(grad)
	Cosine.backward(grad, dLdS, nil, &b)
	return nil
}
