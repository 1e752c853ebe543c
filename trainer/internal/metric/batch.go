package metric

import (
	"fmt"
	"math"
)

// batch holds the embeddings of a batch, and what the losses derive from them.
type batch struct {
	rows, dim int
	e         []float64 // [rows][dim]
	labels    []int
	pos, neg  [][]int // per row: the other rows of its label, and the rows of other labels, ascending

	unit     []float64 // [rows][dim], filled by normalise
	norm     []float64 // [rows]
	gradUnit []float64 // [rows][dim]
}

// load replaces the contents of b. It returns an error for numbers that are not finite.
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

// check returns an error when no two rows share a label, or all do.
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

// views appends to dst the first two rows of every label that has two, in the order of the
// labels' first rows: the pairs (a_i, p_i) of the losses on exactly two views of each place.
func (b *batch) views(dst [][2]int) [][2]int {
	for i := range b.rows {
		if len(b.pos[i]) > 0 && b.pos[i][0] > i {
			dst = append(dst, [2]int{i, b.pos[i][0]})
		}
	}
	return dst
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
