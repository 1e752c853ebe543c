package metric

import (
	"errors"
	"fmt"
	"math"
)

// ErrBatch is wrapped by the errors about batches that no loss can learn from.
var ErrBatch = errors.New("unusable batch")

// Float is the precision of embeddings and gradients.
type Float interface{ float32 | float64 }

// Result is what a loss says about a batch.
type Result struct {
	// Value is the loss.
	Value float64
	// Terms counts what was averaged over: triplets, pairs or anchors, by loss.
	Terms int
	// Active is the share of terms that still teach: those above 0 of a hinge, and those above one
	// hundredth of their value at a tie for a loss that never reaches 0. Where there are no terms it
	// is 0.
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

// batch is a batch as the losses see it.
type batch struct {
	rows, dim int
	e         []float64 // [rows][dim]
	labels    []int
	pos, neg  [][]int // per row: the other rows of its label, and the rows of other labels, ascending

	unit     []float64 // [rows][dim], filled by normalise
	norm     []float64 // [rows]
	gradUnit []float64 // [rows][dim]
}

// load replaces the contents of b.
func load[T Float](b *batch, embeddings []T, labels []int) error {
	if len(labels) == 0 || len(embeddings) == 0 || len(embeddings)%len(labels) != 0 {
		return fmt.Errorf("%w: %d embedding values for %d labels", ErrBatch, len(embeddings), len(labels))
	}
	b.rows, b.dim, b.labels = len(labels), len(embeddings)/len(labels), labels
	b.e = zeroed(b.e, len(embeddings))
	for i, v := range embeddings {
		x := float64(v)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%w: embedding %d holds %v", ErrBatch, i/b.dim, x)
		}
		b.e[i] = x
	}
	if len(b.pos) < b.rows {
		b.pos = append(b.pos, make([][]int, b.rows-len(b.pos))...)
		b.neg = append(b.neg, make([][]int, b.rows-len(b.neg))...)
	}
	for i, y := range labels {
		b.pos[i], b.neg[i] = b.pos[i][:0], b.neg[i][:0]
		for j, other := range labels {
			switch {
			case other != y:
				b.neg[i] = append(b.neg[i], j)
			case j != i:
				b.pos[i] = append(b.pos[i], j)
			}
		}
	}
	return nil
}

// check returns an error when no two rows share a label or all do.
func (b *batch) check() error {
	var pos, neg bool
	for i := range b.rows {
		pos = pos || len(b.pos[i]) > 0
		neg = neg || len(b.neg[i]) > 0
	}
	switch {
	case !pos:
		return fmt.Errorf("%w: no two of the %d labels are equal, so there are no positives", ErrBatch, b.rows)
	case !neg:
		return fmt.Errorf("%w: all %d labels are equal, so there are no negatives", ErrBatch, b.rows)
	}
	return nil
}

// both reports whether row i has a positive and a negative.
func (b *batch) both(i int) bool { return len(b.pos[i]) > 0 && len(b.neg[i]) > 0 }

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

// zeroed returns n zeros in the memory of s where it suffices.
func zeroed(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// share returns part/whole, 0 for an empty whole.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
