package metric

import (
	"math"
)

// naive holds a batch for the oracles below: each computes a loss as its paper writes it, by plain
// loops, with no regard to overflow or speed.
type naive struct {
	e        [][]float64
	y        []int
	triplets []Triplet // the given list
}

func (b naive) d(i, j int) float64 {
	var s float64
	for k := range b.e[i] {
		s += (b.e[i][k] - b.e[j][k]) * (b.e[i][k] - b.e[j][k])
	}
	return math.Sqrt(s)
}

func (b naive) dot(i, j int) float64 {
	var s float64
	for k := range b.e[i] {
		s += b.e[i][k] * b.e[j][k]
	}
	return s
}

func (b naive) s(i, j int) float64 { return b.dot(i, j) / math.Sqrt(b.dot(i, i)*b.dot(j, j)) }

// sphere is |z_i - z_j|².
func (b naive) sphere(i, j int) float64 { return 2 - 2*b.s(i, j) }

// sum adds f over the positives (same) or negatives of i, and counts them.
func (b naive) sum(i int, same bool, f func(j int) float64) (total, count float64) {
	for j := range b.e {
		if j != i && (b.y[i] == b.y[j]) == same {
			total += f(j)
			count++
		}
	}
	return total, count
}

// pairs is the mean over i<j.
func (b naive) pairs(pos, neg func(d float64) float64) float64 {
	var total, count float64
	for i := range b.e {
		for j := i + 1; j < len(b.e); j++ {
			count++
			if b.y[i] == b.y[j] {
				total += pos(b.d(i, j))
			} else {
				total += neg(b.d(i, j))
			}
		}
	}
	return total / count
}

func (b naive) allTriplets() []Triplet {
	var list []Triplet
	for a := range b.e {
		for p := range b.e {
			for n := range b.e {
				if a != p && b.y[a] == b.y[p] && b.y[a] != b.y[n] {
					list = append(list, Triplet{int32(a), int32(p), int32(n)})
				}
			}
		}
	}
	return list
}

// mean averages f over triplets; activeOnly over those where it is not 0.
func mean(list []Triplet, activeOnly bool, f func(a, p, n int) float64) float64 {
	var total, count float64
	for _, t := range list {
		v := f(int(t.A), int(t.P), int(t.N))
		total += v
		if !activeOnly || v > 0 {
			count++
		}
	}
	if count == 0 {
		return 0
	}
	return total / count
}

func plus(x float64) float64 { return math.Max(0, x) }

// hardest is the mean over anchors of f(farthest positive, nearest negative).
func (b naive) hardest(f func(ap, an float64) float64) float64 {
	var total, count float64
	for a := range b.e {
		ap, an := math.Inf(-1), math.Inf(1)
		b.sum(a, true, func(p int) float64 { ap = math.Max(ap, b.d(a, p)); return 0 })
		b.sum(a, false, func(n int) float64 { an = math.Min(an, b.d(a, n)); return 0 })
		if !math.IsInf(ap, 0) && !math.IsInf(an, 0) {
			total += f(ap, an)
			count++
		}
	}
	return total / count
}

func (b naive) liftedSong(hardest bool) float64 {
	var total, count float64
	for i := range b.e {
		for j := i + 1; j < len(b.e); j++ {
			if b.y[i] != b.y[j] {
				continue
			}
			count++
			var sum, most float64
			for _, end := range []int{i, j} {
				s, _ := b.sum(end, false, func(n int) float64 {
					v := math.Exp(1 - b.d(end, n))
					most = math.Max(most, v)
					return v
				})
				sum += s
			}
			if hardest {
				sum = most
			}
			total += math.Pow(plus(b.d(i, j)+math.Log(sum)), 2)
		}
	}
	return total / (2 * count)
}

// anchors adds f over the anchors that have both kinds, and counts them.
func (b naive) anchors(f func(a int) float64) (total, count float64) {
	for a := range b.e {
		_, p := b.sum(a, true, func(int) float64 { return 0 })
		_, n := b.sum(a, false, func(int) float64 { return 0 })
		if p > 0 && n > 0 {
			total += f(a)
			count++
		}
	}
	return total, count
}

