package sample

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// Blocks splits the map into square blocks, some of which are held out for testing.
type Blocks struct {
	// Metres is the edge of a block; 2,000 in the evaluation protocol.
	Metres float64
	// Margin is the least distance in metres from a training place to a test block; 1,000 in the evaluation protocol.
	Margin float64
	// TestShare is the share of blocks held out, 0..1.
	TestShare float64
	// Seed chooses the blocks.
	Seed uint64
}

// DefaultBlocks returns blocks of 2 km, a fifth of them held out.
func DefaultBlocks(seed uint64) Blocks {
	return Blocks{Metres: 2000, Margin: 1000, TestShare: 0.2, Seed: seed}
}

// Test reports whether the place is in a test block.
func (b Blocks) Test(ll loc2vec.LatLon) bool { return b.held(grid{b.Metres}.cell(ll)) }

// Train reports whether the place is outside every test block and its margin.
func (b Blocks) Train(ll loc2vec.LatLon) bool {
	g := grid{b.Metres}
	for c := range g.around(ll, b.Margin) {
		if b.held(c) && distanceToBox(ll, g.bounds(c)) < b.Margin {
			return false
		}
	}
	return true
}

// held reports whether a block is one of the test blocks.
func (b Blocks) held(c cell) bool {
	h := mix(b.Seed ^ mix(uint64(c.row)<<32|uint64(uint32(c.column))))
	return float64(h>>11)/(1<<53) < b.TestShare
}

// distanceToBox returns the metres from a place to the nearest point of a box of a few kilometres.
func distanceToBox(ll loc2vec.LatLon, b loc2vec.Bounds) float64 {
	nearest := loc2vec.LatLon{Lat: min(max(ll.Lat, b.Min.Lat), b.Max.Lat)}
	// Relative to the box, so that the antimeridian does not matter.
	width := b.Max.Lon - b.Min.Lon
	east := math.Mod(ll.Lon-b.Min.Lon+720, 360)
	switch {
	case east <= width:
		nearest.Lon = ll.Lon
	case east-width < 360-east:
		nearest.Lon = b.Max.Lon
	default:
		nearest.Lon = b.Min.Lon
	}
	return ll.DistanceTo(nearest)
}

// Spread returns the places that are at least the given metres from every place it kept before, in their order.
func Spread(places []loc2vec.LatLon, metres float64) []loc2vec.LatLon {
	g := grid{metres}
	kept := make(map[cell][]loc2vec.LatLon)
	var spread []loc2vec.LatLon
places:
	for _, ll := range places {
		for c := range g.around(ll, metres) {
			for _, other := range kept[c] {
				if ll.DistanceTo(other) < metres {
					continue places
				}
			}
		}
		c := g.cell(ll)
		kept[c] = append(kept[c], ll)
		spread = append(spread, ll)
	}
	return spread
}

// mix is the finaliser of SplitMix64: consecutive numbers then seed unrelated generators.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
