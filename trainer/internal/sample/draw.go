package sample

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

const (
	// EmptyCoverage is the Coverage below which a place is empty.
	EmptyCoverage = 0.005
	// maxPasses bounds the passes in which rejected places are replaced.
	maxPasses = 30
)

// DrawOptions configures Draw.
type DrawOptions struct {
	Count int
	Seed  uint64
	// Density is an exponent, 0..1: a tile is drawn in proportion to its number of sites, or its metres of road, to
	// that power. At 1 places are as dense as sites and roads, at 0 every tile that has any gets equally many.
	Density float64
	// RoadShare is the share of places along roads. The others are at sites: buildings, civic places and points of
	// interest.
	RoadShare float64
	// Jitter moves each place on both axes, uniformly within ±Jitter metres.
	Jitter float64
	// MaxEmpty bounds the share of places whose Coverage is below EmptyCoverage.
	MaxEmpty float64
	// Accept, when set, rejects the places for which it returns false. See Blocks.
	Accept func(loc2vec.LatLon) bool
}

// DefaultDraw returns options that draw places where people go: two thirds at sites, one third along roads.
func DefaultDraw(count int, seed uint64) DrawOptions {
	return DrawOptions{Count: count, Seed: seed, Density: 1, RoadShare: 1.0 / 3, Jitter: 30, MaxEmpty: 0.01}
}

func (o DrawOptions) validate() error {
	switch {
	case o.Count <= 0:
		return fmt.Errorf("%d places, want at least 1", o.Count)
	case !(o.Density >= 0 && o.Density <= 1):
		return fmt.Errorf("density is %v, not within 0..1", o.Density)
	case !(o.RoadShare >= 0 && o.RoadShare <= 1):
		return fmt.Errorf("share along roads is %v, not within 0..1", o.RoadShare)
	case !(o.MaxEmpty >= 0 && o.MaxEmpty <= 1):
		return fmt.Errorf("share of empty places is %v, not within 0..1", o.MaxEmpty)
	case !(o.Jitter >= 0 && o.Jitter <= 1000):
		return fmt.Errorf("jitter is %v m, not within 0..1000", o.Jitter)
	}
	return nil
}

// DrawReport counts what Draw did.
type DrawReport struct {
	Tiles      int // read in the scan
	Sites      int // buildings, civic places and points of interest in them
	RoadMetres float64
	Places     int // places returned; fewer than Count when too many were rejected
	AlongRoads int // places along roads
	Empty      int // empty places
	Outside    int // rejected: outside the covered area
	Refused    int // rejected by Accept
	Emptied    int // rejected: empty places beyond MaxEmpty
}

var (
	// ErrNoPlaces is returned by Draw when it rejected every place. The report says why.
	ErrNoPlaces = errors.New("every place was rejected")
	// ErrNoSites is returned by Draw when there is nowhere to draw a place.
	ErrNoSites = errors.New("the packs hold no buildings, points of interest or roads")
)

// Draw draws places from the covered area of the packs. It reads every tile once to weigh it, then reads the tiles in
// which places were drawn; it holds the contents of one tile in memory, in addition to the cache. The order is random:
// any prefix is a fair sample. Equal seeds give equal places. The error wraps ErrNoPlaces if all were
// rejected, and ErrNoSites if there are none.
func Draw(ctx context.Context, tiles *Tiles, o DrawOptions) ([]loc2vec.LatLon, DrawReport, error) {
	places, report, err := drawPlaces(ctx, tiles, o)
	if err != nil {
		return nil, report, fmt.Errorf("drawing places: %w", err)
	}
	return places, report, nil
}

func drawPlaces(ctx context.Context, tiles *Tiles, o DrawOptions) ([]loc2vec.LatLon, DrawReport, error) {
	var report DrawReport
	if err := o.validate(); err != nil {
		return nil, report, err
	}
	weights, err := weigh(ctx, tiles, o.Density, &report)
	if err != nil {
		return nil, report, err
	}
	s := placeSampler{
		tiles: tiles, options: o, weights: weights, report: &report,
		drawer: tiles.Drawer(emptySpec()),
		pixels: make([]uint8, loc2vec.NumLayers*emptySpec().Pixels*emptySpec().Pixels),
	}
	for pass := 0; len(s.places) < o.Count && pass < maxPasses; pass++ {
		if err := s.pass(ctx, uint64(pass)); err != nil {
			return nil, report, err
		}
	}
	if len(s.places) == 0 {
		return nil, report, fmt.Errorf("%w, of %d: %d outside of the covered area, %d refused, %d empty",
			ErrNoPlaces, report.Outside+report.Refused+report.Emptied, report.Outside, report.Refused, report.Emptied)
	}
	report.Places = len(s.places)
	rng := rand.New(rand.NewPCG(mix(o.Seed), 1))
	rng.Shuffle(len(s.places), func(i, j int) { s.places[i], s.places[j] = s.places[j], s.places[i] })
	return s.places, report, nil
}

