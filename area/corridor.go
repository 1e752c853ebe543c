package area

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// MaxCorridor is the greatest distance in metres from a track that a corridor may have.
const MaxCorridor = 100_000

// Corridor is the part of the Earth around tracks: all places up to a distance in metres from them. The sides of tracks
// are straight on Web Mercator's map and run the shorter way around the Earth. Distances are measured on that map, at
// the scale of the place. Safe for concurrent use.
type Corridor struct {
	ways   []way
	metres float64
}

// way is a side of a track in Web Mercator's square. Its end may be beyond the square, across the antimeridian.
type way struct{ from, to loc2vec.Point }

// NewCorridor returns the corridor of tracks, each a list of places. A track of one place is a disc. For an invalid place
// the error wraps loc2vec.ErrCoordinate; its text does not contain the place.
func NewCorridor(tracks [][]loc2vec.LatLon, metres float64) (*Corridor, error) {
	if !(metres > 0 && metres <= MaxCorridor) {
		return nil, fmt.Errorf("corridor of %v metres on either side, want more than 0 and at most %v", metres, MaxCorridor)
	}
	c := &Corridor{metres: metres}
	for _, track := range tracks {
		before := len(c.ways)
		for i, place := range track {
			if place.Validate() != nil {
				return nil, fmt.Errorf("%w: place %d of a track", loc2vec.ErrCoordinate, i+1)
			}
			w := way{from: track[max(i-1, 0)].Point(), to: place.Point()}
			switch turn := w.to.X - w.from.X; {
			case turn > 0.5:
				w.to.X--
			case turn < -0.5:
				w.to.X++
			}
			// A receiver that does not move adds nothing to the ways before.
			if w.from != w.to || i == len(track)-1 && len(c.ways) == before {
				c.ways = append(c.ways, w)
			}
		}
	}
	if len(c.ways) == 0 {
		return nil, errors.New("a corridor without a place")
	}
	return c, nil
}

// Contains reports whether a place lies within the corridor. It looks at all sides of the tracks.
func (c *Corridor) Contains(place loc2vec.LatLon) bool {
	p, reach := place.Point(), c.metres/parallel(place.Lat)
	for _, w := range c.ways {
		for turn := -1.0; turn <= 1; turn++ {
			if w.squaredDistance(loc2vec.Point{X: p.X + turn, Y: p.Y}) <= float64(reach*reach) {
				return true
			}
		}
	}
	return false
}

// Cover returns boxes that contain the corridor: cells of Web Mercator that meet it, an eighth of a tile wide, or wider
// so that there are at most MaxBoxes. The result is the same on every processor. Errors are those of ctx.
func (c *Corridor) Cover(ctx context.Context) ([]loc2vec.Bounds, error) {
	return cover(ctx, []shape{c}, MaxBoxes)
}

// squaredDistance returns the square of the distance from a point to the way, in the unit square.
func (w way) squaredDistance(p loc2vec.Point) float64 {
	dx, dy := w.to.X-w.from.X, w.to.Y-w.from.Y
	px, py := p.X-w.from.X, p.Y-w.from.Y
	along := 0.0
	if length := float64(dx*dx) + float64(dy*dy); length > 0 {
		along = min(max((float64(px*dx)+float64(py*dy))/length, 0), 1)
	}
	px -= float64(along * dx)
	py -= float64(along * dy)
	return float64(px*px) + float64(py*py)
}

// turns is the method of shape.
func (c *Corridor) turns() (first, last int) {
	first, last = math.MaxInt32, math.MinInt32
	for _, w := range c.ways {
		first = min(first, int(math.Floor(min(w.from.X, w.to.X))))
		last = max(last, int(math.Floor(max(w.from.X, w.to.X))))
	}
	return first - 1, last + 1
}

// sides is the method of shape.
func (c *Corridor) sides() int { return len(c.ways) }

// fills is the method of shape: there is nothing between the ways.
func (c *Corridor) fills(*cell) bool { return false }

// slack is added to distances in the unit square: four centimetres at the equator, more than rounding takes away.
const slack = 1e-9

// relate is the method of shape.
func (c *Corridor) relate(to *cell, i int) relation {
	w := c.ways[i]
	square := rectangle{to.minX, to.minY, to.maxX, to.maxY}
	reach := float64(c.metres*to.mostScale) + slack
	if w.from.X < to.minX-reach && w.to.X < to.minX-reach || w.from.X > to.maxX+reach && w.to.X > to.maxX+reach ||
		w.from.Y < to.minY-reach && w.to.Y < to.minY-reach || w.from.Y > to.maxY+reach && w.to.Y > to.maxY+reach {
		return apart
	}
	nearest := min(square.squaredDistance(w.from), square.squaredDistance(w.to))
	farthest := 0.0 // of the corners: the places near a way are convex
	for _, corner := range square.corners() {
		d := w.squaredDistance(corner)
		nearest, farthest = min(nearest, d), max(farthest, d)
	}
	within := max(float64(c.metres*to.leastScale)-slack, 0)
	switch {
	case farthest < float64(within*within):
		return covers
	case nearest <= float64(reach*reach) || square.meets(w.from, w.to):
		return meets
	}
	return apart
}