func (b naive) multiSim(lambda float64, mined bool) float64 {
	const alpha, beta, eps = 2, 50, 0.1
	var total float64
	for i := range b.e {
		least, most := math.Inf(1), math.Inf(-1)
		b.sum(i, true, func(p int) float64 { least = math.Min(least, b.s(i, p)); return 0 })
		b.sum(i, false, func(n int) float64 { most = math.Max(most, b.s(i, n)); return 0 })
		pos, _ := b.sum(i, true, func(p int) float64 {
			if mined && b.s(i, p) >= most+eps {
				return 0
			}
			return math.Exp(-alpha * (b.s(i, p) - lambda))
		})
		neg, _ := b.sum(i, false, func(n int) float64 {
			if mined && b.s(i, n) <= least-eps {
				return 0
			}
			return math.Exp(beta * (b.s(i, n) - lambda))
		})
		total += math.Log(1+pos)/alpha + math.Log(1+neg)/beta
	}
	return total / float64(len(b.e))
}

// infoNCE is the mean over ordered positives, score being the logit of a pair.
func (b naive) infoNCE(score func(i, j int) float64) float64 {
	var total, count float64
	for a := range b.e {
		neg, n := b.sum(a, false, func(n int) float64 { return math.Exp(score(a, n)) })
		if n == 0 {
			continue
		}
		v, p := b.sum(a, true, func(p int) float64 {
			pos := math.Exp(score(a, p))
			return -math.Log(pos / (pos + neg))
		})
		total += v
		count += p
	}
	return total / count
}

// viewPairs returns the first two rows of every label that has two.
func (b naive) viewPairs() (first, second []int) {
	for i := range b.e {
		var rows []int
		for j := range b.e {
			if b.y[j] == b.y[i] {
				rows = append(rows, j)
			}
		}
		if len(rows) >= 2 && rows[0] == i {
			first, second = append(first, rows[0]), append(second, rows[1])
		}
	}
	return first, second
}

func (b naive) infoNCESym() float64 {
	first, second := b.viewPairs()
	n := len(first)
	var total float64
	for i := range n {
		var row, column float64
		for j := range n {
			row += math.Exp(b.s(first[i], second[j]) / 0.1)
			column += math.Exp(b.s(first[j], second[i]) / 0.1)
		}
		own := math.Exp(b.s(first[i], second[i]) / 0.1)
		total += -math.Log(own/row) - math.Log(own/column)
	}
	return total / float64(2*n)
}

func (b naive) nPair() float64 {
	first, second := b.viewPairs()
	var total float64
	for i := range first {
		sum := 1.0
		for j := range first {
			if j != i {
				sum += math.Exp(b.dot(first[i], second[j]) - b.dot(first[i], second[i]))
			}
		}
		total += math.Log(sum) + 0.002*(b.dot(first[i], first[i])+b.dot(second[i], second[i]))
	}
	return total / float64(len(first))
}

func (b naive) vicReg() float64 {
	first, second := b.viewPairs()
	n, dim := float64(len(first)), len(b.e[0])
	var mse float64
	for i := range first {
		mse += b.d(first[i], second[i]) * b.d(first[i], second[i]) / (n * float64(dim))
	}
	var v, c float64
	for _, rows := range [][]int{first, second} {
		mean := make([]float64, dim)
		for _, i := range rows {
			for k := range dim {
				mean[k] += b.e[i][k] / n
			}
		}
		for k := range dim {
			for l := range dim {
				var cov float64
				for _, i := range rows {
					cov += (b.e[i][k] - mean[k]) * (b.e[i][l] - mean[l]) / (n - 1)
				}
				if k == l {
					v += plus(1-math.Sqrt(cov+1e-4)) / float64(dim)
				} else {
					c += cov * cov / float64(dim)
				}
			}
		}
	}
	return 25*mse + 25*v/2 + c
}