// emptySpec is the raster that decides whether a place is empty. It is coarse: the sum hardly depends on the pixel.
func emptySpec() raster.Spec { return raster.Spec{Metres: 200, Pixels: 32} }

// tileWeights holds cumulative weights over tiles, for drawing a tile by binary search.
type tileWeights struct {
	ids   []loc2vec.Tile
	sites []float64 // cumulative weight of the sites
	roads []float64 // cumulative weight of the roads
}

// weigh reads all tiles and counts them in the report.
func weigh(ctx context.Context, tiles *Tiles, density float64, report *DrawReport) (tileWeights, error) {
	var w tileWeights
	var sites, roads float64
	weight := func(amount float64) float64 {
		if amount == 0 { // 0 to the power of 0 would be 1
			return 0
		}
		return math.Pow(amount, density)
	}
	var contents tileContents
	for id, err := range tiles.each(ctx) {
		if err != nil {
			return w, err
		}
		if err := contents.load(tiles, id); err != nil {
			return w, err
		}
		report.Tiles++
		if len(contents.sites) == 0 && len(contents.roads) == 0 {
			continue
		}
		report.Sites += len(contents.sites)
		report.RoadMetres += contents.metres()
		sites += weight(float64(len(contents.sites)))
		roads += weight(contents.metres())
		w.ids = append(w.ids, id)
		w.sites = append(w.sites, sites)
		w.roads = append(w.roads, roads)
	}
	if len(w.ids) == 0 {
		return w, ErrNoSites
	}
	return w, nil
}

// placeSampler draws places in passes until enough are accepted.
type placeSampler struct {
	tiles    *Tiles
	options  DrawOptions
	weights  tileWeights
	report   *DrawReport
	drawer   *Drawer
	pixels   []uint8
	contents tileContents
	places   []loc2vec.LatLon
}

// request asks for a place in a tile.
type request struct {
	tile int // index into the weights
	road bool
}

// pass draws the missing places, tile by tile.
func (s *placeSampler) pass(ctx context.Context, pass uint64) error {
	rng := rand.New(rand.NewPCG(mix(s.options.Seed), 2+pass))
	requests := make([]request, s.options.Count-len(s.places))
	for i := range requests {
		requests[i] = s.request(rng)
	}
	slices.SortStableFunc(requests, func(a, b request) int { return cmp.Compare(a.tile, b.tile) })
	loaded := -1
	for _, want := range requests {
		id := s.weights.ids[want.tile]
		if want.tile != loaded {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.contents.load(s.tiles, id); err != nil {
				return err
			}
			loaded = want.tile
		}
		if err := s.accept(s.contents.place(rng, want.road), want.road, rng); err != nil {
			return err
		}
	}
	return nil
}

// request draws a tile by its weight.
func (s *placeSampler) request(rng *rand.Rand) request {
	sites, roads := s.weights.sites, s.weights.roads
	road := rng.Float64() < s.options.RoadShare
	if roads[len(roads)-1] == 0 {
		road = false
	} else if sites[len(sites)-1] == 0 {
		road = true
	}
	totals := sites
	if road {
		totals = roads
	}
	x := rng.Float64() * totals[len(totals)-1]
	tile := sort.Search(len(totals), func(i int) bool { return totals[i] > x })
	return request{tile: min(tile, len(totals)-1), road: road}
}

// accept jitters a place and keeps it, or counts why it is rejected.
func (s *placeSampler) accept(ll loc2vec.LatLon, road bool, rng *rand.Rand) error {
	j := s.options.Jitter
	ll = ll.Offset(j*(2*rng.Float64()-1), j*(2*rng.Float64()-1))
	inside, err := s.tiles.Contains(ll)
	if err != nil {
		return err
	}
	if !inside {
		s.report.Outside++
		return nil
	}
	if s.options.Accept != nil && !s.options.Accept(ll) {
		s.report.Refused++
		return nil
	}
	if err := s.drawer.Draw(s.pixels, raster.Pose{Place: ll}); err != nil {
		return err
	}
	if Coverage(s.pixels) < EmptyCoverage {
		if float64(s.report.Empty+1) > s.options.MaxEmpty*float64(s.options.Count) {
			s.report.Emptied++
			return nil
		}
		s.report.Empty++
	}
	if road {
		s.report.AlongRoads++
	}
	s.places = append(s.places, ll)
	return nil
}
