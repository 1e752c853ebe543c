package eval

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/loc2vec/loc2vec"
	"gonum.org/v1/gonum/mat"
)

func TestSummaryAgainstNaiveLoops(t *testing.T) {
	for _, pixels := range []int{32, 50, 128} {
		s := newDescriber(pixels)
		image := make([]uint8, s.size())
		rng := rand.New(rand.NewPCG(1, uint64(pixels)))
		for i := range image {
			if i/(pixels*pixels) != 3 { // one layer stays empty
				image[i] = uint8(rng.UintN(256))
			}
		}
		got := make([]Descriptor, 1)
		s.describe(got, image)
		for c := range loc2vec.NumLayers {
			var total float64
			var ring, area [rings]float64
			for y := range pixels {
				for x := range pixels {
					v := float64(image[(c*pixels+y)*pixels+x]) / 255
					total += v
					r := math.Hypot(float64(x)+0.5-float64(pixels)/2, float64(y)+0.5-float64(pixels)/2)
					if k := int(3 * r / (float64(pixels) / 2)); k < rings {
						ring[k] += v
						area[k]++
					}
				}
			}
			if want := total / float64(pixels*pixels); math.Abs(float64(got[0].Coverage[c])-want) > 1e-6 {
				t.Errorf("%d px, layer %d: coverage %v, want %v", pixels, c, got[0].Coverage[c], want)
			}
			for k := range rings {
				if want := ring[k] / area[k]; math.Abs(float64(got[0].Rings[k][c])-want) > 1e-6 {
					t.Errorf("%d px, layer %d, ring %d: %v, want %v", pixels, c, k, got[0].Rings[k][c], want)
				}
			}
		}
		if pixels == 32 { // cells of 2 x 2
			p := func(y, x int) int { return int(image[(5*32+y)*32+x]) }
			want := (p(6, 8) + p(6, 9) + p(7, 8) + p(7, 9)) / 4
			if got := int(got[0].Thumb[(5*thumbSide+3)*thumbSide+4]); got != want {
				t.Errorf("thumb cell %d, want %d", got, want)
			}
		}
	}
}

func TestStandardise(t *testing.T) {
	x := random(500, 4, rand.New(rand.NewPCG(2, 2)))
	for i := range x.n {
		row := x.row(i)
		row[0] = 5*row[0] + 100
		row[3] = 7 // never varies
	}
	a := standardise(x, minDeviation)
	y := newMatrix(x.n, x.d)
	for i := range x.n {
		a.apply(y.row(i), x.row(i))
	}
	for j, mean := range columnMeans(y) {
		deviation := deviations(y)[j]
		want := 1.0
		if j == 3 {
			want = 0
		}
		if math.Abs(float64(mean)) > 1e-4 || math.Abs(deviation-want) > 1e-4 {
			t.Errorf("number %d: mean %v, deviation %v, want 0 and %v", j, mean, deviation, want)
		}
	}
}

// TestDiscriminantAgainstDefinition checks the map against the scatter matrices: unit variance within
// classes, and between classes the largest eigenvalues of within⁻¹ between.
func TestDiscriminantAgainstDefinition(t *testing.T) {
	const classes, perClass, d, k = 80, 4, 6, 3
	rng := rand.New(rand.NewPCG(3, 3))
	x := newMatrix(classes*perClass, d)
	for c := range classes {
		centre := random(1, d, rng).row(0)
		for i := range perClass {
			row := x.row(c*perClass + i)
			for j := range row {
				row[j] = centre[j]*float32(j) + float32(rng.NormFloat64())
			}
			row[1] += row[5] / 2
		}
	}
	a, err := discriminant(x, consecutive(x.n, perClass), k)
	if err != nil {
		t.Fatal(err)
	}
	y := newMatrix(x.n, k)
	for i := range x.n {
		a.apply(y.row(i), x.row(i))
	}
	within, between := scatters(x, perClass)
	var quotient mat.Dense
	if err := quotient.Solve(within, between); err != nil {
		t.Fatal(err)
	}
	var eigen mat.Eigen
	eigen.Factorize(&quotient, mat.EigenNone)
	var want []float64
	for _, v := range eigen.Values(nil) {
		want = append(want, real(v))
	}
	sort.Sort(sort.Reverse(sort.Float64Slice(want)))
	inside, across := scatters(y, perClass)
	for i := range k {
		for j := range k {
			unit, ratio := 0.0, 0.0
			if i == j {
				unit, ratio = 1, want[i]
			}
			// The tolerance is due to the ridge of a thousandth.
			if got := inside.At(i, j); math.Abs(got-unit) > 5e-3 {
				t.Errorf("within classes (%d,%d): %v, want %v", i, j, got, unit)
			}
			if got := across.At(i, j); math.Abs(got-ratio) > 1e-2*want[0] {
				t.Errorf("between classes (%d,%d): %v, want %v", i, j, got, ratio)
			}
		}
	}
}

// scatters computes the scatter matrices by their definition.
func scatters(x matrix, perClass int) (within, between *mat.Dense) {
	within, between = mat.NewDense(x.d, x.d, nil), mat.NewDense(x.d, x.d, nil)
	mean := columnMeans(x)
	for first := 0; first < x.n; first += perClass {
		centre := columnMeans(matrix{perClass, x.d, x.data[first*x.d : (first+perClass)*x.d]})
		for p := range x.d {
			for q := range x.d {
				var w float64
				for i := range perClass {
					row := x.row(first + i)
					w += float64(row[p]-centre[p]) * float64(row[q]-centre[q])
				}
				within.Set(p, q, within.At(p, q)+w/float64(x.n))
				b := float64(perClass) * float64(centre[p]-mean[p]) * float64(centre[q]-mean[q])
				between.Set(p, q, between.At(p, q)+b/float64(x.n))
			}
		}
	}
	return within, between
}

func TestPrincipalAgainstEigenvalues(t *testing.T) {
	const n, d, k = 200, 40, 5
	rng := rand.New(rand.NewPCG(4, 4))
	x := random(n, d, rng)
	for i := range n { // variances decrease as in real data
		row := x.row(i)
		for j := range row {
			row[j] /= float32(1 + j)
		}
		row[7] += row[0]
	}
	a := principal(x, k)
	y := newMatrix(n, k)
	for i := range n {
		a.apply(y.row(i), x.row(i))
	}
	boot := newBootstrap(blocksOfOne(n), rng)
	want := newMoments(x, boot).spectrum(nil)
	for j, dev := range deviations(y) {
		if got := dev * dev; math.Abs(got-want[j]) > 1e-3*want[j] {
			t.Errorf("component %d: variance %v, want %v", j, got, want[j])
		}
	}
	for i := range k {
		for j := range k {
			var dot float64
			for c := range d {
				dot += float64(a.weight[i*d+c]) * float64(a.weight[j*d+c])
			}
			if unit := map[bool]float64{true: 1}[i == j]; math.Abs(dot-unit) > 1e-4 {
				t.Errorf("components %d and %d: product %v, want %v", i, j, dot, unit)
			}
		}
	}
}
