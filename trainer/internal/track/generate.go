package track

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"github.com/loc2vec/loc2vec"
)

// Plan says where a made-up track leads.
type Plan struct {
	// Stops are visited in their order, over and over again, for Stay each. At least one.
	Stops []loc2vec.LatLon
	Stay  time.Duration
	// Duration of the whole track.
	Duration time.Duration
	// Start is the time of the first fix.
	Start time.Time
}

// The errors of a phone's receiver in a city. In the open a position wanders slowly, as a first-order
// Gauss-Markov process; between high houses it does so more, for a while; and sometimes there is none.
const (
	wander      = 4.0  // metres, on each axis
	correlation = 40.0 // seconds
	jitter      = 0.7  // metres, from fix to fix
	canyon      = 4.0  // times the wander between high houses
	toCanyon    = 1.0 / 400
	fromCanyon  = 1.0 / 45
	toTunnel    = 1.0 / 1500
	fromTunnel  = 1.0 / 30

	walking  = 1.35 // metres a second
	driving  = 8.0
	farAfoot = 1500 // metres to the next stop from which nobody walks
)

// Generate makes up the track of someone who goes from stop to stop as the crow flies and stays there,
// with one fix each second and the errors of a phone's receiver. No recording is as tidy: a made-up
// track shows that things work, not how well. The same generator and plan make the same track.
func Generate(rng *rand.Rand, plan Plan) (*Track, error) {
	if len(plan.Stops) == 0 || plan.Duration < time.Second || plan.Duration > maxFixes*time.Second {
		return nil, errors.New("make up a track: it needs a stop and a duration")
	}
	for _, stop := range plan.Stops {
		if err := stop.Validate(); err != nil {
			return nil, fmt.Errorf("make up a track: %w", err)
		}
	}
	t := &Track{Timed: true}
	noise := receiver{rng: rng}
	at, next, stay := plan.Stops[0], 0, plan.Stay
	for s := time.Duration(0); s < plan.Duration; s += time.Second {
		if stay > 0 {
			stay -= time.Second
		} else {
			target := plan.Stops[next%len(plan.Stops)]
			left := at.DistanceTo(target)
			speed := walking
			if far := plan.Stops[(next+len(plan.Stops)-1)%len(plan.Stops)].DistanceTo(target); far > farAfoot {
				speed = driving
			}
			if left <= speed {
				at, stay = target, plan.Stay
				next++
			} else {
				at = towards(at, target, speed/left)
			}
		}
		if east, north, ok := noise.step(); ok {
			t.Fixes = append(t.Fixes, Fix{Time: plan.Start.Add(s), Place: at.Offset(east, north)})
		}
	}
	return t, nil
}

// towards returns the place that share of the way from a to b.
func towards(a, b loc2vec.LatLon, share float64) loc2vec.LatLon {
	p, q := a.Point(), b.Point()
	return loc2vec.Point{X: p.X + share*(q.X-p.X), Y: p.Y + share*(q.Y-p.Y)}.LatLon()
}

// receiver is the state of a receiver's errors.
type receiver struct {
	rng            *rand.Rand
	east, north    float64
	canyon, tunnel bool
}

// step returns the error of the next second's fix, if there is one.
func (r *receiver) step() (east, north float64, ok bool) {
	change := func(state bool, enter, leave float64) bool {
		if state {
			return r.rng.Float64() >= leave
		}
		return r.rng.Float64() < enter
	}
	r.canyon = change(r.canyon, toCanyon, fromCanyon)
	r.tunnel = change(r.tunnel, toTunnel, fromTunnel)
	deviation := wander
	if r.canyon {
		deviation *= canyon
	}
	keep := math.Exp(-1 / correlation)
	drive := deviation * math.Sqrt(1-keep*keep)
	r.east = keep*r.east + drive*r.rng.NormFloat64()
	r.north = keep*r.north + drive*r.rng.NormFloat64()
	return r.east + jitter*r.rng.NormFloat64(), r.north + jitter*r.rng.NormFloat64(), !r.tunnel
}

// WriteGPX writes a track as GPX 1.1, without times when it has none.
func WriteGPX(w io.Writer, t *Track, name string) error {
	out := bufio.NewWriter(w)
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<gpx version="1.1" creator="loc2vec" xmlns="http://www.topografix.com/GPX/1/1">` + "\n<trk><name>")
	if err := xml.EscapeText(out, []byte(name)); err != nil {
		return err
	}
	out.WriteString("</name><trkseg>\n")
	for _, f := range t.Fixes {
		fmt.Fprintf(out, `<trkpt lat="%.7f" lon="%.7f">`, f.Place.Lat, f.Place.Lon)
		if t.Timed {
			fmt.Fprintf(out, "<time>%s</time>", f.Time.UTC().Format(time.RFC3339Nano))
		}
		out.WriteString("</trkpt>\n")
	}
	out.WriteString("</trkseg></trk>\n</gpx>\n")
	return out.Flush() // and the first error of all that was written
}
