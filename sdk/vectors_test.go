package sdk_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
)

// vectorsAround returns n vectors of the model's space, normally distributed around a random centre.
func vectorsAround(m *sdk.Model, seed uint64, n int, spread float64) []sdk.Vector {
	centre := rand.New(rand.NewPCG(seed, 0))
	var middle [loc2vec.Dimension]float64
	for i := range middle {
		middle[i] = centre.NormFloat64()
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	all := make([]sdk.Vector, n)
	for k := range all {
		all[k] = sdk.Vector{SpaceID: m.Manifest().SpaceID, Metric: m.Manifest().Distance}
		for i := range middle {
			all[k].Values[i] = float32(middle[i] + spread*rng.NormFloat64())
		}
	}
	return all
}

// foreign returns the vector in another space.
func foreign(v sdk.Vector) sdk.Vector {
	v.SpaceID = "another"
	return v
}

func TestIndex(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	x := m.NewIndex()
	vectors := vectorsAround(m, 1, 500, 1)
	for i, v := range vectors {
		if err := x.Put(fmt.Sprintf("place %03d", i), v); err != nil {
			t.Fatal(err)
		}
	}
	near, err := x.Nearest(vectors[7], 10)
	if err != nil || len(near) != 10 || near[0] != (sdk.Neighbour{ID: "place 007"}) {
		t.Fatalf("nearest %v, %v", near, err)
	}
	// Oracle: no other place is nearer than the last of them.
	for i, v := range vectors {
		d, err := sdk.Distance(vectors[7], v)
		if err != nil {
			t.Fatal(err)
		}
		in := slices.ContainsFunc(near, func(n sdk.Neighbour) bool { return n.ID == fmt.Sprintf("place %03d", i) })
		if in != (d <= near[9].Distance) {
			t.Errorf("place %d at distance %v: among the nearest %v", i, d, in)
		}
	}
	if got, err := x.Nearest(vectors[0], 1000); err != nil || len(got) != 500 {
		t.Errorf("more than there are: %d, %v", len(got), err)
	}
	if got, err := x.Nearest(vectors[0], -1); err != nil || len(got) != 0 {
		t.Errorf("less than none: %v, %v", got, err)
	}
	if v, ok := x.Get("place 003"); !ok || v != vectors[3] || !x.Remove("place 003") || x.Remove("place 003") || x.Len() != 499 {
		t.Error("place 003 was missing, or was not removed")
	}

	path := filepath.Join(t.TempDir(), "places.json")
	if err := x.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := m.LoadIndex(path)
	if err != nil || !slices.Equal(back.IDs(), x.IDs()) {
		t.Fatalf("after loading: %d places, %v", back.Len(), err)
	}
	for _, id := range x.IDs() {
		want, _ := x.Get(id)
		if got, _ := back.Get(id); got != want {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
	if none, err := m.LoadIndex(path + "x"); err != nil || none.Len() != 0 {
		t.Errorf("no file: %v", err)
	}

	// An index too large to load is not saved, and the old file stays.
	if err := back.Put(strings.Repeat("x", 64<<20), vectors[0]); err != nil {
		t.Fatal(err)
	}
	if err := back.Save(path); err == nil || !strings.Contains(err.Error(), "more than 67108864") {
		t.Errorf("too large a file: error %v", err)
	}
	if again, err := m.LoadIndex(path); err != nil || again.Len() != x.Len() {
		t.Errorf("after a save that failed: %v", err)
	}
}

// TestLabelsAreUTF8: ids and names that a file could not tell apart are refused when they are put, and whatever is put
// is loaded again.
func TestLabelsAreUTF8(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	x, c := m.NewIndex(), m.NewClasses()
	v := vectorsAround(m, 1, 1, 1)[0]
	for _, label := range []string{"a\xff", "a\xfe", "\xc3", "\xed\xa0\x80"} {
		if err := x.Put(label, v); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
			t.Errorf("index: id %q: %v", label, err)
		}
		if err := c.Add(label, v); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
			t.Errorf("classes: name %q: %v", label, err)
		}
	}
	good := []string{"\x00", "Zürich\u2028", "\ufffd", "場所 <1> & \"2\""}
	for _, label := range good {
		if err := errors.Join(x.Put(label, v), c.Add(label, v)); err != nil {
			t.Errorf("%q: %v", label, err)
		}
	}
	dir := t.TempDir()
	index, classes := filepath.Join(dir, "index.json"), filepath.Join(dir, "classes.json")
	if err := errors.Join(x.Save(index), c.Save(classes)); err != nil {
		t.Fatal(err)
	}
	again, err := m.LoadIndex(index)
	if err != nil || !slices.Equal(again.IDs(), slices.Sorted(slices.Values(good))) {
		t.Errorf("ids loaded: %v", err)
	}
	names, err := m.LoadClasses(classes)
	if err != nil || !slices.Equal(names.Names(), slices.Sorted(slices.Values(good))) {
		t.Errorf("names loaded: %v", err)
	}
}

func TestCentroidAndAnalogy(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	v := vectorsAround(m, 2, 3, 1)
	got, err := sdk.Analogy(v[0], v[1], v[2])
	if err != nil {
		t.Fatal(err)
	}
	mean, err := sdk.Centroid(v)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Values {
		if want := v[0].Values[i] - v[1].Values[i] + v[2].Values[i]; math.Abs(float64(got.Values[i]-want)) > 1e-5 {
			t.Errorf("a - b + c, number %d: %v, want %v", i, got.Values[i], want)
		}
		if want := (v[0].Values[i] + v[1].Values[i] + v[2].Values[i]) / 3; math.Abs(float64(mean.Values[i]-want)) > 1e-5 {
			t.Errorf("centroid, number %d: %v, want %v", i, mean.Values[i], want)
		}
	}
	if same, err := sdk.Analogy(v[0], v[1], v[1]); err != nil || same != v[0] {
		t.Errorf("a - b + b is %v, %v, want a", same, err)
	}
	// In a cosine space the length of a vector must not matter.
	for i := range v {
		v[i].Metric = loc2vec.Cosine
	}
	longer := v[1]
	for i := range longer.Values {
		longer.Values[i] *= 1000
	}
	a, errA := sdk.Centroid([]sdk.Vector{v[0], v[1]})
	b, errB := sdk.Centroid([]sdk.Vector{v[0], longer})
	if d, err := sdk.Distance(a, b); errors.Join(err, errA, errB) != nil || d > 1e-6 {
		t.Errorf("a longer vector moves the centroid by %v, %v", d, err)
	}
	if _, err := sdk.Centroid(nil); err == nil {
		t.Error("no error for the centroid of nothing")
	}
}

// TestSpaceMismatch: every function refuses a vector of another space.
func TestSpaceMismatch(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	v := vectorsAround(m, 3, 2, 1)
	x, c := m.NewIndex(), m.NewClasses()
	calls := map[string]func(sdk.Vector) error{
		"Put":         func(v sdk.Vector) error { return x.Put("here", v) },
		"Nearest":     func(v sdk.Vector) error { _, err := x.Nearest(v, 1); return err },
		"Add":         func(v sdk.Vector) error { return c.Add("home", v) },
		"Classify":    func(v sdk.Vector) error { _, err := c.Classify(v); return err },
		"Centroid":    func(w sdk.Vector) error { _, err := sdk.Centroid([]sdk.Vector{v[0], w}); return err },
		"Analogy b":   func(w sdk.Vector) error { _, err := sdk.Analogy(v[0], w, v[1]); return err },
		"Analogy c":   func(w sdk.Vector) error { _, err := sdk.Analogy(v[0], v[1], w); return err },
		"zero vector": func(sdk.Vector) error { return x.Put("zero", sdk.Vector{}) },
	}
	for name, call := range calls {
		if err := call(foreign(v[0])); !errors.Is(err, loc2vec.ErrSpaceMismatch) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	bad := v[0]
	bad.Values[4] = float32(math.NaN())
	if err := x.Put("nan", bad); err == nil {
		t.Error("no error for NaN")
	}
	// A file of another model.
	other, err := sdk.OpenBundle(testworld.Bundle(t, "pooled"), sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, n := range []int{0, 1} {
		path := filepath.Join(t.TempDir(), "vectors.json")
		for range n {
			if err := errors.Join(x.Put("here", v[0]), c.Add("home", v[0])); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Save(path); err != nil {
			t.Fatal(err)
		}
		if _, err := other.LoadIndex(path); !errors.Is(err, loc2vec.ErrSpaceMismatch) {
			t.Errorf("index of %d places of another model: error %v", n, err)
		}
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
		if _, err := other.LoadClasses(path); !errors.Is(err, loc2vec.ErrSpaceMismatch) {
			t.Errorf("%d classes of another model: error %v", n, err)
		}
	}
}

func TestClasses(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	c := m.NewClasses()
	home, office, other := vectorsAround(m, 11, 30, 0.05), vectorsAround(m, 12, 30, 0.05), vectorsAround(m, 13, 30, 0.05)
	if match, err := c.Classify(home[0]); err != nil || match.Class != "" || match.Nearest != "" || !math.IsInf(match.Distance, 1) {
		t.Errorf("without classes: %+v, %v", match, err)
	}
	for i := range 5 {
		if err := errors.Join(c.Add("home-like", home[i]), c.Add("office-like", office[i])); err != nil {
			t.Fatal(err)
		}
	}
	for i := 5; i < 30; i++ {
		for want, v := range map[string]sdk.Vector{"home-like": home[i], "office-like": office[i], "": other[i]} {
			match, err := c.Classify(v)
			if err != nil || match.Class != want || match.Nearest == "" || (match.Distance <= match.Threshold) != (want != "") {
				t.Errorf("place of %q: %+v, %v", want, match, err)
			}
		}
	}
	// A third class, from one example, without training.
	if err := c.Add("elsewhere", other[0]); err != nil {
		t.Fatal(err)
	}
	if match, err := c.Classify(other[9]); err != nil || match.Class != "elsewhere" {
		t.Errorf("%+v, %v", match, err)
	}
	path := filepath.Join(t.TempDir(), "classes.json")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := m.LoadClasses(path)
	if err != nil || !slices.Equal(back.Names(), []string{"elsewhere", "home-like", "office-like"}) || back.Examples("home-like") != 5 {
		t.Fatalf("after loading: %v, %v", back.Names(), err)
	}
	for _, v := range slices.Concat(home, office, other) {
		want, err1 := c.Classify(v)
		got, err2 := back.Classify(v)
		if err1 != nil || err2 != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("after loading: %+v, want %+v", got, want)
		}
	}
	if !c.Remove("elsewhere") || c.Remove("elsewhere") || c.Examples("elsewhere") != 0 {
		t.Error("the class was missing, or was not removed")
	}
	if err := c.Add("", home[0]); err == nil {
		t.Error("no error for a class without a name")
	}
}

// TestClassesConcurrently adds and classifies at the same time.
func TestClassesConcurrently(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	c, v := m.NewClasses(), vectorsAround(m, 5, 40, 0.1)
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for i := range 40 {
				if err := c.Add(fmt.Sprint("class ", (g+i)%3), v[i]); err != nil {
					t.Error(err)
				}
				if _, err := c.Classify(v[39-i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := c.Examples("class 0") + c.Examples("class 1") + c.Examples("class 2"); n != 160 {
		t.Errorf("%d examples, want 160", n)
	}
}

func TestLoadBadVectors(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	for text, want := range map[string]error{
		"":   loc2vec.ErrCorrupt,
		"[]": loc2vec.ErrCorrupt,
		`{"format":"loc2vec classes","version":1}`:                                          loc2vec.ErrCorrupt,
		`{"format":"loc2vec places","version":2,"vectors":"changed"}`:                       loc2vec.ErrVersion,
		`{"format":"loc2vec places","version":1,"vectors":[{"label":"a","values":[1,2]}]}`:  loc2vec.ErrCorrupt,
		`{"format":"loc2vec places","version":1,"vectors":[{"label":"a","values":[1e99]}]}`: loc2vec.ErrCorrupt,
		`{"format":"loc2vec places","version":1,"vectors":[]}`:                              loc2vec.ErrSpaceMismatch,
	} {
		path := filepath.Join(t.TempDir(), "places.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := m.LoadIndex(path); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", text, err, want)
		}
	}
	if err := m.NewIndex().Save(filepath.Join(t.TempDir(), "none", "places.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: error %v", err)
	}
}

func FuzzLoadIndex(f *testing.F) {
	m := open(f, "lite", sdk.Options{Engine: sdk.Go})
	x := m.NewIndex()
	if err := x.Put("a", vectorsAround(m, 1, 1, 1)[0]); err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "seed.json")
	if err := x.Save(path); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "places.json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		loaded, err := m.LoadIndex(path)
		if err != nil {
			return
		}
		for _, id := range loaded.IDs() {
			if v, _ := loaded.Get(id); v.SpaceID != m.Manifest().SpaceID {
				t.Errorf("a vector of space %q", v.SpaceID)
			}
		}
	})
}

func BenchmarkNearest(b *testing.B) {
	m := open(b, "lite", sdk.Options{Engine: sdk.Go})
	x := m.NewIndex()
	v := vectorsAround(m, 1, 5000, 1)
	for i := range v {
		if err := x.Put(fmt.Sprint(i), v[i]); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := x.Nearest(v[0], 10); err != nil {
			b.Fatal(err)
		}
	}
}
