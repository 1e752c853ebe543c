package sea

import "github.com/loc2vec/loc2vec/osmextract/internal/grid"

// coastIndex tells whether a line crosses a coast.
type coastIndex struct {
	blocks []coastBlock
}

// coastBlock is a part of a chain with its bounding box.
type coastBlock struct {
	points []grid.Point
	box    coastBox // here the eastern and southern edges are included
}

// blockLength is the number of segments in a block: few enough to test each of them, and enough to keep
// the boxes few.
const blockLength = 64

func newCoastIndex(chains []coastChain) *coastIndex {
	index := new(coastIndex)
	for _, chain := range chains {
		for first := 0; first < len(chain.points)-1; first += blockLength {
			index.add(chain.points[first:min(first+blockLength+1, len(chain.points))])
		}
		if chain.closed {
			index.add([]grid.Point{chain.points[len(chain.points)-1], chain.points[0]})
		}
	}
	return index
}

func (x *coastIndex) add(points []grid.Point) {
	block := coastBlock{points: points, box: boxAround(points...)}
	x.blocks = append(x.blocks, block)
}

func boxAround(points ...grid.Point) coastBox {
	box := coastBox{minX: points[0].X, minY: points[0].Y, maxX: points[0].X, maxY: points[0].Y}
	for _, p := range points[1:] {
		box.minX, box.maxX = min(box.minX, p.X), max(box.maxX, p.X)
		box.minY, box.maxY = min(box.minY, p.Y), max(box.maxY, p.Y)
	}
	return box
}

// touches reports whether two boxes, edges included, share a point.
func (b coastBox) touches(c coastBox) bool {
	return b.minX <= c.maxX && c.minX <= b.maxX && b.minY <= c.maxY && c.minY <= b.maxY
}

// crosses reports whether the line from p to q crosses a coast.
func (x *coastIndex) crosses(p, q grid.Point) bool {
	line := boxAround(p, q)
	for i := range x.blocks {
		block := &x.blocks[i]
		if !block.box.touches(line) {
			continue
		}
		for k := 1; k < len(block.points); k++ {
			if _, ok := crossing(p, q, block.points[k-1], block.points[k]); ok {
				return true
			}
		}
	}
	return false
}

// crossing returns the fraction 0..1 of the line from p to q at which it crosses the line from a to b.
// Lines that share an end do not cross.
func crossing(p, q, a, b grid.Point) (float64, bool) {
	if a == p || a == q || b == p || b == q {
		return 0, false
	}
	if onRight(p, q, a) == onRight(p, q, b) || onRight(a, b, p) == onRight(a, b, q) {
		return 0, false
	}
	// The areas differ, because p and q lie on different sides of the other line.
	toP, toQ := float64(cross(a, b, p)), float64(cross(a, b, q))
	return toP / (toP - toQ), true
}
