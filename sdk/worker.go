package sdk

import (
	"context"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// worker draws one raster at a time. It caches decoded tiles.
type worker struct {
	rasterizer *raster.Rasterizer
	reader     pack.TileReader
	pixels     []uint8 // the raster, [C][H][W]
	packed     []byte  // the raster as a cache holds it
	sources    pack.Set
	tiles      []*cachedTile
	keep       int                                      // tiles to keep between rasters
	drawn      int                                      // counts rasters
	window     int                                      // bytes of the vector tiles of this raster
	large      bool                                     // a tile of more than maxRetained bytes has been read
	ctx        context.Context                          // of this raster
	regions    pack.Set                                 // of this raster
	lookUp     func(loc2vec.Tile) (*raster.Tile, error) // tile
}

// cachedTile is a decoded tile with the packs that it was read from.
type cachedTile struct {
	id      loc2vec.Tile
	sources pack.Set // empty if the tile is not valid
	used    int      // worker.drawn when it was used last
	tile    raster.Tile
	add     func(*loc2vec.Part) // tile.Append
	bytes   int                 // of the vector tiles that it was decoded from
}

// maxRetained is the size in bytes of the largest vector tile whose memory a worker retains. The tiles of dense
// cities have up to 160 kB; a pack with much larger ones must not occupy memory for long.
const maxRetained = 1 << 20

// maxKept is the size in bytes of the vector tiles of which a worker keeps the shapes, for each tile of its cache: three
// times what a tile of the densest city has. Shapes take up to four times the memory.
const maxKept = 512 << 10

// maxWindow is the size in bytes of the vector tiles around one window, which must be in memory together: that of 200 tiles
// of the densest city.
const maxWindow = 32 << 20

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

// draw fills w.pixels from the regions, which must stay open.
func (w *worker) draw(ctx context.Context, regions pack.Set, pose raster.Pose) error {
	w.drawn++
	w.window = 0
	w.ctx, w.regions = ctx, regions
	if w.keep == 0 {
		for _, t := range w.tiles {
			t.sources = t.sources[:0]
		}
	}
	err := w.rasterizer.DrawContext(ctx, w.pixels, pose, w.lookUp)
	w.ctx, w.regions = nil, nil
	if w.large {
		w.releaseLarge()
	}
	w.trim()
	return err
}

// trim drops the tiles used least recently until the cache is within its limits: a window of many tiles or of large ones
// must not occupy memory for long.
func (w *worker) trim() {
	bytes := 0
	for _, t := range w.tiles {
		bytes += t.bytes
	}
	for len(w.tiles) > max(w.keep, 1) || bytes > max(w.keep, 1)*maxKept {
		oldest := w.oldest()
		bytes -= oldest.bytes
		w.drop(func(t *cachedTile) bool { return t == oldest })
	}
}

// releaseLarge releases the memory of large tiles.
func (w *worker) releaseLarge() {
	w.reader, w.large = pack.TileReader{}, false
	w.drop(func(t *cachedTile) bool { return t.bytes > maxRetained })
}

// drop removes the tiles that match from the cache, and releases their memory.
func (w *worker) drop(matches func(*cachedTile) bool) {
	w.tiles = slices.DeleteFunc(w.tiles, func(t *cachedTile) bool {
		if !matches(t) {
			return false
		}
		t.tile = raster.Tile{} // the rasterizer may still reference it
		return true
	})
}

// oldest returns the tile that was used least recently. There must be one.
func (w *worker) oldest() *cachedTile {
	return slices.MinFunc(w.tiles, func(a, b *cachedTile) int { return a.used - b.used })
}

// tile returns a decoded tile, or nil if no region has features there. The tile does not change until the next raster.
func (w *worker) tile(id loc2vec.Tile) (*raster.Tile, error) {
	var err error
	if w.sources, err = w.regions.Sources(w.sources, id); err != nil || len(w.sources) == 0 {
		return nil, err
	}
	for _, t := range w.tiles {
		if t.id == id && slices.Equal(t.sources, w.sources) {
			t.used = w.drawn
			return &t.tile, w.count(t)
		}
	}
	t := w.vacant()
	t.id, t.used, t.sources = id, w.drawn, t.sources[:0]
	t.tile.Reset()
	t.bytes, err = w.reader.PartsFrom(w.ctx, w.sources, id, t.add)
	w.large = w.large || t.bytes > maxRetained
	if err != nil {
		return nil, err
	}
	t.sources = append(t.sources, w.sources...)
	return &t.tile, w.count(t)
}

// count counts the bytes of a tile of this raster, and returns an error beyond maxWindow.
func (w *worker) count(t *cachedTile) error {
	if w.window += t.bytes; w.window > maxWindow {
		return fmt.Errorf("%w: the tiles around a window have more than %d bytes", loc2vec.ErrCorrupt, maxWindow)
	}
	return nil
}

// vacant returns the tile that was used least recently. It returns a new one if the cache is not full, or if
// this raster needs all of its tiles.
func (w *worker) vacant() *cachedTile {
	if len(w.tiles) >= max(w.keep, 1) {
		oldest := w.oldest()
		if oldest.used < w.drawn {
			return oldest
		}
	}
	t := &cachedTile{}
	t.add = t.tile.Append
	w.tiles = append(w.tiles, t)
	return t
}
