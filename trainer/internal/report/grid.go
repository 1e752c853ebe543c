package report

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"gonum.org/v1/gonum/mat"
)

const (
	// gridPixels is about how wide the map's image is. Cells are whole multiples of finePixels.
	gridPixels = 900
	finePixels = 8
	// Ink is drawn faintly over the colours, so that one can find one's way.
	roadInk, minorInk, waterInk = 0.75, 0.3, 0.45
)

// GridSource is what a map of embeddings is made from.
type GridSource struct {
	Spec     raster.Spec
	Tile     func(loc2vec.Tile) (*raster.Tile, error) // for Rasterizer.Draw; safe for concurrent use
	Contains func(loc2vec.LatLon) (bool, error)       // covered area; safe for concurrent use
	// Embed fills dst [B][D] with the embeddings of rasters [B][C][H][W]; safe for concurrent use.
	Embed     func(dst []float32, rasters []uint8) error
	Dimension int // D
}

// Grid holds embeddings of points on a grid of the Mercator square, row 0 in the north.
type Grid struct {
	Columns, Rows int
	Metres        float64   // between neighbours
	Dimension     int       // D
	Vectors       []float32 // [Rows][Columns][D]
	Known         []bool    // [Rows][Columns]: inside the covered area

	fine  int     // pixels of the image for each cell, along one axis
	roads []uint8 // [Rows*fine][Columns*fine]
	water []uint8 // [Rows*fine][Columns*fine]
}

// DrawGrid embeds a grid of at most the given number of points over the bounds, which must not
// cross the antimeridian. Points outside the covered area cost nothing. progress may be nil.
func DrawGrid(ctx context.Context, bounds loc2vec.Bounds, points int, src GridSource, progress func(done, total int)) (*Grid, error) {
	nw := loc2vec.LatLon{Lat: bounds.Max.Lat, Lon: bounds.Min.Lon}.Point()
	se := loc2vec.LatLon{Lat: bounds.Min.Lat, Lon: bounds.Max.Lon}.Point()
	width, height := se.X-nw.X, se.Y-nw.Y
	if !(width > 0 && height > 0) || points < 1 {
		return nil, errors.New("draw map: the covered area is empty")
	}
	step := math.Sqrt(width * height / float64(points))
	centre := loc2vec.Point{X: nw.X + width/2, Y: nw.Y + height/2}
	g := &Grid{
		Columns: max(1, int(width/step)), Rows: max(1, int(height/step)),
		Metres: step * centre.MetresPerUnit(), Dimension: src.Dimension,
	}
	g.fine = finePixels * max(1, int(math.Round(gridPixels/finePixels/float64(max(g.Columns, g.Rows)))))
	n := g.Columns * g.Rows
	g.Vectors, g.Known = make([]float32, n*g.Dimension), make([]bool, n)
	g.roads, g.water = make([]uint8, n*g.fine*g.fine), make([]uint8, n*g.fine*g.fine)

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var next, done int
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), g.Rows) {
		group.Go(func() {
			w := newGridWorker(g, src)
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
					if err := w.point(row, column, at.LatLon()); err != nil {
						cancel(fmt.Errorf("draw map: %w", err))
						return
					}
				}
				mu.Lock()
				done++
				if progress != nil {
					progress(done*g.Columns, n)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return g, context.Cause(ctx)
}

// gridWorker holds the buffers of one goroutine of DrawGrid.
type gridWorker struct {
	grid       *Grid
	src        GridSource
	rasterizer *raster.Rasterizer
	inker      *raster.Rasterizer // nil when a cell is too large or too small for one
	image, ink []uint8
}

func newGridWorker(g *Grid, src GridSource) *gridWorker {
	w := &gridWorker{grid: g, src: src, rasterizer: raster.New(src.Spec)}
	w.image = make([]uint8, loc2vec.NumLayers*src.Spec.Pixels*src.Spec.Pixels)
	spec := raster.Spec{Metres: g.Metres, Pixels: g.fine}
	if raster.CheckSpec(spec) == nil {
		w.inker = raster.New(spec)
		w.ink = make([]uint8, loc2vec.NumLayers*g.fine*g.fine)
	}
	return w
}

// point embeds one point and draws its cell's roads and water.
func (w *gridWorker) point(row, column int, at loc2vec.LatLon) error {
	if inside, err := w.src.Contains(at); !inside {
		return err
	}
	g := w.grid
	cell := row*g.Columns + column
	if err := w.rasterizer.Draw(w.image, raster.Pose{Place: at}, w.src.Tile); err != nil {
		return err
	}
	if err := w.src.Embed(g.Vectors[cell*g.Dimension:(cell+1)*g.Dimension], w.image); err != nil {
		return err
	}
	g.Known[cell] = true
	if w.inker == nil {
		return nil
	}
	if err := w.inker.Draw(w.ink, raster.Pose{Place: at}, w.src.Tile); err != nil {
		return err
	}
	plane := g.fine * g.fine
	layer := func(l loc2vec.Layer) []uint8 { return w.ink[int(l)*plane : (int(l)+1)*plane] }
	major, minor, water := layer(loc2vec.MajorRoad), layer(loc2vec.MinorRoad), layer(loc2vec.Water)
	for y := range g.fine {
		for x := range g.fine {
			to := (row*g.fine+y)*g.Columns*g.fine + column*g.fine + x
			from := y*g.fine + x
			g.roads[to] = max(uint8(roadInk*float64(major[from])), uint8(minorInk*float64(minor[from])))
			g.water[to] = uint8(waterInk * float64(water[from]))
		}
	}
	return nil
}

// Image colours the grid by the first three principal components of its embeddings: lightness by
// the first, red to green by the second, blue to yellow by the third (in OKLab, where equal steps
// look equal). Points outside the covered area are transparent.
func (g *Grid) Image() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, g.Columns*g.fine, g.Rows*g.fine))
	colours := g.colours()
	for py := range g.Rows * g.fine {
		for px := range g.Columns * g.fine {
			if !g.Known[py/g.fine*g.Columns+px/g.fine] {
				continue
			}
			lab := g.blend(colours, px, py)
			at := py*g.Columns*g.fine + px
			m.SetNRGBA(px, py, inked(lab, g.roads[at], g.water[at]))
		}
	}
	return m
}

