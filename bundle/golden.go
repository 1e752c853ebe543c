package bundle

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

const (
	goldenMagic   = "L2VG"
	goldenVersion = 1
	// goldenHeader is the length of magic, version, count, raster bytes and dimension.
	goldenHeader = 20
)

// MaxGolden returns how many golden vectors a bundle with that manifest may have.
func MaxGolden(m *Manifest) int {
	return min(maxGolden, (maxGoldenBytes-goldenHeader)/(m.rasterBytes()+4*m.Dimension))
}

// GoldenCount returns the number of golden vectors without reading them.
func (b *Bundle) GoldenCount() int {
	if b.golden == nil {
		return len(b.Golden)
	}
	return int(b.golden.size) / (b.Manifest.rasterBytes() + 4*b.Manifest.Dimension) // ReadGolden checks that it is so
}

// appendGolden appends golden.bin: a header, then each raster with its embedding.
func appendGolden(dst []byte, m *Manifest, golden []Golden) ([]byte, error) {
	if most := MaxGolden(m); len(golden) > most {
		return nil, fmt.Errorf("%d golden vectors, want at most %d of %d pixels", len(golden), most, m.Raster.Pixels)
	}
	le := binary.LittleEndian
	dst = append(dst, goldenMagic...)
	for _, v := range []int{goldenVersion, len(golden), m.rasterBytes(), m.Dimension} {
		dst = le.AppendUint32(dst, uint32(v))
	}
	for i, g := range golden {
		if len(g.Raster) != m.rasterBytes() || len(g.Embedding) != m.Dimension {
			return nil, fmt.Errorf("golden vector %d: raster of %d bytes and embedding of %d numbers, want %d and %d",
				i, len(g.Raster), len(g.Embedding), m.rasterBytes(), m.Dimension)
		}
		dst = append(dst, g.Raster...)
		for _, v := range g.Embedding {
			if v-v != 0 {
				return nil, fmt.Errorf("golden vector %d holds %v", i, v)
			}
			dst = le.AppendUint32(dst, math.Float32bits(v))
		}
	}
	return dst, nil
}

// ReadGolden returns the golden vectors. After OpenLazy each call decompresses and checks them anew;
// otherwise it returns b.Golden. Errors wrap loc2vec.ErrCorrupt or loc2vec.ErrVersion. Safe for concurrent use.
func (b *Bundle) ReadGolden() ([]Golden, error) {
	if b.golden == nil {
		return b.Golden, nil
	}
	entry := b.golden.zipEntry
	if err := entry.expand(b.golden.compressed); err != nil {
		return nil, err
	}
	if err := b.Manifest.checkFile(&entry); err != nil {
		return nil, err
	}
	golden, err := parseGolden(entry.data, &b.Manifest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", goldenEntry, err)
	}
	return golden, nil
}

// parseGolden is the inverse of appendGolden. The rasters alias b. Errors wrap ErrCorrupt or ErrVersion.
func parseGolden(b []byte, m *Manifest) ([]Golden, error) {
	if len(b) < goldenHeader || string(b[:len(goldenMagic)]) != goldenMagic {
		return nil, fmt.Errorf("%w: not golden vectors", loc2vec.ErrCorrupt)
	}
	le := binary.LittleEndian
	if v := le.Uint32(b[4:]); v != goldenVersion {
		return nil, fmt.Errorf("%w: golden vectors of format %d", loc2vec.ErrVersion, v)
	}
	count, raster, dimension := uint64(le.Uint32(b[8:])), uint64(le.Uint32(b[12:])), uint64(le.Uint32(b[16:]))
	b = b[goldenHeader:]
	if raster != uint64(m.rasterBytes()) || dimension != uint64(m.Dimension) || uint64(len(b)) != count*(raster+4*dimension) {
		return nil, fmt.Errorf("%w: %d golden vectors of %d and %d numbers in %d bytes", loc2vec.ErrCorrupt, count, raster, dimension, len(b))
	}
	if most := MaxGolden(m); count > uint64(most) {
		return nil, fmt.Errorf("%w: %d golden vectors, want at most %d", loc2vec.ErrCorrupt, count, most)
	}
	golden := make([]Golden, count)
	for i := range golden {
		golden[i].Raster, b = b[:raster:raster], b[raster:]
		golden[i].Embedding = make([]float32, dimension)
		for j := range golden[i].Embedding {
			v := math.Float32frombits(le.Uint32(b[4*j:]))
			if v-v != 0 { // NaN or infinite
				return nil, fmt.Errorf("%w: golden vector %d holds %v", loc2vec.ErrCorrupt, i, v)
			}
			golden[i].Embedding[j] = v
		}
		b = b[4*dimension:]
	}
	return golden, nil
}
