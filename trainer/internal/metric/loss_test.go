package metric

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata anew from the oracles")

// randomBatch draws embeddings that float32 holds exactly, gathered around their labels' centres.
func randomBatch(rng *rand.Rand, labels []int, dim int, spread float64) naive {
	centres := map[int][]float64{}
	b := naive{y: labels}
	for _, y := range labels {
		if centres[y] == nil {
			for range dim {
				centres[y] = append(centres[y], rng.NormFloat64())
			}
		}
		row := make([]float64, dim)
		for k := range row {
			row[k] = math.Round(1024*(centres[y][k]+spread*rng.NormFloat64())) / 1024
		}
		b.e = append(b.e, row)
	}
	all := b.allTriplets()
	for range min(12, len(all)) {
		b.triplets = append(b.triplets, all[rng.IntN(len(all))])
	}
	return b
}

// differences returns the gradient of an oracle by the five-point stencil.
func (b naive) differences(t *testing.T, name string) []float64 {
	t.Helper()
	// Large enough for the rounding of losses near 1, small enough for the bend of beta = 50.
	const h = 2e-5
	var grad []float64
	for _, row := range b.e {
		for k, v := range row {
			at := func(x float64) float64 {
				row[k] = x
				y, ok := b.oracle(name)
				if !ok {
					t.Fatalf("no oracle for %s", name)
				}
				return y
			}
			grad = append(grad, (8*(at(v+h)-at(v-h))-(at(v+2*h)-at(v-2*h)))/(12*h))
			row[k] = v
		}
	}
	return grad
}

func (b naive) fixture(name string) fixture {
	f := fixture{Case: name, Embeddings: b.e, Labels: b.y}
	for _, tr := range b.triplets {
		f.Triplets = append(f.Triplets, [3]int32{tr.A, tr.P, tr.N})
	}
	return f
}

// fixtureWithMiners fills in the lists that some recipes of fixtureLoss name.
func (b naive) fixtureWithMiners(t *testing.T, name string) fixture {
	t.Helper()
	f := b.fixture(name)
	var batch batch
	if err := load(&batch, slices.Concat(b.e...), b.y); err != nil {
		t.Fatal(err)
	}
	raw := make([]float64, batch.rows*batch.rows)
	Euclidean.matrix(raw, &batch)
	list := [][3]int32{}
	for _, tr := range (BatchHard{}).Mine(nil, raw, b.y) {
		list = append(list, [3]int32{tr.A, tr.P, tr.N})
	}
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	f.Miners = map[string]json.RawMessage{"batch_hard_raw": data}
	return f
}

func TestOracles(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 1))
		b := randomBatch(rng, []int{0, 1, 0, 2, 1, 0, 3, 2, 1, 5}, 5, 0.3+0.3*float64(seed))
		f := b.fixtureWithMiners(t, "random")
		e := slices.Concat(b.e...)
		for _, name := range oracleNames() {
			t.Run(fmt.Sprintf("%d/%s", seed, name), func(t *testing.T) {
				want, _ := b.oracle(name)
				r, grad := run(t, fixtureLoss(t, f, name), e, b.y)
				near(t, "value", []float64{r.Value}, []float64{want}, 1e-11)
				// The stencil's own error is about 1e-16/2e-5 of a loss of 1 to 30.
				near(t, "gradient", grad, b.differences(t, name), 2e-7)
			})
		}
	}
}

// TestOwnFixtures keeps the values from drifting; -update writes the file anew.
func TestOwnFixtures(t *testing.T) {
	path := filepath.Join("testdata", "own.json")
	if *update {
		b := randomBatch(rand.New(rand.NewPCG(7, 7)), []int{4, 4, 9, 4, 9, 2, 7, 2}, 3, 0.5)
		f := b.fixtureWithMiners(t, "own")
		f.Losses = map[string]fixtureValue{}
		for _, name := range oracleNames() {
			v := fixtureValue{}
			v.Value, _ = b.oracle(name)
			for row := range slices.Chunk(b.differences(t, name), 3) {
				v.Grad = append(v.Grad, row)
			}
			f.Losses[name] = v
		}
		f.GradTolerance = 2e-7
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		data = []byte(strings.NewReplacer(`,"`, ",\n\"", "{", "{\n").Replace(string(data)))
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var f fixture
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Losses) != len(oracleNames()) {
		t.Errorf("%s holds %d losses, want %d", path, len(f.Losses), len(oracleNames()))
	}
}

// TestEveryLossFallsAlongItsGradient takes a few steps downhill with every registered loss.
func TestEveryLossFallsAlongItsGradient(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			b := randomBatch(rand.New(rand.NewPCG(3, 3)), []int{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}, 16, 1.5)
			loss := newLoss(t, name, nil)
			e := slices.Concat(b.e...)
			first, grad := run(t, loss, e, b.y)
			last := first
			for range 20 {
				for i, g := range grad {
					e[i] -= 0.01 * g
				}
				last, grad = run(t, loss, e, b.y)
			}
			if !(last.Value < first.Value) {
				t.Errorf("from %v to %v", first.Value, last.Value)
			}
			if first.Terms <= 0 || first.Active <= 0 || first.Active > 1 {
				t.Errorf("unlikely counts: %+v", first)
			}
		})
	}
}

