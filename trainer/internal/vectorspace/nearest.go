package vectorspace

// Nearest returns the k places nearest to a vector, the nearest first, of those that keep accepts, or all of them when
// there are fewer. A nil keep accepts every place. Of places at the same distance, the first is the nearer one.
func (s Space) Nearest(query []float32, k int, keep func(i int) bool) []int {
	var best []int
	var at []float32
	for j := range s.Len() {
		d := SquaredDistance(query, s.Row(j))
		if len(best) == k && !(k > 0 && d < at[k-1]) || keep != nil && !keep(j) {
			continue
		}
		if len(best) < k {
			best, at = append(best, 0), append(at, 0)
		}
		p := len(best) - 1
		for ; p > 0 && d < at[p-1]; p-- {
			best[p], at[p] = best[p-1], at[p-1]
		}
		best[p], at[p] = j, d
	}
	return best
}

// NearestTo is Nearest for the vector of place i, which it leaves out.
func (s Space) NearestTo(i, k int) []int {
	return s.Nearest(s.Row(i), k, func(j int) bool { return j != i })
}
