package eval

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

const (
	// EmptyCoverage is the coverage of the fullest layer below which a place is called empty.
	EmptyCoverage = 0.005
	// chunk is the number of places that a worker holds the rasters of at a time.
	chunk = 4
)

// Drawer draws one raster [C][H][W]. It need not be safe for concurrent use.
type Drawer interface {
	Draw(dst []uint8, pose raster.Pose) error
}

// Region is places that can be drawn.
type Region struct {
	Name   string
	Pixels int // H and W
	Places []loc2vec.LatLon
	// Drawer returns a drawer for one goroutine.
	Drawer func() Drawer
	// Counter counts shapes for a baseline that needs them; it may be nil.
	Counter Counter
}

// Dropped counts the candidates that did not become places of a gallery.
type Dropped struct {
	Candidates int `json:"candidates"` // places looked at
	Empty      int `json:"empty"`      // no layer covers EmptyCoverage of them
	Duplicates int `json:"duplicates"` // drawn to the same bytes as an earlier place
}

// Gallery returns the region with its first n places that are neither empty nor duplicates, all
// of them when there are fewer. Places should come in random order, at least 250 m apart.
func (r *Region) Gallery(ctx context.Context, n int) (*Region, Dropped, error) {
	var dropped Dropped
	out := *r
	out.Places = nil
	draw := r.Drawer()
	s := newSummariser(r.Pixels)
	image := make([]uint8, s.size())
	summary := make([]Summary, 1)
	seed := maphash.MakeSeed() // which 64-bit hash it is changes nothing in the result
	seen := map[uint64]bool{}
	for _, at := range r.Places {
		if len(out.Places) == n {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, dropped, err
		}
		if err := draw.Draw(image, raster.Pose{Place: at}); err != nil {
			return nil, dropped, fmt.Errorf("draw %v of %s: %w", at, r.Name, err)
		}
		dropped.Candidates++
		s.summarise(summary, image)
		hash := maphash.Bytes(seed, image)
		switch {
		case summary[0].covered() < EmptyCoverage:
			dropped.Empty++
		case seen[hash]:
			dropped.Duplicates++
		default:
			seen[hash] = true
			out.Places = append(out.Places, at)
		}
	}
	return &out, dropped, nil
}

// view says how a place is looked at. The first view of a place is its anchor: the zero value.
type view struct {
	rotate bool    // by U(0°, 360°); otherwise north is up
	shift  float64 // by U(-shift, shift) metres east and as much north
	move   float64 // by that many metres in a random direction
	off    int     // number of random layers to be cleared, of the view before it
	// without are layers to be cleared, of the anchor.
	without []loc2vec.Layer
	union   bool // the anchor joined with the anchor of the place's partner
}

// pose draws the pose of the view.
func (v view) pose(at loc2vec.LatLon, rng *rand.Rand) raster.Pose {
	p := raster.Pose{Place: at}
	if v.rotate {
		p.Heading = 360 * rng.Float64()
	}
	if v.shift > 0 {
		p.East, p.North = v.shift*(2*rng.Float64()-1), v.shift*(2*rng.Float64()-1)
	}
	if v.move > 0 {
		sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
		p.East, p.North = v.move*sin, v.move*cos
	}
	return p
}

// scanner draws every view of every place of a region and hands them out in chunks.
type scanner struct {
	region   *Region
	views    []view
	seed     uint64
	partner  []int // [places] for views that are unions
	workers  int   // 0: one for each processor
	progress func(done, total int)
}

