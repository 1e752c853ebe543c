package sea

import (
	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// Way is a way tagged natural=coastline: a line with water on its right and land on its left.
type Way struct {
	ID     int64
	Nodes  []int64         // ids of its nodes, in the way's direction
	Points []loc2vec.Point // where they are, one for each node
}

// NewWays makes the coast of one way from its node ids. locate returns where the node of an index
// is. The way is cut at missing nodes: a line across the gap would be a coast that nobody has mapped.
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

// coastChain is a stretch of coast, water on its right. The first point of a closed chain is not
// repeated at its end. Made-up stretches may go past the edge of the world, where a coordinate is
// negative or more than grid.Across.
type coastChain struct {
	points []grid.Point
	closed bool
}

// append adds a point unless the chain is there already.
func (c *coastChain) append(p grid.Point) {
	if n := len(c.points); n == 0 || c.points[n-1] != p {
		c.points = append(c.points, p)
	}
}

// coastJoiner joins ways end to end by node id.
type coastJoiner struct {
	runs  []coastRun
	from  map[int64][]int // runs by first node
	stats *Stats
}

// coastRun is a stretch of a way that no earlier way has.
type coastRun struct {
	way         *Way
	first, last int // indices of its end nodes in the way
	used        bool
}

func (r *coastRun) start() int64 { return r.way.Nodes[r.first] }
func (r *coastRun) end() int64   { return r.way.Nodes[r.last] }

// joinCoast joins the ways into rings and open chains. Stretches that several ways share, as the
// ways of overlapping extracts do, are used once. A way drawn against the direction of both its
// neighbours is turned.
func joinCoast(ways []Way, stats *Stats) []coastChain {
	j := coastJoiner{stats: stats}
	j.split(ways)
	j.reverse()
	j.from = make(map[int64][]int, len(j.runs))
	arrivals := make(map[int64]int, len(j.runs))
	for i := range j.runs {
		j.from[j.runs[i].start()] = append(j.from[j.runs[i].start()], i)
		arrivals[j.runs[i].end()]++
	}
	var chains []coastChain
	// Open chains first, from their free starts: begun in the middle, one chain would become two.
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

// split cuts the ways into runs, leaving out edges that were there before.
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

// turn reverses the runs that meet another run's end at their end and another's start at their
// start.
func (j *coastJoiner) reverse() {
	balance := make(map[int64]int, len(j.runs)) // starts less ends at a node
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

// chain follows the runs from run i on and appends what they form, unless nothing is left of it on
// the grid.
func (j *coastJoiner) chain(chains []coastChain, i int) []coastChain {
	var c coastChain
	start := j.runs[i].start()
	for {
		run := &j.runs[i]
		run.used = true
		for k := run.first; k <= run.last; k++ {
			c.append(grid.Of(run.way.Points[k]))
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

// next returns an unused run that starts at the node.
func (j *coastJoiner) next(node int64) (int, bool) {
	for _, i := range j.from[node] {
		if !j.runs[i].used {
			return i, true
		}
	}
	return 0, false
}
