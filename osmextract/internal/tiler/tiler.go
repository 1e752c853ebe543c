package tiler

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/pack"
)

// Tiler collects classified geometry in the tiles of an area. Any number of goroutines write to it,
// each through its own Writer; the pack does not depend on the order.
type Tiler struct {
	area  *grid.Area
	store *tileStore

	mu     sync.Mutex // guards store and counts
	counts Counts
}

// Options says where a Tiler keeps its data.
type Options struct {
	// TempDir is the directory of the temporary file, "" for that of the system.
	TempDir string
	// Memory is the number of bytes to hold before they move to the temporary file.
	Memory int
}

// Counts are the shapes that a Tiler has received.
type Counts struct {
	// Shapes are counted by layer: a shape of two layers counts in both, a shape of several tiles once.
	Shapes [loc2vec.NumLayers]int
	// Outside counts shapes that do not reach into the area.
	Outside int
	// Small counts lines and areas smaller than a step of the grid.
	Small int
}

// New returns a Tiler for an area. The caller must close it.
func New(area *grid.Area, opts Options) *Tiler {
	return &Tiler{area: area, store: newTileStore(opts.TempDir, opts.Memory)}
}

// Close removes the temporary file.
func (t *Tiler) Close() error { return t.store.close() }

// Empty reports whether no shape has reached into the area. All writers must have been flushed.
func (t *Tiler) Empty() bool { return t.store.empty() }

// Counts returns what the flushed writers have received.
func (t *Tiler) Counts() Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts
}

// BuiltUp reports whether a tile has buildings or roads. All writers must have been flushed.
func (t *Tiler) BuiltUp(tile loc2vec.Tile) bool {
	const land = 1<<loc2vec.Building | 1<<loc2vec.MajorRoad | 1<<loc2vec.MinorRoad
	return t.store.layers[grid.KeyOfTile(tile)]&land != 0
}

// Covered reports whether an area that covers whole tiles reaches into a tile: then the tile is mapped, even
// without nodes. All writers must have been flushed.
func (t *Tiler) Covered(tile loc2vec.Tile) bool {
	return t.store.layers[grid.KeyOfTile(tile)]&isCovered != 0
}

// NewWriter returns a Writer to the Tiler.
func (t *Tiler) NewWriter() *Writer {
	w := &Writer{tiler: t, clipper: clipper{area: t.area}}
	w.clipper.out = &w.pieces
	return w
}

// Pack says what to write.
type Pack struct {
	// Area is the area of the pack, a part of the Tiler's.
	Area *grid.Area
	// Sea returns the outlines of the sea in a tile as the parts of a loc2vec.Feature. It may be nil. It
	// must be safe for concurrent use.
	Sea func(loc2vec.Tile) [][]loc2vec.TilePoint
	// Closing returns the lines of these outlines that are no coast. It may be nil if Sea is.
	Closing func(loc2vec.Tile) [][]loc2vec.TilePoint
	// Procs is the number of goroutines that encode.
	Procs int
	// Progress is called with the number of tiles written since the last call.
	Progress func(tiles int64)
}

// job is a tile on its way through the encoders.
type job struct {
	tile loc2vec.Tile
	data []byte
	done chan struct{}

	encoded mvt.EncodedTile
	err     error
}

// Write encodes the tiles in parallel and writes them in the order of the pack. All writers must have
// been flushed.
func (t *Tiler) Write(ctx context.Context, w *pack.Writer, p Pack) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	ids := p.Area.IDs()
	todo, inOrder := make(chan *job), make(chan *job, 16*p.Procs)
	wg.Go(func() {
		defer close(inOrder)
		defer close(todo)
		for _, id := range ids {
			j := t.newJob(id)
			select {
			case inOrder <- j:
			case <-ctx.Done():
				return
			}
			select {
			case todo <- j:
			case <-ctx.Done():
				return
			}
		}
	})
	for range p.Procs {
		wg.Go(func() {
			e := encoder{sea: p.Sea, closing: p.Closing}
			for j := range todo {
				j.encoded, j.err = e.encode(j)
				close(j.done)
			}
		})
	}
	for j := range inOrder {
		select {
		case <-j.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if j.err != nil {
			return fmt.Errorf("encoding tile %v: %w", j.tile, j.err)
		}
		if err := w.WriteEncodedTile(j.tile, j.encoded); err != nil {
			return err
		}
		p.Progress(1)
	}
	return ctx.Err()
}

func (t *Tiler) newJob(id uint64) *job {
	j := &job{done: make(chan struct{})}
	if j.tile, j.err = loc2vec.TileFromID(id); j.err == nil {
		j.data, j.err = t.store.appendTile(nil, grid.KeyOfTile(j.tile))
	}
	return j
}

// encoder encodes tiles. It keeps the last tile without features, because such tiles, empty or of
// nothing but sea, are many and alike.
type encoder struct {
	sea, closing func(loc2vec.Tile) [][]loc2vec.TilePoint // nil without sea

	reader pieceReader
	mvt    mvt.Encoder

	plain      mvt.EncodedTile
	plainRings [][]loc2vec.TilePoint
	hasPlain   bool
}

func (e *encoder) encode(j *job) (mvt.EncodedTile, error) {
	if j.err != nil {
		return mvt.EncodedTile{}, j.err
	}
	var rings, closing [][]loc2vec.TilePoint
	if e.sea != nil {
		rings, closing = e.sea(j.tile), e.closing(j.tile)
	}
	plain := len(j.data) == 0 && len(closing) == 0
	if plain && e.hasPlain && slices.EqualFunc(rings, e.plainRings, slices.Equal) {
		return e.plain, nil
	}
	features, err := e.reader.read(j.data)
	if err != nil {
		return mvt.EncodedTile{}, err
	}
	if len(rings) > 0 {
		features = append(features, loc2vec.Feature{Layer: loc2vec.Water, Kind: loc2vec.KindArea, Size: loc2vec.SeaArea, Parts: rings})
	}
	if len(closing) > 0 {
		features = append(features, loc2vec.Feature{Layer: mvt.Closing, Kind: loc2vec.KindLine, Parts: closing})
	}
	encoded, err := e.mvt.Encode(features)
	if plain && err == nil {
		e.plain, e.plainRings, e.hasPlain = encoded, rings, true
	}
	return encoded, err
}