// scan calls visit, from several goroutines at a time, with the views of places first, first+1, …
// as [places][views]. What it draws depends on the seed alone, not on the goroutines. The Views
// belong to the scanner and are valid until visit returns.
func (s *scanner) scan(ctx context.Context, visit func(first int, v Views) error) error {
	n := len(s.region.Places)
	workers := s.workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var next, done int
	sum := newSummariser(s.region.Pixels)
	var group sync.WaitGroup
	for range min(workers, (n+chunk-1)/chunk) {
		group.Go(func() {
			w := newScanWorker(s, sum)
			for ctx.Err() == nil {
				mu.Lock()
				first := next
				next += chunk
				mu.Unlock()
				if first >= n {
					return
				}
				last := min(first+chunk, n)
				if err := w.visit(first, last, visit); err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				done += last - first
				if s.progress != nil {
					s.progress(done, n)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// scanWorker holds the buffers of one goroutine of a scan.
type scanWorker struct {
	*scanner
	sum   *summariser
	draw  Drawer
	views Views
}

func newScanWorker(s *scanner, sum *summariser) *scanWorker {
	n := chunk * len(s.views)
	return &scanWorker{scanner: s, sum: sum, draw: s.region.Drawer(), views: Views{
		Rasters:   make([]uint8, n*sum.size()),
		Poses:     make([]raster.Pose, n),
		Summaries: make([]Summary, n),
	}}
}

// visit draws places first..last-1 and hands them out.
func (w *scanWorker) visit(first, last int, visit func(first int, v Views) error) error {
	size, views := w.sum.size(), len(w.scanner.views)
	n := (last - first) * views
	v := Views{Rasters: w.views.Rasters[:n*size], Poses: w.views.Poses[:n], Summaries: w.views.Summaries[:n]}
	for place := first; place < last; place++ {
		from := (place - first) * views
		if err := w.place(place, v.Rasters[from*size:(from+views)*size], v.Poses[from:from+views]); err != nil {
			return fmt.Errorf("draw %v of %s: %w", w.region.Places[place], w.region.Name, err)
		}
		if err := w.count(place, v.Summaries[from:from+views], v.Poses[from:from+views]); err != nil {
			return fmt.Errorf("%v of %s: %w", w.region.Places[place], w.region.Name, err)
		}
	}
	w.sum.summarise(v.Summaries, v.Rasters)
	return visit(first, v)
}

// place draws all views of a place: images are [views][C][H][W].
func (w *scanWorker) place(place int, images []uint8, poses []raster.Pose) error {
	rng := rand.New(rand.NewPCG(w.seed, uint64(place)))
	size := w.sum.size()
	anchor := images[:size]
	for j, look := range w.scanner.views {
		image := images[j*size : (j+1)*size]
		poses[j] = raster.Pose{Place: w.region.Places[place]}
		switch {
		case look.off > 0:
			poses[j] = poses[j-1]
			copy(image, images[(j-1)*size:j*size])
			switchOff(image, look.off, rng)
		case look.without != nil:
			copy(image, anchor)
			for _, l := range look.without {
				clear(image[int(l)*size/loc2vec.NumLayers : (int(l)+1)*size/loc2vec.NumLayers])
			}
		case look.union:
			if err := w.draw.Draw(image, raster.Pose{Place: w.region.Places[w.partner[place]]}); err != nil {
				return err
			}
			for i, v := range anchor {
				image[i] = max(image[i], v)
			}
		default:
			poses[j] = look.pose(w.region.Places[place], rng)
			if err := w.draw.Draw(image, poses[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// count counts the shapes in all views of a place. A layer that was taken off a raster has none.
func (w *scanWorker) count(place int, summaries []Summary, poses []raster.Pose) error {
	if w.region.Counter == nil {
		return nil
	}
	for j, look := range w.scanner.views {
		counts := &summaries[j].Counts
		switch {
		case look.off > 0:
			*counts = summaries[j-1].Counts
		case look.without != nil:
			*counts = summaries[0].Counts
		case look.union:
			if err := w.region.Counter.Count(counts, raster.Pose{Place: w.region.Places[w.partner[place]]}); err != nil {
				return err
			}
			for l := range counts {
				for k, n := range summaries[0].Counts[l] {
					counts[l][k] += n
				}
			}
		default:
			if err := w.region.Counter.Count(counts, poses[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// switchOff clears n random layers of a raster [C][H][W].
func switchOff(image []uint8, n int, rng *rand.Rand) {
	plane := len(image) / loc2vec.NumLayers
	for _, c := range rng.Perm(loc2vec.NumLayers)[:n] {
		clear(image[c*plane : (c+1)*plane])
	}
}

// embedded is a gallery as one method sees it.
type embedded struct {
	method Method
	views  []matrix  // [views] of [N][D]
	empty  []float32 // [D] the embedding of a raster with nothing on it
}

// embed runs the scan through all methods. Rows of cosine methods are normalised, so that all
// that follows is Euclidean. keep, when not nil, receives every view's summary as [N][views].
func (s *scanner) embed(ctx context.Context, methods []Method, keep []Summary) ([]embedded, error) {
	if len(s.region.Places) == 0 {
		return nil, errors.New("no places to evaluate on")
	}
	out := make([]embedded, len(methods))
	for i, m := range methods {
		out[i] = embedded{method: m, views: make([]matrix, len(s.views))}
		for j := range s.views {
			out[i].views[j] = newMatrix(len(s.region.Places), m.Dimension)
		}
	}
	err := s.scan(ctx, func(first int, v Views) error {
		if keep != nil {
			copy(keep[first*len(s.views):], v.Summaries)
		}
		for _, e := range out {
			vectors := newMatrix(len(v.Poses), e.method.Dimension)
			if err := e.method.Embed(vectors.data, v); err != nil {
				return fmt.Errorf("embed with %s: %w", e.method.Name, err)
			}
			for k := range v.Poses {
				copy(e.views[k%len(s.views)].row(first+k/len(s.views)), vectors.row(k))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	blank := Views{Rasters: make([]uint8, loc2vec.NumLayers*s.region.Pixels*s.region.Pixels), Poses: make([]raster.Pose, 1), Summaries: make([]Summary, 1)}
	for i := range out {
		e := &out[i]
		empty := newMatrix(1, e.method.Dimension)
		if err := e.method.Embed(empty.data, blank); err != nil {
			return nil, fmt.Errorf("embed an empty raster with %s: %w", e.method.Name, err)
		}
		e.empty = empty.data
		for _, m := range append(e.views, empty) {
			if err := m.checkFinite(e.method.Name); err != nil {
				return nil, err
			}
			if e.method.Distance == loc2vec.Cosine {
				m.normalise()
			}
		}
	}
	return out, nil
}
