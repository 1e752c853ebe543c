package sdk

import (
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/raster"
)

// worker draws rasters, one at a time.
type worker struct {
	rasterizer *raster.Rasterizer
	decoder    mvt.Decoder
	pixels     []uint8 // the raster, [C][H][W]
	mvt        []byte
	sources    []*region
	tiles      []*cachedTile
	keep       int // tiles to keep between rasters
	turn       int // counts rasters
	view       regionView
	lookUp     func(loc2vec.Tile) (*raster.Tile, error)
}

// cachedTile is a decoded tile and what it was drawn from.
type cachedTile struct {
	id      loc2vec.Tile
	sources []*region // none for a place to decode to
	used    int       // the worker's turn
	tile    raster.Tile
	add     func(*loc2vec.Part) // tile.Append
	bytes   int                 // of the vector tiles it was decoded from
}

// maxKept is how many bytes of vector tile a worker keeps memory for. Those of cities have up to one
// million; a pack may be made to have many more, which must not stay.
const maxKept = 4 << 20

func newWorker(spec raster.Spec, keep int) *worker {
	if keep == 0 {
		keep = defaultTileCache
	}
	w := &worker{
		rasterizer: raster.New(spec),
		pixels:     make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels),
		keep:       max(keep, 0),
	}
	w.lookUp = w.tile
	return w
}

// draw fills w.pixels.
func (w *worker) draw(view regionView, pose raster.Pose) error {
	w.turn++
	w.view = view
	if w.keep == 0 {
		for _, t := range w.tiles {
			t.sources = t.sources[:0]
		}
	}
	err := w.rasterizer.Draw(w.pixels, pose, w.lookUp)
	w.forgetLarge()
	return err
}

// forgetLarge gives up the memory of tiles that are larger than those of cities.
func (w *worker) forgetLarge() {
	if cap(w.mvt) <= maxKept {
		return
	}
	w.mvt, w.decoder = nil, mvt.Decoder{}
	w.tiles = slices.DeleteFunc(w.tiles, func(t *cachedTile) bool {
		if t.bytes <= maxKept {
			return false
		}
		t.tile = raster.Tile{} // the rasterizer may remember where it is
		return true
	})
}

// tile returns a decoded tile, which stays as it is during this turn.
func (w *worker) tile(id loc2vec.Tile) (*raster.Tile, error) {
	var err error
	if w.sources, err = w.view.sources(w.sources, id); err != nil || len(w.sources) == 0 {
		return nil, err
	}
	for _, t := range w.tiles {
		if t.id == id && slices.Equal(t.sources, w.sources) {
			t.used = w.turn
			return &t.tile, nil
		}
	}
	t := w.vacant()
	t.id, t.used, t.sources, t.bytes = id, w.turn, t.sources[:0], 0
	t.tile.Reset()
	var union raster.Union
	for i, p := range w.sources {
		add := t.add
		if len(w.sources) > 1 {
			add = func(part *loc2vec.Part) { union.Add(part, i, t.add) }
		}
		if err := w.append(t, p, add); err != nil {
			return nil, fmt.Errorf("region %s: %w", p.Metadata().Name, err)
		}
	}
	t.sources = append(t.sources, w.sources...)
	return &t.tile, nil
}

// append hands what a region has of the tile to add.
func (w *worker) append(t *cachedTile, p *region, add func(*loc2vec.Part)) (err error) {
	if w.mvt, err = p.ReadTile(w.mvt[:0], t.id); err != nil {
		return err
	}
	t.bytes += len(w.mvt)
	return w.decoder.Decode(w.mvt, add)
}

// vacant returns the tile that was used least recently, or a new one while there are few of them
// or all are needed for this turn.
func (w *worker) vacant() *cachedTile {
	if len(w.tiles) >= max(w.keep, 1) {
		oldest := slices.MinFunc(w.tiles, func(a, b *cachedTile) int { return a.used - b.used })
		if oldest.used < w.turn {
			return oldest
		}
	}
	t := &cachedTile{}
	t.add = t.tile.Append
	w.tiles = append(w.tiles, t)
	return t
}
