package metric

import (
	"errors"
	"fmt"
	"math"
)

// ErrBatch is wrapped by errors about batches that a loss cannot learn from.
var ErrBatch = errors.New("unusable batch")

// Float is the precision of embeddings and gradients.
type Float interface{ float32 | float64 }

// Result is the value of a loss on a batch.
type Result struct {
	// Value is the loss.
	Value float64
	// Terms is the number of terms averaged: triplets, pairs or anchors, depending on the loss.
	Terms int
	// Active is the share of terms that still have a gradient: above 0 for a hinge, above one hundredth of the
	// value at a tie for a loss that never reaches 0. It is 0 without terms.
	Active float64
}

// Loss is a loss with its parameters. It keeps its buffers between calls and is not safe for
// concurrent use.
type Loss struct {
	spec   Spec
	params settings
	body   body

	batch batch
	grad  []float64
}

// body adds the gradient with respect to the embeddings to grad [B][D].
type body interface {
	eval(grad []float64, b *batch) Result
}

// Spec returns the registry's entry that the loss was made from.
func (l *Loss) Spec() Spec { return l.spec }

// String returns the name with every parameter, as "softpn form=mse triplets=all".
func (l *Loss) String() string { return l.spec.Name + l.params.String() }

// LossGrad fills grad [B][D] with the gradient of the loss of embeddings [B][D], B = len(labels).
// Labels without any positive or any negative pair and embeddings that are not finite are errors
// that wrap ErrBatch.
func (l *Loss) LossGrad(grad, embeddings []float32, labels []int) (Result, error) {
	if len(grad) != len(embeddings) {
		return Result{}, fmt.Errorf("%w: %d gradients for %d embedding values", ErrBatch, len(grad), len(embeddings))
	}
	if err := load(&l.batch, embeddings, labels); err != nil {
		return Result{}, err
	}
	if err := l.batch.check(); err != nil {
		return Result{}, err
	}
	return evaluate(l, grad)
}

// evaluate runs the loss on the batch that is loaded.
func evaluate[T Float](l *Loss, grad []T) (Result, error) {
	l.grad = zeroed(l.grad, len(grad))
	r := l.body.eval(l.grad, &l.batch)
	if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		return Result{}, fmt.Errorf("%w: loss %s is %v", ErrBatch, l.spec.Name, r.Value)
	}
	for i, g := range l.grad {
		grad[i] = T(g)
	}
	return r, nil
}

// objective is a loss as a function of the B x B matrix m alone. It adds dL/dm to g; m_ij and m_ji
// count as two variables. The diagonal is part of the matrix but of no pair.
type objective interface {
	eval(g, m []float64, b *batch) Result
}

// matrixLoss is an objective on a distance.
type matrixLoss struct {
	distance  Distance
	objective objective
	m, g      []float64
}

func (l *matrixLoss) eval(grad []float64, b *batch) Result {
	r := l.derive(b)
	l.distance.backward(grad, l.g, l.m, b)
	return r
}

// derive fills the matrix and its derivatives.
func (l *matrixLoss) derive(b *batch) Result {
	l.m = zeroed(l.m, b.rows*b.rows)
	l.g = zeroed(l.g, b.rows*b.rows)
	l.distance.matrix(l.m, b)
	return l.objective.eval(l.g, l.m, b)
}

// share returns part/whole, 0 for an empty whole.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
