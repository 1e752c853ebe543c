package fieldtest

import (
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

const (
	// apart is the least distance between two places, and the distance that the track has to go from a place before it
	// can return, in metres: more than the width of a raster.
	apart = 250
	// back is the distance from a place, in metres, within which the track has returned.
	back = 50
)

// Places counts the places of the track that their vectors alone recognise when the track returns. A place is a fix at
// least 250 m from all earlier places. A return is the first fix within 50 m of a place after the track was 250 m away
// from it.
type Places struct {
	Places  int `json:"places"`
	Returns int `json:"returns"`
	// Recognised counts the returns whose vector is nearest to that of their own place, among the places so far.
	Recognised int `json:"recognised"`
	// Chance is the expected number of returns recognised by guessing.
	Chance float64 `json:"by_chance"`
}

// placeView is a place of the track, as first seen.
type placeView struct {
	place  loc2vec.LatLon
	vector sdk.Vector
	left   bool // the track has been apart from it since
}

// recognise computes Places.
func (r *Result) recognise() {
	var places []placeView
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
			places = append(places, placeView{place: o.Place, vector: o.Result.Vector})
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
func mostAlike(places []placeView, v sdk.Vector) int {
	best, least := -1, math.Inf(1)
	for i := range places {
		// Vectors of one model are comparable: there is no error.
		if d, err := sdk.Distance(places[i].vector, v); err == nil && d < least {
			best, least = i, d
		}
	}
	return best
}
