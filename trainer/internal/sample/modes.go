package sample

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// Mode is a mode of transport, as far as packs tell: they hold layers and widths, no tags.
type Mode struct {
	Name  string
	Layer loc2vec.Layer // which holds its lines
	// has reports whether a line of the layer is of the mode, by its width in decimetres.
	has func(width uint16) bool
	// ground tells rails in streets from rails that have the ground to themselves; unset for modes without rails.
	ground track
}

// track is the ground of rails.
type track int

const (
	anyGround track = iota
	ownGround
	streetGround
)

// Widths in decimetres that the schema gives to lines. A width that a mapper has measured replaces them: such lines may be
// missed or, rarely, be of another mode.
const (
	railWidth         = 40
	cyclewayWidth     = 25
	footwayWidth      = 20
	leastStreetWidth  = 50  // of residential streets and above; service roads are narrower
	leastWaterWidth   = 25  // of streams and above; ditches are narrower
	motorwayWidth     = 130 // without a number of lanes
	motorwayMostLanes = 6
)

// Modes lists the modes of transport that packs tell apart. Trams are rails in streets: packs hold both as rails.
func Modes() []Mode {
	is := func(width uint16) func(uint16) bool { return func(w uint16) bool { return w == width } }
	from := func(width uint16) func(uint16) bool { return func(w uint16) bool { return w >= width } }
	return []Mode{
		{"railways", loc2vec.Transport, is(railWidth), ownGround},
		{"trams in streets", loc2vec.Transport, is(railWidth), streetGround},
		{"motorways", loc2vec.MajorRoad, isMotorway, anyGround},
		{"main roads", loc2vec.MajorRoad, func(w uint16) bool { return !isMotorway(w) }, anyGround},
		{"streets", loc2vec.MinorRoad, from(leastStreetWidth), anyGround},
		{"cycle paths", loc2vec.Path, is(cyclewayWidth), anyGround},
		{"footpaths", loc2vec.Path, is(footwayWidth), anyGround},
		{"waterways", loc2vec.Water, from(leastWaterWidth), anyGround},
	}
}

// isMotorway reports whether a major road has the width of a motorway: 13 m, or lanes of 3.25 m with 5 m beyond them.
func isMotorway(width uint16) bool {
	for lanes := 2; lanes <= motorwayMostLanes; lanes++ {
		if float64(width) == math.Round(32.5*float64(lanes)+50) {
			return true
		}
	}
	return width == motorwayWidth
}

const (
	// modeStep is the distance in metres of candidates along a line.
	modeStep = 25
	// modeCandidates is how many candidates are kept for each place wanted, before they are spread out.
	modeCandidates = 8
	// modeSpacing is the least distance in metres between two places of a mode.
	modeSpacing = 250
	// Rails are looked at within a square of railMetres: in streets if most of them lie on roads, on ground of their own if
	// hardly any does. Others, such as those at crossings and along kerbs, are neither.
	railMetres             = 32
	railCovered            = 128 // of 255, where a pixel counts as rail or road
	inStreetLeast          = 0.6
	onOwnGroundMost        = 0.1
	railPixels             = 32
	modeGenerator   uint64 = 0x6d6f646573 // apart from the generators of other places of the same seed
)

// ModesOptions configures DrawModes.
type ModesOptions struct {
	Count int // places of each mode at most
	Seed  uint64
}

// DrawModes draws places along the lines of each of Modes, [mode][places], evenly by length and at least 250 m from others
// of the mode. It reads every tile once. Equal seeds give equal places.
func DrawModes(ctx context.Context, tiles *Tiles, o ModesOptions) ([][]loc2vec.LatLon, error) {
	places, err := drawModes(ctx, tiles, o)
	if err != nil {
		return nil, fmt.Errorf("drawing places by mode of transport: %w", err)
	}
	return places, nil
}

func drawModes(ctx context.Context, tiles *Tiles, o ModesOptions) ([][]loc2vec.LatLon, error) {
	modes, rng := Modes(), rand.New(rand.NewPCG(o.Seed, modeGenerator))
	reservoirs := make([]reservoir, len(modes))
	for i := range reservoirs {
		reservoirs[i] = reservoir{room: modeCandidates * o.Count, rng: rng}
	}
	var reader pack.TileReader
	for id, err := range tiles.each(ctx) {
		if err != nil {
			return nil, err
		}
		step := modeStep / (id.Origin().MetresPerUnit() / (loc2vec.Extent << loc2vec.Zoom)) // in tile coordinates
		_, err := reader.Parts(ctx, tiles.packs, id, func(p *loc2vec.Part) {
			if p.Kind != loc2vec.KindLine {
				return
			}
			for i := range modes {
				if modes[i].Layer == p.Layer && modes[i].has(p.Size) {
					reservoirs[i].walk(id, p.Points, step)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([][]loc2vec.LatLon, len(modes))
	for i := range modes {
		candidates, err := modes[i].onGround(ctx, tiles, reservoirs[i].kept)
		if err != nil {
			return nil, err
		}
		rng.Shuffle(len(candidates), func(a, b int) { candidates[a], candidates[b] = candidates[b], candidates[a] })
		candidates = Spread(candidates, modeSpacing)
		out[i] = candidates[:min(len(candidates), o.Count)]
	}
	return out, nil
}

// reservoir keeps a random sample of the places that it is shown (Vitter 1985, algorithm R).
type reservoir struct {
	room, seen int
	kept       []loc2vec.LatLon
	rng        *rand.Rand
}

// walk shows the reservoir a point of a line every step, from a random start.
func (r *reservoir) walk(id loc2vec.Tile, line []loc2vec.TilePoint, step float64) {
	next := step * r.rng.Float64()
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		length := math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y))
		for ; next < length; next += step {
			t := next / length
			p := tilePosition{float64(a.X) + t*float64(b.X-a.X), float64(a.Y) + t*float64(b.Y-a.Y)}
			r.show(p.in(id))
		}
		next -= length
	}
}

func (r *reservoir) show(place loc2vec.LatLon) {
	r.seen++
	if len(r.kept) < r.room {
		r.kept = append(r.kept, place)
	} else if k := r.rng.IntN(r.seen); k < r.room {
		r.kept[k] = place
	}
}

// onGround returns the places whose rails are on the mode's ground, in their order.
func (m *Mode) onGround(ctx context.Context, tiles *Tiles, places []loc2vec.LatLon) ([]loc2vec.LatLon, error) {
	if m.ground == anyGround {
		return places, nil
	}
	fits := make([]bool, len(places))
	spec := raster.Spec{Metres: railMetres, Pixels: railPixels}
	err := tiles.DrawEach(ctx, spec, places, 1, func(i int, pixels []uint8) error {
		share := railsInStreets(pixels)
		fits[i] = m.ground == streetGround && share >= inStreetLeast || m.ground == ownGround && share <= onOwnGroundMost
		return nil
	})
	kept := slices.Clone(places[:0])
	for i, fit := range fits {
		if fit {
			kept = append(kept, places[i])
		}
	}
	return kept, err
}

// railsInStreets returns the share of a raster's rails that lie on roads.
func railsInStreets(pixels []uint8) float64 {
	plane := railPixels * railPixels
	of := func(l loc2vec.Layer) []uint8 { return pixels[int(l)*plane:][:plane] }
	rails, major, minor := of(loc2vec.Transport), of(loc2vec.MajorRoad), of(loc2vec.MinorRoad)
	var all, covered float64
	for i, v := range rails {
		if v < railCovered {
			continue
		}
		all++
		if max(major[i], minor[i]) >= railCovered {
			covered++
		}
	}
	return covered / max(all, 1)
}
