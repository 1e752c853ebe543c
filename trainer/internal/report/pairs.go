package report

// Pairs shows what a distance means.
type Pairs struct {
	Alike   []Pair  // far apart on the map, near in the space; the nearest first
	Unalike []Pair  // near on the map, far apart in the space; the farthest first
	Apart   float64 // metres between two places of Alike, at least
	Near    float64 // metres between two places of Unalike, at most
	Typical float64 // median distance of two places drawn at random
}

// Pair is two places.
type Pair struct {
	First, Second Picture
	Distance      float64 // between the embeddings
	Closer        float64 // share of pairs drawn at random that are farther apart in the space, 0..1
	Metres        float64 // between the places
	Words         string  // which layers make the places alike or unlike, see package likeness
}

// closerShare formats the share of pairs that a pair is closer than. Most pairs of alike places are closer than all
// pairs that were drawn.
func closerShare(v float64) string {
	if v > 0.999 {
		return "99.9 %"
	}
	return percent(v)
}
