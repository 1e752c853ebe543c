package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/klauspost/compress/flate"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/internal/mvt/mvttest"
)

// fuzzedTiles are programs of a tile of discs and of one of a line.
func fuzzedTiles() (disc, line []byte) {
	return []byte{1, 0, 1, 0x2c, 1, 0xff, 0xff, 0, 16, 0, 16, 0, 0}, []byte{1, 3, 2 | 8, 0x58, 2, 0xff, 0x0f, 0, 16, 0, 16, 90, 0}
}

// TestMakePack: the packs that FuzzPack begins with are sound, with one directory and with leaves, and mutations of
// them that must not be sound are not.
func TestMakePack(t *testing.T) {
	disc, line := fuzzedTiles()
	for name, c := range map[string]struct {
		directories []byte
		sound       bool
	}{
		"one tile":       {[]byte{0, 1, 0, 0}, true},
		"a run":          {[]byte{0, 1, 0, 0, 3, 200, 1, 0}, true},
		"leaves":         {[]byte{0, 1, 0, 0, 1, 1, 1, 0, 1, 2, 0, 13 << 4}, true},
		"a short leaf":   {[]byte{0, 1, 0, 0, 1, 1, 1, leafStarts}, false},
		"a wrong offset": {[]byte{0, 1, 0, wrongOffset, 3, 200, 1, 0}, false},
		"a wrong length": {[]byte{0, 1, 0, 0, 3, 200, 1, wrongLength}, false},
	} {
		file := makePack(t, c.directories, slices.Concat(disc, line)[:len(disc)*(1+len(c.directories)/8)], []byte("[]"))
		p, err := Open(bytes.NewReader(file), int64(len(file)))
		if err == nil {
			err = p.Verify(t.Context())
		}
		if (err == nil) != c.sound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPack opens, reads and verifies packs that are made of a program for their directories, of programs for their tiles
// (mvttest.Tile) and of a value of their metadata. Lengths, offsets, counts and checksums are right unless the program says
// otherwise, so most inputs get as far as their tiles, or to the end.
func FuzzPack(f *testing.F) {
	disc, line := fuzzedTiles()
	f.Add([]byte{0, 1, 0, 0}, disc, []byte("1"))
	f.Add([]byte{0, 1, 0, 0, 3, 200, 1, 0}, slices.Concat(disc, line), []byte(`{"a":[[[]]]}`))
	f.Add([]byte{0, 1, 0, 0, 1, 1, 1, 0, 1, 2, 2, 13 << 4}, slices.Concat(disc, line, line), []byte(`"x"`))
	f.Add([]byte{0, 1, 0, 15 << 4, 1, 1, 0, leafStarts | 15<<4}, disc, []byte("[]"))
	m := budget.New(packBudget())
	f.Fuzz(func(t *testing.T, directories, tiles, value []byte) {
		file := makePack(t, directories, tiles, value)
		m.Check(t, len(file), func() { use(t, file) })
	})
}

// Flags of a step of the directories: four bytes, namely the distance to the tile before, the length of the run, the
// number of the contents, and flags. The high half of the flags is the number of times that the step is repeated, as a
// power of two.
const (
	leafStarts = 1 << iota // where the one before has too few entries
	wrongOffset
	wrongLength
	longRun // 256 times as long
)

// mostFuzzed bounds the bytes of a tile of FuzzPack: FuzzTileShapes of raster draws tiles up to the limit.
const mostFuzzed = 1 << 17

// mostEntries bounds the entries of FuzzPack: more than a small pack may have.
const mostEntries = 1<<16 + 1<<10

// makePack returns a file of the programs.
func makePack(t *testing.T, directories, tiles, value []byte) []byte {
	var data []byte
	var contents []entry // without numbers
	var shapes []map[string]int
	for len(tiles) > 0 && len(contents) < 64 {
		n := min(1+12*int(tiles[0]&15), len(tiles))
		tile := mvttest.Tile(tiles[1:n], mostFuzzed)
		packed := appendMember(t, nil, tile, flate.HuffmanOnly) // an eighth of the tile: one that expands to more than 16 times as much is refused unread
		contents = append(contents, entry{offset: uint64(len(data)), length: uint32(len(packed))})
		shapes = append(shapes, countShapes(tile))
		data, tiles = append(data, packed...), tiles[n:]
	}
	world := []loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: -85.05, Lon: -180}, Max: loc2vec.LatLon{Lat: 85.05, Lon: 180}}}
	m := Metadata{FormatVersion: FormatVersion, Area: world, Contents: len(contents), Features: map[string]int{}}
	var leaves [][]entry
	next := uint64(loc2vec.FirstTileID)
	for ; len(directories) >= 4 && len(contents) > 0; directories = directories[4:] {
		flags, which := directories[3], int(directories[2])%len(contents)
		for i := range min(1<<(flags>>4), mostEntries-m.Entries) {
			if n := len(leaves); n == 0 || len(leaves[n-1]) == leafEntries || i == 0 && flags&leafStarts != 0 {
				leaves = append(leaves, nil)
			}
			leaf := &leaves[len(leaves)-1]
			e := contents[which]
			e.id, e.run = next+uint64(directories[0]), uint32(directories[1])
			if flags&longRun != 0 {
				e.run <<= 8
			}
			if flags&wrongOffset != 0 {
				e.offset++
			}
			if flags&wrongLength != 0 {
				e.length--
			}
			*leaf, next = append(*leaf, e), max(e.end(), e.id+1)
			m.Tiles += int(e.run)
			m.Entries++
			for layer, n := range shapes[which] {
				m.Features[layer] += n * int(e.run)
			}
		}
	}
	return seal(t, &m, leaves, data, value)
}

