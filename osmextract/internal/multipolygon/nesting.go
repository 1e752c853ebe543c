package multipolygon

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// nest tells outer from inner rings and assigns each inner ring to an outer ring.
//
// It takes one segment of each ring that has the inside of the ring east of it. The rings around that
// ring are those that cross the latitude of the segment an odd number of times further west. With an
// even number of rings around it, a ring is an outer ring; otherwise it is an inner ring of the smallest
// outer ring around it.
func (a *assembly) nest() []Polygon {
	index := a.newLatitudeIndex()
	around := make([][]int32, len(a.rings))
	areas := make([]float64, len(a.rings))
	polygonOf := make([]int, len(a.rings)) // index of an outer ring's Polygon, -1 for inner rings
	var polygons []Polygon
	for i, r := range a.rings {
		around[i] = index.ringsAround(i)
		polygonOf[i] = -1
		if len(around[i])%2 == 0 {
			polygonOf[i] = len(polygons)
			polygons = append(polygons, Polygon{Rings: [][]grid.Location{a.locations(r)}, Ways: [][]int32{a.waysOf(r)}})
			areas[i] = math.Abs(DoubleArea(a.locations(r)))
		}
	}
	for i, r := range a.rings {
		if polygonOf[i] >= 0 {
			continue
		}
		best := -1
		for _, k := range around[i] {
			if polygonOf[k] >= 0 && (best < 0 || areas[k] < areas[best]) {
				best = int(k)
			}
		}
		if best >= 0 { // always, except in outlines that cross themselves
			p := &polygons[polygonOf[best]]
			p.Rings = append(p.Rings, a.locations(r))
			p.Ways = append(p.Ways, a.waysOf(r))
		}
	}
	return polygons
}

func (a *assembly) locations(r ring) []grid.Location {
	at := make([]grid.Location, len(r.nodes))
	for i, n := range r.nodes {
		at[i] = a.at[n]
	}
	return at
}

// waysOf returns the lines that the segments of a ring belong to.
func (a *assembly) waysOf(r ring) []int32 {
	var ways []int32
	for _, s := range r.segments {
		if w := a.segments[s].way; len(ways) == 0 || ways[len(ways)-1] != w {
			ways = append(ways, w)
		}
		if len(a.also) > 0 {
			ways = a.appendAlso(ways, a.segments[s])
		}
	}
	slices.Sort(ways)
	return slices.Compact(ways)
}

// appendAlso appends the lines that repeat a segment.
func (a *assembly) appendAlso(ways []int32, s segment) []int32 {
	i, _ := slices.BinarySearchFunc(a.also, s, func(t, s segment) int { return cmp.Or(cmp.Compare(t.a, s.a), cmp.Compare(t.b, s.b)) })
	for ; i < len(a.also) && a.also[i].a == s.a && a.also[i].b == s.b; i++ {
		ways = append(ways, a.also[i].way)
	}
	return ways
}

// latitudeIndex finds the segments of the rings that reach a latitude.
type latitudeIndex struct {
	*assembly
	ringOf []int32 // by segment, -1 for one that belongs to no ring
	south  float64
	height float64   // of a band
	bands  [][]int32 // segments

	crossed []int32 // rings, a buffer
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
			p, q := a.at[a.segments[s].a].Lat, a.at[a.segments[s].b].Lat
			lo, hi = min(lo, p, q), max(hi, p, q)
			rise += math.Abs(float64(p) - float64(q))
			count++
		}
	}
	if count == 0 {
		return x
	}
	// A few segments for each band, and at most a few bands for each segment on average.
	height := float64(hi) - float64(lo) + 1
	n := 1 + int(min(float64(count)/4, 4*float64(count)*height/(rise+1), float64(len(a.rings)-1)*8))
	x.south, x.height = float64(lo), height/float64(n)
	x.bands = make([][]int32, n)
	for s, r := range x.ringOf {
		if r < 0 {
			continue
		}
		p, q := a.at[a.segments[s].a].Lat, a.at[a.segments[s].b].Lat
		for b := x.band(float64(min(p, q))); b <= x.band(float64(max(p, q))); b++ {
			x.bands[b] = append(x.bands[b], int32(s))
		}
	}
	return x
}

func (x *latitudeIndex) band(lat float64) int {
	return min(int((lat-x.south)/x.height), len(x.bands)-1)
}

// ringsAround returns the rings around ring i. It returns none for a ring without area.
func (x *latitudeIndex) ringsAround(i int) []int32 {
	own, ok := x.westernSegment(x.rings[i])
	if !ok {
		return nil
	}
	p, q := x.at[x.segments[own].a], x.at[x.segments[own].b]
	lat, lon := (float64(p.Lat)+float64(q.Lat))/2, (float64(p.Lon)+float64(q.Lon))/2
	x.crossed = x.crossed[:0]
	for _, s := range x.bands[x.band(lat)] {
		if s == own {
			continue
		}
		p, q := x.at[x.segments[s].a], x.at[x.segments[s].b]
		if (float64(p.Lat) > lat) == (float64(q.Lat) > lat) {
			continue
		}
		at := float64(p.Lon) + (float64(q.Lon)-float64(p.Lon))*(lat-float64(p.Lat))/(float64(q.Lat)-float64(p.Lat))
		if at < lon {
			x.crossed = append(x.crossed, x.ringOf[s])
		}
	}
	slices.Sort(x.crossed)
	var odd []int32
	for n := 0; n < len(x.crossed); {
		end := n + 1
		for end < len(x.crossed) && x.crossed[end] == x.crossed[n] {
			end++
		}
		if (end-n)%2 == 1 {
			odd = append(odd, x.crossed[n])
		}
		n = end
	}
	return odd
}

// westernSegment returns the tallest segment of a ring with the inside to its east: other rings are least
// likely to touch it at half its height. It returns false for a ring without area.
func (x *latitudeIndex) westernSegment(r ring) (int32, bool) {
	best, height, ok := int32(0), int64(0), false
	counterClockwise := DoubleArea(x.locations(r)) > 0
	for k, s := range r.segments {
		from, to := x.at[r.nodes[k]], x.at[r.nodes[(k+1)%len(r.nodes)]]
		// A counter-clockwise ring has its inside on the left, which is east of a southward segment.
		h := int64(from.Lat) - int64(to.Lat)
		if !counterClockwise {
			h = -h
		}
		if h > height {
			best, height, ok = s, h, true
		}
	}
	return best, ok
}
