package bundle

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
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
	// The entries expand to 25 MB at most.
	m := budget.New(budget.Limit{Memory: 64 << 20, MemoryPerByte: 16, Time: 500 * time.Millisecond, TimePerByte: time.Microsecond})
	f.Fuzz(func(t *testing.T, file []byte) {
		var b *Bundle
		var err error
		m.Check(t, len(file), func() { b, err = Open(bytes.NewReader(file), int64(len(file))) })
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

// FuzzEntries reads the entries of a bundle without their checksums. A value of a manifest's evaluation has some 50 times as
// many bytes in memory as in the file, where lists are empty.
func FuzzEntries(f *testing.F) {
	meter := budget.New(budget.Limit{Memory: 1 << 20, MemoryPerByte: 200, Time: 50 * time.Millisecond, TimePerByte: time.Microsecond})
	f.Fuzz(func(t *testing.T, manifest, golden []byte) {
		meter.Check(t, len(manifest)+len(golden), func() { readEntries(t, manifest, golden) })
	})
}

// readEntries fails the test if golden vectors that can be read are not those of the manifest.
func readEntries(t *testing.T, manifest, golden []byte) {
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
}

// TestManifestMemory: the values that take most memory for their bytes keep within the budget of FuzzEntries, and deeply
// nested ones are refused.
func TestManifestMemory(t *testing.T) {
	const n = 200_000
	b := exampleBundle()
	if err := Write(io.Discard, b); err != nil {
		t.Fatal(err)
	}
	text, err := b.Manifest.encode()
	if err != nil {
		t.Fatal(err)
	}
	meter := budget.New(budget.Limit{Memory: 1 << 20, MemoryPerByte: 200, Time: 50 * time.Millisecond, TimePerByte: time.Microsecond})
	for name, value := range map[string]string{
		"empty lists":   "[" + strings.Repeat("[],", n) + "1]",
		"empty objects": "[" + strings.Repeat("{},", n) + "1]",
		"objects":       "[" + strings.Repeat(`{"":0},`, n) + "1]",
		"keys":          `{` + strings.Repeat(`"":0,`, n) + `"":0}`,
		"nested":        strings.Repeat("[", n) + strings.Repeat("]", n),
	} {
		changed := strings.Replace(string(text), `"files"`, `"evaluation":{"x":`+value+`},"files"`, 1)
		t.Run(name, func(t *testing.T) {
			meter.Check(t, len(changed), func() { readEntries(t, []byte(changed), nil) })
		})
	}
}
