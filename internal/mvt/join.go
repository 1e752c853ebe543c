package mvt

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// lineJoiner joins lines of one class that meet end to end. A map splits a road wherever one of its tags
// changes. Joined into one stroke it takes fewer bytes and has no gap on the outside of bends.
type lineJoiner struct {
	ends  []lineEnd
	pairs []endPair
	// partner maps each end to the end joined to it, or -1. End 2i is the first point of line i, end
	// 2i+1 its last.
	partner []int
	taken   []bool // lines that belong to a chain
	chain   []int  // ends at which the lines of a chain are entered
}

// lineEnd is an end of a line with the direction in which the line leaves it.
type lineEnd struct {
	at     loc2vec.TilePoint
	end    int
	dx, dy float64 // of length 1
}

// maxMeeting is the largest number of ends at one point that are joined. The number of pairs grows with
// its square, and no real crossing has as many.
const maxMeeting = 64

// endPair is two ends at the same point with the cosine of the turn between them.
type endPair struct {
	a, b     int
	straight float64
}

// join calls emit for each joined line with the ends at which its lines are entered, in order. Where more
// than two lines meet, the straightest pair is joined. Turns of a right angle or more are not joined, nor
// are more than maxMeeting ends. line returns the points of line i of n. The result depends on the order
// of the lines.
func (j *lineJoiner) join(n int, line func(i int) []loc2vec.TilePoint, emit func(chain []int)) {
	j.pairEnds(n, line)
	j.taken = append(j.taken[:0], make([]bool, n)...)
	// Chains are walked from a loose end; what is left after that are closed ones.
	for _, loose := range []bool{true, false} {
		for end := range 2 * n {
			if !j.taken[end/2] && (j.partner[end] < 0 || !loose) {
				emit(j.walk(end))
			}
		}
	}
}

// pairEnds sets the partner of each end.
func (j *lineJoiner) pairEnds(n int, line func(i int) []loc2vec.TilePoint) {
	j.ends = j.ends[:0]
	for i := range n {
		points := line(i)
		last := len(points) - 1
		j.ends = append(j.ends, newLineEnd(2*i, points[0], points[1]), newLineEnd(2*i+1, points[last], points[last-1]))
	}
	slices.SortFunc(j.ends, func(a, b lineEnd) int {
		return cmp.Or(cmp.Compare(a.at.X, b.at.X), cmp.Compare(a.at.Y, b.at.Y), cmp.Compare(a.end, b.end))
	})
	j.partner = j.partner[:0]
	for range 2 * n {
		j.partner = append(j.partner, -1)
	}
	for rest := j.ends; len(rest) > 0; {
		k := 1
		for k < len(rest) && rest[k].at == rest[0].at {
			k++
		}
		if k <= maxMeeting {
			j.pairAt(rest[:k])
		}
		rest = rest[k:]
	}
}

// pairAt pairs the ends at one point, the straightest pair first.
func (j *lineJoiner) pairAt(ends []lineEnd) {
	j.pairs = j.pairs[:0]
	for i, a := range ends {
		for _, b := range ends[i+1:] {
			straight := -(float64(a.dx*b.dx) + float64(a.dy*b.dy))
			if straight > 0 && a.end/2 != b.end/2 {
				j.pairs = append(j.pairs, endPair{a: a.end, b: b.end, straight: straight})
			}
		}
	}
	slices.SortFunc(j.pairs, func(p, q endPair) int {
		return cmp.Or(cmp.Compare(q.straight, p.straight), cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
	})
	for _, p := range j.pairs {
		if j.partner[p.a] < 0 && j.partner[p.b] < 0 {
			j.partner[p.a], j.partner[p.b] = p.b, p.a
		}
	}
}

// walk returns the chain that enters its first line at the given end.
func (j *lineJoiner) walk(end int) []int {
	j.chain = j.chain[:0]
	for end >= 0 && !j.taken[end/2] {
		j.taken[end/2] = true
		j.chain = append(j.chain, end)
		end = j.partner[end^1]
	}
	return j.chain
}

func newLineEnd(end int, at, next loc2vec.TilePoint) lineEnd {
	dx, dy := float64(next.X-at.X), float64(next.Y-at.Y)
	length := math.Sqrt(float64(dx*dx) + float64(dy*dy))
	return lineEnd{at: at, end: end, dx: dx / length, dy: dy / length}
}
