package showcase

import (
	"cmp"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
)

const (
	// viewShare is the share of the places that a view shows at least.
	viewShare = 0.85
	// viewStep is the share of the places that one step of shrinking a view cuts off.
	viewStep = 0.01
	// viewMargin is the share of its extent by which a view is larger on each side than the box around its places.
	viewMargin = 0.04
	// viewMetres is the least extent of a view.
	viewMetres = 1000
)

// densest returns a box with most of the places: it starts with all of them, and cuts off that side that loses most
// area for the same number of places. The box may cross the antimeridian.
func densest(places []loc2vec.LatLon) loc2vec.Bounds {
	kept := unrolled(places)
	x := func(p loc2vec.Point) float64 { return p.X }
	y := func(p loc2vec.Point) float64 { return p.Y }
	cut := max(1, int(viewStep*float64(len(places))))
	for len(kept)-cut >= int(math.Ceil(viewShare*float64(len(places)))) {
		var best []loc2vec.Point
		least := math.Inf(1)
		for _, axis := range []func(loc2vec.Point) float64{x, y} {
			slices.SortStableFunc(kept, func(a, b loc2vec.Point) int { return cmp.Compare(axis(a), axis(b)) })
			for _, part := range [][]loc2vec.Point{kept[cut:], kept[:len(kept)-cut]} {
				if area := extent(part, x) * extent(part, y); area < least {
					best, least = slices.Clone(part), area
				}
			}
		}
		kept = best
	}
	return around(kept)
}

// unrolled projects places so that west and east of the antimeridian are one, seen from the first place.
func unrolled(places []loc2vec.LatLon) []loc2vec.Point {
	points := make([]loc2vec.Point, len(places))
	for i, p := range places {
		points[i] = p.Point()
		points[i].X -= math.Round(points[i].X - points[0].X)
	}
	return points
}

// extent returns the extent of points along an axis, with a little more for points on one line.
func extent(points []loc2vec.Point, axis func(loc2vec.Point) float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range points {
		low, high = min(low, axis(p)), max(high, axis(p))
	}
	return high - low + 1e-9
}

// around returns the box around points, with a margin.
func around(points []loc2vec.Point) loc2vec.Bounds {
	low, high := points[0], points[0]
	for _, p := range points {
		low.X, low.Y = min(low.X, p.X), min(low.Y, p.Y)
		high.X, high.Y = max(high.X, p.X), max(high.Y, p.Y)
	}
	least := viewMetres / low.MetresPerUnit()
	mx, my := max(viewMargin*(high.X-low.X), (least-high.X+low.X)/2), max(viewMargin*(high.Y-low.Y), (least-high.Y+low.Y)/2)
	low.X, high.X = low.X-mx, high.X+mx
	low.Y, high.Y = max(low.Y-my, 0), min(high.Y+my, 1)
	wrap := func(x, y float64) loc2vec.LatLon { return loc2vec.Point{X: x - math.Floor(x), Y: y}.LatLon() }
	nw, se := wrap(low.X, low.Y), wrap(high.X, high.Y)
	return loc2vec.Bounds{Min: loc2vec.LatLon{Lat: se.Lat, Lon: nw.Lon}, Max: loc2vec.LatLon{Lat: nw.Lat, Lon: se.Lon}}
}
