package metric

// tripletRankingSpec is the hinge on triplets of raw, unsquared distances,
//
//	mean of [m + d_ap - d_an]+.
//
// Weinberger, Saul: Distance Metric Learning for Large Margin Nearest Neighbor Classification,
// JMLR 2009, eq. 12, with distances unsquared.
func tripletRankingSpec() Spec {
	return Spec{
		Name:   "triplet_ranking",
		Doc:    "triplet hinge on raw unsquared distances",
		Paper:  "Weinberger, Saul 2009, eq. 12, unsquared",
		Space:  Euclidean,
		Params: []Param{marginParam(1), hingeTripletsParam(), reduceParam()},
		build:  hinges(Euclidean),
	}
}
