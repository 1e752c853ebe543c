package pack_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"

	"github.com/loc2vec/loc2vec/internal/mvt/mvttest"
)

// packTile is a tile with its features.
type packTile struct {
	tile     loc2vec.Tile
	features []loc2vec.Feature
}

// writePack returns a pack of the tiles, which it sorts.
func writePack(t testing.TB, tiles []packTile) []byte {
	t.Helper()
	slices.SortFunc(tiles, func(a, b packTile) int { return cmp.Compare(a.tile.ID(), b.tile.ID()) })
	var b bytes.Buffer
	w := pack.NewWriter(&b, pack.WriterOptions{Metadata: testMetadata()})
	for _, tile := range tiles {
		if err := w.WriteTile(tile.tile, tile.features); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// testMetadata describes a pack that covers everything.
func testMetadata() pack.Metadata {
	return pack.Metadata{
		Name:        "test",
		SchemaHash:  "0123456789abcdef",
		Attribution: "© OpenStreetMap contributors, ODbL 1.0",
		Sources:     []pack.Source{{Name: "test.osm.pbf", SHA256: "00ff", Date: "2024-01-01T00:00:00Z", Bytes: 12}},
		Area: []loc2vec.Bounds{{
			Min: loc2vec.LatLon{Lat: -90, Lon: -180},
			Max: loc2vec.LatLon{Lat: 90, Lon: 180},
		}},
	}
}

func openPack(t testing.TB, b []byte) *pack.Reader {
	t.Helper()
	p, err := pack.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRoundTrip(t *testing.T) {
	tiles := randomTiles(rand.New(rand.NewPCG(1, 2)), 300)
	p := openPack(t, writePack(t, tiles))
	if err := p.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	var listed []loc2vec.Tile
	for tile, err := range p.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, tile)
	}
	for i, tile := range tiles {
		if i >= len(listed) || listed[i] != tile.tile {
			t.Fatalf("tile %d of the list is not %v", i, tile.tile)
		}
		data, err := p.ReadTile(nil, tile.tile)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := mvttest.Decode(t, data), mvttest.PartsOf(tile.features); !mvttest.Equal(got, want) {
			t.Fatalf("tile %v: %v, want %v", tile.tile, got, want)
		}
		if len(tile.features) == 0 && len(data) != 0 {
			t.Errorf("tile %v without features has %d bytes", tile.tile, len(data))
		}
	}
	if len(listed) != len(tiles) || p.Metadata().Tiles != len(tiles) {
		t.Errorf("%d tiles listed, %d in the metadata, want %d", len(listed), p.Metadata().Tiles, len(tiles))
	}
	if _, err := p.ReadTile(nil, loc2vec.Tile{X: 100, Y: 100}); !errors.Is(err, loc2vec.ErrNoCoverage) {
		t.Errorf("tile outside: %v", err)
	}
}

// manyTiles returns more tiles than fit a root directory: a random half of a square, with one disc of a random size
// each.
func manyTiles() []packTile {
	rng := rand.New(rand.NewPCG(3, 4))
	var tiles []packTile
	for x := range uint32(200) {
		for y := range uint32(200) {
			if rng.IntN(2) == 0 {
				continue
			}
			tiles = append(tiles, packTile{
				tile: loc2vec.Tile{X: 7000 + x, Y: 9000 + y},
				features: []loc2vec.Feature{{
					Layer: loc2vec.Civic, Kind: loc2vec.KindDisc, Size: uint16(1 + rng.IntN(60000)),
					Parts: [][]loc2vec.TilePoint{{{X: 1, Y: 2}}},
				}},
			})
		}
	}
	return tiles
}

func TestLeafDirectories(t *testing.T) {
	tiles := manyTiles()
	file := writePack(t, tiles)
	if binary.LittleEndian.Uint64(file[48:]) == 0 {
		t.Fatal("no leaf directories")
	}
	p := openPack(t, file)
	if err := p.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	written := make(map[loc2vec.Tile]bool)
	for _, tile := range tiles {
		written[tile.tile] = true
		data, err := p.ReadTile(nil, tile.tile)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := mvttest.Decode(t, data), mvttest.PartsOf(tile.features); !mvttest.Equal(got, want) {
			t.Fatalf("tile %v: %v, want %v", tile.tile, got, want)
		}
	}
	for x := range uint32(202) {
		for y := range uint32(202) {
			tile := loc2vec.Tile{X: 6999 + x, Y: 8999 + y}
			if covered, err := p.Covers(tile); covered != written[tile] || err != nil {
				t.Fatalf("tile %v is covered: %v, %v", tile, covered, err)
			}
		}
	}
}

// brokenReader fails on demand.
type brokenReader struct {
	io.ReaderAt
	broken bool
}

func (r *brokenReader) ReadAt(p []byte, at int64) (int, error) {
	if r.broken {
		return 0, io.ErrUnexpectedEOF
	}
	return r.ReaderAt.ReadAt(p, at)
}

// TestUnreadableDirectory: if a directory cannot be read, the covered area is unknown.
func TestUnreadableDirectory(t *testing.T) {
	tiles := manyTiles()
	file := writePack(t, tiles)
	r := &brokenReader{ReaderAt: bytes.NewReader(file)}
	p, err := pack.Open(r, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	r.broken = true
	tile := tiles[len(tiles)/2].tile
	b := tile.Bounds()
	for name, ask := range map[string]func() (bool, error){
		"Covers": func() (bool, error) { return p.Covers(tile) },
		"Home": func() (bool, error) {
			home, err := pack.Set{p}.Home(loc2vec.LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: (b.Min.Lon + b.Max.Lon) / 2})
			return home != nil, err
		},
		"Sources": func() (bool, error) {
			sources, err := pack.Set{p}.Sources(nil, tile)
			return len(sources) > 0, err
		},
		"Contains": func() (bool, error) {
			return p.Contains(loc2vec.LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: (b.Min.Lon + b.Max.Lon) / 2})
		},
	} {
		if covered, err := ask(); covered || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v, %v, want the error of reading", name, covered, err)
		}
	}
}

