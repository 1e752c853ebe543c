package eval

import (
	"math"
	"slices"
)

// minSpread is the least standard deviation of a coverage that is scored: half a per cent of a raster.
// Probes that are fitted elsewhere err by two per cent of it even where a layer is nearly absent. With
// a spread of a quarter of that, R² is -1500 % and tells how few places have the layer, not what the
// vectors tell about it. The spread of water is 0.2 % in a district with four ponds among 74 places,
// 1.2 % in a suburb and 3 to 22 % elsewhere; that of buildings and roads is at least 4 % everywhere.
const minSpread = 0.005

// rSquared estimates 1 - Σ(truth - predicted)² / Σ(truth - mean)², averaged over the columns that
// vary enough. Replicates use the mean of the whole gallery.
func (b *bootstrap) rSquared(truth, predicted matrix) Estimate {
	return b.estimate(replicates, b.rSquaredOf(truth, predicted))
}

// rSquaredOf returns the statistic that rSquared estimates.
func (b *bootstrap) rSquaredOf(truth, predicted matrix) statistic {
	d := truth.d
	residual, total := make([]float64, b.blocks*d), make([]float64, b.blocks*d)
	means, of := columnMeans(truth), varying(truth)
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
		for _, j := range of {
			var r, t float64
			for k := range b.blocks {
				times := 1.0
				if draw != nil {
					times = float64(draw[k])
				}
				r += times * residual[k*d+j]
				t += times * total[k*d+j]
			}
			if t > 1e-9 { // a replicate may lack all places that have a layer
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

// varying returns the columns that vary enough. A nearly constant one cannot be predicted well or
// badly.
func varying(truth matrix) []int {
	var out []int
	for j, deviation := range deviations(truth) {
		if deviation >= minSpread {
			out = append(out, j)
		}
	}
	return out
}

// meanRSquared returns the R² of predicting the mean: 0, and NaN when no column varies.
func meanRSquared(truth matrix) float64 {
	if len(varying(truth)) == 0 {
		return math.NaN()
	}
	return 0
}

// members returns the number of places in each column.
func members(truth matrix) []int {
	out := make([]int, truth.d)
	for i := range truth.n {
		for t, v := range truth.row(i) {
			if v > 0 {
				out[t]++
			}
		}
	}
	return out
}

// balanced returns the columns with enough members and enough non-members.
func balanced(truth matrix) []int {
	var out []int
	for t, n := range members(truth) {
		if min(n, truth.n-n) >= classPlaces {
			out = append(out, t)
		}
	}
	return out
}

// prevalence returns the mean share of members over the balanced columns, NaN without any.
func prevalence(truth matrix) float64 {
	counts, of := members(truth), balanced(truth)
	var sum float64
	for _, t := range of {
		sum += float64(counts[t])
	}
	return sum / float64(truth.n*len(of))
}

// averagePrecision returns the area under the curve of precision over recall, averaged over the
// balanced columns.
func (b *bootstrap) averagePrecision(truth, predicted matrix) statistic {
	of, orders := balanced(truth), make([][]int, truth.d)
	for _, t := range of {
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
		for _, t := range of {
			var seen, hits, area float64
			for _, i := range orders[t] {
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

// times returns the weight of a place in a draw: 1 when draw is nil.
func (b *bootstrap) times(draw []uint16, place int) float64 {
	if draw == nil {
		return 1
	}
	return float64(draw[b.block[place]])
}

// classes returns the columns with enough members, and none when there is only one: any guess would
// be right.
func classes(truth matrix) []int {
	var out []int
	for t, n := range members(truth) {
		if n >= classPlaces {
			out = append(out, t)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// randomF1 returns the macro F1 of random guesses, NaN without classes.
func randomF1(truth matrix) float64 {
	of := classes(truth)
	if len(of) == 0 {
		return math.NaN()
	}
	return 1 / float64(len(of))
}

// macroF1 returns the harmonic mean of precision and recall, averaged over the classes, among the
// places that belong to one of them. The predicted class of a place is the one with the largest
// prediction.
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
			var right, guessed, present float64
			for i := range class {
				if class[i] < 0 {
					continue
				}
				times := b.times(draw, i)
				if guess[i] == t {
					guessed += times
				}
				if class[i] == t {
					present += times
					if guess[i] == t {
						right += times
					}
				}
			}
			if present > 0 { // a replicate may lack a class
				sum += 2 * right / (guessed + present)
				counted++
			}
		}
		if counted == 0 {
			return math.NaN()
		}
		return sum / counted
	}
}
