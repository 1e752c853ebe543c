package metric

// views appends to dst the first two rows of every label that has two, in the order in which the
// labels turn up: the pairs (a_i, p_i) of the losses that know exactly two views of each place.
func (b *batch) views(dst [][2]int) [][2]int {
	for i := range b.rows {
		if len(b.pos[i]) > 0 && b.pos[i][0] > i {
			dst = append(dst, [2]int{i, b.pos[i][0]})
		}
	}
	return dst
}
