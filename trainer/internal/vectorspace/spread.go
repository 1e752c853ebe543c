package vectorspace

import "math"

// Spread chooses k of the given places so that they are far from each other: first the one nearest to the mean of
// them all, then each time the place that is farthest from those chosen (Gonzalez, Clustering to Minimize the Maximum
// Intercluster Distance, 1985). It returns all of them when there are fewer.
func (s Space) Spread(among []int, k int) []int {
	if k >= len(among) {
		return among
	}
	if k <= 0 {
		return nil
	}
	mean := make([]float32, s.Dimension)
	for _, i := range among {
		for j, v := range s.Row(i) {
			mean[j] += v / float32(len(among))
		}
	}
	next := among[0]
	for _, i := range among {
		if SquaredDistance(s.Row(i), mean) < SquaredDistance(s.Row(next), mean) {
			next = i
		}
	}
	chosen := []int{next}
	gap := make([]float32, len(among)) // to the nearest of those chosen
	for a := range gap {
		gap[a] = math.MaxFloat32
	}
	for len(chosen) < k {
		farthest := 0
		for a, i := range among {
			gap[a] = min(gap[a], SquaredDistance(s.Row(i), s.Row(next)))
			if gap[a] > gap[farthest] {
				farthest = a
			}
		}
		next = among[farthest]
		chosen = append(chosen, next)
	}
	return chosen
}
