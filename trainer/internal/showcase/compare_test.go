package showcase

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

// inventedScene has places whose vectors are their coverages, or noise.
func inventedScene(noise bool) *scene {
	rng := rand.New(rand.NewPCG(8, 9))
	s := &scene{spacing: wideSpacing}
	s.space = vectorspace.Space{Dimension: loc2vec.NumLayers}
	for i := range 900 {
		var c likeness.Coverage
		for range 4 {
			c[rng.IntN(loc2vec.NumLayers)] = []float32{0.2, 0.4}[rng.IntN(2)]
		}
		s.coverages = append(s.coverages, c)
		s.places = append(s.places, loc2vec.LatLon{Lat: 50, Lon: 8}.Offset(float64(i%30)*300, float64(i/30)*300))
		for l := range c {
			v := c[l]
			if noise {
				v = rng.Float32()
			}
			s.space.Vectors = append(s.space.Vectors, v)
		}
	}
	for i := range 899 {
		s.random = append(s.random, s.distance(i, i+1))
	}
	s.typical = likeness.NewTypical(s.coverages)
	return s
}

// TestFiguresTellAMapFromNoise: the middle is in the middle and sums add up where vectors are maps, and
// none of it where they are noise.
func TestFiguresTellAMapFromNoise(t *testing.T) {
	type figures struct{ middle, random, found, rest, control float64 }
	measure := func(s *scene) (f figures) {
		f.middle, f.random = s.middles()
		for _, x := range s.sumsOf(loc2vec.Park, s.rng(sumsSeed)) {
			if s.coverages[x.a][loc2vec.Park] == 0 || s.coverages[x.b][loc2vec.Park] != 0 || s.coverages[x.c][loc2vec.Park] != 0 {
				t.Errorf("%+v: the layer is in the wrong places", x)
			}
			if s.coverages[x.d][loc2vec.Park] > 0 {
				f.found += 1.0 / sumsPerLayer
			}
			f.rest, f.control = f.rest+x.rest, f.control+x.control
		}
		return f
	}
	m, n := measure(inventedScene(false)), measure(inventedScene(true))
	if m.middle > 0.7*m.random || n.middle < 0.9*n.random {
		t.Errorf("middles: %v and %v at random in a map, %v and %v in noise", m.middle, m.random, n.middle, n.random)
	}
	if m.found < 0.65 || n.found > 0.45 || m.rest > 0.5*m.control {
		t.Errorf("sums: %v found and %v off the rest (at random %v) in a map, %v found in noise", m.found, m.rest, m.control, n.found)
	}
}

// TestPairsDiffer: no two pairs that are shown have alike places in both roles.
func TestPairsDiffer(t *testing.T) {
	s := inventedScene(false)
	var pairs []pair
	for i := range 300 {
		pairs = append(pairs, pair{i, i + 300, s.distance(i, i+300)}, pair{i + 300, i, s.distance(i, i+300)})
	}
	radius := s.random[len(s.random)/2] / 2
	shown := s.different(pairs, 6)
	if len(shown) != 6 {
		t.Fatalf("%d pairs", len(shown))
	}
	for k, p := range shown {
		for _, q := range shown[:k] {
			if s.distance(p.i, q.i) < radius && s.distance(p.j, q.j) < radius || s.distance(p.i, q.j) < radius && s.distance(p.j, q.i) < radius {
				t.Errorf("%v and %v show the same", p, q)
			}
		}
	}
}

// TestHops: along a line hops are short, shuffled axes make them long; far hops are counted.
func TestHops(t *testing.T) {
	s := inventedScene(false)
	for i := range s.places {
		for k := range s.space.Dimension {
			s.space.Row(i)[k] = float32(i)
		}
		s.places[i] = loc2vec.LatLon{Lat: float64(i%2) * 2, Lon: 8} // every other place is 220 km away
	}
	near := s.near(s.space)
	if hop, control := s.hop(s.space, near), s.hop(s.shuffled(), s.near(s.shuffled())); hop > 0.05 || control < 0.4 {
		t.Errorf("a hop of %v along a line, and of %v with shuffled axes", hop, control)
	}
	if far := s.far(near); far < 0.4 || far > 0.6 {
		t.Errorf("%v of the hops lead far, want about half", far)
	}
}
