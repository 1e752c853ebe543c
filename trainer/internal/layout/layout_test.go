package layout

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func normal(rng *rand.Rand, n, d int) *mat.Dense {
	m := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			m.Set(i, j, rng.NormFloat64())
		}
	}
	return m
}

// closer counts, by the definition of a rank, the points that are nearer to i than j.
func closer(m *mat.Dense, i, j int) int {
	distance := func(k int) float64 {
		var sum float64
		for c := range m.RawMatrix().Cols {
			sum += math.Pow(m.At(i, c)-m.At(k, c), 2)
		}
		return math.Sqrt(sum)
	}
	nearer := 0
	for k := range m.RawMatrix().Rows {
		if k != i && k != j && distance(k) < distance(j) {
			nearer++
		}
	}
	return nearer
}

// Against equations 2 and 3 of Venna and Kaski, written down with sets of neighbours.
func TestCompareAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n, k = 40, 7
	points, flat := normal(rng, n, 5), normal(rng, n, 2)
	for i := range n / 2 { // half of the points keep two coordinates
		flat.SetRow(i, points.RawRowView(i)[:2])
	}
	got, err := Compare(points, flat, k)
	if err != nil {
		t.Fatal(err)
	}
	penalty := func(truth, seen *mat.Dense) float64 {
		var sum float64
		for i := range n {
			for j := range n {
				if i == j || closer(seen, i, j) >= k {
					continue
				}
				if rank := closer(truth, i, j) + 1; rank > k {
					sum += float64(rank - k)
				}
			}
		}
		return 1 - 2/float64(n*k*(2*n-3*k-1))*sum
	}
	if want := penalty(points, flat); math.Abs(got.Trustworthiness-want) > 1e-12 {
		t.Errorf("trustworthiness %v, want %v", got.Trustworthiness, want)
	}
	if want := penalty(flat, points); math.Abs(got.Continuity-want) > 1e-12 {
		t.Errorf("continuity %v, want %v", got.Continuity, want)
	}
	if same, err := Compare(points, points, k); err != nil || same.Trustworthiness != 1 || same.Continuity != 1 {
		t.Errorf("points compared with themselves: %+v, %v", same, err)
	}
	if _, err := Compare(points, flat, n/2); err == nil {
		t.Error("no error for half of the points as neighbours")
	}
}

func TestPrincipal(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	points := normal(rng, 400, 4)
	for i := range 400 { // a long axis along (0, 3, 0, -4) / 5, a shorter one along the first coordinate
		long := 30 * rng.NormFloat64()
		points.Set(i, 0, 5*points.At(i, 0))
		points.Set(i, 1, points.At(i, 1)+0.6*long+100)
		points.Set(i, 3, points.At(i, 3)-0.8*long)
	}
	y, err := Principal(points, 5)
	if err != nil {
		t.Fatal(err)
	}
	var last float64
	for k := range 5 {
		deviation := stat.StdDev(mat.Col(nil, k, y), nil)
		if k > 0 && deviation > last {
			t.Errorf("component %d deviates by %v, the one before by %v", k, deviation, last)
		}
		last = deviation
		if mean := stat.Mean(mat.Col(nil, k, y), nil); math.Abs(mean) > 1e-9 {
			t.Errorf("component %d has the mean %v", k, mean)
		}
		for j := range k {
			if r := stat.Covariance(mat.Col(nil, k, y), mat.Col(nil, j, y), nil); math.Abs(r) > 1e-8 {
				t.Errorf("components %d and %d have the covariance %v", k, j, r)
			}
		}
	}
	if last != 0 {
		t.Errorf("a fifth component of four dimensions deviates by %v", last)
	}
	if one, err := Principal(mat.NewDense(1, 4, []float64{1, 2, 3, 4}), 2); err != nil || !mat.Equal(one, mat.NewDense(1, 2, nil)) {
		t.Errorf("the components of one point are %v, %v", one, err)
	}
	if r := stat.Correlation(mat.Col(nil, 0, y), mat.Col(nil, 3, points), nil); r < 0.99 {
		t.Errorf("the first component correlates with the largest weight by %v, want nearly 1", r)
	}
}

// The assignment is the best of all permutations.
func TestAssignAgainstPermutations(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		rows, columns := 1+rng.IntN(5), 6
		costs := normal(rng, rows, columns)
		total := func(of []int) float64 {
			var sum float64
			for r, c := range of {
				sum += costs.At(r, c)
			}
			return sum
		}
		best := math.Inf(1)
		var try func(of []int)
		try = func(of []int) {
			if len(of) == rows {
				best = min(best, total(of))
				return
			}
			for c := range columns {
				if !slices.Contains(of, c) {
					try(append(of, c))
				}
			}
		}
		try(make([]int, 0, rows))
		if got := total(assign(rows, columns, costs.At)); math.Abs(got-best) > 1e-9 {
			t.Fatalf("an assignment costs %v, the best one %v", got, best)
		}
	}
}

func TestSnap(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	cells, err := Snap(normal(rng, 30, 2), 6, 5)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[image.Point]bool{}
	for _, c := range cells {
		if seen[c] || !c.In(image.Rect(0, 0, 6, 5)) {
			t.Errorf("cell %v is taken twice or outside the grid", c)
		}
		seen[c] = true
	}
	// Points that lie on a grid stay there, y pointing up.
	grid := mat.NewDense(4, 2, []float64{0, 0, 10, 0, 0, 4, 10, 4})
	cells, err = Snap(grid, 2, 2)
	if want := []image.Point{{X: 0, Y: 1}, {X: 1, Y: 1}, {X: 0, Y: 0}, {X: 1, Y: 0}}; err != nil || !slices.Equal(cells, want) {
		t.Errorf("a grid is snapped to %v, %v, want %v", cells, err, want)
	}
	if cells, err = Snap(mat.NewDense(3, 2, nil), 2, 2); err != nil || len(cells) != 3 {
		t.Errorf("equal points: %v, %v", cells, err)
	}
	if _, err := Snap(grid, 1, 3); err == nil {
		t.Error("no error for four points in three cells")
	}
}

func TestPoints(t *testing.T) {
	if m, err := Points([]float32{1, 2, 3, 4}, 2); err != nil || m.At(1, 0) != 3 {
		t.Errorf("%v, %v", m, err)
	}
	for _, bad := range [][]float32{nil, {1, 2, 3}, {1, float32(math.NaN())}} {
		if _, err := Points(bad, 2); err == nil {
			t.Errorf("no error for %v", bad)
		}
	}
}

func BenchmarkSnap(b *testing.B) {
	points := normal(rand.New(rand.NewPCG(9, 10)), 676, 2)
	for b.Loop() {
		if _, err := Snap(points, 26, 26); err != nil {
			b.Fatal(err)
		}
	}
}
