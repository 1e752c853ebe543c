package raster

// box is a closed box of tile coordinates in four lanes of 16 bits: maximum x, maximum y, flip minus minimum
// x, and flip minus minimum y. One subtraction compares all four sides with a query.
type box uint64

// query is the other operand of box.meets: a box with its sides swapped.
type query uint64

const (
	// flip exceeds every coordinate, so flip minus a coordinate is not negative.
	flip = 1 << 14
	// guards are the top bits of the lanes: a lane whose difference is negative borrows its own guard.
	guards = 1<<63 | 1<<47 | 1<<31 | 1<<15
)

// boxOf returns the box of one or more points.
func boxOf(points []point16) box {
	p := points[0]
	minX, minY, maxX, maxY := p.x, p.y, p.x, p.y
	for _, p := range points[1:] {
		minX, maxX = min(minX, p.x), max(maxX, p.x)
		minY, maxY = min(minY, p.y), max(maxY, p.y)
	}
	return box(uint64(maxX)<<48 | uint64(maxY)<<32 | uint64(flip-minX)<<16 | uint64(flip-minY))
}

// grow returns the smallest box that contains b and p.
func (b box) grow(p point16) box { return b.join(boxOf([]point16{p})) }

// join returns the smallest box that contains both.
func (b box) join(c box) box {
	const lane = 1<<16 - 1
	return max(b&(lane<<48), c&(lane<<48)) | max(b&(lane<<32), c&(lane<<32)) |
		max(b&(lane<<16), c&(lane<<16)) | max(b&lane, c&lane)
}

// newQuery returns the query for boxes that meet minX..maxX and minY..maxY, which may lie outside the tile.
func newQuery(minX, minY, maxX, maxY int64) query {
	low := func(v int64) uint64 { return uint64(min(max(v, 0), flip)) }
	high := func(v int64) uint64 { return uint64(flip - min(max(v, -1), flip)) }
	return query(low(minX)<<48 | low(minY)<<32 | high(maxX)<<16 | high(maxY))
}

// meets reports whether the boxes have a point in common.
func (b box) meets(q query) bool {
	return ((uint64(b)|guards)-uint64(q))&guards == guards
}
