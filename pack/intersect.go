package pack

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// maxBoxes bounds the boxes of a cut: no more have room in the metadata.
const maxBoxes = maxMetadataBytes / 64

// intersect returns what two lists of valid boxes have in common, as boxes in the order of the first list. Their edges are
// edges of the lists, to the bit. It returns an error for more than maxBoxes.
func intersect(ctx context.Context, a, b []loc2vec.Bounds) ([]loc2vec.Bounds, error) {
	var common []loc2vec.Bounds
	seen := map[loc2vec.Bounds]bool{}
	for _, p := range a {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, q := range b {
			for _, box := range intersection(p, q) {
				if !seen[box] {
					seen[box] = true
					common = append(common, box)
				}
			}
			if len(common) > maxBoxes {
				return nil, fmt.Errorf("the area has more than %d boxes", maxBoxes)
			}
		}
	}
	return common, nil
}

// intersection returns what two boxes have in common, two boxes at most. Boxes that only touch have nothing in common,
// unless one of them has no inside.
func intersection(a, b loc2vec.Bounds) []loc2vec.Bounds {
	south, north := max(a.Min.Lat, b.Min.Lat), min(a.Max.Lat, b.Max.Lat)
	if south > north || south == north && a.Min.Lat < a.Max.Lat && b.Min.Lat < b.Max.Lat {
		return nil
	}
	var boxes []loc2vec.Bounds
	for _, s := range commonSpans(spanOf(a), spanOf(b)) {
		boxes = append(boxes, loc2vec.Bounds{Min: loc2vec.LatLon{Lat: south, Lon: s.west}, Max: loc2vec.LatLon{Lat: north, Lon: s.east}})
	}
	return boxes
}

// span is a range of longitudes. One whose west exceeds its east crosses the antimeridian.
type span struct{ west, east float64 }

func spanOf(b loc2vec.Bounds) span { return span{b.Min.Lon, b.Max.Lon} }

// end returns the eastern end in the degrees of the western one, which may be beyond 180.
func (s span) end() float64 {
	if s.east < s.west {
		return s.east + 360
	}
	return s.east
}

// full reports whether the span goes around the Earth.
func (s span) full() bool { return s.end()-s.west >= 360 }

// commonSpans returns what two spans have in common, by the rule of intersection.
func commonSpans(a, b span) []span {
	if a.full() {
		return []span{b}
	}
	if b.full() {
		return []span{a}
	}
	narrow := a.west == a.east || b.west == b.east
	var common []span
	for _, turn := range []float64{0, -360, 360} {
		// The ends of b in the degrees of a. The common span keeps the ends as their lists have them.
		west, east, s := a.west, a.end(), a
		if w := b.west + turn; w > west {
			west, s.west = w, b.west
		}
		if e := b.end() + turn; e < east {
			east, s.east = e, b.east
		}
		if west < east || west == east && narrow {
			common = append(common, s)
		}
	}
	return common
}
