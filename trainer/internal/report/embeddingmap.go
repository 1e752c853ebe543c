package report

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"image"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

const (
	// mapPixels is the approximate width of the map's image. The edge length of a cell is a multiple
	// of cellPixels.
	mapPixels  = 900
	cellPixels = 8
	// shownPixels and shownHeight are the largest size of a map on a page, so that it fits a window.
	shownPixels, shownHeight = 900, 760
	// Opacities of roads and water, which are drawn faintly over the colours for orientation.
	majorRoadOpacity, minorRoadOpacity, waterOpacity = 0.75, 0.3, 0.45
)

// MapOptions are the area, the map data and the encoder of a map of embeddings.
type MapOptions struct {
	Bounds   loc2vec.Bounds
	Points   int // embeddings at most
	Spec     raster.Spec
	Tile     func(loc2vec.Tile) (*raster.Tile, error) // for Rasterizer.Draw; safe for concurrent use
	Contains func(loc2vec.LatLon) (bool, error)       // covered area; safe for concurrent use
	// Embed fills dst [B][D] with the embeddings of rasters [B][C][H][W]; safe for concurrent use.
	Embed     func(dst []float32, rasters []uint8) error
	Dimension int // D
	// Progress may be nil. It is called by one goroutine at a time.
	Progress func(done, total int)
}

// EmbeddingMap holds the embeddings of points on a grid of the Mercator square, row 0 in the north.
type EmbeddingMap struct {
	Caption       string // above the map on a Page; may be empty
	Columns, Rows int
	Metres        float64   // between neighbours
	Dimension     int       // D
	Vectors       []float32 // [Rows][Columns][D]
	Known         []bool    // [Rows][Columns]: has an embedding

	cell  int     // edge length of a cell in pixels of the image
	roads []uint8 // [Rows*cell][Columns*cell] opacity
	water []uint8 // [Rows*cell][Columns*cell] opacity
}

