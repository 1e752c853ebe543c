package tiler

import (
	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// Writer receives the geometry of features, rounds it to the grid and clips it to tiles. It is not safe
// for concurrent use. Its data reaches the Tiler with Flush.
type Writer struct {
	tiler   *Tiler
	pieces  pieces
	clipper clipper
	project grid.Projector
	shapes  [loc2vec.NumLayers]int
	small   int
	points  []grid.Point
	rings   [][]grid.Point
}

// Disc writes a point. All classes must be discs.
func (w *Writer) Disc(classes []schema.Class, at grid.Location) error {
	w.clipper.disc(classes, w.project.Grid(at))
	return w.count(classes)
}

// Line writes a line. All classes must be lines.
func (w *Writer) Line(classes []schema.Class, at []grid.Location) error {
	var jumps bool
	w.points, jumps = w.appendGrid(w.points[:0], at)
	if jumps {
		grid.Unwrap(w.points)
	}
	w.points = simplify(w.points)
	if len(w.points) < 2 {
		w.small++
		return nil
	}
	w.clipper.line(classes, w.points)
	return w.count(classes)
}

// Polygon writes an outer ring, which comes first, and its inner rings, in any direction. The first
// location of a ring is not repeated at its end. All classes must be areas.
func (w *Writer) Polygon(classes []schema.Class, rings [][]grid.Location) error {
	w.points, w.rings = w.points[:0], w.rings[:0]
	unwrapped := false
	for i, ring := range rings {
		start := len(w.points)
		var jumps bool
		w.points, jumps = w.appendGrid(w.points, ring)
		r := w.points[start:len(w.points):len(w.points)]
		if jumps || len(r) > 0 && r[0].Jumps(r[len(r)-1]) {
			unwrapped = grid.UnwrapRing(r) || unwrapped
		}
		if unwrapped && i > 0 && len(w.rings) > 0 && len(r) > 0 {
			moveInto(r, w.rings[0])
		}
		if grid.DoubleArea(r) != 0 {
			normalise(r)
			w.rings = append(w.rings, r)
		} else if i == 0 {
			w.small++
			return nil
		}
	}
	w.clipper.polygon(classes, w.rings)
	return w.count(classes)
}

// moveInto moves an inner ring by a whole world, if it lies beside the outer ring and would then lie inside.
func moveInto(ring, outer []grid.Point) {
	west, east := outer[0].X, outer[0].X
	for _, p := range outer {
		west, east = min(west, p.X), max(east, p.X)
	}
	for _, offset := range [...]int32{0, grid.Across, -grid.Across} {
		if x := ring[0].X + offset; x >= west && x <= east {
			for i := range ring {
				ring[i].X += offset
			}
			return
		}
	}
}

// appendGrid appends the grid points of locations without repetitions. It reports whether a segment crosses
// the antimeridian.
func (w *Writer) appendGrid(dst []grid.Point, at []grid.Location) (_ []grid.Point, jumps bool) {
	start := len(dst)
	for _, l := range at {
		p := w.project.Grid(l)
		if len(dst) > start {
			last := dst[len(dst)-1]
			if last == p {
				continue
			}
			jumps = jumps || last.Jumps(p)
		}
		dst = append(dst, p)
	}
	return dst, jumps
}

// flushBytes is the size of the pieces at which a Writer takes the lock of the Tiler.
const flushBytes = 256 << 10

func (w *Writer) count(classes []schema.Class) error {
	for _, c := range classes {
		w.shapes[c.Layer]++
	}
	if len(w.pieces.data) < flushBytes {
		return nil
	}
	return w.Flush()
}

// Flush hands what the Writer has received to the Tiler.
func (w *Writer) Flush() error {
	t := w.tiler
	t.mu.Lock()
	defer t.mu.Unlock()
	for l, n := range w.shapes {
		t.counts.Shapes[l] += n
	}
	t.counts.Outside += w.clipper.outside
	t.counts.Small += w.small
	err := t.store.add(&w.pieces)
	w.pieces.reset()
	w.shapes, w.clipper.outside, w.small = [loc2vec.NumLayers]int{}, 0, 0
	return err
}
