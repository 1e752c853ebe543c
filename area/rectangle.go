package area

import "github.com/loc2vec/loc2vec"

// rectangle is a rectangle of the plane, with its edges.
type rectangle struct{ minX, minY, maxX, maxY float64 }

func (r rectangle) corners() [4]loc2vec.Point {
	return [4]loc2vec.Point{{X: r.minX, Y: r.minY}, {X: r.maxX, Y: r.minY}, {X: r.minX, Y: r.maxY}, {X: r.maxX, Y: r.maxY}}
}

// squaredDistance returns the square of the distance of a point.
func (r rectangle) squaredDistance(p loc2vec.Point) float64 {
	dx, dy := max(r.minX-p.X, p.X-r.maxX, 0), max(r.minY-p.Y, p.Y-r.maxY, 0)
	return float64(dx*dx) + float64(dy*dy)
}

// meets reports whether a segment has a point in the rectangle: neither an edge nor the line through the segment
// separates them.
func (r rectangle) meets(p, q loc2vec.Point) bool {
	if max(p.X, q.X) < r.minX || min(p.X, q.X) > r.maxX || max(p.Y, q.Y) < r.minY || min(p.Y, q.Y) > r.maxY {
		return false
	}
	left, right := false, false
	for _, corner := range r.corners() {
		side := float64((q.X-p.X)*(corner.Y-p.Y)) - float64((q.Y-p.Y)*(corner.X-p.X))
		left, right = left || side >= 0, right || side <= 0
	}
	return left && right
}
