package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/loc2vec/loc2vec"
)

const (
	// Registration looks everywhere for what fits coarsely: cells of 12.5 m at 200 m, rotations 15°
	// apart. The registerBest that fit best are then looked at closely, again everywhere: cells of
	// 6 m, in which streets and blocks are told apart and single houses are not, and rotations 10°
	// apart, so that the right one moves the rim of the inscribed circle by a cell and a half at most.
	coarseSide, coarseTurns = 16, 24
	fineSide, fineTurns     = 32, 36
	registerBest            = 20
	// registerSamples is the number of samples along a cell's edge.
	registerSamples = 2
	// registerDoubt is the share of both rasters' whole energy that is added to the energy where
	// they overlap: without it a corner with one field on it would fit a corner of any other field.
	registerDoubt = 0.05
)

// registrar lays rasters over each other at all rotations and at all shifts that a query may have.
// Of two rasters a and b it knows the overlap
//
//	max over rotations and shifts of 2·Σ ab / (Σ a² + Σ b² + doubt)
//
// with sums over all layers and over the cells that lie in both: 1 for rasters that agree there.
// Sums at all shifts come from one correlation in the frequency domain. Safe for concurrent use.
type registrar struct {
	pixels  int
	side    int            // cells along a raster's edge
	grid    int            // edge of the grids, in cells, with room around for what wraps around
	reach   int            // greatest shift along each axis, in cells
	samples [][]cellSample // for each rotation
	inside  []spectrum     // for each rotation, of the share of each cell that lies in the raster
}

// cellSample is one of the registerSamples² pixels that a cell of the grid is the mean of. Those
// outside of the raster are none.
type cellSample struct{ cell, pixel int32 }

// newRegistrar returns a registrar of rasters of so many pixels and metres along their edge.
func newRegistrar(pixels int, metres float64, side, turns int) *registrar {
	widest := shifts()[len(shifts())-1]
	r := &registrar{pixels: pixels, side: side, reach: min(int(math.Ceil(widest/metres*float64(side))), side)}
	// A raster reaches half of its diagonal from the grid's centre when it is turned, the other one
	// half of its edge: no shift may wrap one into the other.
	room := int(math.Ceil(float64(side)/2*(1+math.Sqrt2))) + r.reach
	r.grid = 1 << bits.Len(uint(room-1))
	c := newCorrelator(r.grid)
	for turn := range turns {
		samples := r.sampled(2 * math.Pi * float64(turn) / float64(turns))
		inside := make([]float32, r.grid*r.grid)
		for _, at := range samples {
			inside[at.cell] += 1. / (registerSamples * registerSamples)
		}
		r.samples = append(r.samples, samples)
		r.inside = append(r.inside, c.transform(inside))
	}
	return r
}

// sampled returns the pixels behind the cells of a grid turned by an angle in radians.
func (r *registrar) sampled(angle float64) []cellSample {
	sin, cos := math.Sincos(angle)
	scale := float64(r.pixels) / float64(r.side)
	half := float64(r.grid) / 2
	var out []cellSample
	for cell := range r.grid * r.grid {
		for sample := range registerSamples * registerSamples {
			x := float64(cell%r.grid) - half + (float64(sample%registerSamples)+0.5)/registerSamples
			y := float64(cell/r.grid) - half + (float64(sample/registerSamples)+0.5)/registerSamples
			px := int(math.Floor(scale*(cos*x-sin*y) + float64(r.pixels)/2))
			py := int(math.Floor(scale*(sin*x+cos*y) + float64(r.pixels)/2))
			if px >= 0 && py >= 0 && px < r.pixels && py < r.pixels {
				out = append(out, cellSample{int32(cell), int32(py*r.pixels + px)})
			}
		}
	}
	return out
}

// turned is a raster at one rotation.
type turned struct {
	layers [loc2vec.NumLayers]spectrum // nil for empty ones
	square spectrum                    // of the sum over the layers of squares
	energy float32                     // sum of squares
}

// turn turns a raster [C][H][W].
func (r *registrar) turn(c *correlator, image []uint8, turn int) turned {
	var t turned
	plane := r.pixels * r.pixels
	grid, square := make([]float32, r.grid*r.grid), make([]float32, r.grid*r.grid)
	for l := range t.layers {
		layer := image[l*plane : (l+1)*plane]
		if !slices.ContainsFunc(layer, func(v uint8) bool { return v != 0 }) {
			continue
		}
		clear(grid)
		for _, at := range r.samples[turn] {
			grid[at.cell] += float32(layer[at.pixel])
		}
		for i := range grid {
			grid[i] /= 255 * registerSamples * registerSamples
			square[i] += grid[i] * grid[i]
		}
		t.layers[l] = c.transform(grid)
	}
	for _, v := range square {
		t.energy += v
	}
	t.square = c.transform(square)
	return t
}

