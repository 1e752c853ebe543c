package pack_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt/mvttest"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// cutSide is the number of tiles along the side of a pack of cutPack.
const cutSide = 8

// cutPack returns a pack of a square of tiles south-east of one, which may cross the antimeridian: with random features,
// with those of other tiles, and empty ones.
func cutPack(t testing.TB, corner loc2vec.Tile) []byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(corner.X), uint64(corner.Y)))
	common := mvttest.RandomFeatures(rng, 3)
	var tiles []packTile
	for x := range uint32(cutSide) {
		for y := range uint32(cutSide) {
			tile := packTile{tile: loc2vec.Tile{X: (corner.X + x) % (1 << loc2vec.Zoom), Y: corner.Y + y}}
			switch rng.IntN(4) {
			case 0:
				tile.features = common
			case 1, 2:
				tile.features = mvttest.RandomFeatures(rng, 30)
			}
			tiles = append(tiles, tile)
		}
	}
	slices.SortFunc(tiles, func(a, b packTile) int { return cmp.Compare(a.tile.ID(), b.tile.ID()) })
	meta := testMetadata()
	meta.Area = []loc2vec.Bounds{{Min: placeIn(corner, 0.2, cutSide-0.2), Max: placeIn(corner, cutSide-0.2, 0.2)}}
	var b bytes.Buffer
	w := pack.NewWriter(&b, pack.WriterOptions{Metadata: meta})
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

// placeIn returns the place some tiles east and south of the north-western corner of a tile, to 7 decimals, which are the
// same on every processor.
func placeIn(corner loc2vec.Tile, x, y float64) loc2vec.LatLon {
	const across = 1 << loc2vec.Zoom
	p := loc2vec.Point{X: (float64(corner.X) + x) / across, Y: (float64(corner.Y) + y) / across}
	if p.X > 1 {
		p.X--
	}
	at := p.LatLon()
	return loc2vec.LatLon{Lat: math.Round(at.Lat*1e7) / 1e7, Lon: math.Round(at.Lon*1e7) / 1e7}
}

// cutCorners are where packs are cut: at the equator, in the north and south, at both ends of Web Mercator, across the
// antimeridian.
func cutCorners() []loc2vec.Tile {
	const last = 1<<loc2vec.Zoom - 1
	return []loc2vec.Tile{{X: 8188, Y: 8188}, {X: 8500, Y: 4700}, {X: 5000, Y: 11000}, {X: 9000}, {X: 9000, Y: last + 1 - cutSide}, {X: last - 3, Y: 9000}, {X: last - 1, Y: 200}}
}

// cut cuts a pack with the reach of the base model.
func cut(t testing.TB, p *pack.Reader, boxes ...loc2vec.Bounds) (*pack.Reader, []byte) {
	t.Helper()
	var b bytes.Buffer
	m, err := p.Cut(t.Context(), &b, pack.CutOptions{Within: boxes, Reach: cutSpec().Radius()})
	if err != nil {
		t.Fatal(err)
	}
	got := openPack(t, b.Bytes())
	if !reflect.DeepEqual(got.Metadata(), m) {
		t.Errorf("the metadata of the file are %+v, Cut returns %+v", got.Metadata(), m)
	}
	if err := got.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	return got, b.Bytes()
}

// cutSpec is the raster of the base model.
func cutSpec() raster.Spec { return raster.Spec{Metres: 200, Pixels: 64} }

// TestCut: what a cut covers is what the pack covers of the area, and the rasters of all places in it are the same, at
// any heading.
func TestCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 5))
	draw, covered := newDrawer(), 0
	for _, corner := range cutCorners() {
		whole := openPack(t, cutPack(t, corner))
		for range 25 {
			size := []float64{0.01, 0.3, 2, 6}[rng.IntN(4)]
			x, y := rng.Float64()*cutSide, rng.Float64()*cutSide
			box := loc2vec.Bounds{Min: placeIn(corner, x, y+size*rng.Float64()), Max: placeIn(corner, x+size, y)}
			part := cutIfCovered(t, whole, box)
			for range 60 {
				// In and around the box, many of them at its edges.
				at := placeIn(corner, x+size*(rng.Float64()*1.2-0.1), y+size*(rng.Float64()*1.2-0.1))
				switch rng.IntN(4) {
				case 0:
					at.Lon = box.Min.Lon
				case 1:
					at.Lat = box.Max.Lat
				}
				want, err := whole.Contains(at)
				if err != nil {
					t.Fatal(err)
				}
				got := false
				if part != nil {
					got, err = part.Contains(at)
				}
				if want = want && box.Contains(at); got != want || err != nil {
					t.Fatalf("%v: %v is covered: %v, %v, want %v", box, at, got, err, want)
				}
				if got {
					covered++
					pose := raster.Pose{Place: at, Heading: 45 * float64(rng.IntN(8))}
					if !bytes.Equal(draw(t, part, pose), draw(t, whole, pose)) {
						t.Fatalf("%v: the rasters around %v differ", box, at)
					}
				}
			}
		}
	}
	if covered < 1000 {
		t.Errorf("only %d places were covered", covered)
	}
}

