package mobile

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// Follower returns the embedding of a moving position and computes it only when the position has moved.
type Follower struct{ f *sdk.Follower }

// Follow returns a follower of one position. The threshold is how far the position must move before another
// vector is computed: 0 means the default, a negative number computes every vector.
func (m *Model) Follow(thresholdMetres float64) (f *Follower, err error) {
	defer guard(&err)
	if err := m.check(); err != nil {
		return nil, err
	}
	return &Follower{m.m.Follow(sdk.FollowOptions{Threshold: thresholdMetres})}, nil
}

// At returns the place of the position. Its field Fresh says whether the vector was computed for this call.
func (f *Follower) At(latDeg, lonDeg float64) (p *Place, err error) {
	defer guard(&err)
	if f == nil || f.f == nil {
		return nil, fmt.Errorf("follower: %w", errNotOpen)
	}
	r, fresh, err := f.f.At(context.Background(), loc2vec.LatLon{Lat: latDeg, Lon: lonDeg})
	if err != nil {
		return nil, err
	}
	p = openPlace(r)
	p.Fresh = fresh
	return p, nil
}
