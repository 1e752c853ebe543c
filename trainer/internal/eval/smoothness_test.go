package eval

import (
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestSmoothnessOfCoverageAndOfNoise(t *testing.T) {
	const n = 120
	rng := rand.New(rand.NewPCG(2, 2))
	region := testRegion(n)
	anchors := make([]Descriptor, n)
	for i := range anchors { // a uniform grey of one layer, from empty to full
		level := uint8(255 * i / n)
		anchors[i].Coverage[loc2vec.Park] = float32(level) / 255
		for k := range thumbSide * thumbSide {
			anchors[i].Thumb[int(loc2vec.Park)*thumbSide*thumbSide+k] = level
		}
	}
	smooth := embedded{method: Method{Name: "smooth"}, views: []matrix{coverages(anchors)}}
	noise := embedded{method: Method{Name: "noise"}, views: []matrix{random(n, 4, rng)}}
	s := study{gallery: region, methods: []embedded{smooth, noise}, anchors: anchors, boot: newBootstrap(blocksOf(region.Places), rng)}
	got := s.smoothness(rng)
	if v := got.Rows[0].Coverage.Value; v < 0.95 {
		t.Errorf("neighbours predict coverage with R² %v where the space is coverage", v)
	}
	if v := got.Rows[1].Coverage.Value; v > 0.2 {
		t.Errorf("neighbours predict coverage with R² %v where the space is noise", v)
	}
	if a, b := got.Rows[0].Walk[0], got.Rows[1].Walk[0]; a > 0.3 || b < 0.8 || got.Rows[0].Walk[4] < a {
		t.Errorf("walks: %v along coverage, %v in noise", got.Rows[0].Walk, got.Rows[1].Walk)
	}
	if v := got.Rows[0].Far.Value; v != 0 {
		t.Errorf("%v of the neighbours are beyond 100 km in a region of 12 km", v)
	}
}