// cutIfCovered is cut, or nil if the pack covers nothing of the box.
func cutIfCovered(t testing.TB, p *pack.Reader, box loc2vec.Bounds) *pack.Reader {
	t.Helper()
	_, err := p.Cut(t.Context(), io.Discard, pack.CutOptions{Within: []loc2vec.Bounds{box}, Reach: cutSpec().Radius()})
	if errors.Is(err, loc2vec.ErrNoCoverage) {
		return nil
	}
	part, _ := cut(t, p, box)
	return part
}

// newDrawer returns a function that draws a pack.
func newDrawer() func(testing.TB, *pack.Reader, raster.Pose) []uint8 {
	r := raster.New(cutSpec())
	var reader pack.TileReader
	return func(t testing.TB, p *pack.Reader, pose raster.Pose) []uint8 {
		t.Helper()
		dst := make([]uint8, loc2vec.NumLayers*cutSpec().Pixels*cutSpec().Pixels)
		err := r.Draw(dst, pose, func(id loc2vec.Tile) (*raster.Tile, error) {
			tile := new(raster.Tile)
			_, err := reader.Parts(t.Context(), pack.Set{p}, id, tile.Append)
			return tile, err
		})
		if err != nil {
			t.Fatal(err)
		}
		return dst
	}
}

// TestCutKeepsNoMore: a cut has the tiles in reach of its area and no others.
func TestCutKeepsNoMore(t *testing.T) {
	corner := loc2vec.Tile{X: 8188, Y: 8188}
	whole := openPack(t, cutPack(t, corner))
	// A tile at the equator is 2446 m wide, and 190 m are 0.078 of it.
	for _, c := range []struct {
		x0, y0, x1, y1 float64
		tiles          int
	}{
		{3.1, 3.1, 3.9, 3.9, 1}, {3.07, 3.1, 3.9, 3.9, 2}, {3.07, 3.1, 3.93, 3.93, 6}, {3.5, 3.5, 3.5001, 3.5001, 1},
		{3.99, 3.99, 4.01, 4.01, 4}, {-1, -1, 20, 20, 64}, {0, 0, 0.5, 0.5, 1}, {0, 3.5, 8, 3.6, 8},
	} {
		part, _ := cut(t, whole, loc2vec.Bounds{Min: placeIn(corner, c.x0, c.y1), Max: placeIn(corner, c.x1, c.y0)})
		if got := part.Metadata().Tiles; got != c.tiles {
			t.Errorf("%v: %d tiles", c, got)
		}
	}
}

// TestCutOfAll: the tiles, directories and covered area of a cut of everything are those of the pack.
func TestCutOfAll(t *testing.T) {
	world := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -90, Lon: -180}, Max: loc2vec.LatLon{Lat: 90, Lon: 180}}
	packs := map[string][]byte{"many tiles": writePack(t, manyTiles()), "random": writePack(t, randomTiles(rand.New(rand.NewPCG(1, 2)), 300))}
	for _, corner := range cutCorners() {
		packs[corner.String()] = cutPack(t, corner)
	}
	for name, file := range packs {
		whole := openPack(t, file)
		origin := whole.Metadata()
		for _, boxes := range [][]loc2vec.Bounds{{world}, origin.Area, {world, world}} {
			part, _ := cut(t, whole, boxes...)
			want := *origin
			want.Origin = &pack.Origin{Name: "test", ContentSHA256: origin.ContentSHA256, Reach: cutSpec().Radius()}
			if got := part.Metadata(); !reflect.DeepEqual(got, &want) {
				t.Errorf("%s: metadata %+v, want %+v", name, got, want)
			}
		}
	}
}