// seal returns the file of the directories and tile data.
func seal(t *testing.T, m *Metadata, directories [][]entry, data, value []byte) []byte {
	gzip := func(dst, b []byte) []byte { return appendMember(t, dst, b, flate.BestSpeed) }
	var root, leaves []byte
	if len(directories) == 1 {
		root = gzip(nil, appendDirectory(nil, directories[0]))
	} else {
		var pointers []entry
		for _, leaf := range directories {
			start := len(leaves)
			leaves = gzip(leaves, appendDirectory(nil, leaf))
			pointers = append(pointers, entry{id: leaf[0].id, offset: uint64(start), length: uint32(len(leaves) - start)})
		}
		root = gzip(nil, appendDirectory(nil, pointers))
	}
	sum := sha256.New()
	for _, section := range [][]byte{data, root, leaves} {
		sum.Write(section)
	}
	m.ContentSHA256 = hex.EncodeToString(sum.Sum(nil))
	text, err := m.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	metadata := gzip(nil, slices.Concat([]byte(`{"value":`), value, []byte(","), text[1:]))
	header := encodeHeader(sections{root: uint64(len(root)), metadata: uint64(len(metadata)), leaves: uint64(len(leaves)), tiles: uint64(len(data))}, m)
	return slices.Concat(header[:], root, metadata, leaves, data)
}

// appendMember appends a gzip member like that of a deflate.Compressor, which is slow.
func appendMember(t *testing.T, dst, b []byte, level int) []byte {
	const header = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
	packed := bytes.NewBufferString(header)
	w, err := flate.NewWriter(packed, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dst = binary.LittleEndian.AppendUint32(append(dst, packed.Bytes()...), crc32.ChecksumIEEE(b))
	return binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
}

// countShapes counts the shapes of a tile as the metadata of a pack does.
func countShapes(tile []byte) map[string]int {
	counts := map[string]int{}
	var d mvt.Decoder
	// A tile that cannot be decoded has any counts.
	_ = d.Decode(tile, func(p *loc2vec.Part) {
		if p.Kind != loc2vec.KindArea || p.Outer() {
			counts[p.Layer.String()]++
		}
	})
	return counts
}