// TestInvariance: Euclidean losses do not see a shift of the whole batch, cosine losses no scale, and
// none the order of the rows.
func TestInvariance(t *testing.T) {
	b := randomBatch(rand.New(rand.NewPCG(5, 3)), []int{0, 0, 1, 1, 2, 2, 2}, 4, 0.8)
	e := slices.Concat(b.e...)
	for _, name := range Names() {
		loss := newLoss(t, name, nil)
		base, _ := run(t, loss, e, b.y)
		moved := slices.Clone(e)
		switch loss.Spec().Space {
		case Euclidean:
			for i := range moved {
				moved[i] += float64(i % 4)
			}
		case Dot:
			continue
		default:
			for i := range moved {
				moved[i] *= float64(1 + i/4)
			}
		}
		if r, _ := run(t, loss, moved, b.y); math.Abs(r.Value-base.Value) > 1e-9*math.Abs(base.Value) {
			t.Errorf("%s: %v became %v in a batch that is the same in its space", name, base.Value, r.Value)
		}
	}
}

func TestBadBatches(t *testing.T) {
	loss := newLoss(t, "softpn", nil)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		grad, embeddings []float32
		labels           []int
		want             string
	}{
		"no rows":       {nil, nil, nil, "0 embedding values"},
		"ragged":        {make([]float32, 5), make([]float32, 5), []int{1, 2}, "5 embedding values for 2 labels"},
		"short grad":    {make([]float32, 3), make([]float32, 4), []int{1, 2}, "3 gradients"},
		"no positives":  {make([]float32, 4), make([]float32, 4), []int{1, 2}, "no positives"},
		"no negatives":  {make([]float32, 4), make([]float32, 4), []int{1, 1}, "no negatives"},
		"not a number":  {make([]float32, 3), []float32{0, nan, 0}, []int{1, 1, 2}, "embedding 1 holds NaN"},
		"infinite":      {make([]float32, 3), []float32{0, 0, inf}, []int{1, 1, 2}, "embedding 2 holds +Inf"},
		"single number": {make([]float32, 1), []float32{1}, []int{1}, "no positives"},
	} {
		_, err := loss.LossGrad(c.grad, c.embeddings, c.labels)
		if !errors.Is(err, ErrBatch) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want one with %q", name, err, c.want)
		}
	}
}

func TestActiveShare(t *testing.T) {
	// On a line: anchor 0, positive 1 at 1, negatives at 1.5 (active for both) and at 5 (for none).
	e := []float64{0, 1, 1.5, 5}
	loss := newLoss(t, "triplet_ranking", nil)
	r, _ := run(t, loss, e, []int{0, 0, 1, 2})
	// Triplets (0,1,·): 1+1-1.5 and 1+1-5; (1,0,·): 1+1-0.5 and 1+1-4.
	if want := (Result{Value: 0.5, Terms: 4, Active: 0.5}); r != want {
		t.Errorf("got %+v, want %+v", r, want)
	}
}

func BenchmarkLossGrad(b *testing.B) {
	labels := make([]int, 120) // 20 places x 6 views
	for i := range labels {
		labels[i] = i / 6
	}
	rng := rand.New(rand.NewPCG(1, 1))
	e, grad := make([]float32, 120*16), make([]float32, 120*16)
	for i := range e {
		e[i] = float32(rng.NormFloat64())
	}
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			loss := newLoss(b, name, nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := loss.LossGrad(grad, e, labels); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestHingeOnOneDifficulty: on the triplets of one difficulty alone a hinge is the naive mean over those.
func TestHingeOnOneDifficulty(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const rows, dim, margin = 12, 3, 0.8
	labels := make([]int, rows)
	e := make([]float32, rows*dim)
	for i := range e {
		e[i] = float32(rng.NormFloat64())
	}
	for i := range labels {
		labels[i] = i / 3
	}
	distance := func(a, b int) float64 {
		var sum float64
		for k := range dim {
			d := float64(e[a*dim+k]) - float64(e[b*dim+k])
			sum += d * d
		}
		return math.Sqrt(sum)
	}
	for choice, is := range map[string]func(ap, an float64) bool{
		"all_hard":     func(ap, an float64) bool { return an <= ap },
		"all_semihard": func(ap, an float64) bool { return an > ap && an < ap+margin },
	} {
		var sum float64
		count := 0
		for a := range rows {
			for p := range rows {
				for n := range rows {
					if ap, an := distance(a, p), distance(a, n); p != a && labels[p] == labels[a] && labels[n] != labels[a] && is(ap, an) {
						sum += margin + ap - an
						count++
					}
				}
			}
		}
		spec, err := Lookup("triplet_ranking")
		if err != nil {
			t.Fatal(err)
		}
		loss, err := spec.New(map[string]string{"triplets": choice, "margin": "0.8"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := loss.LossGrad(make([]float32, len(e)), e, labels)
		if err != nil || got.Terms != count || math.Abs(got.Value-sum/float64(count)) > 1e-9 {
			t.Errorf("%s: %+v, %v; want %v over %d", choice, got, err, sum/float64(count), count)
		}
	}
}
