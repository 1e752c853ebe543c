package eval

// Variant is one configuration of an ablation.
type Variant struct {
	Name string `json:"name"`
	// Seeds holds the scores of each training run, averaged over the held-out regions: the same
	// scores in the same order for every seed.
	Seeds [][]NamedScore `json:"seeds"`
}

// NamedScore is one score of a training run.
type NamedScore struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// RankName names the effective rank among the scores of a Variant. All other scores are shares.
const RankName = "rank"