// blend interpolates the colours of the cells around a pixel, known ones alone.
func (g *Grid) blend(colours [][3]float64, px, py int) [3]float64 {
	fx := (float64(px)+0.5)/float64(g.fine) - 0.5
	fy := (float64(py)+0.5)/float64(g.fine) - 0.5
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
		sum[k] /= total // the pixel's own cell is known and has some weight
	}
	return sum
}

// colours returns each cell's OKLab colour.
func (g *Grid) colours() [][3]float64 {
	scores := g.principal()
	colours := make([][3]float64, len(g.Known))
	for k := range 3 {
		var values []float64
		for i, known := range g.Known {
			if known {
				values = append(values, scores[i][k])
			}
		}
		if len(values) == 0 {
			return colours
		}
		slices.Sort(values)
		// Ends at the 2nd and 98th percentile: a few strange places must not take all the colours.
		low, high := values[len(values)*2/100], values[(len(values)-1)*98/100]
		for i := range colours {
			t := 0.5
			if high > low {
				t = min(max((scores[i][k]-low)/(high-low), 0), 1)
			}
			if k == 0 {
				colours[i][k] = 0.42 + 0.46*t
			} else {
				colours[i][k] = 0.26 * (t - 0.5)
			}
		}
	}
	return colours
}

// principal returns the first three principal components of each known cell.
func (g *Grid) principal() [][3]float64 {
	d := g.Dimension
	scores := make([][3]float64, len(g.Known))
	mean := make([]float64, d)
	var n float64
	for i, known := range g.Known {
		if known {
			n++
			for j, v := range g.Vectors[i*d : (i+1)*d] {
				mean[j] += float64(v)
			}
		}
	}
	if n == 0 {
		return scores
	}
	for j := range mean {
		mean[j] /= n
	}
	covariance, centred := mat.NewSymDense(d, nil), mat.NewVecDense(d, nil)
	centre := func(i int) {
		for j, v := range g.Vectors[i*d : (i+1)*d] {
			centred.SetVec(j, float64(v)-mean[j])
		}
	}
	for i, known := range g.Known {
		if known {
			centre(i)
			covariance.SymRankOne(covariance, 1/n, centred)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return scores
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for i, known := range g.Known {
		if !known {
			continue
		}
		centre(i)
		for k := range min(3, d) {
			scores[i][k] = mat.Dot(vectors.ColView(d-1-k), centred)
		}
	}
	return scores
}

// inked converts OKLab (Ottosson 2020) to sRGB and draws water darker and roads lighter.
func inked(lab [3]float64, roads, water uint8) color.NRGBA {
	l := lab[0] + 0.3963377774*lab[1] + 0.2158037573*lab[2]
	m := lab[0] - 0.1055613458*lab[1] - 0.0638541728*lab[2]
	s := lab[0] - 0.0894841775*lab[1] - 1.2914855480*lab[2]
	l, m, s = l*l*l, m*m*m, s*s*s
	channel := func(v float64) uint8 {
		if v = min(max(v, 0), 1); v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		v *= 1 - float64(water)/255
		v += (1 - v) * float64(roads) / 255
		return uint8(math.Round(255 * v))
	}
	return color.NRGBA{
		R: channel(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: channel(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: channel(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 255,
	}
}

// mapView is the map as the template shows it.
type mapView struct {
	URI           template.URL
	Width, Height int
	Kilometres    string  // length of the scale bar
	Percent       float64 // of the image's width that it takes
	Points        int
	Metres        float64
}

// mapFigure renders the map with a scale bar of a round length.
func (p *Page) mapFigure() (mapView, error) {
	g := p.Map
	m := g.Image()
	uri, err := pictureURI(m)
	if err != nil {
		return mapView{}, err
	}
	width := float64(g.Columns) * g.Metres / 1000
	length := roundBelow(width / 4)
	v := mapView{
		URI: uri, Width: m.Rect.Dx(), Height: m.Rect.Dy(), Metres: g.Metres,
		Kilometres: number(length) + " km", Percent: 100 * length / width,
	}
	for _, known := range g.Known {
		if known {
			v.Points++
		}
	}
	return v, nil
}

// roundBelow returns the greatest of 1, 2 and 5 times a power of ten that is not above v > 0.
func roundBelow(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, k := range []float64{5, 2} {
		if k*power <= v {
			return k * power
		}
	}
	return power
}
