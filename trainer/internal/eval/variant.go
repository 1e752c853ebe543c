package eval

// Variant is one configuration of an ablation.
type Variant struct {
	Name string
	// Seeds holds the scores of each training run, averaged over the held-out regions: the same
	// scores in the same order for every seed.
	Seeds [][]NamedScore
}

// NamedScore is one score of a training run.
type NamedScore struct {
	Name  string
	Value float64
}

// RankName names the effective rank among the scores of a Variant. All other scores are shares.
const RankName = "rank"
