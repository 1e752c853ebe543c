package raster

import (
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/detmath"
)

const (
	// subBits is the precision of pixel coordinates: they are integers in 1/256 px.
	subBits = 8
	sub     = 1 << subBits

	// fineBits is the precision of the window's centre: 1/256 of a tile step, a millimetre.
	fineBits = 8
	// tileBits and worldBits count fine steps along a tile and around the Earth.
	tileBits  = 13 + fineBits
	worldBits = loc2vec.Zoom + tileBits
	// slopeBits is the precision of the matrix: over a whole tile its rounding errors add up to 1/2^11
	// of a step of 1/256 px.
	slopeBits = 24
	// scaleBits is the precision of the size of a decimetre.
	scaleBits = 16
)

// A compile-time assertion: tileBits is valid for this Extent only.
const _ = uint(loc2vec.Extent-1<<(tileBits-fineBits)) + uint(1<<(tileBits-fineBits)-loc2vec.Extent)

// view maps the world to the pixels of one window. Its fields are integers, computed from the pose with the
// same few roundings on every platform. Everything after that is integer arithmetic.
type view struct {
	x, y      int64 // centre, in fine steps from the world's north-western corner
	cos, sin  int64 // a tile step along and across the raster's rows, in 1/2^(subBits+slopeBits) px
	decimetre int64 // in 1/2^(subBits+scaleBits) px
	pixels    int64 // along an edge
}

// newView returns the view of a valid pose.
func newView(spec Spec, pose Pose) view {
	const (
		world  = 1 << worldBits
		steps  = 1 << (worldBits - fineBits)
		earth  = loc2vec.EarthCircumference
		matrix = 1 << (subBits + slopeBits)
	)
	lat := min(max(pose.Place.Lat, -loc2vec.MaxLatitude), loc2vec.MaxLatitude)
	_, parallel := detmath.SincosDegrees(lat)
	around := float64(earth * parallel) // metres, along the parallel
	pixelsPerMetre := float64(spec.Pixels) / spec.Metres
	pixelsPerStep := float64(around*pixelsPerMetre) / steps
	sin, cos := detmath.SincosDegrees(pose.Heading)

	// Products with powers of two are exact, so a fused multiply-add would change nothing.
	p := pose.Place.Point()
	fix := func(v float64) int64 { return int64(math.Round(v)) }
	return view{
		x:         fix((p.X + float64(pose.East/around)) * world),
		y:         fix((p.Y - float64(pose.North/around)) * world),
		cos:       fix(float64(cos*pixelsPerStep) * matrix),
		sin:       fix(float64(sin*pixelsPerStep) * matrix),
		decimetre: fix(float64(pixelsPerMetre*(sub<<scaleBits)) / 10),
		pixels:    int64(spec.Pixels),
	}
}

// radius returns half of a width, which is in decimetres, in steps of 1/sub px: at least half a pixel.
func (v *view) radius(width uint16) int32 {
	return int32(max(int64(width)*v.decimetre>>(scaleBits+1), sub/2))
}

// reach returns the maximum distance along x and y, in tile steps, from the window's centre to a point that can
// draw into the window with that radius.
func (v *view) reach(radius int32) int64 {
	// The half width of the rotated square is half·(|cos|+|sin|)/(cos²+sin²) in tile steps. Both sums are
	// rounded so that the result is never too small; one more step covers the fraction of the centre.
	half := v.pixels*(sub/2) + int64(radius) + sub
	c, s := abs(v.cos)>>fineBits, abs(v.sin)>>fineBits
	square := (c*c + s*s) >> (slopeBits - fineBits)
	return half*(c+s+2)/max(square, 1) + 2
}

// tileRange returns the columns and rows of the tiles near the window. Columns outside 0..tilesAcross-1 repeat
// the world; rows outside do not exist.
func (v *view) tileRange() (minX, minY, maxX, maxY int64) {
	r := v.reach(v.radius(2*maxReach)) << fineBits
	return (v.x - r) >> tileBits, (v.y - r) >> tileBits, (v.x + r) >> tileBits, (v.y + r) >> tileBits
}

// tileView maps the steps of one tile to pixels.
type tileView struct {
	*view
	// A point's x in 1/sub px is (ax·X + ay·Y + a0) >> shift, its y (bx·X + by·Y + b0) >> shift. The
	// offsets of neighbouring tiles differ by exactly Extent times the slope, so both tiles map a
	// point on their common edge to the same position.
	ax, ay, a0 int64
	bx, by, b0 int64
	// The window's centre in tile steps.
	x, y int64
}

const shift = fineBits + slopeBits

// tile returns the view of the tile in that column and row.
func (v *view) tile(column, row int64) tileView {
	dx, dy := column<<tileBits-v.x, row<<tileBits-v.y
	centre := v.pixels*(sub/2)<<shift + 1<<(shift-1)
	return tileView{
		view: v,
		ax:   v.cos << fineBits, ay: v.sin << fineBits, a0: v.cos*dx + v.sin*dy + centre,
		bx: -v.sin << fineBits, by: v.cos << fineBits, b0: v.cos*dy - v.sin*dx + centre,
		x: -dx >> fineBits, y: -dy >> fineBits,
	}
}

// pixel returns the position of a point in the window, in 1/sub px from its top left corner.
func (t *tileView) pixel(p point16) pixel {
	x, y := int64(p.x), int64(p.y)
	return pixel{
		x: int32((t.ax*x + t.ay*y + t.a0) >> shift),
		y: int32((t.bx*x + t.by*y + t.b0) >> shift),
	}
}

// visible reports whether any part of the tile can reach into the window.
func (t *tileView) visible() bool {
	const half = loc2vec.Extent / 2
	centre := t.pixel(point16{half, half})
	spread := int32((abs(t.ax)+abs(t.ay))*half>>shift) + t.radius(2*maxReach) + sub
	edge := int32(t.pixels * sub)
	return centre.x >= -spread && centre.x <= edge+spread && centre.y >= -spread && centre.y <= edge+spread
}

// query returns the query for boxes of parts, of at most that width, that can reach into the window.
func (t *tileView) query(width uint16) query {
	r := t.reach(t.radius(width))
	return newQuery(t.x-r, t.y-r, t.x+r, t.y+r)
}

func abs[T int32 | int64](v T) T { return max(v, -v) }
