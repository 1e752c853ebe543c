package fieldtest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// Plan describes a synthetic track.
type Plan struct {
	// Stops are visited in order and repeatedly, for Stay each. At least one.
	Stops []loc2vec.LatLon
	Stay  time.Duration
	// Duration of the whole track, from a second to geofile.MaxFixes seconds.
	Duration time.Duration
	// Start is the time of the first fix.
	Start time.Time
}

// The error of a phone's receiver in a city. In the open it is a first-order Gauss-Markov process. In street canyons
// its deviation is larger. In tunnels there is no fix.
const (
	deviation       = 4.0       // metres, on each axis
	correlationTime = 40.0      // seconds
	whiteNoise      = 0.7       // metres, independent from fix to fix
	canyonFactor    = 4.0       // of the deviation in a street canyon
	enterCanyon     = 1.0 / 400 // probability a second
	leaveCanyon     = 1.0 / 45
	enterTunnel     = 1.0 / 1500
	leaveTunnel     = 1.0 / 30

	walkingSpeed = 1.35 // metres a second
	drivingSpeed = 8.0
	walkingRange = 1500 // metres between two stops beyond which the track drives
)

// Generate returns the synthetic track of a person who moves in straight lines from stop to stop and stays there, with
// one fix a second and the errors of a phone's receiver. Recordings are less regular: a synthetic track shows that
// things work, not how well. The same generator and plan give the same track.
func Generate(rng *rand.Rand, plan Plan) (*geofile.Track, error) {
	if len(plan.Stops) == 0 || plan.Duration < time.Second || plan.Duration > geofile.MaxFixes*time.Second {
		return nil, errors.New("generating a track: it needs a stop and a duration")
	}
	for _, stop := range plan.Stops {
		if err := stop.Validate(); err != nil {
			return nil, fmt.Errorf("generating a track: %w", err)
		}
	}
	t := &geofile.Track{Timed: true}
	noise := receiver{rng: rng}
	at, next, stay := plan.Stops[0], 0, plan.Stay
	for s := time.Duration(0); s < plan.Duration; s += time.Second {
		if stay > 0 {
			stay -= time.Second
		} else {
			target := plan.Stops[next%len(plan.Stops)]
			left := at.DistanceTo(target)
			speed := walkingSpeed
			if far := plan.Stops[(next+len(plan.Stops)-1)%len(plan.Stops)].DistanceTo(target); far > walkingRange {
				speed = drivingSpeed
			}
			if left <= speed {
				at, stay = target, plan.Stay
				next++
			} else {
				at = towards(at, target, speed/left)
			}
		}
		if east, north, ok := noise.step(); ok {
			t.Fixes = append(t.Fixes, geofile.Fix{Time: plan.Start.Add(s), Place: at.Offset(east, north)})
		}
	}
	return t, nil
}

// towards returns the point at a share of the way from a to b.
func towards(a, b loc2vec.LatLon, share float64) loc2vec.LatLon {
	p, q := a.Point(), b.Point()
	east := q.X - p.X
	east -= math.Round(east) // the shorter way round the world
	x := p.X + share*east
	return loc2vec.Point{X: x - math.Floor(x), Y: p.Y + share*(q.Y-p.Y)}.LatLon()
}

// receiver is the error process of a receiver.
type receiver struct {
	rng            *rand.Rand
	east, north    float64
	canyon, tunnel bool
}

// step returns the error of the next second's fix in metres; not ok without a fix.
func (r *receiver) step() (east, north float64, ok bool) {
	change := func(state bool, enter, leave float64) bool {
		if state {
			return r.rng.Float64() >= leave
		}
		return r.rng.Float64() < enter
	}
	r.canyon = change(r.canyon, enterCanyon, leaveCanyon)
	r.tunnel = change(r.tunnel, enterTunnel, leaveTunnel)
	sigma := deviation
	if r.canyon {
		sigma *= canyonFactor
	}
	keep := math.Exp(-1 / correlationTime)
	drive := sigma * math.Sqrt(1-keep*keep)
	r.east = keep*r.east + drive*r.rng.NormFloat64()
	r.north = keep*r.north + drive*r.rng.NormFloat64()
	return r.east + whiteNoise*r.rng.NormFloat64(), r.north + whiteNoise*r.rng.NormFloat64(), !r.tunnel
}
