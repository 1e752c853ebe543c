package eval

import (
	"math"
	"slices"
)

// rSquared estimates 1 - Σ(truth - predicted)² / Σ(truth - mean)², the mean over the columns that
// vary. In a replicate the mean is that of the whole gallery.
func (b *bootstrap) rSquared(truth, predicted matrix) Estimate {
	return b.estimate(replicates, b.rSquaredOf(truth, predicted))
}

// rSquaredOf is what rSquared estimates.
func (b *bootstrap) rSquaredOf(truth, predicted matrix) statistic {
	d := truth.d
	residual, total := make([]float64, b.blocks*d), make([]float64, b.blocks*d)
	means := columnMeans(truth)
	for i := range truth.n {
		block := b.block[i] * d
		for j, v := range truth.row(i) {
			r, t := float64(v-predicted.row(i)[j]), float64(v-means[j])
			residual[block+j] += r * r
			total[block+j] += t * t
		}
	}
	return func(draw []uint16) float64 {
		var sum, columns float64
		for j := range d {
			var r, t float64
			for k := range b.blocks {
				times := 1.0
				if draw != nil {
					times = float64(draw[k])
				}
				r += times * residual[k*d+j]
				t += times * total[k*d+j]
			}
			if t > 1e-9 { // a layer that is the same everywhere cannot be predicted well or badly
				sum += 1 - r/t
				columns++
			}
		}
		if columns == 0 {
			return math.NaN()
		}
		return sum / columns
	}
}

// prevalence is the mean share of places that have a target.
func prevalence(truth matrix) float64 {
	var sum float64
	for _, m := range columnMeans(truth) {
		sum += float64(m)
	}
	return sum / float64(truth.d)
}

// averagePrecision is the area under the curve of precision over recall, the mean over the
// targets that some places have and some have not.
func (b *bootstrap) averagePrecision(truth, predicted matrix) statistic {
	orders := make([][]int, truth.d)
	for t := range orders {
		orders[t] = make([]int, truth.n)
		for i := range orders[t] {
			orders[t][i] = i
		}
		slices.SortStableFunc(orders[t], func(i, j int) int {
			switch p, q := predicted.row(i)[t], predicted.row(j)[t]; {
			case p > q:
				return -1
			case p < q:
				return 1
			}
			return int(truth.row(i)[t] - truth.row(j)[t]) // ties count against the method
		})
	}
	return func(draw []uint16) float64 {
		var sum, targets float64
		for t, order := range orders {
			var seen, hits, area float64
			for _, i := range order {
				times := b.times(draw, i)
				if truth.row(i)[t] > 0 && times > 0 {
					hits += times
					area += times * hits / (seen + times)
				}
				seen += times
			}
			if hits > 0 && hits < seen {
				sum += area / hits
				targets++
			}
		}
		return sum / targets
	}
}

// times is how often a place was drawn: once when draw is nil.
func (b *bootstrap) times(draw []uint16, place int) float64 {
	if draw == nil {
		return 1
	}
	return float64(draw[b.block[place]])
}

// classes returns the columns that enough places belong to.
func classes(truth matrix) []int {
	var out []int
	for t, mean := range columnMeans(truth) {
		if mean*float32(truth.n) >= classPlaces {
			out = append(out, t)
		}
	}
	return out
}

// macroF1 is the mean over the classes of the harmonic mean of precision and recall, over the
// places that belong to one of them; a place's predicted class is that of the highest number.
func (b *bootstrap) macroF1(truth, predicted matrix) statistic {
	of := classes(truth)
	class, guess := make([]int, truth.n), make([]int, truth.n)
	for i := range truth.n {
		class[i], guess[i] = -1, -1
		for _, t := range of {
			if truth.row(i)[t] > 0 {
				class[i] = t
			}
			if guess[i] < 0 || predicted.row(i)[t] > predicted.row(i)[guess[i]] {
				guess[i] = t
			}
		}
	}
	return func(draw []uint16) float64 {
		var sum, counted float64
		for _, t := range of {
			var right, guessed, there float64
			for i := range class {
				if class[i] < 0 {
					continue
				}
				times := b.times(draw, i)
				if guess[i] == t {
					guessed += times
				}
				if class[i] == t {
					there += times
					if guess[i] == t {
						right += times
					}
				}
			}
			if there > 0 { // a replicate may miss a class altogether
				sum += 2 * right / (guessed + there)
				counted++
			}
		}
		if counted == 0 {
			return math.NaN()
		}
		return sum / counted
	}
}
