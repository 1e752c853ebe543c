package fieldtest

import (
	"context"
	"math"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
)

const (
	// stopMetres is how far the receiver may be from the first fix of a stop: several times its noise.
	stopMetres = 50
	// stopTime is the least time of a stop: a walker leaves stopMetres behind in half of it.
	stopTime = 90 * time.Second
	// maxStops bounds the stops of a track that are explained.
	maxStops = 24
)

// Stop is a part of the track in which the receiver stayed at one place.
type Stop struct {
	First int            `json:"-"` // index of its first fix
	Last  int            `json:"-"` // index of its last fix
	Place loc2vec.LatLon `json:"place"`
	From  time.Time      `json:"from"`
	To    time.Time      `json:"to"`
	// Seen says in words what the encoder saw there, such as "buildings 31 %, minor roads 8 %": the layers on which the
	// vector rests most come first, each with its share of the window. It is empty for the stops that are not explained.
	Seen string `json:"seen,omitempty"`
	// Explanation is that of the sdk; nil for the stops that are not explained.
	Explanation *sdk.Explanation `json:"-"`
}

// stops returns the stops of a track: the longest runs of fixes within stopMetres of the first of them that last for
// stopTime (stay points: Li et al., Mining user similarity based on location history, 2008). A break ends a stop.
func stops(t *geofile.Track) []Stop {
	var out []Stop
	for first := 0; first < len(t.Fixes); {
		last := first
		for last+1 < len(t.Fixes) && !t.Broken(last+1) && t.Fixes[first].Place.DistanceTo(t.Fixes[last+1].Place) <= stopMetres {
			last++
		}
		s := Stop{First: first, Last: last, From: t.Fixes[first].Time, To: t.Fixes[last].Time}
		if s.To.Sub(s.From) < stopTime {
			first++
			continue
		}
		s.Place = middle(t.Fixes[first : last+1])
		out = append(out, s)
		first = last + 1
	}
	return out
}

// middle returns the mean of fixes that are near to each other. They may lie on both sides of the antimeridian.
func middle(fixes []geofile.Fix) loc2vec.LatLon {
	origin := fixes[0].Place
	var lat, lon float64
	for _, f := range fixes {
		lat += f.Place.Lat - origin.Lat
		lon += math.Remainder(f.Place.Lon-origin.Lon, 360)
	}
	n := float64(len(fixes))
	return loc2vec.LatLon{Lat: origin.Lat + lat/n, Lon: math.Remainder(origin.Lon+lon/n, 360)}
}

// wayMetres returns the length of a track without breaks and gaps. Within a stop only the way from its first fix to its
// last one counts: the rest is the noise of the receiver.
func wayMetres(t *geofile.Track, stops []Stop) float64 {
	sum := t.Metres()
	for _, s := range stops {
		stay := geofile.Track{Fixes: t.Fixes[s.First : s.Last+1]}
		sum += t.Fixes[s.First].Place.DistanceTo(t.Fixes[s.Last].Place) - stay.Metres()
	}
	return sum
}

// explainStops fills in what the encoder saw at the stops, at most maxStops of them.
func (r *Result) explainStops(ctx context.Context, model *sdk.Model) error {
	for i := range r.Stops[:min(len(r.Stops), maxStops)] {
		s := &r.Stops[i]
		e, err := model.Explain(ctx, s.Place)
		if err != nil {
			return err
		}
		s.Explanation, s.Seen = e, e.Reason
		if e.Err == nil && !e.Result.Unmapped {
			var covered likeness.Coverage
			var weights [loc2vec.NumLayers]float64
			for l, c := range e.Layers {
				covered[l], weights[l] = float32(c.Coverage), c.Distance
			}
			s.Seen = likeness.Seen(covered, weights)
		}
	}
	return nil
}
