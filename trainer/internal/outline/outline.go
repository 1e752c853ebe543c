// Package outline traces the outlines of boxes as polygons.
package outline

import (
	"cmp"
	"maps"
	"slices"

	"github.com/loc2vec/loc2vec"
)

// Polygons returns the polygons that boxes make together, as RFC 7946 has them: of each the outer ring, counterclockwise,
// then its holes, clockwise. Rings are closed. They meet others and themselves in single points at most. No box may cross
// the antimeridian.
func Polygons(boxes []loc2vec.Bounds) [][][]loc2vec.LatLon {
	e := edges{}
	var below []span
	slabs(boxes, func(south, north float64, spans []span) {
		e.addBorder(south, below, spans)
		for _, s := range spans {
			e.add(loc2vec.LatLon{Lat: north, Lon: s.west}, loc2vec.LatLon{Lat: south, Lon: s.west})
			e.add(loc2vec.LatLon{Lat: south, Lon: s.east}, loc2vec.LatLon{Lat: north, Lon: s.east})
		}
		below = spans
	})
	return assemble(e.rings())
}

// span is a range of longitudes.
type span struct{ west, east float64 }

// slabs calls visit for each range of latitudes between edges of boxes, from south to north, with the longitudes that
// boxes have there; and once more, with none, at the northern end.
func slabs(boxes []loc2vec.Bounds, visit func(south, north float64, spans []span)) {
	var lats []float64
	rest := slices.Clone(boxes)
	for _, b := range boxes {
		lats = append(lats, b.Min.Lat, b.Max.Lat)
	}
	slices.Sort(lats)
	lats = slices.Compact(lats)
	slices.SortFunc(rest, func(a, b loc2vec.Bounds) int { return cmp.Compare(a.Min.Lat, b.Min.Lat) })
	var active []loc2vec.Bounds
	for i, south := range lats {
		active = slices.DeleteFunc(active, func(b loc2vec.Bounds) bool { return b.Max.Lat <= south })
		for len(rest) > 0 && rest[0].Min.Lat <= south {
			if b := rest[0]; b.Max.Lat > south && b.Max.Lon > b.Min.Lon {
				active = append(active, b)
			}
			rest = rest[1:]
		}
		visit(south, lats[min(i+1, len(lats)-1)], union(active))
	}
}

