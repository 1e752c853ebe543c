package eval

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// threeModes are places in fields of one of three layers each: what surrounds them tells the mode.
func threeModes(n int) []Mode {
	region := testRegion(3 * n)
	modes := []Mode{{Name: "rails", Layer: loc2vec.Transport}, {Name: "roads", Layer: loc2vec.MajorRoad}, {Name: "paths", Layer: loc2vec.Path}}
	for i, at := range region.Places {
		modes[i%3].Places = append(modes[i%3].Places, at)
	}
	return modes
}

// modeNumber returns 0, 1 or 2 by a place of threeModes.
func modeNumber(modes []Mode) func(loc2vec.LatLon) int {
	of := map[loc2vec.LatLon]int{}
	for k, m := range modes {
		for _, at := range m.Places {
			of[at] = k
		}
	}
	return func(at loc2vec.LatLon) int { return of[at] }
}

func separate(t *testing.T, modes []Mode, model Method) *ModeSeparation {
	t.Helper()
	s, err := SeparateModes(t.Context(), testRegion(1), modes, ModesOptions{Model: model, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A model that knows the mode is right about all held-out places, one of noise guesses, and a raster of noise tells
// baselines nothing but the layer that is missing.
func TestSeparateModes(t *testing.T) {
	modes := threeModes(60)
	number := modeNumber(modes)
	knowing := Method{Name: "knows", Dimension: 4, Metric: loc2vec.Euclidean, Embed: func(dst []float32, v Views) error {
		for i, pose := range v.Poses {
			k := number(pose.Place)
			rng := rand.New(rand.NewPCG(uint64(i), uint64(k)))
			for j := range 4 {
				dst[4*i+j] = float32(0.1 * rng.NormFloat64())
			}
			dst[4*i+k]++
		}
		return nil
	}}
	s := separate(t, modes, knowing)
	if len(s.Modes) != 3 || s.Modes[2].Places != 60 || s.Blocks < folds {
		t.Errorf("%+v, %d blocks", s.Modes, s.Blocks)
	}
	if math.Abs(s.Chance-1.0/3) > 1e-9 {
		t.Errorf("chance is %v, want a third", s.Chance)
	}
	for name, rows := range map[string][]ModesRow{"own layer off": s.OwnOff, "all off": s.AllOff} {
		if len(rows) != 3 || rows[0].Role != Model || rows[1].Method != histogramName || rows[2].Method != ringsName {
			t.Fatalf("%s: %+v", name, rows)
		}
		if got := rows[0].F1.Value; got < 0.999 {
			t.Errorf("%s: a model that knows scores %v", name, got)
		}
		if lead := rows[1].Lead; math.Abs(lead.Value-(rows[0].F1.Value-rows[1].F1.Value)) > 1e-9 {
			t.Errorf("%s: lead %v over %v", name, lead, rows[1].F1)
		}
	}
	// With all layers of modes off the surroundings are the same noise for all.
	if got := s.AllOff[1].F1.Value; got > 0.55 {
		t.Errorf("coverages of noise score %v with all layers off, chance is a third", got)
	}
	if own, all := s.OwnOff[1].F1.Value, s.AllOff[1].F1.Value; own < all+0.1 {
		t.Errorf("the missing layer gives the mode away: own layer off %v, all off %v", own, all)
	}
	// The points are of held-out blocks, and those of a mode lie together.
	if len(s.Points) == 0 || len(s.Points) > 90 {
		t.Errorf("%d points of 180 places", len(s.Points))
	}
	for _, p := range s.Points {
		if number(p.Place) != p.Mode || p.Layer != modes[p.Mode].Layer {
			t.Fatalf("%+v is of mode %d", p, number(p.Place))
		}
	}

	noise := Method{Name: "noise", Dimension: 4, Metric: loc2vec.Euclidean, Embed: func(dst []float32, v Views) error {
		for i, pose := range v.Poses {
			rng := rand.New(rand.NewPCG(math.Float64bits(pose.Place.Lat), math.Float64bits(pose.Place.Lon)))
			for j := range 4 {
				dst[4*i+j] = float32(rng.NormFloat64())
			}
		}
		return nil
	}}
	if got := separate(t, modes, noise).OwnOff[0].F1.Value; got > 0.45 {
		t.Errorf("a model of noise scores %v, chance is a third", got)
	}
}

// The own layer is cleared on what the model sees, and no other.
func TestOwnLayerIsOff(t *testing.T) {
	modes := threeModes(25)
	number := modeNumber(modes)
	seen := map[int]bool{}
	model := Method{Name: "looks", Dimension: 1, Metric: loc2vec.Euclidean, Embed: func(dst []float32, v Views) error {
		for i := range v.Poses {
			dst[i] = float32(i)
		}
		if len(v.Poses) < 3 { // the empty raster
			return nil
		}
		plane := len(v.Rasters) / len(v.Poses) / loc2vec.NumLayers
		for i := range v.Poses {
			if i%3 != 1 {
				continue
			}
			k := number(v.Poses[i].Place)
			anchor, own := v.Rasters[(i-1)*plane*loc2vec.NumLayers:], v.Rasters[i*plane*loc2vec.NumLayers:]
			for l := range loc2vec.Layer(loc2vec.NumLayers) {
				for p := range plane {
					want := anchor[int(l)*plane+p]
					if l == modes[k].Layer {
						seen[k] = seen[k] || want > 0
						want = 0
					}
					if got := own[int(l)*plane+p]; got != want {
						return errors.New("a layer differs")
					}
				}
			}
		}
		return nil
	}}
	region := testRegion(1)
	s := scanner{region: region, workers: 1, views: []view{{}, {own: true}, {without: layersOf(modes)}}}
	for _, m := range modes {
		for _, at := range m.Places {
			region.Places, s.own = append(region.Places, at), append(s.own, m.Layer)
		}
	}
	region.Places, s.own = region.Places[1:], s.own[:]
	if _, err := s.embed(t.Context(), []Method{model}, nil); err != nil {
		t.Fatal(err)
	}
	if len(seen) == 0 {
		t.Error("no place has its own layer on the complete raster: nothing was tested")
	}
}

func TestSeparateModesWithFewPlaces(t *testing.T) {
	modes := threeModes(30)
	modes[1].Places = modes[1].Places[:19]
	model := Method{Name: "any", Dimension: 1, Metric: loc2vec.Euclidean, Embed: func([]float32, Views) error { return nil }}
	if _, err := SeparateModes(t.Context(), testRegion(1), modes, ModesOptions{Model: model}); !errors.Is(err, ErrFewModes) {
		t.Errorf("two modes with places: %v", err)
	}
}
