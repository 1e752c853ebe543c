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
	// drawRounds bounds how often places that were turned down are drawn anew.
	drawRounds = 30
)

// DrawOptions says how Draw chooses places.
type DrawOptions struct {
	Count int
	Seed  uint64
	// Density is the power of a tile's number of sites, and of its metres of road, with which places are
	// drawn from it: at 1 places lie as densely as what is there, at 0 every tile has as many.
	Density float64
	// RoadShare is the share of places along roads; the others are at buildings, civic places and
	// points of interest.
	RoadShare float64
	// Jitter in metres moves each place on both axes, evenly within ±Jitter.
	Jitter float64
	// MaxEmpty bounds the share of places with next to nothing mapped around them.
	MaxEmpty float64
	// Accept, when set, turns down the places for which it returns false: see Blocks.
	Accept func(loc2vec.LatLon) bool
}

// DefaultDraw draws places as people would visit them: two thirds at buildings and points of
// interest, one third along roads.
func DefaultDraw(count int, seed uint64) DrawOptions {
	return DrawOptions{Count: count, Seed: seed, Density: 1, RoadShare: 1.0 / 3, Jitter: 30, MaxEmpty: 0.01}
}

func (o DrawOptions) validate() error {
	switch {
	case o.Count <= 0:
		return fmt.Errorf("%d places asked for", o.Count)
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
	Sites      int // buildings, civic places and points of interest among which it chose
	RoadMetres float64
	Places     int // returned; fewer than asked for when too many were turned down
	AlongRoads int // of them
	Empty      int // of them
	Outside    int // turned down: outside of the covered area
	Refused    int // turned down by Accept
	Emptied    int // turned down: empty places beyond the share
}

// ErrNone: not one of the places that Draw tried was accepted. The report says why.
var ErrNone = errors.New("none of the places was accepted")

// Draw chooses places in the covered area of the packs. It reads every tile once to weigh it, and
// then only those in which places were drawn: no more than one tile's contents are in memory beside
// the cache. The order is random, so that any prefix is a fair sample; equal seeds give equal places.
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
	d := lottery{
		tiles: tiles, options: o, weights: weights, report: &report,
		drawer: tiles.Drawer(emptySpec()),
		pixels: make([]uint8, loc2vec.NumLayers*emptySpec().Pixels*emptySpec().Pixels),
	}
	for round := 0; len(d.places) < o.Count && round < drawRounds; round++ {
		if err := d.round(ctx, uint64(round)); err != nil {
			return nil, report, err
		}
	}
	if len(d.places) == 0 {
		return nil, report, fmt.Errorf("%w, of %d: %d outside of the covered area, %d refused, %d empty",
			ErrNone, report.Outside+report.Refused+report.Emptied, report.Outside, report.Refused, report.Emptied)
	}
	report.Places = len(d.places)
	rng := rand.New(rand.NewPCG(mix(o.Seed), 1))
	rng.Shuffle(len(d.places), func(i, j int) { d.places[i], d.places[j] = d.places[j], d.places[i] })
	return d.places, report, nil
}

// emptySpec is the raster that tells whether a place is empty: coarse, as its sum hardly depends on
// the pixel.
func emptySpec() raster.Spec { return raster.Spec{Metres: 200, Pixels: 32} }

// tileWeights holds running totals over tiles, so that a binary search draws a tile.
type tileWeights struct {
	ids   []loc2vec.Tile
	sites []float64 // weight of the sites in the tiles up to this one
	roads []float64 // of the roads
}

// weigh scans all tiles.
func weigh(ctx context.Context, tiles *Tiles, density float64, report *DrawReport) (tileWeights, error) {
	var w tileWeights
	var sites, roads float64
	weight := func(amount float64) float64 {
		if amount == 0 { // whose power of 0 would be 1
			return 0
		}
		return math.Pow(amount, density)
	}
	var contents tileContents
	for i, source := range tiles.packs {
		for id, err := range source.Tiles() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return w, err
			}
			seen, err := tiles.packs[:i].Covers(id)
			if err != nil {
				return w, err
			}
			if seen {
				continue
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
	}
	if len(w.ids) == 0 {
		return w, errors.New("the packs hold no buildings, points of interest or roads")
	}
	return w, nil
}

// lottery draws places in rounds, until enough were accepted.
type lottery struct {
	tiles    *Tiles
	options  DrawOptions
	weights  tileWeights
	report   *DrawReport
	drawer   *Drawer
	pixels   []uint8
	contents tileContents
	places   []loc2vec.LatLon
}

// demand is a place to be drawn in a tile.
type demand struct {
	tile int // index into the weights
	road bool
}

// round draws the places that are missing, tile by tile.
func (d *lottery) round(ctx context.Context, round uint64) error {
	rng := rand.New(rand.NewPCG(mix(d.options.Seed), 2+round))
	demands := make([]demand, d.options.Count-len(d.places))
	for i := range demands {
		demands[i] = d.demand(rng)
	}
	slices.SortStableFunc(demands, func(a, b demand) int { return cmp.Compare(a.tile, b.tile) })
	loaded := -1
	for _, want := range demands {
		id := d.weights.ids[want.tile]
		if want.tile != loaded {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := d.contents.load(d.tiles, id); err != nil {
				return err
			}
			loaded = want.tile
		}
		if err := d.try(d.contents.place(rng, want.road), want.road, rng); err != nil {
			return err
		}
	}
	return nil
}

// demand chooses a tile by its weight.
func (d *lottery) demand(rng *rand.Rand) demand {
	sites, roads := d.weights.sites, d.weights.roads
	road := rng.Float64() < d.options.RoadShare
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
	return demand{tile: min(tile, len(totals)-1), road: road}
}

// try jitters a place and keeps it unless there is a reason not to.
func (d *lottery) try(ll loc2vec.LatLon, road bool, rng *rand.Rand) error {
	j := d.options.Jitter
	ll = ll.Offset(j*(2*rng.Float64()-1), j*(2*rng.Float64()-1))
	inside, err := d.tiles.Contains(ll)
	if err != nil {
		return err
	}
	if !inside {
		d.report.Outside++
		return nil
	}
	if d.options.Accept != nil && !d.options.Accept(ll) {
		d.report.Refused++
		return nil
	}
	if err := d.drawer.Draw(d.pixels, raster.Pose{Place: ll}); err != nil {
		return err
	}
	if Coverage(d.pixels) < EmptyCoverage {
		if float64(d.report.Empty+1) > d.options.MaxEmpty*float64(d.options.Count) {
			d.report.Emptied++
			return nil
		}
		d.report.Empty++
	}
	if road {
		d.report.AlongRoads++
	}
	d.places = append(d.places, ll)
	return nil
}
