package layout

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// clusters returns points [N][8] around each of the centres, which lie apart from each other, and the cluster of each.
func clusters(rng *rand.Rand, centres, each int) (*mat.Dense, []int) {
	points, of := mat.NewDense(centres*each, 8, nil), make([]int, centres*each)
	for i := range of {
		of[i] = i % centres
		for j := range 8 {
			v := rng.NormFloat64()
			if j == of[i] {
				v += 12
			}
			points.Set(i, j, v)
		}
	}
	return points, of
}

// divergence is the Kullback-Leibler divergence between P and Q by its definition (BH, equation 4).
func divergence(p [][]neighbour, at []plane) float64 {
	affinity := func(i, j int) float64 {
		return 1 / (1 + (at[i].x-at[j].x)*(at[i].x-at[j].x) + (at[i].y-at[j].y)*(at[i].y-at[j].y))
	}
	var total, sum float64
	for i := range at {
		for j := range at {
			if i != j {
				total += affinity(i, j)
			}
		}
	}
	for i := range p {
		for _, m := range p[i] {
			sum += m.p * math.Log(m.p/(affinity(i, m.point)/total))
		}
	}
	return sum
}

func TestGradientByFiniteDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	points, _ := clusters(rng, 3, 20)
	p := neighbourhoods(points, 10)
	at := make([]plane, len(p))
	for i := range at {
		at[i] = plane{3 * rng.NormFloat64(), 3 * rng.NormFloat64()}
	}
	at[7] = at[8] // in one leaf of the tree
	exact := gradient(p, at, 1, 0)
	const step = 1e-5
	for i := range at {
		for k, value := range []*float64{&at[i].x, &at[i].y} {
			before := *value
			*value = before + step
			up := divergence(p, at)
			*value = before - step
			down := divergence(p, at)
			*value = before
			want, got := (up-down)/(2*step), []float64{exact[i].x, exact[i].y}[k]
			if math.Abs(got-want) > 1e-7 {
				t.Errorf("point %d, axis %d: gradient %v, want %v", i, k, got, want)
			}
		}
	}
	// The approximation is near the exact gradient, and is one.
	var off, size float64
	same := true
	for i, g := range gradient(p, at, 1, theta) {
		off += math.Hypot(g.x-exact[i].x, g.y-exact[i].y)
		size += math.Hypot(exact[i].x, exact[i].y)
		same = same && g == exact[i]
	}
	if off > 0.05*size || same {
		t.Errorf("the approximation is off by %.3f of the gradient", off/size)
	}
}

// The probabilities add up to 1, are symmetric, and have the perplexity asked for.
func TestNeighbourhoods(t *testing.T) {
	points, _ := clusters(rand.New(rand.NewPCG(3, 4)), 4, 40)
	joint := map[[2]int]float64{}
	var sum float64
	for i, near := range neighbourhoods(points, 15) {
		for _, m := range near {
			joint[[2]int{i, m.point}] = m.p
			sum += m.p
		}
	}
	for pair, p := range joint {
		if q := joint[[2]int{pair[1], pair[0]}]; math.Abs(p-q) > 1e-15 {
			t.Fatalf("pair %v has %v, and %v the other way round", pair, p, q)
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("the probabilities add up to %v", sum)
	}
	for i := range 5 {
		var entropy float64
		for _, m := range conditionals(points, i, 45, 15) {
			entropy -= m.p * math.Log(m.p)
		}
		if got := math.Exp(entropy); math.Abs(got-15) > 1e-3 {
			t.Errorf("point %d: perplexity %v, want 15", i, got)
		}
	}
}

// Known clusters come out apart: the nearest point is of the same cluster, and clusters do not overlap.
func TestClustersSeparate(t *testing.T) {
	points, of := clusters(rand.New(rand.NewPCG(5, 6)), 5, 60)
	y := layOut(t, points, 7)
	for i := range of {
		for j, rank := range ranks(y, i) {
			if rank > 0 && rank <= 10 && of[j] != of[i] {
				t.Fatalf("of the ten points nearest to point %d of cluster %d, one is of cluster %d", i, of[i], of[j])
			}
		}
	}
	f, err := Compare(points, y, 10)
	if err != nil {
		t.Fatal(err)
	}
	if f.Trustworthiness < 0.9 || f.Continuity < 0.9 {
		t.Errorf("%+v", f)
	}
}

func layOut(t *testing.T, points *mat.Dense, seed uint64) *mat.Dense {
	t.Helper()
	y, err := TSNE(t.Context(), points, rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// The same seed gives the same layout to the bit on any number of cores; another seed gives another one.
func TestSameSeedSameLayout(t *testing.T) {
	points, _ := clusters(rand.New(rand.NewPCG(7, 8)), 3, 70)
	cores := runtime.GOMAXPROCS(1)
	one := layOut(t, points, 1)
	runtime.GOMAXPROCS(4)
	defer runtime.GOMAXPROCS(cores)
	if four := layOut(t, points, 1); !mat.Equal(one, four) {
		t.Error("four cores lay out another picture than one")
	}
	if mat.Equal(one, layOut(t, points, 2)) {
		t.Error("another seed gives the same layout")
	}
}

func TestTSNEOfPoorPoints(t *testing.T) {
	equal := mat.NewDense(30, 3, nil)
	y := layOut(t, equal, 1)
	for _, v := range y.RawMatrix().Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("equal points are laid out at %v", v)
		}
	}
	layOut(t, mat.NewDense(5, 1, []float64{1, 1, 1, 2, 9}), 1)
	if _, err := TSNE(t.Context(), mat.NewDense(4, 3, nil), rand.New(rand.NewPCG(1, 1))); err == nil {
		t.Error("no error for four points")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := TSNE(ended, equal, rand.New(rand.NewPCG(1, 1))); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled layout returns %v", err)
	}
}

func BenchmarkTSNE(b *testing.B) {
	points, _ := clusters(rand.New(rand.NewPCG(9, 10)), 7, 100)
	for b.Loop() {
		if _, err := TSNE(b.Context(), points, rand.New(rand.NewPCG(1, 1))); err != nil {
			b.Fatal(err)
		}
	}
}
