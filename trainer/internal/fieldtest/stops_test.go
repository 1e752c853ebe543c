package fieldtest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// dayOut stands for an hour, walks 1 km to the east in 15 minutes, stands for 10 minutes, and walks 200 m north. Fixes
// are 5 s apart and noise metres off.
func dayOut(from loc2vec.LatLon, noise float64) *geofile.Track {
	rng := rand.New(rand.NewPCG(3, 4))
	at := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	t := &geofile.Track{Timed: true}
	leg := func(fixes int, east, north, byEast, byNorth float64) {
		for i := range fixes {
			share := float64(i) / float64(fixes)
			t.Fixes = append(t.Fixes, geofile.Fix{
				Time: at, Place: from.Offset(east+share*byEast+noise*rng.NormFloat64(), north+share*byNorth+noise*rng.NormFloat64()),
			})
			at = at.Add(5 * time.Second)
		}
	}
	leg(720, 0, 0, 0, 0)
	leg(180, 0, 0, 1000, 0)
	leg(120, 1000, 0, 0, 0)
	leg(36, 1000, 0, 0, 200)
	return t
}

// TestStops: the two stops are found, with and without noise, also across the antimeridian; the way is that between them.
func TestStops(t *testing.T) {
	for _, c := range []struct {
		from  loc2vec.LatLon
		noise float64
	}{{home, 0}, {home, 6}, {loc2vec.LatLon{Lat: -16.8, Lon: 179.99999}, 6}} {
		track := dayOut(c.from, c.noise)
		found := stops(track)
		if len(found) != 2 {
			t.Fatalf("noise of %v m: %d stops", c.noise, len(found))
		}
		for i, want := range []struct {
			place   loc2vec.LatLon
			minutes float64
		}{{c.from, 60}, {c.from.Offset(1000, 0), 10}} {
			s := found[i]
			if d := s.Place.DistanceTo(want.place); d > 12 || s.Place.Validate() != nil {
				t.Errorf("noise of %v m, stop %d: %v, %.1f m off", c.noise, i, s.Place, d)
			}
			if minutes := s.To.Sub(s.From).Minutes(); minutes < want.minutes-1.5 || minutes > want.minutes+2.5 {
				t.Errorf("noise of %v m, stop %d: %.1f minutes", c.noise, i, minutes)
			}
		}
		metres, raw := wayMetres(track, found), track.Metres()
		// The way to a stop and away from it within 50 m counts as the straight line.
		if c.noise == 0 && (math.Abs(raw-1195) > 6 || metres > raw || metres < raw-stopMetres) {
			t.Errorf("without noise: a way of %.1f m, of %.1f m between fixes", metres, raw)
		}
		if c.noise > 0 && (metres > raw/3 || metres < 1100) {
			t.Errorf("a way of %.0f m, of %.0f m between fixes", metres, raw)
		}
	}
}

// TestNoStop: neither a walk nor a stay that a gap interrupts is a stop.
func TestNoStop(t *testing.T) {
	walk := &geofile.Track{}
	at := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	for i := range 1000 {
		walk.Fixes = append(walk.Fixes, geofile.Fix{Time: at.Add(time.Duration(i) * time.Second), Place: home.Offset(1.2*float64(i), 0)})
	}
	if found := stops(walk); found != nil {
		t.Errorf("a walk has stops: %+v", found)
	}
	still := &geofile.Track{}
	for i := range 10 {
		still.Fixes = append(still.Fixes, geofile.Fix{Time: at.Add(time.Duration(i) * time.Minute), Place: home, Break: i%2 == 0})
	}
	if found := stops(still); found != nil {
		t.Errorf("breaks within a stop: %+v", found)
	}
}
