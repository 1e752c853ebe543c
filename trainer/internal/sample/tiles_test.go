package sample

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

func TestTilesKeepTheirBound(t *testing.T) {
	city := cityPack(t, 6, cityTile)
	tiles := NewTiles([]*pack.Reader{city}, 200<<10)
	for range 3 {
		for id, err := range city.Tiles() {
			if err != nil {
				t.Fatal(err)
			}
			got, err := tiles.Tile(id)
			if err != nil {
				t.Fatal(err)
			}
			if empty := len(cityTile(id)) == 0; (got == nil) != empty {
				t.Fatalf("tile %v: got %v, empty is %v", id, got, empty)
			}
			if tiles.bytes > tiles.limit && tiles.recent.Len() > 1 {
				t.Fatalf("%d bytes in %d tiles, the limit is %d", tiles.bytes, tiles.recent.Len(), tiles.limit)
			}
			if tiles.recent.Len() != len(tiles.entries) {
				t.Fatalf("%d tiles listed, %d known", tiles.recent.Len(), len(tiles.entries))
			}
		}
	}
	if tiles.recent.Len() < 2 || tiles.recent.Len() >= 36 {
		t.Errorf("%d tiles in the cache: the test tests nothing", tiles.recent.Len())
	}
}

func TestTilesAreSharedBetweenGoroutines(t *testing.T) {
	city := cityPack(t, 4, cityTile)
	tiles := NewTiles([]*pack.Reader{city}, 1<<30)
	id := cityCentre().Point().Tile()
	for len(cityTile(id)) == 0 {
		id.X++
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if _, err := tiles.Tile(id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	a, _ := tiles.Tile(id)
	b, _ := tiles.Tile(id)
	if a == nil || a != b {
		t.Error("the tile was decoded twice")
	}
	if got, err := tiles.Tile(loc2vec.Tile{X: 1, Y: 1}); got != nil || err != nil {
		t.Errorf("outside of the pack: %v, %v, want nothing", got, err)
	}
}

// TestEmptyTileHidesNothing: a pack that knows nothing of a tile does not keep others from describing it.
func TestEmptyTileHidesNothing(t *testing.T) {
	full, bare := cityPack(t, 2, cityTile), cityPack(t, 4, func(loc2vec.Tile) []loc2vec.Feature { return nil })
	alone, both := NewTiles([]*pack.Reader{full}, 1<<20), NewTiles([]*pack.Reader{bare, full}, 1<<20)
	for id, err := range full.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		want, err := alone.Tile(id)
		if got, errBoth := both.Tile(id); !reflect.DeepEqual(got, want) || err != nil || errBoth != nil {
			t.Errorf("tile %v: another one beside an empty pack; %v, %v", id, err, errBoth)
		}
	}
}

func TestCoverage(t *testing.T) {
	r := make([]uint8, loc2vec.NumLayers*4)
	if got := Coverage(r); got != 0 {
		t.Errorf("empty: %v", got)
	}
	r[0], r[4], r[5] = 51, 255, 102 // layer 1 is the fullest
	if got, want := Coverage(r), (255+102)/(4*255.0); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestPacksThatShareATile: each pack holds its part of the tile, and both hold the features between. The raster equals
// that of one pack with the whole tile, in any order.
func TestPacksThatShareATile(t *testing.T) {
	id := cityCentre().Point().Tile()
	for len(cityTile(id)) == 0 {
		id.X++
	}
	b := id.Bounds()
	east := func(share float64) float64 { return b.Min.Lon + share*(b.Max.Lon-b.Min.Lon) }
	west, rest := b, b
	west.Max.Lon, rest.Min.Lon = east(0.6), east(0.4)
	inside := func(area loc2vec.Bounds) []loc2vec.Feature {
		return slices.DeleteFunc(cityTile(id), func(f loc2vec.Feature) bool {
			return !slices.ContainsFunc(f.Parts[0], func(p loc2vec.TilePoint) bool {
				return area.Contains(loc2vec.LatLon{Lat: b.Min.Lat, Lon: east(float64(p.X) / loc2vec.Extent)})
			})
		})
	}
	whole, left, right := packOf(t, b, id, cityTile(id)), packOf(t, west, id, inside(west)), packOf(t, rest, id, inside(rest))
	spec := raster.Spec{Metres: 1000, Pixels: 64}
	draw := func(packs ...*pack.Reader) []uint8 {
		pixels := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
		middle := loc2vec.LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: east(0.5)}
		if err := NewTiles(packs, 1<<20).Drawer(spec).Draw(pixels, raster.Pose{Place: middle}); err != nil {
			t.Fatal(err)
		}
		return pixels
	}
	want := draw(whole)
	if bytes.Equal(draw(left), want) || bytes.Equal(draw(right), want) {
		t.Fatal("a part of the tile is as good as the whole: the test tests nothing")
	}
	for name, packs := range map[string][]*pack.Reader{
		"parts": {left, right}, "parts, the other way round": {right, left}, "a part and the whole": {left, whole},
	} {
		if !bytes.Equal(draw(packs...), want) {
			t.Errorf("%s: another raster than that of the whole", name)
		}
		var contents, all tileContents
		if err := errors.Join(contents.load(NewTiles(packs, 1), id), all.load(NewTiles([]*pack.Reader{whole}, 1), id)); err != nil {
			t.Fatal(err)
		}
		if len(contents.sites) != len(all.sites) || math.Abs(contents.metres()-all.metres()) > 1e-6*all.metres() {
			t.Errorf("%s: %d sites and %v m of road, want %d and %v", name, len(contents.sites), contents.metres(), len(all.sites), all.metres())
		}
	}
}
