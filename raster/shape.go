package raster

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

// drawPart adds a part to the accumulator.
func (r *Rasterizer) drawPart(v *visibleTile, part *part, near query) {
	points := v.tile.points[part.first:][:part.count]
	var chunks []box
	if part.count >= minChunked && part.kind != loc2vec.KindDisc {
		chunks = v.tile.chunks[part.chunks:][:(part.count+chunkSteps-1)/chunkSteps]
	}
	switch part.kind {
	case loc2vec.KindArea:
		r.drawRing(&v.view, points, chunks, near)
	case loc2vec.KindLine:
		r.drawLine(&v.view, points, chunks, near, part.width)
	case loc2vec.KindDisc:
		radius := v.view.radius(part.width)
		for _, point := range points {
			r.drawDisc(v.view.pixel(point), radius)
		}
	}
}

// drawRing adds a closed ring. Chunks whose box lies outside the window are replaced by their chords: a chunk
// and its chord together enclose no point of the window.
func (r *Rasterizer) drawRing(v *tileView, points []point16, chunks []box, near query) {
	start := v.pixel(points[0])
	last := start
	if chunks == nil {
		for _, point := range points[1:] {
			next := v.pixel(point)
			r.acc.edge(last, next)
			last = next
		}
	}
	for i, b := range chunks {
		rest := points[i*chunkSteps+1:]
		chunk := rest[:min(chunkSteps, len(rest))]
		if r.ended() {
			return
		}
		if !b.meets(near) && len(chunk) > 0 {
			chunk = chunk[len(chunk)-1:]
		}
		for _, point := range chunk {
			next := v.pixel(point)
			r.acc.edge(last, next)
			last = next
		}
	}
	r.acc.edge(last, start)
}

// drawLine adds the stroke of a line. It leaves out chunks that cannot reach into the window; the new ends of
// the other chunks lie outside the window.
func (r *Rasterizer) drawLine(v *tileView, points []point16, chunks []box, near query, width uint16) {
	s := stroke{acc: &r.acc, radius: v.radius(width)}
	if chunks == nil {
		for _, point := range points {
			s.lineTo(v.pixel(point))
		}
	}
	for i, b := range chunks {
		if !b.meets(near) {
			s.end()
			continue
		}
		if r.ended() {
			return
		}
		chunk := points[i*chunkSteps:]
		chunk = chunk[:min(chunkSteps+1, len(chunk))]
		for _, point := range chunk {
			s.lineTo(v.pixel(point))
		}
	}
	s.end()
}

// stroke adds the outline of a line segment by segment: the left side forwards and the right side backwards,
// which gives it the sign of an outer ring. It has butt caps and bevel joins. On the inner side of a bend it
// cuts the two edges where they meet, so that no area is covered twice.
type stroke struct {
	acc    *accumulator
	radius int32

	last        pixel // the last point
	started     bool  // there is a last point
	drawing     bool  // there is a last segment, which the following fields describe
	normal      pixel // to the left, radius long
	length      float64
	left, right pixel // where its sides start
}

// lineTo continues the line to the next point; the first call starts it.
func (s *stroke) lineTo(p pixel) {
	if !s.started {
		s.last, s.started = p, true
		return
	}
	dx, dy := p.x-s.last.x, p.y-s.last.y
	if dx == 0 && dy == 0 {
		return
	}
	if s.outside(p) {
		s.end()
		s.last, s.started = p, true
		return
	}
	// The squares are exact. Square root and quotient are rounded once, equally on every platform.
	length := math.Sqrt(float64(int64(dx)*int64(dx) + int64(dy)*int64(dy)))
	scale := float64(s.radius) / length
	normal := pixel{x: round(float64(float64(dy) * scale)), y: round(float64(-float64(dx) * scale))}
	if s.drawing {
		s.join(normal, length)
	} else {
		s.left, s.right = s.last.plus(normal), s.last.minus(normal)
		s.acc.edge(s.right, s.left)
	}
	s.last, s.normal, s.length, s.drawing = p, normal, length, true
}

// outside reports whether the segment to p lies so far beyond one side of the window that its stroke cannot
// reach the window.
func (s *stroke) outside(p pixel) bool {
	far := s.acc.limit + s.radius
	return max(s.last.x, p.x) < -s.radius || min(s.last.x, p.x) > far ||
		max(s.last.y, p.y) < -s.radius || min(s.last.y, p.y) > far
}

