package osmextract

// ringKey stands for a ring, wherever it begins and whichever way it goes.
type ringKey uint64

// ringKeyOf adds up hashes of the ring's segments. The first place may be repeated at the end.
func ringKeyOf(ring []location) ringKey {
	if n := len(ring); n > 1 && ring[0] == ring[n-1] {
		ring = ring[:n-1]
	}
	var sum uint64
	for i, b := range ring {
		a := ring[(i+len(ring)-1)%len(ring)]
		if a == b {
			continue
		}
		// The same both ways, since sums and products are.
		p, q := mixLocation(a), mixLocation(b)
		sum += mix(p+q) ^ mix(p*q)
	}
	return ringKey(sum)
}

func mixLocation(l location) uint64 { return mix(uint64(uint32(l.lat))<<32 | uint64(uint32(l.lon))) }

// mix spreads every bit over all of them (Steele, Lea and Flood, "Fast splittable pseudorandom
// number generators", 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
