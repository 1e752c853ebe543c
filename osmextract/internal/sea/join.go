package sea

import (
	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// Way is a coastline: a line with water on its right and land on its left.
type Way struct {
	ID     int64
	Nodes  []int64         // ids of the nodes, in the direction of the way
	Points []loc2vec.Point // their positions
}

// NewWays makes the coastlines of one way from the ids of its nodes. locate returns the position of the
// node at an index. The way is cut at missing nodes: a line across the gap would be a coast that nobody
// has mapped.
func NewWays(id int64, nodes []int64, locate func(i int) (loc2vec.Point, bool)) []Way {
	var ways []Way
	way := Way{ID: id}
	flush := func() {
		if len(way.Nodes) > 1 {
			ways = append(ways, way)
		}
		way = Way{ID: id}
	}
	for i, node := range nodes {
		p, ok := locate(i)
		if !ok {
			flush()
			continue
		}
		way.Nodes = append(way.Nodes, node)
		way.Points = append(way.Points, p)
	}
	flush()
	return ways
}

// coastChain is a line of coast with water on its right. The first point of a closed chain is not repeated
// at its end. Lines that are guesses may lead over the edge of the world, to coordinates below 0 or above
// grid.Across.
type coastChain struct {
	points []grid.Point
	closed bool
}

// append adds a point unless the chain already ends there.
func (c *coastChain) append(p grid.Point) {
	if n := len(c.points); n == 0 || c.points[n-1] != p {
		c.points = append(c.points, p)
	}
}

// coastJoiner joins ways end to end by node id.
type coastJoiner struct {
	runs  []coastRun
	from  map[int64][]int // runs by first node
	turn  turn
	stats *Stats
}

// coastRun is a part of a way whose edges no earlier way has.
type coastRun struct {
	way         *Way
	first, last int // indices of its first and last node in the way
	used        bool
}

func (r *coastRun) start() int64 { return r.way.Nodes[r.first] }
func (r *coastRun) end() int64   { return r.way.Nodes[r.last] }

// joinCoast joins the ways into rings and open chains. It uses an edge of several ways once; the ways of
// overlapping extracts share edges. It reverses a way whose direction is opposite to that of both its
// neighbours. The chains lie on the globe turned by the given turn.
func joinCoast(ways []Way, by turn, stats *Stats) []coastChain {
	j := coastJoiner{turn: by, stats: stats}
	j.split(ways)
	j.reverse()
	j.from = make(map[int64][]int, len(j.runs))
	arrivals := make(map[int64]int, len(j.runs))
	for i := range j.runs {
		j.from[j.runs[i].start()] = append(j.from[j.runs[i].start()], i)
		arrivals[j.runs[i].end()]++
	}
	var chains []coastChain
	// Open chains come first, from their free starts: a chain that is begun in its middle would become
	// two.
	for i := range j.runs {
		start := j.runs[i].start()
		if arrivals[start] < len(j.from[start]) && !j.runs[i].used {
			arrivals[start]++
			chains = j.chain(chains, i)
		}
	}
	for i := range j.runs {
		if !j.runs[i].used {
			chains = j.chain(chains, i)
		}
	}
	return chains
}

// split divides the ways into runs, without the edges of earlier ways.
func (j *coastJoiner) split(ways []Way) {
	edges := 0
	for i := range ways {
		edges += len(ways[i].Nodes)
	}
	seen := make(map[[2]int64]struct{}, edges)
	for i := range ways {
		way := &ways[i]
		j.stats.Ways++
		first, repeated := 0, false
		for k := 1; k < len(way.Nodes); k++ {
			edge := [2]int64{way.Nodes[k-1], way.Nodes[k]}
			if _, ok := seen[edge]; !ok {
				seen[edge] = struct{}{}
				continue
			}
			repeated = true
			if k-1 > first {
				j.runs = append(j.runs, coastRun{way: way, first: first, last: k - 1})
			}
			first = k
		}
		if last := len(way.Nodes) - 1; last > first {
			j.runs = append(j.runs, coastRun{way: way, first: first, last: last})
		}
		if repeated {
			j.stats.Repeated++
		}
	}
}

// reverse reverses the runs that share their start with the start of another run, and their end with the
// end of another one.
func (j *coastJoiner) reverse() {
	balance := make(map[int64]int, len(j.runs)) // starts minus ends at a node
	for i := range j.runs {
		balance[j.runs[i].start()]++
		balance[j.runs[i].end()]--
	}
	for i := range j.runs {
		run := &j.runs[i]
		if balance[run.start()] < 2 || balance[run.end()] > -2 {
			continue
		}
		balance[run.start()] -= 2
		balance[run.end()] += 2
		run.way = reversedCoastWay(run.way, run.first, run.last)
		run.first, run.last = 0, len(run.way.Nodes)-1
		j.stats.Reversed++
	}
}

func reversedCoastWay(way *Way, first, last int) *Way {
	r := &Way{ID: way.ID}
	for k := last; k >= first; k-- {
		r.Nodes = append(r.Nodes, way.Nodes[k])
		r.Points = append(r.Points, way.Points[k])
	}
	return r
}

// chain follows the runs from run i on and appends their chain, unless it is too small for the grid.
func (j *coastJoiner) chain(chains []coastChain, i int) []coastChain {
	var c coastChain
	start := j.runs[i].start()
	for {
		run := &j.runs[i]
		run.used = true
		for k := run.first; k <= run.last; k++ {
			c.append(j.turn.point(grid.Of(run.way.Points[k])))
		}
		if run.end() == start {
			c.closed = true
			break
		}
		next, ok := j.next(run.end())
		if !ok {
			break
		}
		i = next
	}
	if c.closed && len(c.points) > 1 && c.points[0] == c.points[len(c.points)-1] {
		c.points = c.points[:len(c.points)-1]
	}
	if len(c.points) < 2 || c.closed && len(c.points) < 3 {
		return chains
	}
	if c.closed {
		j.stats.Rings++
	} else {
		j.stats.Chains++
	}
	return append(chains, c)
}

// next returns an unused run that starts at a node.
func (j *coastJoiner) next(node int64) (int, bool) {
	for _, i := range j.from[node] {
		if !j.runs[i].used {
			return i, true
		}
	}
	return 0, false
}
