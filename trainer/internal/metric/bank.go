package metric

import "sort"

// Bank mines hard negatives offline, among the embeddings that many places had under one state of the network. Safe
// for concurrent use.
type Bank struct {
	// Embeddings is [N][D], N = len(Labels).
	Embeddings []float32
	Labels     []int
	// Apart, when set, reports whether item, an index into Labels, is far enough from the query on the map to
	// be its negative; query is Query.ID.
	Apart func(query, item int) bool
}

// Query is an embedding whose negatives are wanted.
type Query struct {
	ID        int // passed to Bank.Apart
	Embedding []float32
	Label     int
}

// Nearest appends to dst the k items nearest to the query by Euclidean distance among those of
// another label that lie apart on the map, nearest first, the lower index first in a tie. There may
// be fewer than k.
func (b *Bank) Nearest(dst []int, q Query, k int) []int {
	type item struct {
		index int
		d2    float64
	}
	var best []item
	dim := len(q.Embedding)
	for i, y := range b.Labels {
		if y == q.Label {
			continue
		}
		var d2 float64
		for j, v := range b.Embeddings[i*dim : (i+1)*dim] {
			t := float64(v) - float64(q.Embedding[j])
			d2 += t * t
		}
		if k <= 0 || len(best) == k && d2 >= best[k-1].d2 {
			continue
		}
		// Last: it may be the most expensive test.
		if b.Apart != nil && !b.Apart(q.ID, i) {
			continue
		}
		at := sort.Search(len(best), func(n int) bool { return best[n].d2 > d2 })
		if len(best) < k {
			best = append(best, item{})
		}
		copy(best[at+1:], best[at:])
		best[at] = item{i, d2}
	}
	for _, it := range best {
		dst = append(dst, it.index)
	}
	return dst
}
