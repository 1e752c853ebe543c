package sample

import (
	"cmp"
	"container/list"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

const (
	// bytesPerByte is the memory of a decoded tile for each byte of its vector tile, including the slack of its
	// slices. With bytesPerTile the estimate is 3 % below the growth of the heap for all of Bremen, and 16 % above
	// for Delaware.
	bytesPerByte = 3
	// bytesPerTile is the memory of an empty tile.
	bytesPerTile = 1 << 10
)

// Tiles reads and decodes tiles of one or more packs through a cache that is bounded in bytes. Several packs are
// read as one map, as pack.Set describes, here and on a phone. Safe for concurrent use. Tiles stay valid after the cache drops them.
type Tiles struct {
	packs pack.Set
	limit int64

	mu      sync.Mutex
	entries map[loc2vec.Tile]*list.Element // of *tileEntry
	recent  *list.List                     // the most recently used in front
	bytes   int64

	readers sync.Pool // of *pack.TileReader
}

// tileEntry is a tile in the cache. The first caller decodes it, later callers wait.
type tileEntry struct {
	id     loc2vec.Tile
	once   sync.Once
	tile   *raster.Tile
	err    error
	bytes  int64
	listed bool // bytes is part of Tiles.bytes
}

// NewTiles returns the tiles of packs, which must stay open. It caches decoded tiles of about limit bytes, at least one
// tile.
func NewTiles(packs pack.Set, limit int64) *Tiles {
	return &Tiles{
		packs: packs, limit: limit,
		entries: make(map[loc2vec.Tile]*list.Element), recent: list.New(),
		readers: sync.Pool{New: func() any { return new(pack.TileReader) }},
	}
}

// Contains reports whether the place is in the covered area of any of the packs. It returns the errors of reading a
// pack.
func (t *Tiles) Contains(ll loc2vec.LatLon) (bool, error) {
	return t.packs.Contains(ll)
}

// Tile returns the decoded tile, nil where nothing is mapped or no pack covers it. It is the tile function of
// raster.Rasterizer.Draw. The tile must not be changed.
func (t *Tiles) Tile(id loc2vec.Tile) (*raster.Tile, error) {
	t.mu.Lock()
	e, ok := t.entries[id]
	if ok {
		t.recent.MoveToFront(e)
	} else {
		e = t.recent.PushFront(&tileEntry{id: id})
		t.entries[id] = e
	}
	entry := e.Value.(*tileEntry)
	t.mu.Unlock()

	entry.once.Do(func() { t.load(entry) })
	return entry.tile, entry.err
}

// load decodes the entry's tile and evicts others for it.
func (t *Tiles) load(entry *tileEntry) {
	reader := t.readers.Get().(*pack.TileReader)
	defer t.readers.Put(reader)
	tile := new(raster.Tile)
	// The tile is for all callers, so that no one's context ends it.
	bytes, err := reader.Parts(context.Background(), t.packs, entry.id, tile.Append)
	switch {
	case err != nil:
		entry.err = fmt.Errorf("tile %v: %w", entry.id, err)
	case bytes > 0:
		entry.tile = tile
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	if t.entries[entry.id] == nil || t.entries[entry.id].Value != entry {
		return // dropped meanwhile
	}
	entry.bytes, entry.listed = bytesPerTile+bytesPerByte*int64(bytes), true
	t.bytes += entry.bytes
	for e := t.recent.Back(); t.bytes > t.limit && e != t.recent.Front(); e = t.recent.Back() {
		old := t.recent.Remove(e).(*tileEntry)
		delete(t.entries, old.id)
		if old.listed {
			t.bytes -= old.bytes
		}
	}
}

// each yields every tile of the packs once, in the order of the packs. It ends with an error, or with that of the context.
func (t *Tiles) each(ctx context.Context) iter.Seq2[loc2vec.Tile, error] {
	return func(yield func(loc2vec.Tile, error) bool) {
		for i, source := range t.packs {
			for id, err := range source.Tiles() {
				seen := false
				if err == nil {
					err = ctx.Err()
				}
				if err == nil {
					seen, err = t.packs[:i].Covers(id)
				}
				if seen {
					continue
				}
				if !yield(id, err) || err != nil {
					return
				}
			}
		}
	}
}

// Drawer draws rasters from tiles. It keeps its buffers and is not safe for concurrent use.
type Drawer struct {
	rasterizer *raster.Rasterizer
	tile       func(loc2vec.Tile) (*raster.Tile, error)
}

// Drawer returns a new drawer. It panics when the specification is out of range
// (raster.CheckSpec).
func (t *Tiles) Drawer(spec raster.Spec) *Drawer {
	return &Drawer{rasterizer: raster.New(spec), tile: t.Tile}
}

// Draw fills dst, uint8 [C][H][W], with the raster of the pose.
func (d *Drawer) Draw(dst []uint8, pose raster.Pose) error {
	return d.rasterizer.Draw(dst, pose, d.tile)
}

// DrawEach draws each place facing north, on the given number of goroutines, and calls visit with its index and its
// raster, uint8 [C][H][W], valid until visit returns. visit is called concurrently. DrawEach returns the first error of
// visit, or the context's error.
func (t *Tiles) DrawEach(ctx context.Context, spec raster.Spec, places []loc2vec.LatLon, workers int, visit func(i int, pixels []uint8) error) error {
	workers = min(workers, len(places))
	errs := make([]error, workers)
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			drawer := t.Drawer(spec)
			pixels := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
			for i := w; i < len(places) && errs[w] == nil; i += workers {
				if errs[w] = ctx.Err(); errs[w] != nil {
					return
				}
				if errs[w] = drawer.Draw(pixels, raster.Pose{Place: places[i]}); errs[w] == nil {
					errs[w] = visit(i, pixels)
				}
			}
		})
	}
	running.Wait()
	return cmp.Or(errs...)
}

// Coverage returns the mean coverage, 0..1, of the fullest layer of a raster uint8 [C][H][W]. Layers overlap: their sum
// would be misleading.
func Coverage(pixels []uint8) float64 {
	coverages := layerCoverages(pixels)
	return slices.Max(coverages[:])
}

// layerCoverages returns the mean coverage, 0..1, of each layer of a raster.
func layerCoverages(pixels []uint8) (coverages [loc2vec.NumLayers]float64) {
	plane := len(pixels) / loc2vec.NumLayers
	for layer := range coverages {
		sum := 0
		for _, v := range pixels[layer*plane : (layer+1)*plane] {
			sum += int(v)
		}
		coverages[layer] = float64(sum) / float64(255*plane)
	}
	return coverages
}
