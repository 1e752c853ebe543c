package metric

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixture is a file of reference values: a batch, and what losses, miners and pair weights make of
// it. testdata holds the project's own; LOC2VEC_LOSS_FIXTURES names a folder of others.
type fixture struct {
	Case       string
	Embeddings [][]float64
	Labels     []int
	Triplets   [][3]int32
	Losses     map[string]fixtureValue
	Miners     map[string]json.RawMessage
	GPW        map[string]struct {
		DLdS [][]float64
		W    [][]float64
	} `json:",omitempty"`
	Diagnostics struct{ RankMe *float64 }
	// GradTolerance replaces the tolerance of gradients for fixtures made by finite differences.
	GradTolerance float64 `json:",omitempty"`
}

type fixtureValue struct {
	Value float64
	Grad  [][]float64
}

// fixtureFolder returns the folder of the larger set of fixtures, or "" without one.
func fixtureFolder() string {
	if dir := os.Getenv("LOC2VEC_LOSS_FIXTURES"); dir != "" {
		return dir
	}
	dir := filepath.Join("..", "..", "..", "..", "shared", "fixtures", "losses") // next to the module
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	return ""
}

func fixtures(t *testing.T) []fixture {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if dir := fixtureFolder(); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || len(more) == 0 {
			t.Fatalf("no fixtures in %s (%v)", dir, err)
		}
		paths = append(paths, more...)
	}
	all := make([]fixture, len(paths))
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &all[i]); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	return all
}

