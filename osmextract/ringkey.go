package osmextract

import (
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// segmentKey is a hash of a segment that does not depend on its direction.
type segmentKey uint64

// segmentKeyOf returns the key of a segment.
func segmentKeyOf(a, b grid.Location) segmentKey {
	p, q := mixLocation(a), mixLocation(b)
	return segmentKey(mix(p+q) ^ mix(p*q)) // sum and product commute
}

// ringKey is a hash of a ring that does not depend on its first location and direction.
type ringKey uint64

// ringKeyOf returns the sum of the keys of the segments. The first location may be repeated at the end.
func ringKeyOf(ring []grid.Location) ringKey {
	var sum segmentKey
	for i, a := range ring {
		if b := ring[(i+1)%len(ring)]; a != b {
			sum += segmentKeyOf(a, b)
		}
	}
	return ringKey(sum)
}

func mixLocation(l grid.Location) uint64 {
	return mix(uint64(uint32(l.Lat))<<32 | uint64(uint32(l.Lon)))
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
