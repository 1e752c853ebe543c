package cells

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
)

// MaxQuadZoom is the finest zoom of quad cells, 2.4 m wide at the equator: less than a pixel of a raster, so that finer cells
// have the same raster.
const MaxQuadZoom = 24

// MinQuadZoom is the coarsest zoom of quad cells, a quarter of the equator wide: the sides of wider ones are not the
// shorter way between their corners.
const MinQuadZoom = 2

// quad is a cell of Web Mercator. Column and row count from the north-western corner.
type quad struct{ zoom, x, y uint32 }

// ZoomFor returns the zoom of the quad cells whose sides are nearest to a length at a latitude, by their ratio.
func ZoomFor(metres, lat float64) (int, error) {
	widest, finest := Side(MinQuadZoom, lat), Side(MaxQuadZoom, lat)
	if !(metres >= finest/math.Sqrt2 && metres <= widest*math.Sqrt2) {
		return 0, fmt.Errorf("quad cells at latitude %.1f are between %.2g and %.0f m wide, not %v", lat, finest, widest, metres)
	}
	return int(math.Round(math.Log2(Side(0, lat) / metres))), nil
}

// Side returns the length in metres of the sides of quad cells of a zoom at a latitude.
func Side(zoom int, lat float64) float64 {
	return loc2vec.LatLon{Lat: lat}.Point().MetresPerUnit() / math.Exp2(float64(zoom))
}

// Quad returns the quad cells of a zoom, MinQuadZoom to MaxQuadZoom. A cell has four of the next zoom, and one of zoom 14 is a tile
// of a region pack.
func Quad(zoom int) *Grid {
	h := &hierarchy[quad]{level: zoom, children: quad.children, box: func(q quad, _ int) loc2vec.Bounds { return q.box() }, cell: quad.cell, centre: quad.centre}
	return &Grid{
		Name:             fmt.Sprintf("quad cells of zoom %d", zoom),
		MeanSquareMetres: func(lat float64) float64 { return math.Pow(Side(zoom, lat), 2) },
		walk:             func(f filter) bool { return h.walk(&f, quad{}, 0) },
	}
}

func (q quad) children() []quad {
	z, x, y := q.zoom+1, 2*q.x, 2*q.y
	return []quad{{z, x, y}, {z, x + 1, y}, {z, x, y + 1}, {z, x + 1, y + 1}}
}

// at returns a position in the cell, 0 to 1 east and south.
func (q quad) at(east, south float64) loc2vec.LatLon {
	n := math.Exp2(float64(q.zoom))
	return loc2vec.Point{X: (float64(q.x) + east) / n, Y: (float64(q.y) + south) / n}.LatLon()
}

func (q quad) centre() loc2vec.LatLon { return q.at(0.5, 0.5) }

func (q quad) box() loc2vec.Bounds {
	nw, se := q.at(0, 0), q.at(1, 1)
	return loc2vec.Bounds{Min: loc2vec.LatLon{Lat: se.Lat, Lon: nw.Lon}, Max: loc2vec.LatLon{Lat: nw.Lat, Lon: se.Lon}}
}

func (q quad) cell() Cell {
	b := q.box()
	return Cell{
		ID:     fmt.Sprintf("%d/%d/%d", q.zoom, q.x, q.y),
		Centre: q.centre(), Box: b,
		Ring:     []loc2vec.LatLon{b.Min, {Lat: b.Min.Lat, Lon: b.Max.Lon}, b.Max, {Lat: b.Max.Lat, Lon: b.Min.Lon}},
		Contains: func(p loc2vec.LatLon) bool { return quadOf(p, q.zoom) == q },
	}
}

// quadOf returns the cell of a zoom that contains a place.
func quadOf(place loc2vec.LatLon, zoom uint32) quad {
	p, n := place.Point(), math.Exp2(float64(zoom))
	index := func(v float64) uint32 { return uint32(min(max(v*n, 0), n-1)) }
	return quad{zoom, index(p.X), index(p.Y)}
}
