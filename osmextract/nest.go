package osmextract

import (
	"math"
	"slices"
)

// nest sorts the rings into outer and inner ones and gives each inner ring to the outer ring
// around it.
//
// For each ring one of its segments is looked at, the inside of the ring being east of it. When an
// even number of segments lies further west on the same latitude, the ground west of the segment
// is outside of the area and the ring is an outer one; otherwise it is an inner ring, and belongs
// to the ring of the nearest of those segments, or, when that is an inner ring too, to the same
// outer ring as that one.
func (a *assembly) nest() []polygon {
	index := a.newLatitudeIndex()
	west := make([]int32, len(a.rings)) // the ring next to an inner ring, -1 for outer rings
	for i := range a.rings {
		west[i] = index.ringWestOf(i)
	}
	outer := make([]int, len(a.rings)) // index of an outer ring's polygon, plus 1
	var polygons []polygon
	for i, r := range a.rings {
		if west[i] < 0 {
			polygons = append(polygons, polygon{rings: [][]location{a.locations(r)}, ways: [][]int32{a.waysOf(r)}})
			outer[i] = len(polygons)
		}
	}
	for i, r := range a.rings {
		if west[i] < 0 {
			continue
		}
		// Each step leads further west, but for outlines that cross themselves.
		k := west[i]
		for steps := 0; west[k] >= 0 && steps < len(a.rings); steps++ {
			k = west[k]
		}
		if p := outer[k] - 1; p >= 0 {
			polygons[p].rings = append(polygons[p].rings, a.locations(r))
			polygons[p].ways = append(polygons[p].ways, a.waysOf(r))
		}
	}
	return polygons
}

func (a *assembly) locations(r ring) []location {
	at := make([]location, len(r.nodes))
	for i, n := range r.nodes {
		at[i] = a.at[n]
	}
	return at
}

// waysOf returns the ways that a ring took segments from.
func (a *assembly) waysOf(r ring) []int32 {
	var ways []int32
	for _, s := range r.segments {
		if w := a.segments[s].way; len(ways) == 0 || ways[len(ways)-1] != w {
			ways = append(ways, w)
		}
	}
	slices.Sort(ways)
	return slices.Compact(ways)
}

// latitudeIndex finds the segments of the rings that reach a latitude.
type latitudeIndex struct {
	*assembly
	ringOf []int32 // by segment, -1 for those of no ring
	south  float64
	height float64   // of a band
	bands  [][]int32 // segments
}

func (a *assembly) newLatitudeIndex() *latitudeIndex {
	x := &latitudeIndex{assembly: a, ringOf: make([]int32, len(a.segments))}
	for i := range x.ringOf {
		x.ringOf[i] = -1
	}
	count, rise := 0, 0.0
	lo, hi := int32(math.MaxInt32), int32(math.MinInt32)
	for i, r := range a.rings {
		for _, s := range r.segments {
			x.ringOf[s] = int32(i)
			p, q := a.at[a.segments[s].a].lat, a.at[a.segments[s].b].lat
			lo, hi = min(lo, p, q), max(hi, p, q)
			rise += math.Abs(float64(p) - float64(q))
			count++
		}
	}
	if count == 0 {
		return x
	}
	// A few segments to the band, and no more than a few bands to the segment on average.
	height := float64(hi) - float64(lo) + 1
	n := 1 + int(min(float64(count)/4, 4*float64(count)*height/(rise+1), float64(len(a.rings)-1)*8))
	x.south, x.height = float64(lo), height/float64(n)
	x.bands = make([][]int32, n)
	for s, r := range x.ringOf {
		if r < 0 {
			continue
		}
		p, q := a.at[a.segments[s].a].lat, a.at[a.segments[s].b].lat
		for b := x.band(float64(min(p, q))); b <= x.band(float64(max(p, q))); b++ {
			x.bands[b] = append(x.bands[b], int32(s))
		}
	}
	return x
}

func (x *latitudeIndex) band(lat float64) int {
	return min(int((lat-x.south)/x.height), len(x.bands)-1)
}

// ringWestOf returns -1 when ring i is an outer ring, and otherwise the ring of the nearest segment
// west of it.
func (x *latitudeIndex) ringWestOf(i int) int32 {
	own, ok := x.westernSegment(x.rings[i])
	if !ok {
		return -1
	}
	p, q := x.at[x.segments[own].a], x.at[x.segments[own].b]
	// Between two nodes' latitudes, where the segment's middle is or close to it.
	lat := (float64(p.lat) + float64(q.lat)) / 2
	lon := (float64(p.lon) + float64(q.lon)) / 2
	crossings, nearest, nearestRing := 0, math.Inf(-1), int32(-1)
	for _, s := range x.bands[x.band(lat)] {
		if s == own {
			continue
		}
		p, q := x.at[x.segments[s].a], x.at[x.segments[s].b]
		if (float64(p.lat) > lat) == (float64(q.lat) > lat) {
			continue
		}
		at := float64(p.lon) + (float64(q.lon)-float64(p.lon))*(lat-float64(p.lat))/(float64(q.lat)-float64(p.lat))
		if at >= lon {
			continue
		}
		crossings++
		if at > nearest {
			nearest, nearestRing = at, x.ringOf[s]
		}
	}
	if crossings%2 == 0 {
		return -1
	}
	return nearestRing
}

// westernSegment returns a segment of the ring with the inside to its east: the tallest, which is
// the least likely to be touched by others at half its height. It fails for a ring without area.
func (x *latitudeIndex) westernSegment(r ring) (int32, bool) {
	best, height, ok := int32(0), int64(0), false
	counterClockwise := doubleAreaOf(x.locations(r)) > 0
	for k, s := range r.segments {
		from, to := x.at[r.nodes[k]], x.at[r.nodes[(k+1)%len(r.nodes)]]
		// The inside of a counter-clockwise ring is left of its segments: east of southward ones.
		h := int64(from.lat) - int64(to.lat)
		if !counterClockwise {
			h = -h
		}
		if h > height {
			best, height, ok = s, h, true
		}
	}
	return best, ok
}
