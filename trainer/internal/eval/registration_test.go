package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestCorrelationAgainstItsSum(t *testing.T) {
	const n, reach = 16, 3
	rng := rand.New(rand.NewPCG(1, 1))
	a, b := random(n, n, rng).data, random(n, n, rng).data
	c := newCorrelator(n)
	sum := make(spectrum, n*(n/2+1))
	addProduct(sum, c.transform(a), c.transform(b))
	got := make([]float32, (2*reach+1)*(2*reach+1))
	c.shifts(got, sum, reach)
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			var want float64
			for y := range n {
				for x := range n {
					want += float64(a[(y+dy+n)%n*n+(x+dx+n)%n]) * float64(b[y*n+x])
				}
			}
			// The spectra are float32.
			if g := got[(dy+reach)*(2*reach+1)+dx+reach]; math.Abs(float64(g)-want) > 1e-4 {
				t.Errorf("correlation at %d, %d is %v, want %v", dx, dy, g, want)
			}
		}
	}
}

// naiveOverlap is the overlap as its definition has it: sums over the cells in both rasters.
func naiveOverlap(r *registrar, a, q []uint8) float64 {
	const samples = registerSamples * registerSamples
	// cells returns [C][grid][grid] and which of them lie inside, as shares.
	cells := func(image []uint8, turn int) (layers [][]float64, inside []float64) {
		inside = make([]float64, r.grid*r.grid)
		for l := range loc2vec.NumLayers {
			layer := make([]float64, r.grid*r.grid)
			for _, at := range r.samples[turn] {
				layer[at.cell] += float64(image[l*r.pixels*r.pixels+int(at.pixel)]) / 255 / samples
				if l == 0 {
					inside[at.cell] += 1. / samples
				}
			}
			layers = append(layers, layer)
		}
		return layers, inside
	}
	square := func(layers [][]float64, i int) (sum float64) {
		for _, l := range layers {
			sum += l[i] * l[i]
		}
		return sum
	}
	whole := func(layers [][]float64) (sum float64) {
		for i := range layers[0] {
			sum += square(layers, i)
		}
		return sum
	}
	var best float64
	la, ia := cells(a, 0)
	for turn := range r.samples {
		lq, iq := cells(q, turn)
		for dy := -r.reach; dy <= r.reach; dy++ {
			for dx := -r.reach; dx <= r.reach; dx++ {
				var common, energy float64
				for y := max(0, -dy); y < min(r.grid, r.grid-dy); y++ {
					for x := max(0, -dx); x < min(r.grid, r.grid-dx); x++ {
						i, j := (y+dy)*r.grid+x+dx, y*r.grid+x
						energy += square(la, i)*iq[j] + ia[i]*square(lq, j)
						for l := range la {
							common += la[l][i] * lq[l][j]
						}
					}
				}
				best = max(best, 2*common/(energy+registerDoubt*(whole(la)+whole(lq))+1e-6))
			}
		}
	}
	return best
}

func TestOverlapAgainstItsDefinition(t *testing.T) {
	// A wide window has cells of 50 m, so that few shifts are left to be tried.
	r := newRegistrar(32, 1200, 24, 30)
	draw := func(at loc2vec.LatLon) []uint8 {
		image := make([]uint8, loc2vec.NumLayers*32*32)
		if err := (world{32, patchwork}).Draw(image, view{rotate: true, shift: 80}.pose(at, rand.New(rand.NewPCG(4, 4)))); err != nil {
			t.Fatal(err)
		}
		return image
	}
	at := loc2vec.LatLon{Lat: 50, Lon: 8}
	a, q := draw(at), draw(at.Offset(3000, 0))
	c := newCorrelator(r.grid)
	got := r.overlaps(c, []*registered{r.anchor(c, a), r.anchor(c, make([]uint8, len(a)))}, q)
	if want := naiveOverlap(r, a, q); math.Abs(float64(got[0])-want) > 1e-4 {
		t.Errorf("overlap %v, want %v", got[0], want)
	}
	if got[1] > 1e-4 {
		t.Errorf("overlap with nothing is %v", got[1])
	}
}

func TestRegistrationFindsEveryPlace(t *testing.T) {
	region := testRegion(6)
	views := []view{{}, {rotate: true}, {rotate: true, shift: 80}}
	found, err := register(t.Context(), region, views, 5, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, ranks := range found {
		for place, rank := range ranks {
			if rank != 0 {
				t.Errorf("shift %v: %d others are as near as place %d", views[k+1].shift, rank, place)
			}
		}
	}
}

func TestCeilingMeasuresTheQueriesOfTheFigure(t *testing.T) {
	region := testRegion(5)
	methods := []Method{Position(), {
		Name: "model", Role: Model, Dimension: histogramSize, Distance: Euclidean,
		Embed: func(dst []float32, v Views) error {
			for i := range v.Summaries {
				histogram(dst[i*histogramSize:(i+1)*histogramSize], &v.Summaries[i])
			}
			return nil
		},
	}}
	methods = append(methods, methods[1])
	methods[2].Name, methods[2].Role = "baseline", Baseline
	r, err := Run(t.Context(), region, methods, Options{Figures: "A", Seed: 2, Ceiling: 100})
	if err != nil {
		t.Fatal(err)
	}
	fig := r.SamePlace.Ceiling
	if fig.Places != 5 || len(fig.Rows) != 4 || fig.Rows[3].Method != registrationName {
		t.Fatalf("%+v", fig)
	}
	// The whole gallery is small enough: both tables say the same.
	for i, row := range r.SamePlace.Rows {
		for k, s := range row.Shifts {
			if got := fig.Rows[i].Shifts[k].R1.Value; got != s.R1.Value {
				t.Errorf("%s finds %v at %v m, %v in figure A", row.Method, got, s.Metres, s.R1.Value)
			}
		}
	}
	for k, w := range fig.Way {
		if w.Value != 0 && !math.IsNaN(w.Value) {
			t.Errorf("shift %v: a model that is the baseline has come %v of the way", shifts()[k], w.Value)
		}
	}
}
