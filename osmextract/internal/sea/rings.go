package sea

import (
	"slices"

	"github.com/loc2vec/loc2vec"
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
}

// basin is a connected group of tiles that no coast crosses.
type basin struct {
	tiles, builtUp int
	// votes are the sides of crossed tiles along it, by the chain that crosses the tile (several for one
	// that several chains cross).
	votes map[basinVote]int
}

type basinVote struct {
	chain  int
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
func judgeRings(chains []coastChain, coast *clippedCoast, options CoastOptions) ([]coastChain, int) {
	clipper, events := coast.coastClipper, coast.events
	if options.Land == nil || !slices.ContainsFunc(chains, func(c coastChain) bool { return c.closed }) {
		return chains, 0
	}
	j := ringJudge{clipper: clipper, chains: chains, grid: newTileGrid(options.Cover), land: options.Land, basinOf: map[loc2vec.Tile]int{}}
	for t := range events {
		j.grid.set(t, crossed)
	}
	for _, t := range sortedTiles(events) {
		j.count(t, events[t])
	}
	for _, t := range sortedTiles(clipper.tiles) {
		if len(events[t]) == 0 && len(clipper.tiles[t].closed) > 0 && j.grid.at(t) == unknown {
			for _, ring := range clipper.tiles[t].closed {
				g := sea
				if grid.DoubleArea(ring.points) > 0 {
					g = land
				}
				j.basin(t).votes[basinVote{ring.chain, g}]++
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
func (j *ringJudge) count(t loc2vec.Tile, events []coastEvent) {
	pieces := j.clipper.tiles[t].pieces
	chain := pieces[events[0].piece].chain
	for _, e := range events {
		if pieces[e.piece].chain != chain {
			chain = several
		}
	}
	for side, g := range sides(events) {
		next, ok := neighbour(t, tileSide(side))
		if ok && g != unknown && j.grid.at(next) == unknown {
			j.basin(next).votes[basinVote{chain, g}]++
		}
	}
}

// basin returns the basin of a tile.
func (j *ringJudge) basin(t loc2vec.Tile) *basin {
	if i, ok := j.basinOf[t]; ok {
		return &j.basins[i]
	}
	b := basin{votes: map[basinVote]int{}}
	group := []loc2vec.Tile{t}
	j.basinOf[t] = len(j.basins)
	for i := 0; i < len(group); i++ {
		b.tiles++
		if j.land(group[i]) {
			b.builtUp++
		}
		for side := north; side <= west; side++ {
			next, ok := neighbour(group[i], side)
			if _, known := j.basinOf[next]; ok && !known && j.grid.at(next) == unknown {
				j.basinOf[next] = len(j.basins)
				group = append(group, next)
			}
		}
	}
	j.basins = append(j.basins, b)
	return &j.basins[len(j.basins)-1]
}

func (b *basin) isBuiltUp() bool {
	return b.builtUp >= minBuiltUp && float64(b.builtUp) >= builtUpShare*float64(b.tiles)
}

// isOnLand reports whether what lies around a counter-clockwise ring is built up. Open coasts along it that
// have the sea there outweigh that.
func (j *ringJudge) isOnLand(ring int) bool {
	around, open := basin{}, 0
	for i := range j.basins {
		b := &j.basins[i]
		if b.votes[basinVote{ring, sea}] == 0 {
			continue
		}
		around.tiles += b.tiles
		around.builtUp += b.builtUp
		for v, n := range b.votes {
			switch {
			case v.chain != several && j.chains[v.chain].closed:
			case v.ground == sea:
				open += n
			default:
				open -= n
			}
		}
	}
	return open <= 0 && around.isBuiltUp()
}

// isInSea reports whether a clockwise ring lies in the sea of other coasts.
func (j *ringJudge) isInSea(ring int) bool {
	votes, builtUp := 0, false
	for i := range j.basins {
		b := &j.basins[i]
		if b.votes[basinVote{ring, land}] == 0 {
			continue
		}
		builtUp = builtUp || b.isBuiltUp()
		for v, n := range b.votes {
			switch {
			case v.chain == ring:
			case v.ground == sea:
				votes += n
			default:
				votes -= n
			}
		}
	}
	return votes > 0 && !builtUp
}
