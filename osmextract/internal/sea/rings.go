package sea

import (
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/coast"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// A ring of coast may be wrong: an islet of a river that is tagged as coast would flood the town around it, and
// an island that is mapped clockwise would drown. Signs of land around the ring and the other coasts decide.

// ringJudge finds the rings that contradict what lies around them.
type ringJudge struct {
	clipper *coastClipper
	chains  []coastChain
	grid    *tileGrid // which tiles a coast crosses
	land    func(loc2vec.Tile) bool
	basins  []basin
	basinOf map[loc2vec.Tile]int
	votes   []map[basinVote]int // by ring
}

// basin is a connected group of tiles that no coast crosses.
type basin struct {
	tiles, builtUp int
	// all and open are the sides of crossed tiles along it with sea, less those with land: of all coasts, and of
	// the open ones.
	all, open int
}

// basinVote are the sides of tiles along a basin that a ring crosses.
type basinVote struct {
	basin  int
	ground ground
}

// several stands for the chains of a tile that several chains cross.
const several = -1

// minBuiltUp and builtUpShare say from when on the surroundings of a ring are land.
const (
	minBuiltUp   = 3
	builtUpShare = 0.25
)

// judgeRings drops the rings around which there is land, and reverses the clockwise ones around which there is
// sea. It reports how many there are.
func judgeRings(chains []coastChain, clipped *clippedCoast, options CoastOptions) ([]coastChain, int) {
	clipper, events := clipped.coastClipper, clipped.events
	if options.Land == nil || !slices.ContainsFunc(chains, func(c coastChain) bool { return c.closed }) {
		return chains, 0
	}
	j := ringJudge{clipper: clipper, chains: chains, grid: newTileGrid(options.Cover), land: options.Land, basinOf: map[loc2vec.Tile]int{}, votes: make([]map[basinVote]int, len(chains))}
	for t := range events {
		j.grid.set(t, crossed)
	}
	for _, t := range sortedTiles(events) {
		j.count(t, events[t])
	}
	for _, t := range sortedTiles(clipper.tiles) {
		if len(events[t]) == 0 && len(clipper.tiles[t].Closed) > 0 && j.grid.at(t) == unknown {
			for _, ring := range clipper.tiles[t].Closed {
				g := sea
				if loc2vec.DoubleArea(ring.Points) > 0 {
					g = land
				}
				j.vote(t, ring.Chain, g)
			}
		}
	}
	var kept []coastChain
	wrong := 0
	for i, c := range chains {
		switch {
		case c.closed && grid.DoubleArea(c.points) < 0 && j.isOnLand(i):
			wrong++
			continue
		case c.closed && grid.DoubleArea(c.points) > 0 && j.isInSea(i):
			wrong++
			c.points = slices.Clone(c.points)
			slices.Reverse(c.points)
		}
		kept = append(kept, c)
	}
	return kept, wrong
}

// count counts the sides of a crossed tile as votes in the basins beyond them.
func (j *ringJudge) count(t loc2vec.Tile, events []coast.Event) {
	pieces := j.clipper.tiles[t].Pieces
	chain := pieces[events[0].Piece].Chain
	for _, e := range events {
		if pieces[e.Piece].Chain != chain {
			chain = several
		}
	}
	for side, g := range coast.Sides(events) {
		next, ok := neighbour(t, coast.Side(side))
		if ok && g != unknown && j.grid.at(next) == unknown {
			j.vote(next, chain, g)
		}
	}
}

// vote counts a side of a tile that a chain crosses.
func (j *ringJudge) vote(t loc2vec.Tile, chain int, g ground) {
	i := j.basin(t)
	b := &j.basins[i]
	n := 1
	if g == land {
		n = -1
	}
	b.all += n
	if chain == several || !j.chains[chain].closed {
		b.open += n
		return
	}
	if j.votes[chain] == nil {
		j.votes[chain] = map[basinVote]int{}
	}
	j.votes[chain][basinVote{i, g}]++
}

// basin returns the index of the basin of a tile.
func (j *ringJudge) basin(t loc2vec.Tile) int {
	if i, ok := j.basinOf[t]; ok {
		return i
	}
	var b basin
	group := []loc2vec.Tile{t}
	j.basinOf[t] = len(j.basins)
	for i := 0; i < len(group); i++ {
		b.tiles++
		if j.land(group[i]) {
			b.builtUp++
		}
		for side := coast.North; side <= coast.West; side++ {
			next, ok := neighbour(group[i], side)
			if _, known := j.basinOf[next]; ok && !known && j.grid.at(next) == unknown {
				j.basinOf[next] = len(j.basins)
				group = append(group, next)
			}
		}
	}
	j.basins = append(j.basins, b)
	return len(j.basins) - 1
}

func (b *basin) isBuiltUp() bool {
	return b.builtUp >= minBuiltUp && float64(b.builtUp) >= builtUpShare*float64(b.tiles)
}

// isOnLand reports whether what lies around a counter-clockwise ring is built up. Open coasts along it that
// have the sea there outweigh that.
func (j *ringJudge) isOnLand(ring int) bool {
	var around basin
	for v := range j.votes[ring] {
		if v.ground == sea {
			b := &j.basins[v.basin]
			around.tiles += b.tiles
			around.builtUp += b.builtUp
			around.open += b.open
		}
	}
	return around.open <= 0 && around.isBuiltUp()
}

// isInSea reports whether a clockwise ring lies in the sea of other coasts.
func (j *ringJudge) isInSea(ring int) bool {
	others, builtUp := 0, false
	for v, n := range j.votes[ring] {
		if v.ground == land {
			b := &j.basins[v.basin]
			others += b.all + n
			builtUp = builtUp || b.isBuiltUp()
		}
	}
	return others > 0 && !builtUp
}
