package areafile

import (
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"github.com/loc2vec/loc2vec/area"
)

// WKB returns the polygons of an area as a multipolygon in little-endian WKB, longitude first, with their rings as they
// are.
func WKB(a *area.Area) []byte {
	var all orb.MultiPolygon
	for _, rings := range a.Polygons() {
		var polygon orb.Polygon
		for _, ring := range rings {
			var closed orb.Ring
			for _, q := range ring {
				closed = append(closed, orb.Point{q.Lon, q.Lat})
			}
			polygon = append(polygon, append(closed, closed[0]))
		}
		all = append(all, polygon)
	}
	return wkb.MustMarshal(all)
}
