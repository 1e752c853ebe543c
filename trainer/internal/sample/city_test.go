package sample

import (
	"bytes"
	"cmp"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// cityCentre is the centre of a synthetic city, at a corner of four tiles, so that windows cross edges.
func cityCentre() loc2vec.LatLon {
	return loc2vec.Tile{X: 8400, Y: 5400}.Origin().LatLon()
}

// cityTile returns the features of a tile of the synthetic city: streets in a grid with houses along
// them and a shop here and there. A quarter of the tiles is empty land.
func cityTile(id loc2vec.Tile) []loc2vec.Feature {
	rng := rand.New(rand.NewPCG(uint64(id.X), uint64(id.Y)))
	if rng.IntN(4) == 0 {
		return nil
	}
	var features []loc2vec.Feature
	const step = 640
	for at := int32(step / 2); at < loc2vec.Extent; at += step {
		features = append(features,
			loc2vec.Feature{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60,
				Parts: [][]loc2vec.TilePoint{{{X: at, Y: 0}, {X: at, Y: loc2vec.Extent}}}},
			loc2vec.Feature{Layer: loc2vec.MajorRoad, Kind: loc2vec.KindLine, Size: 120,
				Parts: [][]loc2vec.TilePoint{{{X: 0, Y: at}, {X: loc2vec.Extent, Y: at}}}})
		for range 20 {
			x, y := at+100+int32(rng.IntN(step-200)), 100+int32(rng.IntN(loc2vec.Extent-300))
			if x+60 > loc2vec.Extent {
				continue
			}
			features = append(features, loc2vec.Feature{Layer: loc2vec.Building, Kind: loc2vec.KindArea,
				Parts: [][]loc2vec.TilePoint{{{X: x, Y: y}, {X: x + 60, Y: y}, {X: x + 60, Y: y + 50}, {X: x, Y: y + 50}}}})
			if rng.IntN(5) == 0 {
				features = append(features, loc2vec.Feature{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 30,
					Parts: [][]loc2vec.TilePoint{{{X: x + 30, Y: y + 25}}}})
			}
		}
	}
	return features
}

// cityPack returns a pack of size x size tiles around the city's centre.
func cityPack(t testing.TB, size int, features func(loc2vec.Tile) []loc2vec.Feature) *pack.Reader {
	t.Helper()
	return openBytes(t, cityBytes(t, size, features))
}

func openBytes(t testing.TB, data []byte) *pack.Reader {
	t.Helper()
	p, err := pack.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// breakablePack returns a pack of the city, and a function after which reading it fails.
func breakablePack(t testing.TB) (*pack.Reader, func()) {
	t.Helper()
	data := cityBytes(t, 6, cityTile)
	r := &breakable{ReaderAt: bytes.NewReader(data)}
	p, err := pack.Open(r, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return p, func() { r.broken = true }
}

// breakable is a reader that fails once it is broken.
type breakable struct {
	io.ReaderAt
	broken bool
}

func (r *breakable) ReadAt(p []byte, at int64) (int, error) {
	if r.broken {
		return 0, io.ErrUnexpectedEOF
	}
	return r.ReaderAt.ReadAt(p, at)
}

func cityBytes(t testing.TB, size int, features func(loc2vec.Tile) []loc2vec.Feature) []byte {
	t.Helper()
	centre := cityCentre().Point().Tile()
	var ids []loc2vec.Tile
	for y := range size {
		for x := range size {
			ids = append(ids, loc2vec.Tile{X: centre.X + uint32(x-size/2), Y: centre.Y + uint32(y-size/2)})
		}
	}
	first, last := ids[0].Bounds(), ids[len(ids)-1].Bounds()
	slices.SortFunc(ids, func(a, b loc2vec.Tile) int { return cmp.Compare(a.ID(), b.ID()) })

	return packBytes(t, loc2vec.Bounds{
		Min: loc2vec.LatLon{Lat: last.Min.Lat, Lon: first.Min.Lon},
		Max: loc2vec.LatLon{Lat: first.Max.Lat, Lon: last.Max.Lon},
	}, ids, features)
}

// packOf returns a pack of one tile; the area may cover a part of it.
func packOf(t testing.TB, area loc2vec.Bounds, id loc2vec.Tile, features []loc2vec.Feature) *pack.Reader {
	t.Helper()
	return openBytes(t, packBytes(t, area, []loc2vec.Tile{id}, func(loc2vec.Tile) []loc2vec.Feature { return features }))
}

// packBytes returns a pack of tiles in ascending order of their numbers.
func packBytes(t testing.TB, area loc2vec.Bounds, ids []loc2vec.Tile, features func(loc2vec.Tile) []loc2vec.Feature) []byte {
	t.Helper()
	var out bytes.Buffer
	w := pack.NewWriter(&out, pack.WriterOptions{Metadata: pack.Metadata{
		Name: "city", SchemaHash: "none", Attribution: "made up", Area: []loc2vec.Bounds{area},
	}})
	for _, id := range ids {
		if err := w.WriteTile(id, features(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func cityTiles(t testing.TB) *Tiles {
	t.Helper()
	return NewTiles([]*pack.Reader{cityPack(t, 6, cityTile)}, 64<<20)
}
