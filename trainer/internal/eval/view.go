package eval

import (
	"math"
	"math/rand/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// view says how a place is drawn. The zero value, the first view of every place, is its anchor.
type view struct {
	rotate  bool            // by U(0°, 360°); otherwise north is up
	shift   float64         // by U(-shift, shift) metres east, and likewise north
	move    float64         // by this many metres in a random direction
	off     int             // the view before it with this many random layers cleared
	without []loc2vec.Layer // the anchor with these layers cleared
	own     bool            // the anchor with the place's own layer cleared (scanner.own)
	union   bool            // the maximum of the anchor and the anchor of the place's partner
}

// pose draws a random pose of the view.
func (v view) pose(at loc2vec.LatLon, rng *rand.Rand) raster.Pose {
	p := raster.Pose{Place: at}
	if v.rotate {
		p.Heading = 360 * rng.Float64()
	}
	if v.shift > 0 {
		p.East, p.North = v.shift*(2*rng.Float64()-1), v.shift*(2*rng.Float64()-1)
	}
	if v.move > 0 {
		sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
		p.East, p.North = v.move*sin, v.move*cos
	}
	return p
}

// switchOff clears n random layers of a raster [C][H][W].
func switchOff(image []uint8, n int, rng *rand.Rand) {
	plane := len(image) / loc2vec.NumLayers
	for _, c := range rng.Perm(loc2vec.NumLayers)[:n] {
		clear(image[c*plane : (c+1)*plane])
	}
}
