package area

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// point is a position in degrees. The longitude may be beyond ±180.
type point struct{ lon, lat float64 }

// polygon is a set of rings, an outer one first, with an index of their sides.
type polygon struct {
	rings                    [][]point // without a closing point
	west, east, south, north float64
	box                      *loc2vec.Bounds // what it was made from, if that was a box
	// bands lists the sides in each band of latitude between south and north.
	bands [][]side
}

// side is a side of a ring, from its southern to its northern end.
type side struct{ from, to point }

const (
	// sidesPerBand is the number of sides for each band: few enough to look at all of them for every place.
	sidesPerBand = 4
	// maxBandsPerSide bounds the index: the mean number of bands that list a side.
	maxBandsPerSide = 8
)

func newPolygon(rings [][]point) *polygon {
	p := &polygon{rings: rings, west: math.Inf(1), east: math.Inf(-1), south: math.Inf(1), north: math.Inf(-1)}
	var sides []side
	for _, ring := range rings {
		for i, q := range ring {
			p.west, p.east = min(p.west, q.lon), max(p.east, q.lon)
			p.south, p.north = min(p.south, q.lat), max(p.north, q.lat)
			next := ring[(i+1)%len(ring)]
			switch {
			case q.lat < next.lat:
				sides = append(sides, side{q, next})
			case q.lat > next.lat:
				sides = append(sides, side{next, q})
			}
		}
	}
	n := len(sides)/sidesPerBand + 1
	for ; n > 1; n /= 2 {
		listed := 0
		p.bands = make([][]side, n)
		for _, s := range sides {
			listed += p.band(s.to.lat) - p.band(s.from.lat) + 1
		}
		if listed <= maxBandsPerSide*len(sides) {
			break
		}
	}
	p.bands = make([][]side, n)
	for _, s := range sides {
		for b := p.band(s.from.lat); b <= p.band(s.to.lat); b++ {
			p.bands[b] = append(p.bands[b], s)
		}
	}
	for b := range p.bands {
		p.bands[b] = slices.Clip(p.bands[b])
	}
	return p
}

// band returns the band of a latitude between south and north.
func (p *polygon) band(lat float64) int {
	share := (lat - p.south) / (p.north - p.south)
	return int(min(max(share*float64(len(p.bands)), 0), float64(len(p.bands)-1)))
}

// contains applies the even-odd rule to a line to the east.
func (p *polygon) contains(q point) bool {
	if !(q.lon >= p.west && q.lon <= p.east && q.lat >= p.south && q.lat <= p.north) || p.north == p.south {
		return false
	}
	inside := false
	for _, s := range p.bands[p.band(q.lat)] {
		if q.lat < s.from.lat || q.lat >= s.to.lat {
			continue
		}
		// The conversion keeps a processor from rounding product and sum at once: the answer is the same on all.
		if q.lon < s.from.lon+float64((q.lat-s.from.lat)/(s.to.lat-s.from.lat)*(s.to.lon-s.from.lon)) {
			inside = !inside
		}
	}
	return inside
}

// outline is a polygon with a list of its sides, as a shape of a cover.
type outline struct {
	*polygon
	list []side
}

func newOutline(p *polygon) outline {
	o := outline{polygon: p}
	for _, ring := range p.rings {
		for i, q := range ring {
			o.list = append(o.list, side{q, ring[(i+1)%len(ring)]})
		}
	}
	return o
}

// turns is the method of shape.
func (o outline) turns() (first, last int) {
	turn := func(lon float64) int { return int(math.Floor((lon + 180) / 360)) }
	return turn(o.west), turn(o.east)
}

// sides is the method of shape.
func (o outline) sides() int { return len(o.list) }

// relate is the method of shape.
func (o outline) relate(to *cell, i int) relation {
	const slack = 1e-9 // degrees, more than rounding takes away
	s := o.list[i]
	box := rectangle{to.west - slack, to.south - slack, to.east + slack, to.north + slack}
	if box.meets(loc2vec.Point{X: s.from.lon, Y: s.from.lat}, loc2vec.Point{X: s.to.lon, Y: s.to.lat}) {
		return meets
	}
	return apart
}

// fills is the method of shape.
func (o outline) fills(c *cell) bool {
	return o.contains(point{(c.west + c.east) / 2, (c.south + c.north) / 2})
}
