package report

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"hash/maphash"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/layout"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

const (
	// spacePlaces fill the grid of t-SNE, 22 by 22. More would be too small to see, and take longer by the square.
	spacePlaces = 484
	// minSpacePlaces is the least number of places that show a space.
	minSpacePlaces = 50
	// tilePixels is the edge of a place's picture within a picture of many, gapPixels the line between two.
	tilePixels, gapPixels = 40, 2
	// spaceSlices is the number of slices along the third principal component.
	spaceSlices = 3
	// faithNeighbours is K of the faithfulness of a layout.
	faithNeighbours = 10
	// leastCorrelation of a layer that the words of an axis name.
	leastCorrelation = 0.3
)

// Space shows the embedding space as tiles, each the raster of a place.
type Space struct {
	LeftOut  string // why there is nothing else here; empty if there is
	Places   int
	TSNE     Mosaic
	Slices   []Mosaic // of the first two principal components, by the third
	Axes     []Axis   // the three principal components
	PCAFaith layout.Faithfulness
	// TSNEFaith is that of the layout, GridFaith that of the cells in which the picture shows it.
	TSNEFaith, GridFaith layout.Faithfulness
}

// Mosaic is a grid of pictures.
type Mosaic struct {
	Name  string
	Image image.Image
}

// Width returns the width in pixels.
func (m Mosaic) Width() int { return m.Image.Bounds().Dx() }

// Height returns the height in pixels.
func (m Mosaic) Height() int { return m.Image.Bounds().Dy() }

// Axis is a principal component.
type Axis struct {
	Name  string
	Share float64 // of the variance
	Words string  // which layers grow and shrink along it
}

// SpaceOptions are the places and the encoder of a picture of the embedding space.
type SpaceOptions struct {
	Places []loc2vec.LatLon // in random order; the first that are neither empty nor equal to others are taken
	Tiles  *sample.Tiles
	Spec   raster.Spec
	// Embed fills dst [B][D] with the embeddings of rasters [B][C][H][W]; safe for concurrent use.
	Embed     func(dst []float32, rasters []uint8) error
	Dimension int // D
	Metric    loc2vec.Metric
	Seed      uint64
	// Progress may be nil. It is called by one goroutine at a time.
	Progress func(done, total int)
}

// DrawSpace embeds places and lays them out by t-SNE and by their principal components. Where fewer than fifty differ,
// the result says so instead.
func DrawSpace(ctx context.Context, o SpaceOptions) (*Space, error) {
	s, err := drawSpace(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("drawing the embedding space: %w", err)
	}
	return s, nil
}

func drawSpace(ctx context.Context, o SpaceOptions) (*Space, error) {
	looks, err := lookAt(ctx, o)
	if err != nil {
		return nil, err
	}
	looks = distinct(looks, spacePlaces)
	if len(looks) < minSpacePlaces {
		return &Space{LeftOut: fmt.Sprintf("the region has %d places that differ, and %d are needed", len(looks), minSpacePlaces)}, nil
	}
	side := wholeSquare(len(looks))
	looks = looks[:side*side]
	var vectors []float32
	for _, l := range looks {
		vectors = append(vectors, l.vector...)
	}
	points, err := layout.Points(vectors, o.Dimension)
	if err != nil {
		return nil, err
	}
	if o.Metric == loc2vec.Cosine {
		normaliseRows(points)
	}
	s := &Space{Places: len(looks)}
	if err := s.drawTSNE(ctx, looks, points, rand.New(rand.NewPCG(o.Seed, 0))); err != nil {
		return nil, err
	}
	return s, s.drawSlices(looks, points)
}

// drawTSNE lays out the places by t-SNE.
func (s *Space) drawTSNE(ctx context.Context, looks []look, points *mat.Dense, rng *rand.Rand) error {
	flat, err := layout.TSNE(ctx, points, rng)
	if err != nil {
		return err
	}
	if s.TSNEFaith, err = layout.Compare(points, flat, faithNeighbours); err != nil {
		return err
	}
	cells, img, err := tileGrid(looks, flat)
	if err != nil {
		return err
	}
	grid := mat.NewDense(len(cells), 2, nil)
	for i, c := range cells {
		grid.SetRow(i, []float64{float64(c.X), float64(c.Y)})
	}
	s.TSNE = Mosaic{Image: img}
	s.GridFaith, err = layout.Compare(points, grid, faithNeighbours)
	return err
}

// drawSlices lays out the places by their principal components.
func (s *Space) drawSlices(looks []look, points *mat.Dense) error {
	components, err := layout.Principal(points, spaceSlices)
	if err != nil {
		return err
	}
	if s.PCAFaith, err = layout.Compare(points, components, faithNeighbours); err != nil {
		return err
	}
	s.nameAxes(looks, points, components)
	order := make([]int, len(looks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(components.At(a, 2), components.At(b, 2)) })
	for k, name := range []string{"low third component", "middle", "high third component"} {
		of := order[k*len(order)/spaceSlices : (k+1)*len(order)/spaceSlices]
		n := wholeSquare(len(order)/spaceSlices) * wholeSquare(len(order)/spaceSlices)
		var slice []look
		flat := mat.NewDense(n, 2, nil)
		for row := range n {
			i := of[row*len(of)/n] // leaves out some, evenly, for a whole square
			slice = append(slice, looks[i])
			flat.SetRow(row, components.RawRowView(i)[:2])
		}
		_, img, err := tileGrid(slice, flat)
		if err != nil {
			return err
		}
		s.Slices = append(s.Slices, Mosaic{name, img})
	}
	return nil
}

