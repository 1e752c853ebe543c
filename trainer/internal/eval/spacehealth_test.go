package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestEffectiveRankOfKnownSpectra(t *testing.T) {
	for _, c := range []struct {
		name        string
		eigenvalues []float64
		rank, top   float64
	}{
		{"sixteen equal", []float64{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}, 16, 2. / 16},
		{"one", []float64{5, 0, 0, 0}, 1, 1},
		{"two equal", []float64{2, 2, 0}, 2, 1},
		// Singular values 2 and 1: entropy of (2/3, 1/3).
		{"four to one", []float64{4, 1}, math.Exp(-2./3*math.Log(2./3) - 1./3*math.Log(1./3)), 1},
		{"constant", []float64{0, 0, 0}, 0, 1},
	} {
		if got := effectiveRank(c.eigenvalues); math.Abs(got-c.rank) > 1e-12 {
			t.Errorf("%s: effective rank %v, want %v", c.name, got, c.rank)
		}
		if got := topShare(c.eigenvalues, 2); math.Abs(got-c.top) > 1e-12 {
			t.Errorf("%s: top two %v, want %v", c.name, got, c.top)
		}
	}
}

func TestSpectrumOfKnownCovariance(t *testing.T) {
	const n = 20000
	rng := rand.New(rand.NewPCG(9, 9))
	x := random(n, 3, rng)
	for i := range n { // variances 9, 4, 1 about a far origin
		row := x.row(i)
		row[0], row[1] = 3*row[0]+1000, 2*row[1]-500
	}
	boot := newBootstrap(blocksOfOne(n), rng)
	m := newMoments(x, boot)
	for i, want := range []float64{9, 4, 1} {
		if got := m.spectrum(nil)[i]; math.Abs(got-want) > 0.05*want {
			t.Errorf("eigenvalue %d is %v, want about %v", i, got, want)
		}
	}
	// A replicate of a single block.
	one := make([]uint16, n)
	one[5] = 1
	for _, v := range m.spectrum(one) {
		if v > 1e-9 {
			t.Errorf("a single place has the eigenvalue %v", v)
		}
	}
}

func TestAlignmentAndUniformityAreFreeOfScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 10))
	const n = 300
	anchors, strangers := random(n, 8, rng), random(n, 8, rng)
	for i := range anchors.data { // the scores must not depend on scale and offset
		anchors.data[i], strangers.data[i] = 7*anchors.data[i]+50, 7*strangers.data[i]+50
	}
	g := embedded{method: Method{Name: "x", Dimension: 8, Metric: loc2vec.Euclidean}}
	for range galleryViews() {
		g.views = append(g.views, strangers)
	}
	g.views[anchorView] = anchors
	boot := newBootstrap(blocksOfOne(n), rng)
	row := healthOf(g, boot)
	if math.Abs(row.Alignment.Value-2) > 0.15 {
		t.Errorf("alignment with strangers is %v, want about 2", row.Alignment.Value)
	}
	if row.EffectiveRank.Value < 7.8 || row.EffectiveRank.Value > 8 || row.Collapsed {
		t.Errorf("effective rank %v of 8 independent numbers", row.EffectiveRank.Value)
	}
	if e := row.EffectiveRank; !(e.Low < e.Value && e.Value < e.High) || e.High-e.Low > 0.5 {
		t.Errorf("interval of the effective rank %v", row.EffectiveRank)
	}

	constant := embedded{method: g.method}
	for range galleryViews() {
		constant.views = append(constant.views, newMatrix(n, 8))
	}
	row = healthOf(constant, boot)
	if !row.Collapsed || row.Uniformity != 0 || row.Alignment.Value != 0 {
		t.Errorf("a constant embedding: %+v", row)
	}
}
