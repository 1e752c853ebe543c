package eval

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// scanChunk is the number of places whose rasters a worker holds at a time.
const scanChunk = 4

// scanner draws every view of every place of a region in chunks.
type scanner struct {
	region   *Region
	views    []view
	seed     uint64
	partner  []int           // [N] index of each place's partner in unions
	own      []loc2vec.Layer // [N] the layer that views of a place's own layer lack
	workers  int             // number of goroutines; GOMAXPROCS when 0
	progress func(done, total int)
}

// scan calls visit, from several goroutines at a time, with the views of places first, first+1, …
// as [places][views]. The views depend on the seed alone, not on the number of goroutines. They
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
	describer := newDescriber(s.region.Pixels)
	var group sync.WaitGroup
	for range min(workers, (n+scanChunk-1)/scanChunk) {
		group.Go(func() {
			w := newScanWorker(s, describer)
			for ctx.Err() == nil {
				mu.Lock()
				first := next
				next += scanChunk
				mu.Unlock()
				if first >= n {
					return
				}
				last := min(first+scanChunk, n)
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
	describer *describer
	drawer    Drawer
	views     Views
}

func newScanWorker(s *scanner, d *describer) *scanWorker {
	n := scanChunk * len(s.views)
	return &scanWorker{scanner: s, describer: d, drawer: s.region.Drawer(), views: Views{
		Rasters:     make([]uint8, n*d.size()),
		Poses:       make([]raster.Pose, n),
		Descriptors: make([]Descriptor, n),
	}}
}

// visit draws places first..last-1 and passes them on.
func (w *scanWorker) visit(first, last int, visit func(first int, v Views) error) error {
	size, views := w.describer.size(), len(w.scanner.views)
	n := (last - first) * views
	v := Views{Rasters: w.views.Rasters[:n*size], Poses: w.views.Poses[:n], Descriptors: w.views.Descriptors[:n]}
	for place := first; place < last; place++ {
		from := (place - first) * views
		if err := w.place(place, v.Rasters[from*size:(from+views)*size], v.Poses[from:from+views]); err != nil {
			return fmt.Errorf("drawing %v of %s: %w", w.region.Places[place], w.region.Name, err)
		}
		if err := w.count(place, v.Descriptors[from:from+views], v.Poses[from:from+views]); err != nil {
			return fmt.Errorf("counting shapes around %v of %s: %w", w.region.Places[place], w.region.Name, err)
		}
	}
	w.describer.describe(v.Descriptors, v.Rasters)
	return visit(first, v)
}

// place draws all views of a place into images [views][C][H][W] and poses [views].
func (w *scanWorker) place(place int, images []uint8, poses []raster.Pose) error {
	rng := rand.New(rand.NewPCG(w.seed, uint64(place)))
	size := w.describer.size()
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
		case look.own:
			copy(image, anchor)
			clear(image[int(w.scanner.own[place])*size/loc2vec.NumLayers:][:size/loc2vec.NumLayers])
		case look.union:
			if err := w.drawer.Draw(image, raster.Pose{Place: w.region.Places[w.partner[place]]}); err != nil {
				return err
			}
			for i, v := range anchor {
				image[i] = max(image[i], v)
			}
		default:
			poses[j] = look.pose(w.region.Places[place], rng)
			if err := w.drawer.Draw(image, poses[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// count counts the shapes in all views of a place. Layers that are cleared on the raster are counted
// as well; see shapeCounts.
func (w *scanWorker) count(place int, descriptors []Descriptor, poses []raster.Pose) error {
	if w.region.Counter == nil {
		return nil
	}
	for j, look := range w.scanner.views {
		counts := &descriptors[j].Counts
		switch {
		case look.off > 0:
			*counts = descriptors[j-1].Counts
		case look.without != nil:
			*counts = descriptors[0].Counts
		case look.union:
			if err := w.region.Counter.Count(counts, raster.Pose{Place: w.region.Places[w.partner[place]]}); err != nil {
				return err
			}
			for l := range counts {
				for k, n := range descriptors[0].Counts[l] {
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