// TestCutIsReproducible: the bytes are the same in every run and on every processor, and in the order of directories.
func TestCutIsReproducible(t *testing.T) {
	corner := loc2vec.Tile{X: 1<<loc2vec.Zoom - 3, Y: 4700}
	box := loc2vec.Bounds{Min: placeIn(corner, 1.7, 6.3), Max: placeIn(corner, 6.95, 1.2)}
	whole := openPack(t, cutPack(t, corner))
	part, file := cut(t, whole, box)
	const want = "eb96a6e5ced50734564c50ae569b84783b3d9d90aa97163e60e5de9af1ea0ee9"
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != want {
		t.Errorf("the cut has SHA-256 %x, want %s", sum, want)
	}
	// Cut again, of the pack or of a cut, it has the same tiles.
	half, _ := cut(t, whole, loc2vec.Bounds{Min: placeIn(corner, 1, 8), Max: placeIn(corner, 8, 1)})
	for _, p := range []*pack.Reader{whole, half, part} {
		again, _ := cut(t, p, box)
		if again.Metadata().ContentSHA256 != part.Metadata().ContentSHA256 {
			t.Errorf("another cut has other contents")
		}
	}
}

// TestCutOfSeveralBoxes: boxes that overlap, that leave tiles out and that the pack does not have.
func TestCutOfSeveralBoxes(t *testing.T) {
	corner := loc2vec.Tile{X: 8500, Y: 4700}
	at := func(x0, y0, x1, y1 float64) loc2vec.Bounds {
		return loc2vec.Bounds{Min: placeIn(corner, x0, y1), Max: placeIn(corner, x1, y0)}
	}
	whole := openPack(t, cutPack(t, corner))
	boxes := []loc2vec.Bounds{at(1.4, 1.4, 1.6, 1.6), at(1.5, 1.5, 1.7, 1.7), at(6.4, 6.4, 6.6, 6.6), at(30, 30, 31, 31)}
	part, _ := cut(t, whole, boxes...)
	m := part.Metadata()
	if m.Tiles != 2 || !slices.Equal(m.Area, boxes[:3]) {
		t.Errorf("%d tiles, area %v, want 2 and %v", m.Tiles, m.Area, boxes[:3])
	}
	var got []loc2vec.Tile
	for tile, err := range part.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, tile)
	}
	want := []loc2vec.Tile{{X: 8501, Y: 4701}, {X: 8506, Y: 4706}}
	slices.SortFunc(want, func(a, b loc2vec.Tile) int { return cmp.Compare(a.ID(), b.ID()) })
	if !slices.Equal(got, want) {
		t.Errorf("tiles %v, want %v", got, want)
	}
}

func TestCutRefuses(t *testing.T) {
	corner := loc2vec.Tile{X: 8500, Y: 4700}
	file := cutPack(t, corner)
	whole := openPack(t, file)
	good := whole.Metadata().Area[0]
	reach := cutSpec().Radius()
	far := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 1.25, Lon: 1.25}, Max: loc2vec.LatLon{Lat: 2.25, Lon: 2.25}}
	beside := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: good.Min.Lat, Lon: good.Max.Lon}, Max: loc2vec.LatLon{Lat: good.Max.Lat, Lon: good.Max.Lon + 1}}
	part, _ := cut(t, whole, good)
	for name, c := range map[string]struct {
		pack *pack.Reader
		opts pack.CutOptions
		want error
		text string
	}{
		"outside":              {whole, pack.CutOptions{Within: []loc2vec.Bounds{far}, Reach: reach}, loc2vec.ErrNoCoverage, "6.7"},
		"touching":             {whole, pack.CutOptions{Within: []loc2vec.Bounds{beside}, Reach: reach}, loc2vec.ErrNoCoverage, "6.7"},
		"no box":               {whole, pack.CutOptions{Reach: reach}, loc2vec.ErrNoCoverage, ""},
		"box off the Earth":    {whole, pack.CutOptions{Within: []loc2vec.Bounds{{Max: loc2vec.LatLon{Lat: 91.25}}}, Reach: reach}, loc2vec.ErrCoordinate, "box 1"},
		"box upside down":      {whole, pack.CutOptions{Within: []loc2vec.Bounds{good, {Min: loc2vec.LatLon{Lat: 1.25}}}, Reach: reach}, loc2vec.ErrCoordinate, "box 2"},
		"no reach":             {whole, pack.CutOptions{Within: []loc2vec.Bounds{good}}, nil, "reach of 0 metres"},
		"too much reach":       {whole, pack.CutOptions{Within: []loc2vec.Bounds{good}, Reach: 1e6}, nil, "at most 25000"},
		"more reach than have": {part, pack.CutOptions{Within: []loc2vec.Bounds{good}, Reach: 2 * reach}, nil, "itself a cut"},
	} {
		_, err := c.pack.Cut(t.Context(), io.Discard, c.opts)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), ".25") {
			t.Errorf("%s: the error tells a coordinate: %v", name, err)
		}
	}
	opts := pack.CutOptions{Within: []loc2vec.Bounds{good}, Reach: reach}
	ctx, cancel := context.WithCancel(t.Context())
	opts.Progress = func(done, total int64) {
		if done > total/3 {
			cancel()
		}
	}
	if _, err := whole.Cut(ctx, io.Discard, opts); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	opts.Progress = nil
	if _, err := whole.Cut(t.Context(), new(fullDisk), opts); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk: %v", err)
	}
	// Tiles are checked before they are copied.
	bad := bytes.Clone(file)
	bad[len(bad)-40] ^= 1
	if _, err := openPack(t, bad).Cut(t.Context(), io.Discard, opts); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("a damaged tile: %v", err)
	}
	// A file that changes under the reader is noticed.
	changing := bytes.Clone(file)
	opts.Progress = func(done, total int64) {
		if done == total/2 {
			changing[len(changing)-40] ^= 1
		}
	}
	if _, err := openPack(t, changing).Cut(t.Context(), io.Discard, opts); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("a file that changes: %v", err)
	}
}

