package report

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"math"
	"runtime"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/layout"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

const (
	// modePlaces are drawn of each mode.
	modePlaces = 120
	// modeTiles are shown at most, in a grid with room between them.
	modeTiles             = 150
	modeColumns, modeRows = 18, 12
	modeFrame             = 4 // pixels around a tile
	modePitch             = tilePixels + 2*modeFrame + gapPixels
	leastShown            = 2 // points that can be laid out
	modeWidth, modeHeight = modeColumns*modePitch - gapPixels, modeRows*modePitch - gapPixels
)

// Modes shows how well two discriminants tell modes of transport apart.
type Modes struct {
	LeftOut   string // why there is nothing else here; empty if there is
	Scatter   Mosaic
	Legend    []ModeColour
	Shown     int    // tiles
	Missing   string // modes with too few places
	Rows      []ModeScore
	LayersOff int // the number of layers that hold modes
	Blocks    int
	Chance    float64
	// Verdict says who is ahead with the own layer off, AllOffVerdict with the layers of all modes off.
	Verdict, AllOffVerdict string
}

// ModeColour is a line of the legend.
type ModeColour struct {
	Name   string
	Places int
	Colour template.CSS
}

// ModeScore is the macro F1 of one method.
type ModeScore struct {
	Name   string
	Model  bool
	Scores [2]eval.Estimate // with the own layer off, with the layers of all modes off
}

// ModesOptions are the map and the model of a separation of modes.
type ModesOptions struct {
	Region *eval.Region // its places are not used
	Tiles  *sample.Tiles
	Spec   raster.Spec
	Model  eval.Method
	Seed   uint64
	// Progress may be nil. It is called by one goroutine at a time.
	Progress func(done, total int)
}

// DrawModes draws places along the lines of modes of transport, separates the modes and draws held-out places in the plane
// of two discriminants. Where fewer than three modes have enough places, the result says so instead.
func DrawModes(ctx context.Context, o ModesOptions) (*Modes, error) {
	places, err := sample.DrawModes(ctx, o.Tiles, sample.ModesOptions{Count: modePlaces, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	var modes []eval.Mode
	for i, m := range sample.Modes() {
		modes = append(modes, eval.Mode{Name: m.Name, Layer: m.Layer, Places: places[i]})
	}
	s, err := eval.SeparateModes(ctx, o.Region, modes, eval.ModesOptions{Model: o.Model, Seed: o.Seed, Progress: o.Progress})
	for _, few := range []error{eval.ErrFewModes, eval.ErrFewBlocks} {
		if errors.Is(err, few) {
			return &Modes{LeftOut: few.Error()}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	m := summariseModes(s)
	if err := m.scatter(ctx, s, o); err != nil {
		return nil, fmt.Errorf("drawing modes of transport: %w", err)
	}
	return m, nil
}

// summariseModes turns a separation into words and numbers.
func summariseModes(s *eval.ModeSeparation) *Modes {
	m := &Modes{Blocks: s.Blocks, Chance: s.Chance, LayersOff: s.Layers}
	for i, mode := range s.Modes {
		m.Legend = append(m.Legend, ModeColour{mode.Name, mode.Places, template.CSS(cssColour(modeColour(i)))})
	}
	var missing []string
	for _, mode := range s.LeftOut {
		missing = append(missing, fmt.Sprintf("%s (%d)", mode.Name, mode.Places))
	}
	m.Missing = strings.Join(missing, ", ")
	for i, row := range s.OwnOff {
		m.Rows = append(m.Rows, ModeScore{Name: row.Method, Model: row.Role == eval.Model, Scores: [2]eval.Estimate{row.F1, s.AllOff[i].F1}})
	}
	m.Verdict, m.AllOffVerdict = modesVerdict(s.OwnOff), modesVerdict(s.AllOff)
	return m
}

// modesVerdict says which method is ahead: by the interval of the model's lead, where there is one.
func modesVerdict(rows []eval.ModesRow) string {
	model, best := rows[0], rows[1]
	for _, r := range rows[1:] {
		if r.F1.Value > best.F1.Value {
			best = r
		}
	}
	scores := fmt.Sprintf("%s against %s", percent(model.F1.Value), percent(best.F1.Value))
	lead := best.Lead
	switch known := !math.IsNaN(lead.Low) && !math.IsNaN(lead.High); {
	case known && lead.Low > 0:
		return fmt.Sprintf("The model is ahead of the %s, %s", best.Method, scores)
	case known && lead.High < 0:
		return fmt.Sprintf("The %s is ahead of the model, %s against %s", best.Method, percent(best.F1.Value), percent(model.F1.Value))
	}
	return fmt.Sprintf("The model is level with the %s, %s: the difference is within its interval", best.Method, scores)
}

// modeColours can be told apart, on a light page and on a dark one (Okabe and Ito 2008, with two more).
func modeColour(i int) color.NRGBA {
	colours := [...]uint32{0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x8c6bb1, 0x8a8a8a}
	c := colours[i%len(colours)]
	return color.NRGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 0xff}
}

func cssColour(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// scatter draws held-out places, with their own layer off, in the cells nearest to their points.
func (m *Modes) scatter(ctx context.Context, s *eval.ModeSeparation, o ModesOptions) error {
	points := s.Points
	if len(points) > modeTiles { // evenly: points are in the order of the modes
		thinned := make([]eval.ModePoint, modeTiles)
		for i := range thinned {
			thinned[i] = points[i*len(points)/modeTiles]
		}
		points = thinned
	}
	if len(points) < leastShown {
		return errors.New("no held-out places")
	}
	flat, places := mat.NewDense(len(points), 2, nil), make([]loc2vec.LatLon, len(points))
	for i, p := range points {
		flat.SetRow(i, []float64{p.X, p.Y})
		places[i] = p.Place
	}
	cells, err := layout.Snap(flat, modeColumns, modeRows)
	if err != nil {
		return err
	}
	img := image.NewNRGBA(image.Rect(0, 0, modeWidth, modeHeight))
	small := raster.Spec{Metres: o.Spec.Metres, Pixels: tilePixels}
	if err := raster.CheckSpec(small); err != nil {
		return err
	}
	m.Scatter, m.Shown = Mosaic{Image: img}, len(points)
	// Goroutines draw into cells of their own.
	return o.Tiles.DrawEach(ctx, small, places, runtime.GOMAXPROCS(0), func(i int, pixels []uint8) error {
		plane := tilePixels * tilePixels
		clear(pixels[int(points[i].Layer)*plane:][:plane])
		frame := image.Rect(0, 0, tilePixels+2*modeFrame, tilePixels+2*modeFrame).Add(cells[i].Mul(modePitch))
		draw.Draw(img, frame, image.NewUniform(modeColour(points[i].Mode)), image.Point{}, draw.Src)
		draw.Draw(img, frame.Inset(modeFrame), picture.Composite(pixels, tilePixels), image.Point{}, draw.Src)
		return nil
	})
}

//go:embed modes.html
var modesHTML string

// modesSection renders the section of a page.
func modesSection(m *Modes) (template.HTML, error) {
	return section("modes of transport", modesHTML, m)
}
