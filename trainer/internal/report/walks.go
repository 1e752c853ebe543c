package report

// Step is a place on a way through the space.
type Step struct {
	Picture
	Note string // below the picture; may be empty
}

// Walks are random walks, each hop to one of the nearest neighbours of a place.
type Walks struct {
	Near  int // neighbours of a place, of which a hop takes one
	Shown [][]Step
	// Hop is the mean distance of a hop over that of two places drawn at random, Control the same in a space whose axes
	// are shuffled over the places.
	Hop, Control float64
	Walked       int // hops that they are the mean of
	// Far is the share of hops between places more than FarMetres apart; of a region with one pack it is not shown.
	Far       float64
	FarMetres float64
	ShowFar   bool
}

// Ways are interpolations: what lies on the straight line between two places.
type Ways struct {
	Shown [][]Step // with both ends
	Pairs int      // that Middle and Control are the mean of
	// Middle is how far the coverages of the place in the middle are from the mean of both ends', as the mean
	// difference of a layer, 0..1. Control is that of a place drawn at random.
	Middle, Control float64
}

// Sums are places found at a - b + c.
type Sums struct {
	Shown []Sum
	Count int // sums that the shares are of
	// Found is the share of answers with at least half as much of the layer as the place that brings it, and Control
	// that of the nearest neighbours of c.
	Found, Control float64
	// Rest is the mean difference of the other layers between the answer and c, 0..1, RestControl that between two
	// places drawn at random.
	Rest, RestControl float64
}

// Sum is a place with a layer, less one without it, plus another one without it, and the place at their sum.
type Sum struct {
	Layer      string
	A, B, C, D Step
}

// points formats a difference of shares in percentage points.
func points(v float64) string { return share(v) + " points" }