func TestIsDeterministic(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	tiles := randomTiles(rng, 40)
	first := writePack(t, tiles)
	for _, tile := range tiles {
		rng.Shuffle(len(tile.features), func(i, j int) {
			tile.features[i], tile.features[j] = tile.features[j], tile.features[i]
		})
	}
	if !bytes.Equal(first, writePack(t, tiles)) {
		t.Error("the order of the features shows in the pack")
	}
}

// TestDamage truncates a small pack at every length and changes each of its bytes.
func TestDamage(t *testing.T) {
	tiles := randomTiles(rand.New(rand.NewPCG(7, 8)), 3)
	good := writePack(t, tiles)
	want := make(map[loc2vec.Tile][]byte)
	for _, tile := range tiles {
		data, err := openPack(t, good).ReadTile(nil, tile.tile)
		if err != nil {
			t.Fatal(err)
		}
		want[tile.tile] = data
	}
	isKnown := func(err error) bool {
		return errors.Is(err, loc2vec.ErrCorrupt) || errors.Is(err, loc2vec.ErrVersion)
	}
	for n := range good {
		if _, err := pack.Open(bytes.NewReader(good[:n]), int64(n)); !isKnown(err) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
		// The reader ends early, although the size is right.
		p, err := pack.Open(bytes.NewReader(good[:n]), int64(len(good)))
		if err == nil {
			err = p.Verify(t.Context())
		}
		if !isKnown(err) {
			t.Fatalf("a reader of the first %d bytes: %v", n, err)
		}
	}
	for i := range good {
		for _, flip := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(good)
			bad[i] ^= flip
			p, err := pack.Open(bytes.NewReader(bad), int64(len(bad)))
			if err != nil {
				if !isKnown(err) {
					t.Fatalf("byte %d changed by %#x: %v", i, flip, err)
				}
				continue
			}
			// The padding bits of the compressed metadata have no meaning.
			err = p.Verify(t.Context())
			if err == nil && !reflect.DeepEqual(p.Metadata(), openPack(t, good).Metadata()) || err != nil && !isKnown(err) {
				t.Fatalf("byte %d changed by %#x: verify says %v", i, flip, err)
			}
			for tile, data := range want {
				got, err := p.ReadTile(nil, tile)
				if err == nil && !bytes.Equal(got, data) || err != nil && !isKnown(err) {
					t.Fatalf("byte %d changed by %#x: tile %v differs, %v", i, flip, tile, err)
				}
			}
		}
	}
}

