package eval

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// Counts are the numbers of shapes in a window, as [layer][kind]: discs, lines, areas.
type Counts [loc2vec.NumLayers][3]float32

// Counter counts the shapes around a pose. It is called from many goroutines at once.
type Counter interface {
	Count(dst *Counts, pose raster.Pose) error
}

// Shapes counts the shapes in packs, by layer and kind. It stands in for counts of tags, which packs
// do not hold. A shape that is cut at a tile's edge counts on both sides.
//
// Tiles that were read stay in memory, with the size of their points: a few thousand for a gallery.
// Safe for concurrent use.
type Shapes struct {
	packs  pack.Set
	metres float64 // edge length of a window

	mu    sync.Mutex
	tiles map[loc2vec.Tile]*shapeTile
}

// NewShapes counts in windows with an edge of the given metres. Several packs are read as one map,
// as pack.Set describes. The packs must stay open while Shapes is used.
func NewShapes(packs pack.Set, metres float64) *Shapes {
	return &Shapes{packs: packs, metres: metres, tiles: map[loc2vec.Tile]*shapeTile{}}
}

// Metres returns the edge length of the windows.
func (s *Shapes) Metres() float64 { return s.metres }

// shapeTile holds the shapes of a tile. The first caller reads them while others wait.
type shapeTile struct {
	once   sync.Once
	err    error
	shapes []shape
	points []loc2vec.TilePoint
}

type shape struct {
	layer       loc2vec.Layer
	kind        loc2vec.Kind
	first, last int32 // in points
	low, high   loc2vec.TilePoint
}

// add appends the discs, the line or the outer ring of a part.
func (t *shapeTile) add(p *loc2vec.Part) {
	if p.Layer >= loc2vec.NumLayers || p.Kind < loc2vec.KindDisc || p.Kind > loc2vec.KindArea || len(p.Points) == 0 {
		return
	}
	if p.Kind == loc2vec.KindArea && !p.Outer() {
		return
	}
	if p.Kind == loc2vec.KindDisc {
		for i := range p.Points {
			t.append(p, p.Points[i:i+1])
		}
		return
	}
	t.append(p, p.Points)
}

func (t *shapeTile) append(p *loc2vec.Part, points []loc2vec.TilePoint) {
	s := shape{layer: p.Layer, kind: p.Kind, first: int32(len(t.points)), low: points[0], high: points[0]}
	for _, q := range points {
		s.low = loc2vec.TilePoint{X: min(s.low.X, q.X), Y: min(s.low.Y, q.Y)}
		s.high = loc2vec.TilePoint{X: max(s.high.X, q.X), Y: max(s.high.Y, q.Y)}
	}
	t.points = append(t.points, points...)
	s.last = int32(len(t.points))
	t.shapes = append(t.shapes, s)
}

// tile returns the shapes of a tile, and no shapes where no pack covers it.
func (s *Shapes) tile(id loc2vec.Tile) (*shapeTile, error) {
	s.mu.Lock()
	t, ok := s.tiles[id]
	if !ok {
		t = &shapeTile{}
		s.tiles[id] = t
	}
	s.mu.Unlock()
	t.once.Do(func() { // for all callers, so that no one's context ends it
		if _, err := new(pack.TileReader).Parts(context.Background(), s.packs, id, t.add); err != nil {
			t.err = fmt.Errorf("counting shapes: %w", err)
		}
	})
	return t, t.err
}

// Count implements Counter.
func (s *Shapes) Count(dst *Counts, pose raster.Pose) error {
	*dst = Counts{}
	const steps = loc2vec.Extent << loc2vec.Zoom // tile units around the Earth
	centre := pose.Place.Offset(pose.East, pose.North).Point()
	// The scale is that of the place, as in the raster.
	half := s.metres / 2 / pose.Place.Point().MetresPerUnit() * steps
	w := window{half: half}
	w.sin, w.cos = math.Sincos(pose.Heading * math.Pi / 180)
	reach := half * (math.Abs(w.sin) + math.Abs(w.cos))
	x, y := centre.X*steps, centre.Y*steps
	for ty := int(math.Floor((y - reach) / loc2vec.Extent)); ty <= int(math.Floor((y+reach)/loc2vec.Extent)); ty++ {
		for tx := int(math.Floor((x - reach) / loc2vec.Extent)); tx <= int(math.Floor((x+reach)/loc2vec.Extent)); tx++ {
			id := loc2vec.Tile{X: uint32(tx & (1<<loc2vec.Zoom - 1)), Y: uint32(ty)}
			if ty < 0 || !id.Valid() {
				continue
			}
			t, err := s.tile(id)
			if err != nil {
				return err
			}
			w.x, w.y = x-float64(tx)*loc2vec.Extent, y-float64(ty)*loc2vec.Extent
			for i := range t.shapes {
				if k := &t.shapes[i]; w.near(k, reach) && w.meets(k, t.points[k.first:k.last]) {
					dst[k.layer][k.kind-1]++
				}
			}
		}
	}
	return nil
}

// window is a rotated square in tile units.
type window struct {
	x, y, half float64
	sin, cos   float64
}

// near reports whether the bounding box of a shape is within reach of the window's centre.
func (w *window) near(s *shape, reach float64) bool {
	return float64(s.low.X) <= w.x+reach && float64(s.high.X) >= w.x-reach &&
		float64(s.low.Y) <= w.y+reach && float64(s.high.Y) >= w.y-reach
}

// own returns a point in the window's axes, in units of half its edge: inside the window both
// coordinates are in -1..1.
func (w *window) own(p loc2vec.TilePoint) (x, y float64) {
	dx, dy := (float64(p.X)-w.x)/w.half, (float64(p.Y)-w.y)/w.half
	return dx*w.cos + dy*w.sin, dy*w.cos - dx*w.sin
}

// meets reports whether a shape has a point in the window.
func (w *window) meets(s *shape, points []loc2vec.TilePoint) bool {
	x, y := w.own(points[0])
	if s.kind == loc2vec.KindDisc || len(points) == 1 {
		return math.Abs(x) <= 1 && math.Abs(y) <= 1
	}
	fromX, fromY := x, y
	if s.kind == loc2vec.KindArea {
		fromX, fromY = w.own(points[len(points)-1])
	} else {
		points = points[1:]
	}
	around := false // the window's centre lies in the ring, which may enclose the window
	for _, p := range points {
		x, y = w.own(p)
		if crosses(fromX, fromY, x, y) {
			return true
		}
		if (fromY > 0) != (y > 0) && fromX+(x-fromX)*fromY/(fromY-y) > 0 {
			around = !around
		}
		fromX, fromY = x, y
	}
	return around && s.kind == loc2vec.KindArea
}

// crosses reports whether a segment has a point in the square from -1 to 1 (Liang & Barsky 1984).
func crosses(ax, ay, bx, by float64) bool {
	enter, leave := 0.0, 1.0
	for _, edge := range [4][2]float64{{ax - bx, ax + 1}, {bx - ax, 1 - ax}, {ay - by, ay + 1}, {by - ay, 1 - ay}} {
		along, room := edge[0], edge[1]
		switch {
		case along < 0:
			enter = max(enter, room/along)
		case along > 0:
			leave = min(leave, room/along)
		case room < 0: // parallel to the edge and outside of it
			return false
		}
	}
	return enter <= leave
}
