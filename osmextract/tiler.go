package osmextract

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
)

// tiler turns classified shapes into the tiles of a pack. It knows nothing of where they come from:
// any source pushes them through shapers, in any order and from any number of goroutines, and
// gets the same pack.
type tiler struct {
	area  *coveredArea
	store *tileStore

	mu      sync.Mutex // guards store and the counts
	shapes  [loc2vec.NumLayers]int
	outside int
}

// shaper takes shapes for a tiler: it rounds them to the grid and cuts them. Each goroutine has its
// own, and flushes it in the end.
type shaper struct {
	tiler  *tiler
	batch  batch
	cutter cutter
	shapes [loc2vec.NumLayers]int
	points []gridPoint
	rings  [][]gridPoint
}

func (t *tiler) newShaper() *shaper {
	s := &shaper{tiler: t, cutter: cutter{area: t.area}}
	s.cutter.out = &s.batch
	return s
}

// disc draws a point. All classes are discs.
func (s *shaper) disc(classes []schema.Class, at location) error {
	s.cutter.disc(classes, at.grid())
	return s.count(classes)
}

// line draws a line. All classes are lines.
func (s *shaper) line(classes []schema.Class, at []location) error {
	s.points = simplify(appendGrid(s.points[:0], at))
	if len(s.points) < 2 {
		return nil
	}
	s.cutter.line(classes, s.points)
	return s.count(classes)
}

// polygon draws an outer ring, which comes first, with its inner rings. First points are not
// repeated; the rings' direction does not matter. All classes are areas.
func (s *shaper) polygon(classes []schema.Class, rings [][]location) error {
	s.points, s.rings = s.points[:0], s.rings[:0]
	for i, ring := range rings {
		start := len(s.points)
		s.points = appendGrid(s.points, ring)
		r := s.points[start:len(s.points):len(s.points)]
		if doubleArea(r) != 0 {
			turnRing(r)
			s.rings = append(s.rings, r)
		} else if i == 0 {
			return nil // smaller than the grid
		}
	}
	s.cutter.polygon(classes, s.rings)
	return s.count(classes)
}

// appendGrid appends the grid points of the places, repeated ones left out.
func appendGrid(dst []gridPoint, at []location) []gridPoint {
	start := len(dst)
	for _, l := range at {
		if p := l.grid(); len(dst) == start || dst[len(dst)-1] != p {
			dst = append(dst, p)
		}
	}
	return dst
}

// batchBytes is how much a shaper gathers before it takes the tiler's lock.
const batchBytes = 256 << 10

func (s *shaper) count(classes []schema.Class) error {
	for _, c := range classes {
		s.shapes[c.Layer]++
	}
	if len(s.batch.data) < batchBytes {
		return nil
	}
	return s.flush()
}

// flush hands what the shaper has gathered to the tiler.
func (s *shaper) flush() error {
	t := s.tiler
	t.mu.Lock()
	defer t.mu.Unlock()
	for l, n := range s.shapes {
		t.shapes[l] += n
	}
	t.outside += s.cutter.outside
	err := t.store.add(&s.batch)
	s.batch.reset()
	s.shapes, s.cutter.outside = [loc2vec.NumLayers]int{}, 0
	return err
}

// builtUp reports whether a tile has buildings or roads.
func (t *tiler) builtUp(tile loc2vec.Tile) bool {
	const land = 1<<loc2vec.Building | 1<<loc2vec.MajorRoad | 1<<loc2vec.MinorRoad
	return t.store.layers[keyOfTile(tile)]&land != 0
}

// tileJob is a tile on its way through the encoders.
type tileJob struct {
	tile loc2vec.Tile
	data []byte
	done chan struct{}

	encoded mvt.EncodedTile
	err     error
}

// packTiles is the tiles of a pack: the features of a tiler and the sea, within an area.
type packTiles struct {
	area  *coveredArea
	store *tileStore
	sea   *seaMap // nil without sea
}

// tiles returns the tiles of an area, once all shapers have been flushed.
func (t *tiler) tiles(area *coveredArea, sea *seaMap) *packTiles {
	return &packTiles{area: area, store: t.store, sea: sea}
}

// write encodes the tiles in parallel and writes them in the order of the pack.
func (t *packTiles) write(ctx context.Context, w *pack.Writer, procs int, progress func(tiles int64)) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	ids := t.area.ids()
	todo, inOrder := make(chan *tileJob), make(chan *tileJob, 16*procs)
	wg.Go(func() {
		defer close(inOrder)
		defer close(todo)
		for _, id := range ids {
			job := t.newJob(id)
			select {
			case inOrder <- job:
			case <-ctx.Done():
				return
			}
			select {
			case todo <- job:
			case <-ctx.Done():
				return
			}
		}
	})
	for range procs {
		wg.Go(func() {
			e := tileWorker{sea: t.sea}
			for job := range todo {
				job.encoded, job.err = e.encode(job)
				close(job.done)
			}
		})
	}
	for job := range inOrder {
		select {
		case <-job.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if job.err != nil {
			return fmt.Errorf("tile %v: %w", job.tile, job.err)
		}
		if err := w.WriteEncodedTile(job.tile, job.encoded); err != nil {
			return err
		}
		progress(1)
	}
	return ctx.Err()
}

func (t *packTiles) newJob(id uint64) *tileJob {
	job := &tileJob{done: make(chan struct{})}
	if job.tile, job.err = loc2vec.TileFromID(id); job.err == nil {
		job.data, job.err = t.store.appendTile(nil, keyOfTile(job.tile))
	}
	return job
}

// tileWorker encodes tiles. Tiles of nothing but sea, and empty ones, are many and alike: it keeps
// the last of them.
type tileWorker struct {
	sea     *seaMap
	reader  pieceReader
	encoder mvt.Encoder

	plain      mvt.EncodedTile
	plainRings [][]loc2vec.TilePoint
	hasPlain   bool
}

func (e *tileWorker) encode(job *tileJob) (mvt.EncodedTile, error) {
	if job.err != nil {
		return mvt.EncodedTile{}, job.err
	}
	var rings [][]loc2vec.TilePoint
	if e.sea != nil {
		rings = e.sea.Rings(job.tile)
	}
	plain := len(job.data) == 0
	if plain && e.hasPlain && slices.EqualFunc(rings, e.plainRings, slices.Equal) {
		return e.plain, nil
	}
	features, err := e.reader.read(job.data)
	if err != nil {
		return mvt.EncodedTile{}, err
	}
	if len(rings) > 0 {
		features = append(features, loc2vec.Feature{Layer: loc2vec.Water, Kind: loc2vec.KindArea, Parts: rings})
	}
	encoded, err := e.encoder.Encode(features)
	if plain && err == nil {
		e.plain, e.plainRings, e.hasPlain = encoded, rings, true
	}
	return encoded, err
}

// countingWriter counts what it passes on.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