// DrawMap embeds a grid of points over the bounds. Points outside the covered area, and those around which nothing is
// mapped, are skipped.
func DrawMap(ctx context.Context, o MapOptions) (*EmbeddingMap, error) {
	bounds := o.Bounds
	nw := loc2vec.LatLon{Lat: bounds.Max.Lat, Lon: bounds.Min.Lon}.Point()
	se := loc2vec.LatLon{Lat: bounds.Min.Lat, Lon: bounds.Max.Lon}.Point()
	width, height := se.X-nw.X, se.Y-nw.Y
	if bounds.Min.Lon > bounds.Max.Lon { // across the antimeridian
		width++
	}
	if !(width > 0 && height > 0) || o.Points < 1 {
		return nil, errors.New("drawing a map: the covered area is empty")
	}
	step := math.Sqrt(width * height / float64(o.Points))
	centre := loc2vec.Point{X: nw.X + width/2, Y: nw.Y + height/2}
	g := &EmbeddingMap{
		Columns: max(1, int(width/step)), Rows: max(1, int(height/step)),
		Metres: step * centre.MetresPerUnit(), Dimension: o.Dimension,
	}
	g.cell = cellPixels * max(1, int(math.Round(mapPixels/cellPixels/float64(max(g.Columns, g.Rows)))))
	n := g.Columns * g.Rows
	g.Vectors, g.Known = make([]float32, n*g.Dimension), make([]bool, n)
	g.roads, g.water = make([]uint8, n*g.cell*g.cell), make([]uint8, n*g.cell*g.cell)

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var next, done int
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), g.Rows) {
		group.Go(func() {
			w := newMapWorker(g, o)
			for ctx.Err() == nil {
				mu.Lock()
				row := next
				next++
				mu.Unlock()
				if row >= g.Rows {
					return
				}
				for column := range g.Columns {
					at := loc2vec.Point{X: nw.X + (float64(column)+0.5)*step, Y: nw.Y + (float64(row)+0.5)*step}
					at.X -= math.Floor(at.X)
					if err := w.point(row, column, at.LatLon()); err != nil {
						cancel(fmt.Errorf("drawing a map: %w", err))
						return
					}
				}
				mu.Lock()
				done++
				if o.Progress != nil {
					o.Progress(done*g.Columns, n)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return g, context.Cause(ctx)
}

// mapWorker holds the buffers of one goroutine of DrawMap.
type mapWorker struct {
	grid       *EmbeddingMap
	options    MapOptions
	rasterizer *raster.Rasterizer
	detail     *raster.Rasterizer // of a cell's roads and water; nil for a cell of invalid size
	image      []uint8            // [C][H][W]
	cellImage  []uint8            // [C][cell][cell]
}

func newMapWorker(g *EmbeddingMap, o MapOptions) *mapWorker {
	w := &mapWorker{grid: g, options: o, rasterizer: raster.New(o.Spec)}
	w.image = make([]uint8, loc2vec.NumLayers*o.Spec.Pixels*o.Spec.Pixels)
	spec := raster.Spec{Metres: g.Metres, Pixels: g.cell}
	if raster.CheckSpec(spec) == nil {
		w.detail = raster.New(spec)
		w.cellImage = make([]uint8, loc2vec.NumLayers*g.cell*g.cell)
	}
	return w
}

// point embeds one point and draws its cell's roads and water.
func (w *mapWorker) point(row, column int, at loc2vec.LatLon) error {
	if inside, err := w.options.Contains(at); !inside {
		return err
	}
	g := w.grid
	i := row*g.Columns + column
	if err := w.rasterizer.Draw(w.image, raster.Pose{Place: at}, w.options.Tile); err != nil {
		return err
	}
	if !slices.ContainsFunc(w.image, func(v uint8) bool { return v > 0 }) {
		return nil // nothing is mapped
	}
	if err := w.options.Embed(g.Vectors[i*g.Dimension:(i+1)*g.Dimension], w.image); err != nil {
		return err
	}
	g.Known[i] = true
	if w.detail == nil {
		return nil
	}
	if err := w.detail.Draw(w.cellImage, raster.Pose{Place: at}, w.options.Tile); err != nil {
		return err
	}
	plane := g.cell * g.cell
	layer := func(l loc2vec.Layer) []uint8 { return w.cellImage[int(l)*plane : (int(l)+1)*plane] }
	major, minor, water := layer(loc2vec.MajorRoad), layer(loc2vec.MinorRoad), layer(loc2vec.Water)
	for y := range g.cell {
		for x := range g.cell {
			to := (row*g.cell+y)*g.Columns*g.cell + column*g.cell + x
			from := y*g.cell + x
			g.roads[to] = max(uint8(majorRoadOpacity*float64(major[from])), uint8(minorRoadOpacity*float64(minor[from])))
			g.water[to] = uint8(waterOpacity * float64(water[from]))
		}
	}
	return nil
}

// images colours grids by the first three principal components of all of their embeddings: lightness
// by the first, red to green by the second, blue to yellow by the third (in OKLab, where equal steps
// look equal). Points outside the covered area are transparent.
func images(maps []*EmbeddingMap) []*image.NRGBA {
	all := embeddings{dimension: maps[0].Dimension}
	for _, g := range maps {
		all.vectors, all.known = append(all.vectors, g.Vectors...), append(all.known, g.Known...)
	}
	colours := all.colours()
	var out []*image.NRGBA
	for _, g := range maps {
		out = append(out, g.paint(colours[:len(g.Known)]))
		colours = colours[len(g.Known):]
	}
	return out
}

// paint draws the grid with the colours of its points.
func (g *EmbeddingMap) paint(colours [][3]float64) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, g.Columns*g.cell, g.Rows*g.cell))
	for py := range g.Rows * g.cell {
		for px := range g.Columns * g.cell {
			if !g.Known[py/g.cell*g.Columns+px/g.cell] {
				continue
			}
			lab := g.blend(colours, px, py)
			at := py*g.Columns*g.cell + px
			m.SetNRGBA(px, py, toSRGB(lab, g.roads[at], g.water[at]))
		}
	}
	return m
}

// blend interpolates the colours of the known cells around a pixel.
func (g *EmbeddingMap) blend(colours [][3]float64, px, py int) [3]float64 {
	fx := (float64(px)+0.5)/float64(g.cell) - 0.5
	fy := (float64(py)+0.5)/float64(g.cell) - 0.5
	x0, y0 := int(math.Floor(fx)), int(math.Floor(fy))
	var sum [3]float64
	var total float64
	for dy := range 2 {
		for dx := range 2 {
			x, y := x0+dx, y0+dy
			if x < 0 || y < 0 || x >= g.Columns || y >= g.Rows || !g.Known[y*g.Columns+x] {
				continue
			}
			weight := (1 - math.Abs(fx-float64(x))) * (1 - math.Abs(fy-float64(y)))
			for k, v := range colours[y*g.Columns+x] {
				sum[k] += weight * v
			}
			total += weight
		}
	}
	for k := range sum {
		sum[k] /= total // above 0: the pixel's own cell is known and has a weight
	}
	return sum
}

// mask is a picture of a pixel for each point, transparent without an embedding. With it a map can be a JPEG, of a
// fifth of the bytes.
func (g *EmbeddingMap) mask() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, g.Columns, g.Rows))
	for i, known := range g.Known {
		if known {
			m.Pix[4*i+3] = 255
		}
	}
	return m
}

// mapView holds what the template shows of the map.
type mapView struct {
	Caption       string
	URI           template.URL
	Mask          template.CSS // leaves the points without an embedding blank
	Width, Height int
	Shown         int     // most pixels of width on a page
	Kilometres    string  // length of the scale bar
	Percent       float64 // length of the scale bar in per cent of the image's width
	Points        int
	Metres        float64
}

// mapViews renders maps, each with a scale bar of a round length.
func mapViews(maps []*EmbeddingMap) ([]mapView, error) {
	var out []mapView
	for i, m := range images(maps) {
		g := maps[i]
		uri, err := photoURI(m)
		if err != nil {
			return nil, err
		}
		known, err := pictureURI(g.mask())
		if err != nil {
			return nil, err
		}
		width := float64(g.Columns) * g.Metres / 1000
		length := roundBelow(width / 4)
		v := mapView{
			Caption: g.Caption, URI: uri, Mask: template.CSS("mask:url(" + known + ") 0 0/100% 100%"), Width: m.Rect.Dx(), Height: m.Rect.Dy(), Metres: g.Metres,
			Shown: min(shownPixels, shownHeight*m.Rect.Dx()/m.Rect.Dy()), Kilometres: number(length) + " km", Percent: 100 * length / width,
		}
		for _, known := range g.Known {
			if known {
				v.Points++
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// roundBelow returns the largest of 1, 2 and 5 times a power of ten that is at most v, for v > 0.
func roundBelow(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, k := range []float64{5, 2} {
		if k*power <= v {
			return k * power
		}
	}
	return power
}