// oracle returns the loss of the fixtures' name with the default parameters.
func (b naive) oracle(name string) (float64, bool) {
	rows := float64(len(b.e))
	sigma2 := func(x float64) float64 { return math.Pow(1/(1+math.Exp(-x)), 2) }
	softmaxRatio := func(a, p, n int) float64 { return sigma2(b.d(a, p) - b.d(a, n)) }
	softPN := func(a, p, n int) float64 { return sigma2(b.d(a, p) - math.Min(b.d(a, n), b.d(p, n))) }
	ranking := func(a, p, n int) float64 { return plus(1 + b.d(a, p) - b.d(a, n)) }
	faceNet := func(a, p, n int) float64 { return plus(0.2 + b.sphere(a, p) - b.sphere(a, n)) }
	switch name {
	case "contrastive_hadsell":
		return b.pairs(func(d float64) float64 { return d * d / 2 },
			func(d float64) float64 { return plus(1-d) * plus(1-d) / 2 }), true
	case "pairwise_ranking":
		return b.pairs(func(d float64) float64 { return d }, func(d float64) float64 { return plus(1 - d) }), true
	case "contrastive_sim":
		var total float64
		for i := range b.e {
			pos, _ := b.sum(i, true, func(p int) float64 { return -b.s(i, p) })
			neg, _ := b.sum(i, false, func(n int) float64 { return plus(b.s(i, n) - 0.5) })
			total += pos + neg
		}
		return total / rows, true
	case "triplet_ranking", "triplet_ranking_all":
		return mean(b.allTriplets(), false, ranking), true
	case "triplet_ranking_active":
		return mean(b.allTriplets(), true, ranking), true
	case "facenet", "facenet_all":
		return mean(b.allTriplets(), false, faceNet), true
	case "facenet_active":
		return mean(b.allTriplets(), true, faceNet), true
	case "triplet_sim":
		list := b.allTriplets()
		return mean(list, false, func(a, p, n int) float64 { return plus(b.s(a, n) - b.s(a, p) + 0.1) }) *
			float64(len(list)) / rows, true
	case "batch_hard":
		return b.hardest(func(ap, an float64) float64 { return plus(0.5 + ap - an) }), true
	case "batch_hard_soft":
		return b.hardest(func(ap, an float64) float64 { return math.Log(1 + math.Exp(ap-an)) }), true
	case "softmax_ratio":
		return mean(b.triplets, false, softmaxRatio), true
	case "softmax_ratio_norm2":
		return 2 * mean(b.triplets, false, softmaxRatio), true
	case "softpn":
		return mean(b.triplets, false, softPN), true
	case "softpn_all":
		return mean(b.allTriplets(), false, softPN), true
	case "lifted_song", "lifted_song_hard":
		return b.liftedSong(name == "lifted_song_hard"), true
	case "lifted_hermans":
		total, count := b.anchors(func(a int) float64 {
			pos, _ := b.sum(a, true, func(p int) float64 { return math.Exp(b.d(a, p)) })
			neg, _ := b.sum(a, false, func(n int) float64 { return math.Exp(1 - b.d(a, n)) })
			return plus(math.Log(pos) + math.Log(neg))
		})
		return total / count, true
	case "lifted_sim":
		total, _ := b.anchors(func(a int) float64 {
			pos, _ := b.sum(a, true, func(p int) float64 { return math.Exp(0.5 - b.s(a, p)) })
			neg, _ := b.sum(a, false, func(n int) float64 { return math.Exp(b.s(a, n)) })
			return plus(math.Log(pos) + math.Log(neg))
		})
		return total / rows, true
	case "binomial":
		var total float64
		for i := range b.e {
			pos, p := b.sum(i, true, func(j int) float64 { return math.Log(1 + math.Exp(2*(0.5-b.s(i, j)))) })
			neg, n := b.sum(i, false, func(j int) float64 { return math.Log(1 + math.Exp(50*(b.s(i, j)-0.5))) })
			total += pos/math.Max(p, 1) + neg/math.Max(n, 1)
		}
		return total / rows, true
	case "multisim":
		return b.multiSim(0.5, false), true
	case "multisim_mined":
		return b.multiSim(0.5, true), true
	case "multisim_mined_lam1":
		return b.multiSim(1, true), true
	case "infonce_euclid":
		return b.infoNCE(func(i, j int) float64 { return -b.d(i, j) }), true
	case "ntxent":
		return b.infoNCE(func(i, j int) float64 { return b.s(i, j) / 0.1 }), true
	case "supcon":
		total, count := b.anchors(func(a int) float64 {
			var sum float64
			for j := range b.e {
				if j != a {
					sum += math.Exp(b.s(a, j) / 0.1)
				}
			}
			v, p := b.sum(a, true, func(p int) float64 { return -math.Log(math.Exp(b.s(a, p)/0.1) / sum) })
			return v / p
		})
		return total / count, true
	case "infonce_sym":
		return b.infoNCESym(), true
	case "npair":
		return b.nPair(), true
	case "vicreg":
		return b.vicReg(), true
	}
	return 0, false
}

// oracleNames lists the losses that the oracles know, as the fixtures name them.
func oracleNames() []string {
	return []string{
		"contrastive_hadsell", "pairwise_ranking", "contrastive_sim",
		"triplet_ranking_all", "triplet_ranking_active", "triplet_sim", "facenet_all", "facenet_active",
		"batch_hard", "batch_hard_soft",
		"softmax_ratio", "softmax_ratio_norm2", "softpn", "softpn_all",
		"lifted_song", "lifted_song_hard", "lifted_hermans", "lifted_sim",
		"binomial", "multisim", "multisim_mined", "multisim_mined_lam1",
		"infonce_euclid", "ntxent", "supcon", "infonce_sym", "npair", "vicreg",
	}
}
