package sample

import (
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func TestTilesKeepTheirBound(t *testing.T) {
	pack := cityPack(t, 6, cityTile)
	tiles := NewTiles([]*loc2vec.Pack{pack}, 200<<10)
	for range 3 {
		for id, err := range pack.Tiles() {
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
	pack := cityPack(t, 4, cityTile)
	tiles := NewTiles([]*loc2vec.Pack{pack}, 1<<30)
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

func TestFirstPackWins(t *testing.T) {
	full, bare := cityPack(t, 2, cityTile), cityPack(t, 4, func(loc2vec.Tile) []loc2vec.Feature { return nil })
	tiles := NewTiles([]*loc2vec.Pack{bare, full}, 1<<20)
	for id, err := range full.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tiles.Tile(id); got != nil || err != nil {
			t.Errorf("tile %v: %v, %v, want the empty one of the first pack", id, got, err)
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
