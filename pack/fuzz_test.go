package pack

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// checkDamage fails unless the error is one of damaged files.
func checkDamage(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
		t.Fatalf("%v is neither ErrCorrupt nor ErrVersion", err)
	}
}

// use calls the methods of a pack like its users.
func use(t *testing.T, file []byte) {
	p, err := Open(bytes.NewReader(file), int64(len(file)))
	checkDamage(t, err)
	if err != nil {
		return
	}
	var d mvt.Decoder
	var data []byte
	last, n := uint64(0), 0
	for tile, err := range p.Tiles() {
		checkDamage(t, err)
		if err != nil {
			break
		}
		if n++; n > 50 {
			break
		}
		if !tile.Valid() || tile.ID() == last {
			t.Fatalf("tile %v after number %d", tile, last)
		}
		last = tile.ID()
		b := tile.Bounds()
		_, _ = p.Contains(loc2vec.LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: b.Min.Lon})
		read, err := p.ReadTile(data[:0], tile)
		if err != nil {
			// A leaf directory may list tiles that the root directory does not find in it.
			if !errors.Is(err, loc2vec.ErrNoCoverage) {
				checkDamage(t, err)
			}
			continue
		}
		data = read
		checkDamage(t, d.Decode(data, func(*loc2vec.Part) {}))
	}
	// A run may cover the world.
	if n <= 50 {
		checkDamage(t, p.Verify(t.Context()))
	}
}

// packBudget is what opening, reading and verifying a pack may take. Its tiles expand to 16 times as many bytes, and each of
// those is decoded twice. Runs of equal tiles take hardly any bytes: 65,536 of them have some megabytes in memory.
func packBudget() budget.Limit {
	return budget.Limit{Memory: 16 << 20, MemoryPerByte: 150, Time: 250 * time.Millisecond, TimePerByte: 6 * time.Microsecond}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte{})
	m := budget.New(packBudget())
	f.Fuzz(func(t *testing.T, file []byte) {
		m.Check(t, len(file), func() { use(t, file) })
	})
}

// FuzzSections opens packs with a valid frame and arbitrary sections: in FuzzOpen, checksums reject most inputs
// earlier.
func FuzzSections(f *testing.F) {
	m := budget.New(packBudget())
	f.Fuzz(func(t *testing.T, root, leaf, metadata, tile []byte) {
		file := assemble(t, sectionData{root: root, leaf: leaf, metadata: metadata, tile: tile})
		m.Check(t, len(file), func() { use(t, file) })
	})
}
