package cells

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"github.com/loc2vec/loc2vec"
)

// WKB returns a ring as a polygon in little-endian WKB, longitude first. A ring across the antimeridian is cut there,
// into a multipolygon (RFC 7946, 3.1.9). A ring around a pole becomes a band up to it.
func WKB(ring []loc2vec.LatLon) []byte {
	unwrapped, west, east := unwrap(ring)
	var parts orb.MultiPolygon
	for turn := math.Floor((west + 180) / 360); turn <= math.Ceil((east-180)/360); turn++ {
		part := clip(unwrapped, 360*turn-180, 1)
		part = clip(part, 360*turn+180, -1)
		if len(part) < 3 {
			continue
		}
		var closed orb.Ring
		for _, p := range part {
			closed = append(closed, orb.Point{p.lon - 360*turn, p.lat})
		}
		parts = append(parts, orb.Polygon{append(closed, closed[0])})
	}
	if len(parts) == 1 {
		return wkb.MustMarshal(parts[0])
	}
	return wkb.MustMarshal(parts)
}

// position is a corner whose longitude may be beyond ±180.
type position struct{ lon, lat float64 }

// unwrap returns a ring whose longitudes continue beyond ±180, with the least and the greatest of them.
func unwrap(ring []loc2vec.LatLon) (all []position, west, east float64) {
	lon := ring[0].Lon
	west, east = lon, lon
	add := func(p position) {
		all = append(all, p)
		west, east = min(west, p.lon), max(east, p.lon)
	}
	for i, p := range ring {
		if i > 0 {
			lon += shorter(p.Lon - ring[i-1].Lon)
		}
		add(position{lon, p.Lat})
	}
	end := lon + shorter(ring[0].Lon-ring[len(ring)-1].Lon)
	if math.Abs(end-ring[0].Lon) > 180 { // around a pole, with it on the left
		pole := math.Copysign(90, end-ring[0].Lon)
		add(position{end, ring[0].Lat})
		add(position{end, pole})
		add(position{ring[0].Lon, pole})
	}
	return all, west, east
}

// shorter returns a difference of longitudes within ±180.
func shorter(lon float64) float64 { return lon - 360*math.Round(lon/360) }

// clip cuts a ring at a meridian and keeps the part on the side of it: 1 is east (Sutherland and Hodgman).
func clip(ring []position, meridian, side float64) []position {
	var kept []position
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		insideP, insideQ := side*(p.lon-meridian) >= 0, side*(q.lon-meridian) >= 0
		if insideP {
			kept = append(kept, p)
		}
		if insideP != insideQ && p.lon != meridian && q.lon != meridian {
			share := (meridian - p.lon) / (q.lon - p.lon)
			kept = append(kept, position{meridian, p.lat + share*(q.lat-p.lat)})
		}
	}
	return kept
}