// join ends the sides of the last segment at the last point and starts those of the next segment there.
func (s *stroke) join(normal pixel, length float64) {
	leftEnd, rightEnd := s.last.plus(s.normal), s.last.minus(s.normal)
	left, right := s.last.plus(normal), s.last.minus(normal)
	turn := s.normal.cross(normal) // negative to the left
	offset, cut := s.cut(normal, length, turn)
	switch {
	case cut && turn < 0:
		leftEnd = s.last.plus(offset)
		left = leftEnd
	case cut:
		rightEnd = s.last.minus(offset)
		right = rightEnd
	case turn < 0:
		s.acc.edge(leftEnd, s.last)
		s.acc.edge(s.last, left)
	default:
		s.acc.edge(right, s.last)
		s.acc.edge(s.last, rightEnd)
	}
	s.sides(leftEnd, rightEnd)
	if cut || turn >= 0 {
		s.acc.edge(leftEnd, left)
	}
	if cut || turn < 0 {
		s.acc.edge(right, rightEnd)
	}
	s.left, s.right = left, right
}

// cut returns the offset from the last point to where the left sides of both segments meet; the right sides
// meet at the opposite offset. ok is false if the bend is so sharp that the cut would take more than half of a
// segment, since the other half belongs to its other end.
func (s *stroke) cut(normal pixel, length float64, turn int64) (offset pixel, ok bool) {
	// With the angle θ of the bend: turn = r² sin θ, bend = r² (1 + cos θ), their quotient is
	// tan(θ/2), and each segment loses r tan(θ/2).
	square := s.normal.dot(s.normal)
	bend := float64(square + s.normal.dot(normal))
	if float64(float64(2*s.radius)*float64(abs(turn))) >= float64(min(length, s.length)*bend) {
		return pixel{}, false
	}
	scale := float64(square) / bend
	return pixel{
		x: round(float64(float64(s.normal.x+normal.x) * scale)),
		y: round(float64(float64(s.normal.y+normal.y) * scale)),
	}, true
}

// sides adds both sides of the last segment.
func (s *stroke) sides(leftEnd, rightEnd pixel) {
	s.acc.edge(s.left, leftEnd)
	s.acc.edge(rightEnd, s.right)
}

// end finishes the line, if one was started; the next call of lineTo starts another.
func (s *stroke) end() {
	if s.drawing {
		leftEnd, rightEnd := s.last.plus(s.normal), s.last.minus(s.normal)
		s.sides(leftEnd, rightEnd)
		s.acc.edge(leftEnd, rightEnd)
	}
	s.started, s.drawing = false, false
}

// drawDisc adds a disc as a polygon of the same area.
func (r *Rasterizer) drawDisc(centre pixel, radius int32) {
	corners := rim{centre: centre, step: 1}
	// A polygon of n corners on a circle has n·sin(2π/n)/2π of its area; 1/2^14 is the unit here.
	if radius > largeDisc {
		corners.radius = int64(radius) * 16437 // 32 corners
	} else {
		corners.radius, corners.step = int64(radius)*16597, 2 // 16 corners
	}
	far, limit := int32(corners.radius>>14), r.acc.limit
	if centre.x < -far || centre.x > limit+far || centre.y < -far || centre.y > limit+far {
		return
	}
	last := corners.at(0)
	for i := corners.step; i <= 32; i += corners.step {
		next := corners.at(i)
		r.acc.edge(last, next)
		last = next
	}
}

// largeDisc is the radius in 1/sub px above which discs have 32 corners instead of 16. For discs of up to 25 m
// the rim is then within an eleventh of a pixel of the circle.
const largeDisc = 7 * sub

// rim computes the corners of a disc, clockwise from the right.
type rim struct {
	centre pixel
	radius int64 // of the corners, in 1/2^14 of 1/sub px
	step   int
}

// at returns the corner at i/32 of a turn.
func (r *rim) at(i int) pixel {
	return pixel{x: r.centre.x + r.cosine(i), y: r.centre.y + r.cosine(i+24)}
}

// cosine returns the radius times the cosine of i/32 of a turn.
func (r *rim) cosine(i int) int32 {
	table := [...]int64{16384, 16069, 15137, 13623, 11585, 9102, 6270, 3196, 0} // times 2^14
	i &= 31
	if i > 16 {
		i = 32 - i
	}
	if i <= 8 {
		return int32(r.radius * table[i] >> 28)
	}
	return -int32(r.radius * table[16-i] >> 28)
}

func (p pixel) plus(q pixel) pixel  { return pixel{p.x + q.x, p.y + q.y} }
func (p pixel) minus(q pixel) pixel { return pixel{p.x - q.x, p.y - q.y} }
func (p pixel) dot(q pixel) int64   { return int64(p.x)*int64(q.x) + int64(p.y)*int64(q.y) }
func (p pixel) cross(q pixel) int64 { return int64(p.x)*int64(q.y) - int64(p.y)*int64(q.x) }

// round returns the nearest integer.
func round(v float64) int32 { return int32(math.Floor(v + 0.5)) }
