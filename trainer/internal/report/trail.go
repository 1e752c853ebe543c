package report

import (
	"fmt"
	"html"
	"html/template"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
)

// Trail is a movement through the embedding: positions in order, each with its vector.
type Trail struct {
	Places    []loc2vec.LatLon
	Vectors   []float32 // [len(Places)][Dimension]
	Known     []bool    // [len(Places)]: the position has a vector
	Breaks    []bool    // [len(Places)]: the way to the position is unknown; nil for none
	Dimension int       // D
	// Ground is a picture of Square, drawn below the trail; may be nil.
	Ground image.Image
	// Labels of the positions appear where a pointer rests on the trail; nil for none.
	Labels []string
	// Stops are numbered on the drawing and shown below it, in this order.
	Stops []TrailStop
}

// TrailStop is a place at which the movement rested.
type TrailStop struct {
	Place   loc2vec.LatLon
	Picture Picture // its raster; without an image when there is none
	Time    string  // when, and for how long
	Words   string  // what the encoder saw
}

const (
	trailSize = 900 // width and height of the drawing
	// maxSteps bounds the size of the page. Longer trails are thinned.
	maxSteps = 6000
	// minSquare is the least edge length of a Square in metres.
	minSquare = 600.0
)

// Square returns the centre and the edge length in metres of a square that contains the trail with a
// margin. A trail may cross the antimeridian.
func (t *Trail) Square() (centre loc2vec.LatLon, metres float64) {
	low, high := loc2vec.Point{X: math.Inf(1), Y: math.Inf(1)}, loc2vec.Point{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, place := range t.Places {
		p := pointNear(place, t.Places[0].Point())
		low.X, low.Y = min(low.X, p.X), min(low.Y, p.Y)
		high.X, high.Y = max(high.X, p.X), max(high.Y, p.Y)
	}
	middle := loc2vec.Point{X: (low.X + high.X) / 2, Y: (low.Y + high.Y) / 2}
	edge := max(high.X-low.X, high.Y-low.Y) * middle.MetresPerUnit()
	middle.X -= math.Floor(middle.X)
	return middle.LatLon(), max(1.25*edge, minSquare)
}

// pointNear projects a place. X is within half a turn of the origin's, so that it may lie outside of the unit square.
func pointNear(place loc2vec.LatLon, origin loc2vec.Point) loc2vec.Point {
	p := place.Point()
	p.X -= math.Round(p.X - origin.X)
	return p
}

// trailView holds what the template shows of the trail.
type trailView struct {
	SVG   template.HTML
	Known int
}

// trailFigure draws the trail in the colours of its embeddings.
func trailFigure(t *Trail) (trailView, error) {
	centre, metres := t.Square()
	origin := centre.Point()
	scale := origin.MetresPerUnit() / metres * trailSize
	x := func(i int) string { return px(trailSize/2 + (pointNear(t.Places[i], origin).X-origin.X)*scale) }
	y := func(i int) string { return px(trailSize/2 + (t.Places[i].Point().Y-origin.Y)*scale) }

	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %[1]d %[1]d" role="img" aria-label="The track coloured by the embedding">`, trailSize)
	if t.Ground != nil {
		uri, err := pictureURI(t.Ground)
		if err != nil {
			return trailView{}, err
		}
		fmt.Fprintf(&b, `<image href="%s" width="%d" height="%[2]d" opacity=".28"/>`, uri, trailSize)
	}
	points := embeddings{t.Dimension, t.Vectors, t.Known}
	colours := points.colours()
	step := 1 + len(t.Places)/maxSteps
	for i := 0; i+step < len(t.Places); i += step {
		to := i + step
		if t.Breaks != nil && slices.Contains(t.Breaks[i+1:to+1], true) {
			continue
		}
		stroke := color.NRGBA{R: 128, G: 128, B: 128, A: 255}
		if t.Known[to] {
			stroke = toSRGB(colours[to], 0, 0)
		}
		fmt.Fprintf(&b, `<path d="M%s %sL%s %s" stroke="#%02x%02x%02x"`, x(i), y(i), x(to), y(to), stroke.R, stroke.G, stroke.B)
		if t.Labels == nil {
			b.WriteString("/>")
			continue
		}
		fmt.Fprintf(&b, `><title>%s</title></path>`, html.EscapeString(t.Labels[to]))
	}
	mark := func(p loc2vec.LatLon, class, sign, label string) {
		at := pointNear(p, origin)
		fmt.Fprintf(&b, `<g class="%s" transform="translate(%s %s)"><title>%s</title><circle r="13"/><text text-anchor="middle" dominant-baseline="central">%s</text></g>`, class,
			px(trailSize/2+(at.X-origin.X)*scale), px(trailSize/2+(at.Y-origin.Y)*scale), html.EscapeString(label), sign)
	}
	if t.Labels != nil {
		last := len(t.Places) - 1
		mark(t.Places[0], "end", "A", "start: "+t.Labels[0])
		mark(t.Places[last], "end", "B", "end: "+t.Labels[last])
	}
	for i, s := range t.Stops {
		mark(s.Place, "stop", fmt.Sprint(i+1), s.Time+": "+s.Words)
	}
	length := roundBelow(metres / 4)
	fmt.Fprintf(&b, `<g class="scale"><path d="M20 860v16H%[1]sv-16"/><text x="26" y="866">%[2]s</text></g></svg>`,
		px(20+length/metres*trailSize), kilometres(length))
	v := trailView{SVG: template.HTML(b.String())}
	for _, known := range t.Known {
		if known {
			v.Known++
		}
	}
	return v, nil
}
