package sample

import (
	"container/list"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

const (
	// bytesPerByte is how much memory a decoded tile takes for each byte of its vector tile, slack of
	// its slices included: the mean over Monaco and Bremen is 2.6, the thinnest tiles take more.
	bytesPerByte = 3
	// bytesPerTile is what a tile takes however little it holds.
	bytesPerTile = 1 << 10
)

// Tiles reads and decodes tiles of one or more packs through a cache that is bounded in bytes. Where
// packs overlap, a tile is that of the first pack that covers it. Safe for concurrent use; tiles that
// were handed out stay valid when the cache drops them.
type Tiles struct {
	packs []*loc2vec.Pack
	limit int64

	mu      sync.Mutex
	entries map[loc2vec.Tile]*list.Element // of *tileEntry
	recent  *list.List                     // the most recently used in front
	bytes   int64

	decoders sync.Pool // of *tileDecoder
}

// tileEntry is a tile in the cache. Whoever asks for it first decodes it; the others wait.
type tileEntry struct {
	id     loc2vec.Tile
	once   sync.Once
	tile   *raster.Tile
	err    error
	bytes  int64
	listed bool // bytes is part of Tiles.bytes
}

type tileDecoder struct {
	decoder loc2vec.TileDecoder
	mvt     []byte
}

// NewTiles returns the tiles of the packs, which must stay open. It keeps decoded tiles of about
// limit bytes, at least one.
func NewTiles(packs []*loc2vec.Pack, limit int64) *Tiles {
	return &Tiles{
		packs: packs, limit: limit,
		entries: make(map[loc2vec.Tile]*list.Element), recent: list.New(),
		decoders: sync.Pool{New: func() any { return new(tileDecoder) }},
	}
}

// Contains reports whether the place lies in the covered area of any of the packs.
func (t *Tiles) Contains(ll loc2vec.LatLon) bool {
	return slices.ContainsFunc(t.packs, func(p *loc2vec.Pack) bool { return p.Contains(ll) })
}

// Tile returns the decoded tile, nil where nothing is mapped or no pack covers it: the function that
// raster.Rasterizer.Draw asks for. The tile must not be changed.
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

// load decodes the entry's tile and makes room for it.
func (t *Tiles) load(entry *tileEntry) {
	d := t.decoders.Get().(*tileDecoder)
	defer t.decoders.Put(d)
	mvt, err := t.read(d.mvt[:0], entry.id)
	if err == nil {
		d.mvt = mvt
		if len(mvt) > 0 {
			entry.tile = new(raster.Tile)
			err = entry.tile.Decode(&d.decoder, mvt)
		}
	}
	if err != nil {
		entry.tile, entry.err = nil, fmt.Errorf("tile %v: %w", entry.id, err)
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	if t.entries[entry.id] == nil || t.entries[entry.id].Value != entry {
		return // dropped meanwhile
	}
	entry.bytes, entry.listed = bytesPerTile+bytesPerByte*int64(len(mvt)), true
	t.bytes += entry.bytes
	for e := t.recent.Back(); t.bytes > t.limit && e != t.recent.Front(); e = t.recent.Back() {
		old := t.recent.Remove(e).(*tileEntry)
		delete(t.entries, old.id)
		if old.listed {
			t.bytes -= old.bytes
		}
	}
}

// read appends the vector tile of the first pack that covers id, nothing when there is none.
func (t *Tiles) read(dst []byte, id loc2vec.Tile) ([]byte, error) {
	for _, p := range t.packs {
		mvt, err := p.ReadTile(dst, id)
		if !errors.Is(err, loc2vec.ErrNoCoverage) {
			return mvt, err
		}
	}
	return dst, nil
}

// Coverage returns the share of a raster's pixels, uint8 [C][H][W], that any layer touches, each
// pixel counted by its strongest layer: 0 for an empty place, at most 1.
func Coverage(rasters []uint8) float64 {
	plane := len(rasters) / loc2vec.NumLayers
	sum := 0
	for i := range plane {
		var most uint8
		for at := i; at < len(rasters); at += plane {
			most = max(most, rasters[at])
		}
		sum += int(most)
	}
	return float64(sum) / float64(255*plane)
}
