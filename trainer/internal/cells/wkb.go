package cells

import (
	"encoding/binary"
	"math"

	"github.com/loc2vec/loc2vec"
)

// WKB returns a ring as a polygon in little-endian WKB, longitude first. A ring across the antimeridian is cut there,
// into a multipolygon (RFC 7946, 3.1.9). A ring around a pole becomes a band up to it.
func WKB(ring []loc2vec.LatLon) []byte {
	unwrapped, west, east := unwrap(ring)
	var parts [][]position
	for turn := math.Floor((west + 180) / 360); turn <= math.Ceil((east-180)/360); turn++ {
		part := clip(unwrapped, 360*turn-180, 1)
		part = clip(part, 360*turn+180, -1)
		for i := range part {
			part[i].lon -= 360 * turn
		}
		if len(part) >= 3 {
			parts = append(parts, part)
		}
	}
	if len(parts) == 1 {
		return appendPolygon(nil, parts[0])
	}
	b := binary.LittleEndian.AppendUint32([]byte{1}, 6) // multipolygon
	b = binary.LittleEndian.AppendUint32(b, uint32(len(parts)))
	for _, part := range parts {
		b = appendPolygon(b, part)
	}
	return b
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

// appendPolygon appends a polygon of one ring.
func appendPolygon(b []byte, ring []position) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, 1), 3) // polygon
	b = binary.LittleEndian.AppendUint32(b, 1)            // one ring
	b = binary.LittleEndian.AppendUint32(b, uint32(len(ring)+1))
	for i := range len(ring) + 1 {
		p := ring[i%len(ring)]
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.lon))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.lat))
	}
	return b
}