// nameAxes finds the layers whose coverage follows each component.
func (s *Space) nameAxes(looks []look, points, components *mat.Dense) {
	var total float64
	_, d := points.Dims()
	for j := range d {
		total += stat.Variance(mat.Col(nil, j, points), nil)
	}
	coverages := make([]likeness.Coverage, len(looks))
	for i, l := range looks {
		coverages[i] = l.coverage
	}
	for k, name := range []string{"First, left to right", "Second, bottom to top", "Third, slice to slice"} {
		component := mat.Col(nil, k, components)
		axis := Axis{Name: name, Words: likeness.Follow(coverages, component, leastCorrelation)}
		if total > 0 {
			axis.Share = stat.Variance(component, nil) / total
		}
		s.Axes = append(s.Axes, axis)
	}
}

// wholeSquare returns the edge of the largest square of at most n cells.
func wholeSquare(n int) int { return int(math.Sqrt(float64(n))) }

// tileGrid snaps places, whose number is a square, to a square grid and draws it.
func tileGrid(looks []look, flat *mat.Dense) ([]image.Point, image.Image, error) {
	side := wholeSquare(len(looks))
	cells, err := layout.Snap(flat, side, side)
	if err != nil {
		return nil, nil, err
	}
	const pitch = tilePixels + gapPixels
	img := image.NewNRGBA(image.Rect(0, 0, side*pitch-gapPixels, side*pitch-gapPixels))
	draw.Draw(img, img.Rect, image.NewUniform(gapColour()), image.Point{}, draw.Src)
	for i, c := range cells {
		at := c.Mul(pitch)
		draw.Draw(img, image.Rectangle{Min: at, Max: at.Add(image.Pt(tilePixels, tilePixels))}, looks[i].tile, image.Point{}, draw.Src)
	}
	return cells, img, nil
}

// gapColour sets tiles apart on a light page and on a dark one.
func gapColour() color.NRGBA { return color.NRGBA{R: 0x4a, G: 0x52, B: 0x5a, A: 0xff} }

// look is what the encoder and a reader see of a place.
type look struct {
	vector   []float32
	coverage likeness.Coverage
	hash     uint64 // of the raster
	tile     image.Image
}

// lookAt embeds and draws places: twice as many as are shown, since some are dropped.
func lookAt(ctx context.Context, o SpaceOptions) ([]look, error) {
	o.Places = o.Places[:min(len(o.Places), 2*spacePlaces)]
	looks, seed := make([]look, len(o.Places)), maphash.MakeSeed() // what is distinct does not depend on the seed
	var mu sync.Mutex
	done := 0
	err := o.Tiles.DrawEach(ctx, o.Spec, o.Places, runtime.GOMAXPROCS(0), func(i int, pixels []uint8) error {
		l := look{vector: make([]float32, o.Dimension), coverage: likeness.CoverageOf(pixels), hash: maphash.Bytes(seed, pixels)}
		if err := o.Embed(l.vector, pixels); err != nil {
			return err
		}
		looks[i] = l
		mu.Lock()
		defer mu.Unlock()
		if done++; o.Progress != nil {
			o.Progress(done, len(o.Places))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	small := raster.Spec{Metres: o.Spec.Metres, Pixels: tilePixels}
	if err := raster.CheckSpec(small); err != nil {
		return nil, err
	}
	return looks, o.Tiles.DrawEach(ctx, small, o.Places, runtime.GOMAXPROCS(0), func(i int, pixels []uint8) error {
		looks[i].tile = picture.Composite(pixels, tilePixels)
		return nil
	})
}

// distinct returns the first n places that are neither empty nor equal to an earlier one.
func distinct(looks []look, n int) []look {
	seen := map[uint64]bool{}
	var out []look
	for _, l := range looks {
		if len(out) < n && float64(slices.Max(l.coverage[:])) >= sample.EmptyCoverage && !seen[l.hash] {
			seen[l.hash] = true
			out = append(out, l)
		}
	}
	return out
}

// normaliseRows scales rows to length 1, for which Euclidean distance orders like the cosine.
func normaliseRows(points *mat.Dense) {
	n, _ := points.Dims()
	for i := range n {
		row := points.RowView(i).(*mat.VecDense)
		if length := mat.Norm(row, 2); length > 0 {
			row.ScaleVec(1/length, row)
		}
	}
}

//go:embed space.html
var spaceHTML string

// spaceSection renders the section of a page.
func spaceSection(s *Space) (template.HTML, error) {
	return section("the embedding space", spaceHTML, s)
}
