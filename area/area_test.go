package area

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// read reads a polygon with the given coordinates, longitude first.
func read(t *testing.T, coordinates string) *Area {
	t.Helper()
	var rings [][][2]float64
	if err := json.Unmarshal([]byte(coordinates), &rings); err != nil {
		t.Fatal(err)
	}
	polygon := make([][]loc2vec.LatLon, len(rings))
	for i, ring := range rings {
		for _, q := range ring {
			polygon[i] = append(polygon[i], loc2vec.LatLon{Lat: q[1], Lon: q[0]})
		}
	}
	a, err := FromPolygons([][][]loc2vec.LatLon{polygon})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestContains(t *testing.T) {
	type place = loc2vec.LatLon
	for name, c := range map[string]struct {
		coordinates     string
		inside, outside []place
	}{
		"counterclockwise": {"[[[0,0],[10,0],[10,10],[0,10],[0,0]]]", []place{{Lat: 5, Lon: 5}}, []place{{Lat: 5, Lon: 11}, {Lat: -1, Lon: 5}}},
		"clockwise":        {"[[[0,0],[0,10],[10,10],[10,0],[0,0]]]", []place{{Lat: 5, Lon: 5}}, []place{{Lat: 5, Lon: 11}}},
		"not closed":       {"[[[0,0],[10,0],[10,10],[0,10]]]", []place{{Lat: 5, Lon: 1}}, []place{{Lat: 5, Lon: -1}}},
		"hole of the same direction": {"[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[6,4],[6,6],[4,6],[4,4]]]",
			[]place{{Lat: 2, Lon: 5}}, []place{{Lat: 5, Lon: 5}}},
		"bow tie": {"[[[0,0],[10,10],[10,0],[0,10],[0,0]]]",
			[]place{{Lat: 5, Lon: 1}, {Lat: 5, Lon: 9}}, []place{{Lat: 1, Lon: 5}, {Lat: 9, Lon: 5}}},
		"ring twice round": {"[[[0,0],[10,0],[10,10],[0,10],[0,0],[10,0],[10,10],[0,10],[0,0]]]", nil, []place{{Lat: 5, Lon: 5}}},
		"across the antimeridian": {"[[[179,0],[-179,0],[-179,10],[179,10],[179,0]]]",
			[]place{{Lat: 5, Lon: 179.5}, {Lat: 5, Lon: -179.5}, {Lat: 5, Lon: 180}, {Lat: 5, Lon: -180}}, []place{{Lat: 5, Lon: 0}, {Lat: 5, Lon: 178}, {Lat: 5, Lon: -178}}},
		"beyond 180": {"[[[179,0],[181,0],[181,10],[179,10],[179,0]]]",
			[]place{{Lat: 5, Lon: 179.5}, {Lat: 5, Lon: -179.5}}, []place{{Lat: 5, Lon: 0}, {Lat: 5, Lon: -178}}},
		"the world": {"[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]",
			[]place{{}, {Lat: 89, Lon: 179}, {Lat: -89, Lon: -179}}, nil},
	} {
		a := read(t, c.coordinates)
		for _, p := range c.inside {
			if !a.Contains(p) {
				t.Errorf("%s: %v is outside", name, p)
			}
			if !a.Meets(loc2vec.Bounds{Min: p, Max: p}) {
				t.Errorf("%s: %v does not meet it", name, p)
			}
		}
		for _, p := range c.outside {
			if a.Contains(p) {
				t.Errorf("%s: %v is inside", name, p)
			}
		}
	}
}

// TestBands: with the index of sides the answers are those of all sides.
func TestBands(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, n := range []int{3, 10, 1000} {
		ring := make([]point, n)
		for i := range ring {
			angle, radius := 2*math.Pi*float64(i)/float64(n), 1+9*rng.Float64()
			ring[i] = point{radius * math.Cos(angle), radius * math.Sin(angle)}
		}
		p := newPolygon([][]point{ring})
		all := *p
		all.bands = [][]side{nil}
		for i, q := range ring {
			next := ring[(i+1)%n]
			if q.lat > next.lat {
				q, next = next, q
			}
			all.bands[0] = append(all.bands[0], side{q, next})
		}
		for range 5000 {
			q := point{20*rng.Float64() - 10, 20*rng.Float64() - 10}
			if p.contains(q) != all.contains(q) {
				t.Fatalf("%d sides: %v", n, q)
			}
		}
	}
}

// TestIndexIsBounded: sides that all span the polygon do not multiply.
func TestIndexIsBounded(t *testing.T) {
	ring := make([]point, 100_000)
	for i := range ring {
		ring[i] = point{float64(i) / 1e5, float64(i%2) * 10}
	}
	p, listed := newPolygon([][]point{ring}), 0
	for _, b := range p.bands {
		listed += len(b)
	}
	if listed > maxBandsPerSide*len(ring) {
		t.Errorf("%d sides are listed %d times", len(ring), listed)
	}
}

func TestBoxes(t *testing.T) {
	fiji := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -19, Lon: 177}, Max: loc2vec.LatLon{Lat: -16, Lon: -179}}
	a := FromBoxes([]loc2vec.Bounds{fiji})
	if got := a.Boxes(); len(got) != 1 || got[0] != fiji {
		t.Errorf("boxes %v, want %v", got, fiji)
	}
	rng := rand.New(rand.NewPCG(4, 5))
	for range 2000 {
		p := loc2vec.LatLon{Lat: -20 + 5*rng.Float64(), Lon: 170 + 20*rng.Float64()}
		if p.Lon > 180 {
			p.Lon -= 360
		}
		if a.Contains(p) != fiji.Contains(p) {
			t.Errorf("%v: %v", p, a.Contains(p))
		}
	}
	for _, b := range []struct {
		box  loc2vec.Bounds
		want bool
	}{
		{loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -18, Lon: -180}, Max: loc2vec.LatLon{Lat: -17, Lon: -179.5}}, true},
		{loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -18, Lon: 179.9}, Max: loc2vec.LatLon{Lat: -17, Lon: -179.9}}, true},
		{loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -18, Lon: -178}, Max: loc2vec.LatLon{Lat: -17, Lon: 176}}, false},
		{loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -18, Lon: -180}, Max: loc2vec.LatLon{Lat: -17, Lon: 180}}, true},
		{loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -15, Lon: -180}, Max: loc2vec.LatLon{Lat: 17, Lon: 180}}, false},
	} {
		if a.Meets(b.box) != b.want {
			t.Errorf("%v: %v, want %v", b.box, !b.want, b.want)
		}
	}
	square := FromBoxes([]loc2vec.Bounds{{Max: loc2vec.LatLon{Lat: 1, Lon: 1}}})
	if size := square.SquareMetres(); math.Abs(size-12391e6) > 10e6 { // a degree is 111.32 km
		t.Errorf("%v square metres", size)
	}
	if size := FromBoxes([]loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: -90, Lon: -180}, Max: loc2vec.LatLon{Lat: 90, Lon: 180}}}).SquareMetres(); math.Abs(size-5.112e14) > 1e11 {
		t.Errorf("%v square metres of the world", size)
	}
}
