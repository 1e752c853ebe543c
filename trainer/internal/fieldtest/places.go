package fieldtest

import (
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

const (
	// apart is how far places are from each other, and how far one must have gone from a place to
	// return to it, in metres: more than a raster is wide.
	apart = 250
	// back is how near one is to a place when one has returned.
	back = 50
)

// Places says how many places of the track are recognised, by their vectors alone, when it comes by
// again. A place is a fix that is 250 m from all places before it; a return is the first fix within 50 m
// of a place after the track was 250 m away from it.
type Places struct {
	Places  int `json:"places"`
	Returns int `json:"returns"`
	// Recognised returns: no other place of the track so far has a nearer vector.
	Recognised int `json:"recognised"`
	// Chance is how many would be by guessing.
	Chance float64 `json:"by_chance"`
}

// visited is a place of the track.
type visited struct {
	place  loc2vec.LatLon
	vector sdk.Vector
	left   bool
}

// recognise fills in Places.
func (r *Result) recognise() {
	var places []visited
	for _, o := range r.Outcomes {
		if !o.Known {
			continue
		}
		nearest, distance := -1, math.Inf(1)
		for i := range places {
			d := places[i].place.DistanceTo(o.Place)
			if d > apart {
				places[i].left = true
			}
			if d < distance {
				nearest, distance = i, d
			}
		}
		switch {
		case distance > apart:
			places = append(places, visited{place: o.Place, vector: o.Result.Vector})
		case distance <= back && places[nearest].left:
			places[nearest].left = false
			r.Places.Returns++
			r.Places.Chance += 1 / float64(len(places))
			if mostAlike(places, o.Result.Vector) == nearest {
				r.Places.Recognised++
			}
		}
	}
	r.Places.Places = len(places)
}

// mostAlike returns the index of the place with the nearest vector.
func mostAlike(places []visited, v sdk.Vector) int {
	best, least := -1, math.Inf(1)
	for i := range places {
		// All vectors are of one model.
		if d, err := sdk.Distance(places[i].vector, v); err == nil && d < least {
			best, least = i, d
		}
	}
	return best
}
