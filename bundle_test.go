package loc2vec_test

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
)

// testBundle returns a small bundle. Its model is no model: nothing here runs it.
func testBundle() *loc2vec.Bundle {
	rng := rand.New(rand.NewPCG(1, 2))
	b := &loc2vec.Bundle{
		Manifest: loc2vec.Manifest{
			SchemaHash:   "5c4e3a",
			Raster:       loc2vec.RasterSpec{Metres: 200, Pixels: 4},
			Dimension:    3,
			Distance:     loc2vec.Euclidean,
			Input:        loc2vec.TensorSpec{Name: "raster", Type: "uint8", Shape: []int{-1, 12, 4, 4}},
			Output:       loc2vec.TensorSpec{Name: "embedding", Type: "float32", Shape: []int{-1, 3}},
			Quantisation: "int8",
			Provenance: loc2vec.Provenance{
				Command: "loc2vec train", Seed: 7, Steps: 100, Loss: "softpn", Net: "lite",
				Packs: []loc2vec.PackOrigin{{Name: "monaco", ContentSHA256: "00", Attribution: "© OpenStreetMap contributors, ODbL 1.0"}},
			},
			Evaluation: map[string]any{"recall_at_1": 0.5},
		},
		Model: bytes.Repeat([]byte("not a model "), 20),
	}
	for range 3 {
		g := loc2vec.Golden{Raster: make([]byte, 12*4*4), Embedding: make([]float32, 3)}
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

func writeBundle(t testing.TB, b *loc2vec.Bundle) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := loc2vec.WriteBundle(&w, b); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

func openBundle(b []byte) (*loc2vec.Bundle, error) {
	return loc2vec.OpenBundle(bytes.NewReader(b), int64(len(b)))
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
	id := func(change func(b *loc2vec.Bundle)) string {
		b := testBundle()
		change(b)
		writeBundle(t, b)
		return b.Manifest.SpaceID
	}
	first := id(func(*loc2vec.Bundle) {})
	for name, change := range map[string]func(b *loc2vec.Bundle){
		"model":    func(b *loc2vec.Bundle) { b.Model[0]++ },
		"schema":   func(b *loc2vec.Bundle) { b.Manifest.SchemaHash += "0" },
		"metres":   func(b *loc2vec.Bundle) { b.Manifest.Raster.Metres++ },
		"distance": func(b *loc2vec.Bundle) { b.Manifest.Distance = loc2vec.Cosine },
	} {
		if id(change) == first {
			t.Errorf("another %s, the same space", name)
		}
	}
	if id(func(b *loc2vec.Bundle) { b.Manifest.Provenance.Seed++ }) != first {
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
	open := func(file []byte) (*loc2vec.Bundle, []loc2vec.Golden, error) {
		b, err := loc2vec.OpenPackedBundle(bytes.NewReader(file), int64(len(file)))
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
	for name, spoil := range map[string]func(b *loc2vec.Bundle){
		"pixels":        func(b *loc2vec.Bundle) { b.Manifest.Raster.Pixels = -1 },
		"metres":        func(b *loc2vec.Bundle) { b.Manifest.Raster.Metres = math.NaN() },
		"dimension":     func(b *loc2vec.Bundle) { b.Manifest.Dimension = 4 },
		"distance":      func(b *loc2vec.Bundle) { b.Manifest.Distance = "far" },
		"input":         func(b *loc2vec.Bundle) { b.Manifest.Input.Shape[1] = 3 },
		"output":        func(b *loc2vec.Bundle) { b.Manifest.Output.Type = "float64" },
		"golden raster": func(b *loc2vec.Bundle) { b.Golden[1].Raster = nil },
		"golden NaN":    func(b *loc2vec.Bundle) { b.Golden[1].Embedding[0] = float32(math.NaN()) },
		"evaluation":    func(b *loc2vec.Bundle) { b.Manifest.Evaluation["x"] = math.Inf(1) },
	} {
		b := testBundle()
		spoil(b)
		if err := loc2vec.WriteBundle(io.Discard, b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A pack in the place of a bundle, and the reverse, is told by its name.
func TestPackAndBundleAreNotMixedUp(t *testing.T) {
	bundle, pack := []byte("PK\x03\x04"+strings.Repeat("\x00", 300)), []byte("PMTiles"+"\x03"+strings.Repeat("\x00", 300))
	_, err := loc2vec.OpenBundle(bytes.NewReader(pack), int64(len(pack)))
	if !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), "this is a region pack") {
		t.Errorf("a pack as a bundle: %v", err)
	}
	_, err = loc2vec.OpenPack(bytes.NewReader(bundle), int64(len(bundle)))
	if !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), "such as a bundle") {
		t.Errorf("a bundle as a pack: %v", err)
	}
}
