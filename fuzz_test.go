package loc2vec

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

// checkDamage fails unless the error is one that damaged files have.
func checkDamage(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
		t.Fatalf("%v is neither ErrCorrupt nor ErrVersion", err)
	}
}

// usePack does with a pack what its users do.
func usePack(t *testing.T, file []byte) {
	p, err := OpenPack(bytes.NewReader(file), int64(len(file)))
	checkDamage(t, err)
	if err != nil {
		return
	}
	var d TileDecoder
	var mvt []byte
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
		_, _ = p.Contains(LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: b.Min.Lon})
		read, err := p.ReadTile(mvt[:0], tile)
		if err != nil {
			// A leaf directory may list tiles that the root directory does not find in it.
			if !errors.Is(err, ErrNoCoverage) {
				checkDamage(t, err)
			}
			continue
		}
		mvt = read
		checkDamage(t, d.Decode(mvt, func(*Part) {}))
	}
	// A run may cover the world.
	if n <= 50 {
		checkDamage(t, p.Verify())
	}
}

func FuzzOpenPack(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(usePack)
}

// FuzzPackSections opens packs that are consistent outside, with anything inside: checksums keep most
// of what FuzzOpenPack tries from getting that far.
func FuzzPackSections(f *testing.F) {
	f.Fuzz(func(t *testing.T, root, leaf, metadata, tile []byte) {
		usePack(t, assemblePack(t, packParts{root: root, leaf: leaf, metadata: metadata, tile: tile}))
	})
}

func FuzzTileDecoder(f *testing.F) {
	var d TileDecoder
	f.Fuzz(func(t *testing.T, mvt []byte) {
		checkDamage(t, d.Decode(mvt, func(p *Part) {
			if p.Layer >= NumLayers || len(p.Points) < int(p.Kind) || p.Kind == KindDisc && len(p.Points) != 1 {
				t.Fatalf("%v of layer %v with %d points", p.Kind, p.Layer, len(p.Points))
			}
			for _, q := range p.Points {
				if max(q.X, -q.X, q.Y, -q.Y) > maxCoordinate {
					t.Fatalf("point %v", q)
				}
			}
		}))
	})
}

func FuzzOpenBundle(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := OpenBundle(bytes.NewReader(file), int64(len(file)))
		checkDamage(t, err)
		if err != nil {
			return
		}
		// What was read can be written, and is the same again.
		var again bytes.Buffer
		if err := WriteBundle(&again, b); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenBundle(bytes.NewReader(again.Bytes()), int64(again.Len())); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzBundleEntries reads the entries of a bundle without their checksums.
func FuzzBundleEntries(f *testing.F) {
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
