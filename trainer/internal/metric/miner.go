package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Triplet names three rows of a batch: anchor, positive (same label), negative (another label).
type Triplet struct {
	A, P, N int32
}

// Miner selects triplets. No gradient flows through the selection.
type Miner interface {
	// Mine appends to dst the triplets of a batch with the distances d [B][B], B = len(labels). It
	// only reads d and labels.
	Mine(dst []Triplet, d []float64, labels []int) []Triplet
}

// AllTriplets selects every valid triplet.
type AllTriplets struct{}

// Mine implements Miner.
func (AllTriplets) Mine(dst []Triplet, _ []float64, labels []int) []Triplet {
	for a, y := range labels {
		for p := range labels {
			if p == a || labels[p] != y {
				continue
			}
			for n := range labels {
				if labels[n] != y {
					dst = append(dst, Triplet{int32(a), int32(p), int32(n)})
				}
			}
		}
	}
	return dst
}

// RandomNegative selects one negative for each ordered positive pair, uniformly at random.
type RandomNegative struct {
	Rand *rand.Rand
}

// Mine implements Miner. It draws once per positive pair, so that the same generator state gives the
// same triplets for the same labels.
func (r RandomNegative) Mine(dst []Triplet, _ []float64, labels []int) []Triplet {
	var negatives []int32
	for a, y := range labels {
		negatives = negatives[:0]
		for n := range labels {
			if labels[n] != y {
				negatives = append(negatives, int32(n))
			}
		}
		if len(negatives) == 0 {
			continue
		}
		for p := range labels {
			if p != a && labels[p] == y {
				dst = append(dst, Triplet{int32(a), int32(p), negatives[r.Rand.IntN(len(negatives))]})
			}
		}
	}
	return dst
}

// BatchHard selects for each anchor its farthest positive and its nearest negative; the lowest row
// wins a tie (Hermans, Beyer, Leibe 2017, eq. 5).
type BatchHard struct{}

// Mine implements Miner.
func (BatchHard) Mine(dst []Triplet, d []float64, labels []int) []Triplet {
	for a, y := range labels {
		row := d[a*len(labels) : (a+1)*len(labels)]
		p, n := -1, -1
		for j, dj := range row {
			switch {
			case j == a:
			case labels[j] == y:
				if p < 0 || dj > row[p] {
					p = j
				}
			case n < 0 || dj < row[n]:
				n = j
			}
		}
		if p >= 0 && n >= 0 {
			dst = append(dst, Triplet{int32(a), int32(p), int32(n)})
		}
	}
	return dst
}

// SemiHard selects for each ordered positive pair the nearest negative that is farther than the
// positive (Schroff, Kalenichenko, Philbin 2015, section 3.2); the lowest row wins a tie.
type SemiHard struct {
	// Fallback selects the farthest negative for a pair without such a negative, as TensorFlow's
	// implementation does. Without Fallback the pair is skipped.
	Fallback bool
}

// Mine implements Miner.
func (s SemiHard) Mine(dst []Triplet, d []float64, labels []int) []Triplet {
	for a, y := range labels {
		row := d[a*len(labels) : (a+1)*len(labels)]
		for p := range labels {
			if p == a || labels[p] != y {
				continue
			}
			near, far := -1, -1
			for n, dn := range row {
				if labels[n] == y {
					continue
				}
				if dn > row[p] && (near < 0 || dn < row[near]) {
					near = n
				}
				if far < 0 || dn > row[far] {
					far = n
				}
			}
			if near < 0 && s.Fallback {
				near = far
			}
			if near >= 0 {
				dst = append(dst, Triplet{int32(a), int32(p), int32(near)})
			}
		}
	}
	return dst
}

// Difficulty classifies triplets by distance and margin. Every valid triplet has exactly one.
type Difficulty uint8

const (
	// Easy: d_an >= d_ap + margin, so that a hinge is 0.
	Easy Difficulty = iota
	// Semi: d_ap < d_an < d_ap + margin.
	Semi
	// Hard: d_an <= d_ap.
	Hard
)

// Classified selects the triplets of one difficulty, measured in the distance that the loss uses.
type Classified struct {
	Difficulty Difficulty
	Margin     float64
}

// Mine implements Miner.
func (c Classified) Mine(dst []Triplet, d []float64, labels []int) []Triplet {
	all := AllTriplets{}.Mine(dst, d, labels)
	kept := all[:len(dst)]
	for _, t := range all[len(dst):] {
		ap, an := d[int(t.A)*len(labels)+int(t.P)], d[int(t.A)*len(labels)+int(t.N)]
		is := Semi
		if an <= ap {
			is = Hard
		} else if an >= ap+c.Margin {
			is = Easy
		}
		if is == c.Difficulty {
			kept = append(kept, t)
		}
	}
	return kept
}

// MinePairs fills keep [B][B] with the pairs of the multi-similarity miner (Wang et al. 2019,
// eq. 12 and 13) under the similarities s [B][B]: for each anchor the negatives more similar than
// its least similar positive minus eps, and the positives less similar than its most similar negative plus eps.
func MinePairs(keep []bool, s []float64, labels []int, eps float64) {
	rows := len(labels)
	for i, y := range labels {
		row := s[i*rows : (i+1)*rows]
		leastPos, mostNeg := math.Inf(1), math.Inf(-1)
		for j, v := range row {
			switch {
			case j == i:
			case labels[j] == y:
				leastPos = min(leastPos, v)
			default:
				mostNeg = max(mostNeg, v)
			}
		}
		for j, v := range row {
			switch {
			case j == i:
				keep[i*rows+j] = false
			case labels[j] == y:
				keep[i*rows+j] = v < mostNeg+eps
			default:
				keep[i*rows+j] = v > leastPos-eps
			}
		}
	}
}

// newMiner returns the miner that a loss's "triplets" parameter names.
func newMiner(s settings, rng *rand.Rand) (Miner, error) {
	switch name := s.choices["triplets"]; name {
	case "all":
		return AllTriplets{}, nil
	case "random":
		if rng == nil {
			return nil, fmt.Errorf("triplets=random needs a random number generator")
		}
		return RandomNegative{Rand: rng}, nil
	case "hard":
		return BatchHard{}, nil
	case "semihard":
		return SemiHard{Fallback: true}, nil
	case "semihard_skip":
		return SemiHard{}, nil
	case "all_hard":
		return Classified{Hard, s.numbers["margin"]}, nil
	case "all_semihard":
		return Classified{Semi, s.numbers["margin"]}, nil
	default:
		return nil, fmt.Errorf("unknown miner %q", name)
	}
}