// fullDisk takes one write.
type fullDisk struct{ written bool }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.written {
		return 0, io.ErrShortWrite
	}
	d.written = true
	return len(p), nil
}

// TestCutInAnotherReader reads a cut with independent software.
func TestCutInAnotherReader(t *testing.T) {
	corner := loc2vec.Tile{X: 8500, Y: 4700}
	whole := openPack(t, cutPack(t, corner))
	_, file := cut(t, whole, loc2vec.Bounds{Min: placeIn(corner, 2.5, 4.5), Max: placeIn(corner, 4.5, 2.5)})
	var names []loc2vec.Tile
	for x := range uint32(3) {
		for y := range uint32(3) {
			names = append(names, loc2vec.Tile{X: corner.X + 2 + x, Y: corner.Y + 2 + y})
		}
	}
	read := readWithNode(t, file, append(names, corner))
	if read.Header.NumAddressedTiles != 9 || read.Metadata.Origin.ContentSHA256 != whole.Metadata().ContentSHA256 {
		t.Errorf("header %+v, metadata %+v", read.Header, read.Metadata)
	}
	if layers := read.Tiles["8500/4700"]; layers != nil {
		t.Errorf("a tile outside has layers %v", layers)
	}
	for _, tile := range names {
		data, err := whole.ReadTile(nil, tile)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := nodeParts(t, read.Tiles[tile.String()[len("14/"):]]), mvttest.Decode(t, data); !mvttest.Equal(got, want) {
			t.Errorf("tile %v: %v, want %v", tile, got, want)
		}
	}
}

// TestCutReadsAllItsTiles: a window reads tiles that lie far from what the cut covers, across the antimeridian too.
func TestCutReadsAllItsTiles(t *testing.T) {
	corner := loc2vec.Tile{X: 1<<loc2vec.Zoom - 5, Y: 8188}
	whole := openPack(t, cutPack(t, corner))
	box := loc2vec.Bounds{Min: placeIn(corner, 4.4, 4.6), Max: placeIn(corner, 4.6, 4.4)}
	var b bytes.Buffer
	if _, err := whole.Cut(t.Context(), &b, pack.CutOptions{Within: []loc2vec.Bounds{box}, Reach: 6000}); err != nil {
		t.Fatal(err)
	}
	part, read := openPack(t, b.Bytes()), 0
	for tile, err := range part.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		want, errWant := pack.Set{whole}.Sources(nil, tile)
		got, errGot := pack.Set{part}.Sources(nil, tile)
		if len(got) != len(want) || errors.Join(errWant, errGot) != nil {
			t.Errorf("tile %v is read from %d packs, want %d: %v, %v", tile, len(got), len(want), errWant, errGot)
		}
		read += len(got)
	}
	if n := part.Metadata().Tiles; n != 49 || read < 20 {
		t.Errorf("%d tiles, %d are read", n, read)
	}
}
