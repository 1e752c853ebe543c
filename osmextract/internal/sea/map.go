package sea

import (
	"context"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
)

// Stats tells what the sea was made from.
type Stats struct {
	Ways      int `json:"ways"`      // coastline ways
	Repeated  int `json:"repeated"`  // of these, ways that share edges with an earlier one
	Reversed  int `json:"reversed"`  // ways reversed to the direction of their neighbours
	Rings     int `json:"rings"`     // closed coasts
	Chains    int `json:"chains"`    // open coasts
	Bridged   int `json:"bridged"`   // gaps closed by a straight line
	Extended  int `json:"extended"`  // free ends extended out of the covered area
	Loose     int `json:"loose"`     // chain ends left inside the covered area
	Polygons  int `json:"polygons"`  // water polygons, instead of coastlines
	Conflicts int `json:"conflicts"` // contradictions: pieces and rings left out, edges between a tile of land and a tile of sea
	// WrongRings counts closed coasts that contradict what lies around them: one around which the land is built up
	// is left out, a clockwise one in the sea is reversed.
	WrongRings int `json:"wrong_rings"`
	Whole      int `json:"whole"` // tiles of sea alone
	Mixed      int `json:"mixed"` // tiles of sea and land
}

// Map is the sea of an area. It is immutable and safe for concurrent use. A nil Map has no sea.
type Map struct {
	mixed   map[loc2vec.Tile][][]loc2vec.TilePoint
	closing map[loc2vec.Tile][][]loc2vec.TilePoint
	whole   *tileGrid
	turn    turn // of the tiles in mixed and whole
	// square is the outline of a tile, shared by all tiles of sea alone.
	square [][]loc2vec.TilePoint
}

// Rings returns the outlines of the sea in a tile as the parts of a loc2vec.Feature, nil without sea. The
// caller must not change them.
func (s *Map) Rings(t loc2vec.Tile) [][]loc2vec.TilePoint {
	if s == nil {
		return nil
	}
	t = s.turn.tile(t)
	if rings, ok := s.mixed[t]; ok {
		return rings
	}
	if s.whole.at(t) == sea {
		return s.square
	}
	return nil
}

// Closing returns the lines in a tile that are no coast: where the coast ends, the map closes it with lines of its
// own, which bound the rings like coast. Each has two points, in no particular direction. The caller must not change
// them.
func (s *Map) Closing(t loc2vec.Tile) [][]loc2vec.TilePoint {
	if s == nil {
		return nil
	}
	return s.closing[s.turn.tile(t)]
}

// HasSea reports whether a tile holds sea.
func (s *Map) HasSea(t loc2vec.Tile) bool { return len(s.Rings(t)) > 0 }

// put sets the rings of a tile with coast.
func (s *Map) put(t loc2vec.Tile, rings [][]loc2vec.TilePoint) {
	switch {
	case len(rings) == 0:
		s.whole.set(t, land)
	case len(rings) == 1 && loc2vec.DoubleArea(rings[0]) == coast.Area:
		s.whole.set(t, sea)
	default:
		s.mixed[t] = rings
		s.whole.set(t, land)
	}
}

// CoastOptions is what the sea is made from, besides coastlines.
type CoastOptions struct {
	Cover Cover
	// Boxes are the boxes of the extracts, at which the coast was cut. There may be none.
	Boxes []loc2vec.Bounds
	// Land reports signs of land in a tile, such as buildings and roads. It decides only where the coast
	// leaves a choice. It may be nil.
	Land func(loc2vec.Tile) bool
}

// FromCoast computes the sea from coastlines. It returns an error only if ctx has ended.
func FromCoast(ctx context.Context, ways []Way, options CoastOptions) (*Map, Stats, error) {
	var stats Stats
	by := turnFor(ways, options.Cover)
	if by != 0 {
		options.Cover = turnedCover{options.Cover, by}
	}
	options.Land = by.land(options.Land)
	chains, closing, err := closeEnds(ctx, joinCoast(ways, by, &stats), options.Cover, by.boxes(newCoastBoxes(options.Boxes)), &stats)
	if err != nil {
		return nil, stats, err
	}
	clipped, err := clipCoast(ctx, chains, options.Cover, closing)
	if err != nil {
		return nil, stats, err
	}
	if judged, wrong := judgeRings(chains, clipped, options); wrong > 0 {
		stats.WrongRings = wrong
		chains = judged
		if clipped, err = clipCoast(ctx, chains, options.Cover, closing); err != nil {
			return nil, stats, err
		}
	}
	stats.Loose = clipped.loose
	stats.Conflicts += clipped.dropped

	s := newSeaMap(options.Cover)
	s.turn = by
	f := flood{grid: s.whole, land: options.Land, chains: chains}
	events, clipper := clipped.events, clipped.coastClipper
	f.begin(events)
	f.spread()
	f.beginRings(clipped.ringsOnly, clipper.tiles)
	f.spread()
	if err := f.decideRest(ctx, options.Cover); err != nil {
		return nil, stats, err
	}
	stats.Conflicts += f.conflicts()

	for _, t := range sortedTiles(clipper.tiles) {
		if err := ctx.Err(); err != nil {
			return nil, stats, err
		}
		rings, conflicts := clipper.tiles[t].Rings(events[t], s.whole.at(t))
		stats.Conflicts += conflicts
		s.put(t, rings)
		if lines := clipper.tiles[t].closing; len(lines) > 0 {
			s.closing[t] = lines
		}
	}
	s.count(&stats)
	return s, stats, nil
}

// clippedCoast is the coast in each tile.
type clippedCoast struct {
	*coastClipper
	events    map[loc2vec.Tile][]coast.Event // of the tiles that a coast crosses
	ringsOnly []loc2vec.Tile                 // tiles with complete rings only
	dropped   int                            // pieces left out
}

func clipCoast(ctx context.Context, chains []coastChain, cover Cover, closing closingLines) (*clippedCoast, error) {
	c := &clippedCoast{coastClipper: newCoastClipper(cover, closing)}
	for _, chain := range chains {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.add(chain)
	}
	c.events = make(map[loc2vec.Tile][]coast.Event, len(c.tiles))
	for _, t := range sortedTiles(c.tiles) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, dropped := c.tiles[t].Events()
		c.dropped += dropped
		switch {
		case len(e) > 0:
			c.events[t] = e
		case c.tiles[t].Background() != unknown:
			c.ringsOnly = append(c.ringsOnly, t)
		}
	}
	return c, nil
}

func newSeaMap(cover Cover) *Map {
	return &Map{
		mixed:   make(map[loc2vec.Tile][][]loc2vec.TilePoint),
		closing: make(map[loc2vec.Tile][][]loc2vec.TilePoint),
		whole:   newTileGrid(cover),
		square:  [][]loc2vec.TilePoint{coast.Square()},
	}
}

// Empty reports whether no tile holds sea.
func (s *Map) Empty() bool {
	if s == nil {
		return true
	}
	var stats Stats
	s.count(&stats)
	return stats.Mixed+stats.Whole == 0
}

func (s *Map) count(stats *Stats) {
	stats.Mixed = len(s.mixed)
	for _, row := range s.whole.rows {
		for _, g := range row.grounds {
			if g == sea {
				stats.Whole++
			}
		}
	}
}