// registered is a raster that others are registered with, north up.
type registered struct {
	turned
	// under is, for each rotation of the other raster, its energy in the cells that lie under the
	// other one, at each shift.
	under [][]float32
}

func (r *registrar) anchor(c *correlator, image []uint8) *registered {
	a := &registered{turned: r.turn(c, image, 0)}
	for _, inside := range r.inside {
		a.under = append(a.under, r.correlate(c, nil, a.square, inside))
	}
	return a
}

// correlate returns the correlation of two grids at all shifts; sum is memory that may be used.
func (r *registrar) correlate(c *correlator, sum, a, b spectrum) []float32 {
	if sum == nil {
		sum = make(spectrum, len(a))
	}
	clear(sum)
	addProduct(sum, a, b)
	out := make([]float32, (2*r.reach+1)*(2*r.reach+1))
	c.shifts(out, sum, r.reach)
	return out
}

// overlaps returns the overlap of a raster with each of the anchors.
func (r *registrar) overlaps(c *correlator, anchors []*registered, image []uint8) []float32 {
	best := make([]float32, len(anchors))
	sum := make(spectrum, len(r.inside[0]))
	common := make([]float32, (2*r.reach+1)*(2*r.reach+1))
	for turn := range r.samples {
		q := r.turn(c, image, turn)
		under := r.correlate(c, sum, r.inside[0], q.square)
		for i, a := range anchors {
			clear(sum)
			for l := range a.layers {
				addProduct(sum, a.layers[l], q.layers[l])
			}
			c.shifts(common, sum, r.reach)
			doubt := registerDoubt*(a.energy+q.energy) + 1e-6 // two empty rasters have no overlap
			for s, energy := range a.under[turn] {
				best[i] = max(best[i], 2*common[s]/(energy+under[s]+doubt))
			}
		}
	}
	return best
}

// level is a registrar with the first views of a gallery's places.
type level struct {
	*registrar
	anchors []*registered
}

// rank returns how many places overlap with a raster at least as well as its own place does; those
// that do not get into the closer look count as they come out of the first one.
func rank(coarse, fine level, place int, image []uint8) int {
	overlap := coarse.overlaps(newCorrelator(coarse.grid), coarse.anchors, image)
	order := make([]int, len(overlap))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(overlap[j], overlap[i]) })
	best := order[:min(registerBest, len(order))]
	if !slices.Contains(best, place) {
		return notBelow(overlap, place)
	}
	own, near := 0, make([]*registered, len(best))
	for k, i := range best {
		near[k] = fine.anchors[i]
		if i == place {
			own = k
		}
	}
	return notBelow(fine.overlaps(newCorrelator(fine.grid), near, image), own)
}

// notBelow counts the other values that are at least values[own].
func notBelow(values []float32, own int) int {
	var n int
	for i, v := range values {
		if i != own && v >= values[own] {
			n++
		}
	}
	return n
}

// register looks for the views of the gallery's places, from the second one on, among all of their
// first views, and returns for each place how many others overlap with a view at least as well as
// its own: [views-1][N].
func register(ctx context.Context, gallery *Region, views []view, seed uint64, progress func(done, total int)) ([][]int, error) {
	n := len(gallery.Places)
	coarse := level{newRegistrar(gallery.Pixels, gallery.metres(), coarseSide, coarseTurns), make([]*registered, n)}
	fine := level{newRegistrar(gallery.Pixels, gallery.metres(), fineSide, fineTurns), make([]*registered, n)}
	s := scanner{region: gallery, views: views[:1], seed: seed}
	err := s.scan(ctx, func(first int, v Views) error {
		for k, image := range v.images() {
			for _, l := range []level{coarse, fine} {
				l.anchors[first+k] = l.anchor(newCorrelator(l.grid), image)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	out := make([][]int, len(views)-1)
	for j := range out {
		out[j] = make([]int, n)
	}
	s.views, s.progress = views, progress
	err = s.scan(ctx, func(first int, v Views) error {
		for k, image := range v.images() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if place, j := first+k/len(views), k%len(views); j > 0 {
				out[j-1][place] = rank(coarse, fine, place, image)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	return out, nil
}