func TestWriterRejects(t *testing.T) {
	disc := []loc2vec.Feature{{Kind: loc2vec.KindDisc, Size: 5, Parts: [][]loc2vec.TilePoint{{{X: 1, Y: 1}}}}}
	for name, write := range map[string]func(w *pack.Writer) error{
		"no tiles": func(w *pack.Writer) error { return nil },
		"order": func(w *pack.Writer) error {
			return errors.Join(w.WriteTile(loc2vec.Tile{X: 1, Y: 1}, disc), w.WriteTile(loc2vec.Tile{}, disc))
		},
		"twice": func(w *pack.Writer) error {
			return errors.Join(w.WriteTile(loc2vec.Tile{}, disc), w.WriteTile(loc2vec.Tile{}, disc))
		},
		"tile of another zoom": func(w *pack.Writer) error { return w.WriteTile(loc2vec.Tile{X: 1 << 14}, disc) },
	} {
		w := pack.NewWriter(io.Discard, pack.WriterOptions{Metadata: testMetadata()})
		if err := errors.Join(write(w), w.Close()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	w := pack.NewWriter(io.Discard, pack.WriterOptions{Metadata: pack.Metadata{Name: "nowhere"}})
	if err := w.WriteTile(loc2vec.Tile{}, disc); err == nil {
		t.Error("no covered area: no error")
	}
}

func TestContains(t *testing.T) {
	meta := testMetadata()
	meta.Area = []loc2vec.Bounds{
		{Min: loc2vec.LatLon{Lat: -17, Lon: 179.99}, Max: loc2vec.LatLon{Lat: -16.99, Lon: 180}},
		{Min: loc2vec.LatLon{Lat: 10, Lon: 10}, Max: loc2vec.LatLon{Lat: 10.001, Lon: 10.001}},
		{Min: loc2vec.LatLon{Lat: 20, Lon: 20}, Max: loc2vec.LatLon{Lat: 20.001, Lon: 20.001}},
	}
	covered := []loc2vec.Tile{
		(loc2vec.LatLon{Lat: 10, Lon: 10}).Point().Tile(),
		(loc2vec.LatLon{Lat: -17, Lon: 180}).Point().Tile(),
	}
	slices.SortFunc(covered, func(a, b loc2vec.Tile) int { return cmp.Compare(a.ID(), b.ID()) })
	var b bytes.Buffer
	w := pack.NewWriter(&b, pack.WriterOptions{Metadata: meta})
	for _, tile := range covered {
		if err := w.WriteTile(tile, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p := openPack(t, b.Bytes())
	for ll, want := range map[loc2vec.LatLon]bool{
		{Lat: 10.0005, Lon: 10.0005}: true,
		{Lat: 10.0015, Lon: 10.0005}: false, // in a covered tile, outside the area
		{Lat: 20.0005, Lon: 20.0005}: false, // in the area, but its tile is not covered
		{Lat: -17, Lon: 180}:         true,
		{Lat: -17, Lon: -180}:        true, // the same place
		{Lat: -17, Lon: -179.9999}:   false,
		{Lat: math.NaN(), Lon: 10}:   false,
		{Lat: -17, Lon: 540}:         false,
	} {
		if got, err := p.Contains(ll); got != want || err != nil {
			t.Errorf("%v is covered: %v, %v, want %v", ll, got, err, want)
		}
	}
}

func TestVersions(t *testing.T) {
	good := writePack(t, randomTiles(rand.New(rand.NewPCG(1, 1)), 3))
	bad := bytes.Clone(good)
	bad[7] = 4
	if _, err := pack.Open(bytes.NewReader(bad), int64(len(bad))); !errors.Is(err, loc2vec.ErrVersion) {
		t.Errorf("PMTiles 4: %v", err)
	}
}

func TestReadTileAllocatesNothing(t *testing.T) {
	tiles := randomTiles(rand.New(rand.NewPCG(2, 2)), 20)
	p := openPack(t, writePack(t, tiles))
	var buffer []byte
	var err error
	if allocs := testing.AllocsPerRun(50, func() {
		for _, tile := range tiles {
			if buffer, err = p.ReadTile(buffer[:0], tile.tile); err != nil {
				t.Fatal(err)
			}
		}
	}); allocs != 0 {
		t.Errorf("%v allocations for %d tiles", allocs, len(tiles))
	}
}

// TestConcurrentUse reads from several goroutines, for the race detector.
func TestConcurrentUse(t *testing.T) {
	tiles := randomTiles(rand.New(rand.NewPCG(3, 3)), 100)
	p := openPack(t, writePack(t, tiles))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, tile := range tiles {
				data, err := p.ReadTile(nil, tile.tile)
				if err != nil {
					t.Error(err)
					return
				}
				if got, want := mvttest.Decode(t, data), mvttest.PartsOf(tile.features); !mvttest.Equal(got, want) {
					t.Errorf("tile %v differs", tile.tile)
				}
			}
		})
	}
	wg.Wait()
}

// randomTiles returns tiles in two clusters: some have random features, some are equal, some are empty.
func randomTiles(rng *rand.Rand, n int) []packTile {
	sea := mvttest.RandomFeatures(rng, 1)
	var tiles []packTile
	for i := range n {
		tile := packTile{tile: loc2vec.Tile{X: uint32(8500 + i%20), Y: uint32(5000 + i/20)}}
		if i%2 == 1 {
			tile.tile = loc2vec.Tile{X: uint32(i % 20), Y: uint32(16383 - i/20)}
		}
		switch rng.IntN(3) {
		case 0:
			tile.features = mvttest.RandomFeatures(rng, rng.IntN(40))
		case 1:
			tile.features = sea
		}
		tiles = append(tiles, tile)
	}
	return tiles
}

func BenchmarkReadTile_10kPoints(b *testing.B) {
	tile := loc2vec.Tile{X: 8529, Y: 5974}
	p := openPack(b, writePack(b, []packTile{{tile: tile, features: mvttest.City()}}))
	var data []byte
	var err error
	b.ReportAllocs()
	for b.Loop() {
		if data, err = p.ReadTile(data[:0], tile); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(data)))
}
