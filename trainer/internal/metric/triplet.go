package metric

import "math/rand/v2"

// reduction says what the mean over triplets divides by.
type reduction uint8

const (
	meanAll    reduction = iota // the number of triplets that were mined
	meanActive                  // the number of those whose loss is above 0
)

func parseReduction(s string) reduction {
	if s == "active" {
		return meanActive
	}
	return meanAll
}

// tripletTerm is the loss of one triplet as a function of x = m_ap - m_an.
type tripletTerm interface {
	// at returns the value, its derivative, and whether the term is active in the sense of Result.
	at(x float64) (v, dv float64, active bool)
}

// tripletObjective is the mean of a term over mined triplets.
type tripletObjective struct {
	miner     Miner
	term      tripletTerm
	reduction reduction
	// swap measures the negative from the positive where that is nearer: m_an becomes
	// min(m_an, m_pn), and the gradient takes the branch chosen.
	swap bool

	triplets []Triplet
}

func (o *tripletObjective) eval(g, m []float64, b *batch) Result {
	o.triplets = o.miner.Mine(o.triplets[:0], m, b.labels)
	var sum float64
	active := 0
	for _, t := range o.triplets {
		ap, an := int(t.A)*b.rows+int(t.P), int(t.A)*b.rows+int(t.N)
		if pn := int(t.P)*b.rows + int(t.N); o.swap && m[pn] < m[an] {
			an = pn
		}
		v, dv, on := o.term.at(m[ap] - m[an])
		if on {
			active++
		}
		sum += v
		g[ap] += dv
		g[an] -= dv
	}
	r := Result{Terms: len(o.triplets), Active: share(active, len(o.triplets))}
	count := len(o.triplets)
	if o.reduction == meanActive {
		count = active
	}
	if count == 0 {
		return r
	}
	scale := 1 / float64(count)
	for i := range g {
		g[i] *= scale
	}
	r.Value = sum * scale
	return r
}

// hinge is [margin + x]+.
type hinge struct{ margin float64 }

func (h hinge) at(x float64) (v, dv float64, active bool) {
	if v = h.margin + x; v > 0 {
		return v, 1, true
	}
	return 0, 0, false
}

// hinges builds the loss of hinges on the triplets that its parameters choose.
func hinges(distance Distance) func(s settings, rng *rand.Rand) (body, error) {
	return func(s settings, rng *rand.Rand) (body, error) {
		miner, err := newMiner(s, rng)
		if err != nil {
			return nil, err
		}
		return &matrixLoss{distance: distance, objective: &tripletObjective{
			miner:     miner,
			term:      hinge{s.numbers["margin"]},
			reduction: parseReduction(s.choices["reduce"]),
		}}, nil
	}
}

// softHinge is ln(1 + e^x).
type softHinge struct{}

func (softHinge) at(x float64) (v, dv float64, active bool) {
	v = softplus(x)
	return v, sigmoid(x), v > 0.01*0.6931471805599453 // ln 2, its value at a tie
}

// ratio is scale·σ(x)², the square of the anchor-positive share e^{m_ap}/(e^{m_ap} + e^{m_an}).
type ratio struct{ scale float64 }

func (r ratio) at(x float64) (v, dv float64, active bool) {
	s := sigmoid(x)
	return r.scale * s * s, 2 * r.scale * s * s * (1 - s), s*s > 0.01*0.25
}

// tripletChoices are the values of a "triplets" parameter, the default first.
func tripletChoices() []string {
	return []string{"all", "random", "hard", "semihard", "semihard_skip"}
}

// hingeChoices are further values for a loss with a margin. Easy triplets are not among them: their loss is 0.
func hingeChoices() []string { return []string{"all_hard", "all_semihard"} }
