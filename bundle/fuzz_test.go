package bundle

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// checkDamage fails unless the error is one that damaged files have.
func checkDamage(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
		t.Fatalf("%v is neither ErrCorrupt nor ErrVersion", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := Open(bytes.NewReader(file), int64(len(file)))
		checkDamage(t, err)
		if err != nil {
			return
		}
		// What was read can be written, and is the same again.
		var again bytes.Buffer
		if err := Write(&again, b); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(bytes.NewReader(again.Bytes()), int64(again.Len())); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzEntries reads the entries of a bundle without their checksums.
func FuzzEntries(f *testing.F) {
	f.Fuzz(func(t *testing.T, manifest, golden []byte) {
		var m Manifest
		if err := m.decode(manifest); err != nil {
			checkDamage(t, err)
			return
		}
		vectors, err := parseGolden(golden, &m)
		checkDamage(t, err)
		for _, g := range vectors {
			if len(g.Raster) != m.rasterBytes() || len(g.Embedding) != m.Dimension {
				t.Fatalf("a vector of %d and %d numbers", len(g.Raster), len(g.Embedding))
			}
			for _, v := range g.Embedding {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					t.Fatalf("a vector holds %v", v)
				}
			}
		}
	})
}
