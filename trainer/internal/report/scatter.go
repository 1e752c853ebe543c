package report

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// Scatter is a sheet of small charts with points of two kinds, written as an SVG image of its own.
type Scatter struct {
	Title, Note string
	// Kinds names the two kinds of points, in the order of ScatterPanel.Points.
	Kinds  [2]string
	YLabel string
	Panels []ScatterPanel
}

// ScatterPanel is one of the charts.
type ScatterPanel struct {
	Title  string
	Note   string // below the title; may be empty
	XLabel string
	Points [2][]Point // by kind
}

// Point is a point of a chart.
type Point struct{ X, Y float64 }

// The sheet, in pixels.
const (
	panelColumns = 4
	panelWidth   = 320
	panelHeight  = 252
	sheetTop     = 84
	sheetMargin  = 16
)

// scatterStyle has a dark and a light colour, which differ without hue.
const scatterStyle = `text{font:11px system-ui,sans-serif;fill:#5c6670}.title{font-size:21px;font-weight:600;fill:#1d2329}` +
	`.note{font-size:13px}.name{font-size:13px;font-weight:600;fill:#1d2329}.grid{stroke:#e4e7ea}.axis{stroke:#5c6670}` +
	`.k0{fill:#0067a5}.k1{fill:#e08a3c}` +
	`.dots{fill:none;stroke-width:4;stroke-linecap:round;stroke-opacity:.5}.dots.d0{stroke:#0067a5}.dots.d1{stroke:#e08a3c}`

// WriteSVG writes the sheet as an SVG image.
func (s *Scatter) WriteSVG(w io.Writer) error {
	rows := (len(s.Panels) + panelColumns - 1) / panelColumns
	width, height := 2*sheetMargin+panelColumns*panelWidth, sheetTop+rows*panelHeight+sheetMargin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" aria-label="%[3]s"><style>%[4]s</style><rect width="%[1]d" height="%[2]d" fill="#fff"/>`,
		width, height, html.EscapeString(s.Title), scatterStyle)
	fmt.Fprintf(&b, `<text class="title" x="%d" y="34">%s</text><text class="note" x="%[1]d" y="56">%[3]s</text>`, sheetMargin, html.EscapeString(s.Title), html.EscapeString(s.Note))
	for k, name := range s.Kinds {
		x := width - sheetMargin - 110*(len(s.Kinds)-k)
		fmt.Fprintf(&b, `<circle class="k%d" cx="%d" cy="30" r="5"/><text class="note" x="%d" y="34">%s</text>`, k, x, x+11, html.EscapeString(name))
	}
	for i := range s.Panels {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`, sheetMargin+i%panelColumns*panelWidth, sheetTop+i/panelColumns*panelHeight)
		s.Panels[i].draw(&b, s.YLabel)
		b.WriteString(`</g>`)
	}
	b.WriteString("</svg>\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing a scatter chart: %w", err)
	}
	return nil
}

// draw draws the panel at the origin.
func (p *ScatterPanel) draw(b *strings.Builder, yLabel string) {
	const left, right, top, bottom = 52, panelWidth - 18, 38, panelHeight - 44
	x, y := p.scales()
	x.from, x.to, y.from, y.to = left, right, bottom, top
	fmt.Fprintf(b, `<text class="name" x="%d" y="12">%s</text><text x="%[1]d" y="27">%[3]s</text>`, left, html.EscapeString(p.Title), html.EscapeString(p.Note))
	for _, v := range ticks(y.min, y.max, 4) {
		fmt.Fprintf(b, `<path class="grid" d="M%d %sH%d"/><text x="%d" y="%s" text-anchor="end">%s</text>`, left, px(y.at(v)), right, left-6, px(y.at(v)+4), number(v))
	}
	for _, v := range ticks(x.min, x.max, 5) {
		fmt.Fprintf(b, `<text x="%s" y="%d" text-anchor="middle">%s</text>`, px(x.at(v)), bottom+15, number(v))
	}
	fmt.Fprintf(b, `<path class="axis" d="M%d %dH%d"/><text x="%d" y="%d" text-anchor="middle">%s</text>`, left, bottom, right, (left+right)/2, bottom+30, html.EscapeString(p.XLabel))
	fmt.Fprintf(b, `<text transform="translate(11 %d) rotate(-90)" text-anchor="middle">%s</text>`, (top+bottom)/2, html.EscapeString(yLabel))
	for k := range p.Points {
		// The kind with more points is drawn first.
		if len(p.Points[0]) > len(p.Points[1]) {
			dots(b, p.Points[k], k, x, y)
		} else {
			dots(b, p.Points[1-k], 1-k, x, y)
		}
	}
}

// scales returns the spans of both axes. The y axis begins at 0.
func (p *ScatterPanel) scales() (x, y scale) {
	x, y = scale{min: math.Inf(1), max: math.Inf(-1)}, scale{}
	for _, points := range p.Points {
		for _, q := range points {
			x.min, x.max, y.max = min(x.min, q.X), max(x.max, q.X), max(y.max, q.Y)
		}
	}
	if x.min > x.max {
		x.min, x.max = 0, 1
	}
	if y.max == 0 {
		y.max = 1
	}
	return x, y
}

// dots draws points, and points at the same half pixel once.
func dots(b *strings.Builder, points []Point, kind int, x, y scale) {
	seen := map[[2]int]bool{}
	// Strokes of length 0 with round caps take a fifth of the bytes of circles.
	fmt.Fprintf(b, `<path class="dots d%d" d="`, kind)
	for _, p := range points {
		at := [2]int{int(math.Round(2 * x.at(p.X))), int(math.Round(2 * y.at(p.Y)))}
		if !seen[at] {
			seen[at] = true
			fmt.Fprintf(b, "M%s %sh0", px(float64(at[0])/2), px(float64(at[1])/2))
		}
	}
	b.WriteString(`"/>`)
}