// newLoss makes a loss of the registry.
func newLoss(t testing.TB, name string, params map[string]string) *Loss {
	t.Helper()
	spec, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := spec.New(params, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

// fixtureLoss makes the loss that a fixture calls name: the registry's, or one with parameters and a
// list of triplets of its own.
func fixtureLoss(t *testing.T, f fixture, name string) *Loss {
	t.Helper()
	type recipe struct {
		loss   string
		params map[string]string
		miner  string // name of a list in the fixture
	}
	recipes := map[string]recipe{
		"triplet_ranking_all":    {loss: "triplet_ranking"},
		"triplet_ranking_active": {loss: "triplet_ranking", params: map[string]string{"reduce": "active"}},
		"facenet_all":            {loss: "facenet"},
		"facenet_active":         {loss: "facenet", params: map[string]string{"reduce": "active"}},
		"facenet_semihard":       {loss: "facenet", miner: "semihard_per_pair_fallback"},
		"facenet_batch_hard":     {loss: "facenet", miner: "batch_hard_cosine"},
		"batch_hard":             {loss: "batch_hard", miner: "batch_hard_raw"},
		"batch_hard_soft":        {loss: "batch_hard", params: map[string]string{"form": "soft"}, miner: "batch_hard_raw"},
		"softmax_ratio":          {loss: "softmax_ratio", miner: "given"},
		"softmax_ratio_norm2":    {loss: "softmax_ratio", params: map[string]string{"form": "norm2"}, miner: "given"},
		"softpn":                 {loss: "softpn", miner: "given"},
		"softpn_all":             {loss: "softpn"},
		"lifted_song_hard":       {loss: "lifted_song", params: map[string]string{"bound": "max"}},
		"multisim_mined_lam1":    {loss: "multisim_mined", params: map[string]string{"lambda": "1"}},
	}
	r, ok := recipes[name]
	if !ok {
		r.loss = name
	}
	loss := newLoss(t, r.loss, r.params)
	if r.miner != "" {
		list := f.Triplets
		if r.miner != "given" {
			list = nil // or decoding would write into the fixture's
			if err := json.Unmarshal(f.Miners[r.miner], &list); err != nil {
				t.Fatal(err)
			}
		}
		loss.body.(*matrixLoss).objective.(*tripletObjective).miner = given(list)
	}
	return loss
}

// fixedTriplets mines the same triplets from every batch.
type fixedTriplets []Triplet

func (f fixedTriplets) Mine(dst []Triplet, _ []float64, _ []int) []Triplet { return append(dst, f...) }

func given(list [][3]int32) fixedTriplets {
	g := make(fixedTriplets, len(list))
	for i, t := range list {
		g[i] = Triplet{t[0], t[1], t[2]}
	}
	return g
}

// tolerances per README of the fixtures; the arithmetic is float64 in both precisions, so that only
// the rounding of the gradient is left in float32.
func tolerance(f fixture, name string, single bool) float64 {
	hard := slices.ContainsFunc([]string{"collapsed", "all_identical", "huge_scale", "zero_vector", "duplicates"},
		func(s string) bool { return strings.Contains(f.Case, s) })
	switch {
	case !single && strings.Contains(f.Case, "collapsed"):
		return 1e-8
	case !single:
		return 1e-9
	case hard && (name == "binomial" || name == "npair"):
		return 1e-3
	case hard && name == "vicreg":
		return 1e-2
	case hard:
		return 2e-4
	case name == "infonce_sym":
		return 5e-4
	}
	return 2e-5
}

// run evaluates a loss without the check on labels: fixtures hold degenerate batches, whose losses
// are defined.
func run[T Float](t *testing.T, l *Loss, embeddings []T, labels []int) (Result, []float64) {
	t.Helper()
	if err := load(&l.batch, embeddings, labels); err != nil {
		t.Fatal(err)
	}
	grad := make([]T, len(embeddings))
	r, err := evaluate(l, grad)
	if err != nil {
		t.Fatal(err)
	}
	wide := make([]float64, len(grad))
	for i, g := range grad {
		wide[i] = float64(g)
	}
	return r, wide
}

func TestFixtureLosses(t *testing.T) {
	for _, f := range fixtures(t) {
		e := slices.Concat(f.Embeddings...)
		narrow := make([]float32, len(e))
		for i, v := range e {
			narrow[i] = float32(v)
		}
		for name, want := range f.Losses {
			t.Run(f.Case+"/"+name, func(t *testing.T) {
				loss := fixtureLoss(t, f, name)
				r, grad := run(t, loss, e, f.Labels)
				near(t, "value", []float64{r.Value}, []float64{want.Value}, tolerance(f, name, false))
				near(t, "gradient", grad, slices.Concat(want.Grad...), max(f.GradTolerance, tolerance(f, name, false)))

				r, grad = run(t, loss, narrow, f.Labels)
				near(t, "float32 value", []float64{r.Value}, []float64{want.Value}, tolerance(f, name, true))
				near(t, "float32 gradient", grad, slices.Concat(want.Grad...), tolerance(f, name, true))
			})
		}
	}
}

func TestFixturePairWeights(t *testing.T) {
	for _, f := range fixtures(t) {
		e := slices.Concat(f.Embeddings...)
		for name, want := range f.GPW {
			t.Run(f.Case+"/"+name, func(t *testing.T) {
				loss := fixtureLoss(t, f, name)
				if err := load(&loss.batch, e, f.Labels); err != nil {
					t.Fatal(err)
				}
				ml := loss.body.(*matrixLoss)
				ml.derive(&loss.batch) // without the check of PairSlopes: fixtures hold degenerate batches
				tol := tolerance(f, name, false)
				near(t, "dL/dS", ml.g, slices.Concat(want.DLdS...), tol)
				near(t, "w", weights(ml.g, len(f.Labels)), slices.Concat(want.W...), tol)

				grad := make([]float64, len(e))
				loss.batch.normalise()
				Cosine.backward(grad, slices.Concat(want.DLdS...), nil, &loss.batch)
				near(t, "gradient", grad, slices.Concat(f.Losses[name].Grad...), tol)
			})
		}
	}
}

func TestFixtureMiners(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(f.Case, func(t *testing.T) {
			var b batch
			if err := load(&b, slices.Concat(f.Embeddings...), f.Labels); err != nil {
				t.Fatal(err)
			}
			raw, sphere := make([]float64, b.rows*b.rows), make([]float64, b.rows*b.rows)
			Euclidean.matrix(raw, &b)
			SquaredSphere.matrix(sphere, &b)
			var fragile bool
			if data, ok := f.Miners["cosine_miners_ulp_sensitive"]; ok {
				if err := json.Unmarshal(data, &fragile); err != nil {
					t.Fatal(err)
				}
			}
			check := func(name string, m Miner, d []float64, want [][3]int32) {
				got := m.Mine(nil, d, f.Labels)
				sortTriplets(got)
				list := given(want)
				sortTriplets(list)
				if !slices.Equal(got, []Triplet(list)) {
					t.Errorf("%s: got %v, want %v", name, got, list)
				}
			}
			for _, c := range []struct {
				name   string
				miner  Miner
				d      []float64
				sphere bool
			}{
				{"batch_hard_raw", BatchHard{}, raw, false},
				{"batch_hard_cosine", BatchHard{}, sphere, true},
				{"semihard_per_pair_fallback", SemiHard{Fallback: true}, sphere, true},
				{"semihard_per_pair_skip", SemiHard{}, sphere, true},
			} {
				data, ok := f.Miners[c.name]
				if !ok || c.sphere && fragile {
					continue
				}
				var want [][3]int32
				if err := json.Unmarshal(data, &want); err != nil {
					t.Fatal(err)
				}
				check(c.name, c.miner, c.d, want)
			}
			for name, c := range map[string]struct {
				margin float64
				d      []float64
			}{"classify_raw_m1": {1, raw}, "classify_cos_sq_m02": {0.2, sphere}} {
				data, ok := f.Miners[name]
				if !ok || name != "classify_raw_m1" && fragile {
					continue
				}
				var want struct{ Easy, SemiHard, Hard [][3]int32 }
				if err := json.Unmarshal(data, &want); err != nil {
					t.Fatal(err)
				}
				check(name+" easy", Classified{Easy, c.margin}, c.d, want.Easy)
				check(name+" semi-hard", Classified{Semi, c.margin}, c.d, want.SemiHard)
				check(name+" hard", Classified{Hard, c.margin}, c.d, want.Hard)
			}
			if data, ok := f.Miners["multisim_eps01"]; ok && !fragile {
				checkMinedPairs(t, data, &b)
			}
			if data, ok := f.Miners["offline_hard_k3_raw"]; ok {
				checkBank(t, data, f)
			}
		})
	}
}

func checkMinedPairs(t *testing.T, data json.RawMessage, b *batch) {
	t.Helper()
	var want struct{ Pos, Neg [][2]int }
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	s := make([]float64, b.rows*b.rows)
	Cosine.matrix(s, b)
	keep, expected := make([]bool, len(s)), make([]bool, len(s))
	MinePairs(keep, s, b.labels, 0.1)
	for _, pair := range slices.Concat(want.Pos, want.Neg) {
		expected[pair[0]*b.rows+pair[1]] = true
	}
	if !slices.Equal(keep, expected) {
		t.Errorf("multi-similarity miner: got %v, want %v", keep, expected)
	}
}

func checkBank(t *testing.T, data json.RawMessage, f fixture) {
	t.Helper()
	var want [][]int
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	bank := Bank{Labels: f.Labels}
	for _, v := range slices.Concat(f.Embeddings...) {
		bank.Embeddings = append(bank.Embeddings, float32(v))
	}
	dim := len(f.Embeddings[0])
	for _, row := range want {
		q := Query{ID: row[0], Embedding: bank.Embeddings[row[0]*dim : (row[0]+1)*dim], Label: f.Labels[row[0]]}
		if got := bank.Nearest(nil, q, 3); !slices.Equal(got, row[1:]) {
			t.Errorf("offline miner, query %d: got %v, want %v", row[0], got, row[1:])
		}
	}
}

func sortTriplets(list []Triplet) {
	slices.SortFunc(list, func(a, b Triplet) int {
		return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.P, b.P), cmp.Compare(a.N, b.N))
	})
}

// near fails when |got - want| exceeds tol·max(1e-3, max|want|) anywhere.
func near(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	scale := 1e-3
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol*scale) {
			t.Fatalf("%s[%d] = %v, want %v (%s)", what, i, got[i], want[i],
				fmt.Sprintf("off by %.3g of %.3g", math.Abs(got[i]-want[i])/scale, tol))
		}
	}
}