// union returns the longitudes of boxes as spans that do not touch.
func union(boxes []loc2vec.Bounds) []span {
	var all []span
	for _, b := range boxes {
		all = append(all, span{b.Min.Lon, b.Max.Lon})
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.west, b.west) })
	var joined []span
	for _, s := range all {
		if n := len(joined); n > 0 && s.west <= joined[n-1].east {
			joined[n-1].east = max(joined[n-1].east, s.east)
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}

// edges are directed edges, by the place where they start, with the inside on their left.
type edges map[loc2vec.LatLon][]loc2vec.LatLon

func (e edges) add(from, to loc2vec.LatLon) { e[from] = append(e[from], to) }

// addBorder adds the edges at a latitude between the spans below and above.
func (e edges) addBorder(lat float64, below, above []span) {
	var lons []float64
	for _, s := range slices.Concat(below, above) {
		lons = append(lons, s.west, s.east)
	}
	slices.Sort(lons)
	lons = slices.Compact(lons)
	covers := func(spans []span, west float64) bool {
		i, begins := slices.BinarySearchFunc(spans, west, func(s span, west float64) int { return cmp.Compare(s.west, west) })
		return begins || i > 0 && west < spans[i-1].east
	}
	for i := 1; i < len(lons); i++ {
		west, east := loc2vec.LatLon{Lat: lat, Lon: lons[i-1]}, loc2vec.LatLon{Lat: lat, Lon: lons[i]}
		switch a, b := covers(above, west.Lon), covers(below, west.Lon); {
		case a && !b:
			e.add(west, east)
		case b && !a:
			e.add(east, west)
		}
	}
}

// rings takes out all edges as rings.
func (e edges) rings() [][]loc2vec.LatLon {
	starts := slices.SortedFunc(maps.Keys(e), func(a, b loc2vec.LatLon) int {
		return cmp.Or(cmp.Compare(a.Lat, b.Lat), cmp.Compare(a.Lon, b.Lon))
	})
	var rings [][]loc2vec.LatLon
	for _, start := range starts {
		for len(e[start]) > 0 {
			rings = append(rings, e.follow(start)...)
		}
	}
	return rings
}

// follow takes out the edges from a place until it comes back. Where it meets its own way it has closed a ring: the way
// goes on without it.
func (e edges) follow(start loc2vec.LatLon) (rings [][]loc2vec.LatLon) {
	way := []loc2vec.LatLon{start}
	position := map[loc2vec.LatLon]int{start: 0}
	for {
		at := way[len(way)-1]
		next := e.leftmost(way, at)
		i, met := position[next]
		if !met {
			position[next] = len(way)
			way = append(way, next)
			continue
		}
		rings = append(rings, corners(way[i:]))
		for _, p := range way[i+1:] {
			delete(position, p)
		}
		if way = way[:i+1]; i == 0 {
			return rings
		}
	}
}

// leftmost takes out the edge from the end of a way that turns left, if there are two: so areas that touch in a point
// stay apart.
func (e edges) leftmost(way []loc2vec.LatLon, at loc2vec.LatLon) loc2vec.LatLon {
	choice := 0
	if out := e[at]; len(out) > 1 && len(way) > 1 {
		before := way[len(way)-2]
		turn := func(next loc2vec.LatLon) float64 {
			return (at.Lon-before.Lon)*(next.Lat-at.Lat) - (at.Lat-before.Lat)*(next.Lon-at.Lon)
		}
		if turn(out[1]) > turn(out[0]) {
			choice = 1
		}
	}
	next := e[at][choice]
	e[at] = slices.Delete(e[at], choice, choice+1)
	return next
}

// corners returns a ring, closed, without the places at which it goes straight on.
func corners(way []loc2vec.LatLon) []loc2vec.LatLon {
	var ring []loc2vec.LatLon
	for i, p := range way {
		before, after := way[(i+len(way)-1)%len(way)], way[(i+1)%len(way)]
		if (before.Lat == p.Lat) != (p.Lat == after.Lat) {
			ring = append(ring, p)
		}
	}
	return append(ring, ring[0])
}

// assemble puts holes into the smallest rings around them.
func assemble(rings [][]loc2vec.LatLon) [][][]loc2vec.LatLon {
	var polygons [][][]loc2vec.LatLon
	var holes [][]loc2vec.LatLon
	for _, ring := range rings {
		if doubleArea(ring) > 0 {
			polygons = append(polygons, [][]loc2vec.LatLon{ring})
		} else {
			holes = append(holes, ring)
		}
	}
	for _, hole := range holes {
		// The middle of an edge lies on no other ring.
		middle := loc2vec.LatLon{Lat: (hole[0].Lat + hole[1].Lat) / 2, Lon: (hole[0].Lon + hole[1].Lon) / 2}
		around := -1
		for i, p := range polygons {
			if contains(p[0], middle) && (around < 0 || doubleArea(p[0]) < doubleArea(polygons[around][0])) {
				around = i
			}
		}
		if around >= 0 {
			polygons[around] = append(polygons[around], hole)
		}
	}
	return polygons
}

// doubleArea returns twice the area of a closed ring in square degrees, above 0 if it runs counterclockwise.
func doubleArea(ring []loc2vec.LatLon) float64 {
	sum := 0.0
	for i := 1; i < len(ring); i++ {
		sum += (ring[i].Lon - ring[i-1].Lon) * (ring[i].Lat + ring[i-1].Lat)
	}
	return -sum
}

// contains applies the even-odd rule to a closed ring whose edges run along meridians and parallels.
func contains(ring []loc2vec.LatLon, place loc2vec.LatLon) bool {
	inside := false
	for i := 1; i < len(ring); i++ {
		low, high := min(ring[i-1].Lat, ring[i].Lat), max(ring[i-1].Lat, ring[i].Lat)
		if place.Lat >= low && place.Lat < high && place.Lon < ring[i].Lon {
			inside = !inside
		}
	}
	return inside
}
