package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The chart's frame in units that are CSS pixels at full width.
const (
	chartWidth   = 560
	chartHeight  = 340
	marginLeft   = 64
	marginRight  = 16
	marginTop    = 14
	marginBottom = 46
)

// series is one line of a chart.
type series struct {
	name string
	// style selects colour, dash and marker; 0 is the model's.
	style     int
	x, y      []float64
	low, high []float64 // interval of each y; nil for none
	markers   bool
	faint     bool // thin and behind the others, for raw values of a smoothed line
	note      string
}

// chart is a line chart.
type chart struct {
	label          string // for screen readers
	xLabel, yLabel string
	series         []series
	xTicks         []float64 // chosen automatically when nil
	yMin, yMax     float64   // extended by the data; chosen automatically when equal
	xUnit          string
	yPercent       bool
	legend         bool
}

// openChart starts a chart's SVG of a width of chartWidth. It shrinks with the window, where its text is larger (page.css).
func openChart(b *strings.Builder, height int, label string) {
	fmt.Fprintf(b, `<div class="chart"><svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, chartWidth, height, html.EscapeString(label))
}

// scale maps values to chart units.
type scale struct {
	min, max, from, to float64
}

func (s scale) at(v float64) float64 {
	if s.max == s.min { // a single value lies in the middle
		return (s.from + s.to) / 2
	}
	return s.from + (v-s.min)/(s.max-s.min)*(s.to-s.from)
}

// svg draws the chart and its legend.
func (c *chart) svg() template.HTML {
	xs, ys := c.ranges()
	x := scale{xs.min, xs.max, marginLeft, chartWidth - marginRight}
	y := scale{ys.min, ys.max, chartHeight - marginBottom, marginTop}
	var b strings.Builder
	openChart(&b, chartHeight, c.label)
	c.axes(&b, x, y)
	for _, pass := range []bool{true, false} { // faint lines first, the model last
		for i := len(c.series) - 1; i >= 0; i-- {
			if s := &c.series[i]; s.faint == pass {
				s.draw(&b, x, y)
			}
		}
	}
	b.WriteString(`</svg></div>`)
	if c.legend {
		c.writeLegend(&b)
	}
	return template.HTML(b.String())
}

// ranges returns the spans of both axes.
func (c *chart) ranges() (x, y scale) {
	x, y = scale{min: math.Inf(1), max: math.Inf(-1)}, scale{min: math.Inf(1), max: math.Inf(-1)}
	for _, s := range c.series {
		for _, v := range s.x {
			x.min, x.max = min(x.min, v), max(x.max, v)
		}
		for _, values := range [][]float64{s.y, s.low, s.high} {
			for _, v := range values {
				if !math.IsNaN(v) && !math.IsInf(v, 0) {
					y.min, y.max = min(y.min, v), max(y.max, v)
				}
			}
		}
	}
	if x.min > x.max {
		x.min, x.max = 0, 1
	}
	if y.min > y.max {
		y.min, y.max = 0, 1
	}
	if c.yMin != c.yMax {
		y.min, y.max = min(c.yMin, y.min), max(c.yMax, y.max)
	} else {
		pad := 0.05 * (y.max - y.min)
		y.min, y.max = y.min-pad, y.max+pad
	}
	return x, y
}

func (c *chart) axes(b *strings.Builder, x, y scale) {
	bottom, right := y.from, x.to
	for _, v := range ticks(y.min, y.max, 5) {
		text := number(v)
		if c.yPercent {
			text = number(100*v) + " %"
		}
		fmt.Fprintf(b, `<line class="grid" x1="%d" x2="%s" y1="%[3]s" y2="%[3]s"/>`, marginLeft, px(right), px(y.at(v)))
		fmt.Fprintf(b, `<text class="tick" x="%d" y="%s" text-anchor="end">%s</text>`, marginLeft-7, px(y.at(v)+4.5), text)
	}
	marks := c.xTicks
	if marks == nil {
		marks = ticks(x.min, x.max, 6)
	}
	for _, v := range marks {
		fmt.Fprintf(b, `<line class="axis" x1="%[1]s" x2="%[1]s" y1="%[2]s" y2="%[3]s"/>`, px(x.at(v)), px(bottom), px(bottom+5))
		fmt.Fprintf(b, `<text class="tick" x="%s" y="%s" text-anchor="middle">%s%s</text>`, px(x.at(v)), px(bottom+19), number(v), c.xUnit)
	}
	fmt.Fprintf(b, `<line class="axis" x1="%d" x2="%s" y1="%[3]s" y2="%[3]s"/>`, marginLeft, px(right), px(bottom))
	fmt.Fprintf(b, `<text class="label" x="%s" y="%d" text-anchor="middle">%s</text>`, px((x.from+x.to)/2), int(bottom)+marginBottom-8, html.EscapeString(c.xLabel))
	fmt.Fprintf(b, `<text class="label" transform="translate(13 %s) rotate(-90)" text-anchor="middle">%s</text>`, px((y.from+y.to)/2), html.EscapeString(c.yLabel))
}

func (s *series) draw(b *strings.Builder, x, y scale) {
	class := fmt.Sprintf("s%d", s.style)
	if s.faint {
		class += " faint"
	}
	if s.low != nil && s.style == 0 {
		s.band(b, x, y)
	}
	fmt.Fprintf(b, `<polyline class="line %s" points="`, class)
	for i := range s.x {
		if !math.IsNaN(s.y[i]) {
			fmt.Fprintf(b, "%s,%s ", px(x.at(s.x[i])), px(y.at(s.y[i])))
		}
	}
	b.WriteString(`"/>`)
	if !s.markers {
		return
	}
	for i := range s.x {
		if math.IsNaN(s.y[i]) {
			continue
		}
		if s.low != nil && s.style != 0 && !math.IsNaN(s.low[i]) {
			fmt.Fprintf(b, `<line class="whisker %s" x1="%[2]s" x2="%[2]s" y1="%s" y2="%s"/>`, class, px(x.at(s.x[i])), px(y.at(s.low[i])), px(y.at(s.high[i])))
		}
		marker(b, s.style, x.at(s.x[i]), y.at(s.y[i]))
	}
}

// band fills the interval around the model's line.
func (s *series) band(b *strings.Builder, x, y scale) {
	if slices.ContainsFunc(s.low, math.IsNaN) {
		return
	}
	fmt.Fprintf(b, `<polygon class="band s%d" points="`, s.style)
	for i := range s.x {
		fmt.Fprintf(b, "%s,%s ", px(x.at(s.x[i])), px(y.at(s.high[i])))
	}
	for i := len(s.x) - 1; i >= 0; i-- {
		fmt.Fprintf(b, "%s,%s ", px(x.at(s.x[i])), px(y.at(s.low[i])))
	}
	b.WriteString(`"/>`)
}

// marker draws a shape that distinguishes styles without colour.
func marker(b *strings.Builder, style int, x, y float64) {
	class := fmt.Sprintf("s%d", style)
	switch style % 4 {
	case 0:
		fmt.Fprintf(b, `<circle class="mark %s" cx="%s" cy="%s" r="4.5"/>`, class, px(x), px(y))
	case 1:
		fmt.Fprintf(b, `<rect class="mark %s" x="%s" y="%s" width="7.6" height="7.6"/>`, class, px(x-3.8), px(y-3.8))
	case 2:
		fmt.Fprintf(b, `<path class="mark %s" d="M%s %sl5 8.6h-10z"/>`, class, px(x), px(y-5.4))
	default:
		fmt.Fprintf(b, `<path class="mark %s" d="M%s %sl5 5-5 5-5-5z"/>`, class, px(x), px(y-5))
	}
}

func (c *chart) writeLegend(b *strings.Builder) {
	b.WriteString(`<ul class="legend">`)
	for _, s := range c.series {
		if s.faint {
			continue
		}
		fmt.Fprintf(b, `<li><svg viewBox="0 0 34 14" aria-hidden="true"><line class="line s%d" x1="1" x2="33" y1="7" y2="7"/>`, s.style)
		if s.markers {
			marker(b, s.style, 17, 7)
		}
		fmt.Fprintf(b, `</svg>%s`, html.EscapeString(s.name))
		if s.note != "" {
			fmt.Fprintf(b, ` <small>%s</small>`, html.EscapeString(s.note))
		}
		b.WriteString(`</li>`)
	}
	b.WriteString(`</ul>`)
}

// ticks returns about n round numbers within the span.
func ticks(low, high float64, n int) []float64 {
	if !(high > low) {
		return []float64{low}
	}
	raw := (high - low) / float64(n)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	switch {
	case raw > 5*step:
		step *= 10
	case raw > 2*step:
		step *= 5
	case raw > step:
		step *= 2
	}
	var out []float64
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*step; k++ {
		out = append(out, k*step+0) // + 0 turns -0 into 0
	}
	return out
}

// number formats a tick without rounding noise.
func number(v float64) string {
	if math.Abs(v) >= 10_000 {
		return number(v/1000) + "k"
	}
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}

// px formats a coordinate to a tenth of a pixel, finer than visible.
func px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
