package bundle_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// testBundle returns a small bundle. Its model is no model: nothing here runs it.
func testBundle() *bundle.Bundle {
	rng := rand.New(rand.NewPCG(1, 2))
	b := &bundle.Bundle{
		Manifest: bundle.Manifest{
			SchemaHash:   "5c4e3a",
			Raster:       raster.Spec{Metres: 200, Pixels: 4},
			Dimension:    3,
			Distance:     loc2vec.Euclidean,
			Input:        bundle.TensorSpec{Name: "raster", Type: "uint8", Shape: []int{-1, 12, 4, 4}},
			Output:       bundle.TensorSpec{Name: "embedding", Type: "float32", Shape: []int{-1, 3}},
			Quantisation: "int8",
			Provenance: bundle.Provenance{
				Command: "loc2vec train", Seed: 7, Steps: 100, Loss: "softpn", Net: "lite",
				Packs: []bundle.Pack{{Name: "monaco", ContentSHA256: "00", Attribution: "© OpenStreetMap contributors, ODbL 1.0"}},
			},
			Evaluation: map[string]any{"recall_at_1": 0.5},
		},
		Model: bytes.Repeat([]byte("not a model "), 20),
	}
	for range 3 {
		g := bundle.Golden{Raster: make([]byte, 12*4*4), Embedding: make([]float32, 3)}
		for i := range g.Raster {
			g.Raster[i] = byte(rng.UintN(256))
		}
		for i := range g.Embedding {
			g.Embedding[i] = float32(rng.NormFloat64())
		}
		b.Golden = append(b.Golden, g)
	}
	return b
}

func writeBundle(t testing.TB, b *bundle.Bundle) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := bundle.Write(&w, b); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

func openBundle(b []byte) (*bundle.Bundle, error) {
	return bundle.Open(bytes.NewReader(b), int64(len(b)))
}

func TestBundleRoundTrip(t *testing.T) {
	want := testBundle()
	file := writeBundle(t, want)
	got, err := openBundle(file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !bytes.Equal(file, writeBundle(t, testBundle())) {
		t.Error("the same bundle makes other bytes")
	}
}

// TestBundleIsZip reads a bundle with the standard library.
func TestBundleIsZip(t *testing.T) {
	want := testBundle()
	file := writeBundle(t, want)
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		entry, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(entry)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if f.Name == "encoder.onnx" && !bytes.Equal(data, want.Model) {
			t.Errorf("%s differs", f.Name)
		}
	}
	if !reflect.DeepEqual(names, []string{"manifest.json", "encoder.onnx", "golden.bin"}) {
		t.Errorf("entries %q", names)
	}
}

// TestSpaceID changes, one by one, everything that makes two spaces different, and something that
// does not.
func TestSpaceID(t *testing.T) {
	id := func(change func(b *bundle.Bundle)) string {
		b := testBundle()
		change(b)
		writeBundle(t, b)
		return b.Manifest.SpaceID
	}
	first := id(func(*bundle.Bundle) {})
	for name, change := range map[string]func(b *bundle.Bundle){
		"model":    func(b *bundle.Bundle) { b.Model[0]++ },
		"schema":   func(b *bundle.Bundle) { b.Manifest.SchemaHash += "0" },
		"metres":   func(b *bundle.Bundle) { b.Manifest.Raster.Metres++ },
		"distance": func(b *bundle.Bundle) { b.Manifest.Distance = loc2vec.Cosine },
	} {
		if id(change) == first {
			t.Errorf("another %s, the same space", name)
		}
	}
	if id(func(b *bundle.Bundle) { b.Manifest.Provenance.Seed++ }) != first {
		t.Error("the same model from another seed is another space")
	}
}

// TestBundleDamage truncates a small bundle at every length and changes each of its bytes.
func TestBundleDamage(t *testing.T) {
	want := testBundle()
	good := writeBundle(t, want)
	for n := range good {
		if _, err := openBundle(good[:n]); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	if _, err := openBundle(append(bytes.Clone(good), 0)); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Fatalf("a byte too many: %v", err)
	}
	for i := range good {
		for _, flip := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(good)
			bad[i] ^= flip
			b, err := openBundle(bad)
			// The bits that fill up the last byte of a compressed entry say nothing.
			if err == nil && !reflect.DeepEqual(b, want) || err != nil && !errors.Is(err, loc2vec.ErrCorrupt) {
				t.Fatalf("byte %d changed by %#x: %v", i, flip, err)
			}
		}
	}
}

// TestPackedBundle: the golden vectors that are read later are the same, and damage to them is found
// then.
func TestPackedBundle(t *testing.T) {
	want := testBundle()
	good := writeBundle(t, want)
	open := func(file []byte) (*bundle.Bundle, []bundle.Golden, error) {
		b, err := bundle.OpenLazy(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return nil, nil, err
		}
		golden, err := b.ReadGolden()
		return b, golden, err
	}
	b, golden, err := open(good)
	if err != nil {
		t.Fatal(err)
	}
	if b.Golden != nil || !reflect.DeepEqual(golden, want.Golden) {
		t.Errorf("%d golden vectors at first, then %v", len(b.Golden), golden)
	}
	if again, err := b.ReadGolden(); err != nil || !reflect.DeepEqual(again, golden) {
		t.Errorf("read again: %v, %v", again, err)
	}
	if !bytes.Equal(writeBundle(t, b), good) {
		t.Error("written again, it has other bytes")
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x80
		_, golden, err := open(bad)
		// The bits that fill up the last byte of a compressed entry say nothing.
		if err == nil && !reflect.DeepEqual(golden, want.Golden) || err != nil && !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
}

func TestWriteBundleRejects(t *testing.T) {
	for name, spoil := range map[string]func(b *bundle.Bundle){
		"pixels":        func(b *bundle.Bundle) { b.Manifest.Raster.Pixels = -1 },
		"metres":        func(b *bundle.Bundle) { b.Manifest.Raster.Metres = math.NaN() },
		"dimension":     func(b *bundle.Bundle) { b.Manifest.Dimension = 4 },
		"distance":      func(b *bundle.Bundle) { b.Manifest.Distance = "far" },
		"input":         func(b *bundle.Bundle) { b.Manifest.Input.Shape[1] = 3 },
		"output":        func(b *bundle.Bundle) { b.Manifest.Output.Type = "float64" },
		"golden raster": func(b *bundle.Bundle) { b.Golden[1].Raster = nil },
		"golden NaN":    func(b *bundle.Bundle) { b.Golden[1].Embedding[0] = float32(math.NaN()) },
		"evaluation":    func(b *bundle.Bundle) { b.Manifest.Evaluation["x"] = math.Inf(1) },
	} {
		b := testBundle()
		spoil(b)
		if err := bundle.Write(io.Discard, b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCheckSchemas(t *testing.T) {
	region, manifest := &pack.Metadata{Name: "p", SchemaHash: "aaaa"}, &bundle.Manifest{SchemaHash: "aaaa"}
	if err := bundle.CheckSchemas(region, manifest); err != nil {
		t.Error(err)
	}
	manifest.SchemaHash = "bbbb"
	err := bundle.CheckSchemas(region, manifest)
	if !errors.Is(err, loc2vec.ErrSchemaMismatch) || !strings.Contains(err.Error(), "aaaa") || !strings.Contains(err.Error(), "bbbb") {
		t.Error(err)
	}
}
