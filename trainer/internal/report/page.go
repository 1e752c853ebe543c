// Package report presents results to people: a self-contained HTML page, tables in Markdown, charts.
package report

import (
	"bytes"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/png"
	"io"
	"math"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/eval"
)

// Page is the content of an HTML page. Sections without data are left out.
type Page struct {
	Title      string          // such as "Bremen"
	Intro      string          // one or two sentences
	Verdict    *eval.Verdict   // may be nil
	Facts      []Fact          // a few numbers in a row: places, steps, time, …
	Maps       []*EmbeddingMap // in colours that mean the same on all of them
	Pairs      *Pairs
	Trail      *Trail
	Neighbours []Neighbourhood
	Space      *Space
	Walks      *Walks
	Ways       *Ways
	Sums       *Sums
	Filters    *Filters
	Modes      *Modes
	Omitted    []Omission // what the page lacks, and why
	// Training and Evaluation are folded on a page with pictures.
	Training   *Training
	Evaluation *Evaluation
	Details    []Fact // how the page was made: command, seed, versions, hashes
	// Attribution is shown at the foot, "© OpenStreetMap contributors, ODbL 1.0" when empty.
	Attribution string
}

// Training is the course of a training run.
type Training struct {
	LossName string // may be empty
	Loss     []LossPoint
	Recall   *RecallHistory // may be nil
}

// Evaluation holds the results of one or more regions.
type Evaluation struct {
	Summary  *eval.Summary // of the regions that were held out as a whole; may be nil
	Regions  []*eval.Result
	AtExport *eval.Result // the quantisation fidelity when the bundle was made; may be nil
}

// Fact is a labelled value.
type Fact struct {
	Label, Value string
	Note         string // in small print below the value, may be empty
}

// LossPoint is one point of the loss curve.
type LossPoint struct {
	Step    int
	Seconds float64
	Loss    float64
}

// RecallHistory is R@1 on a small gallery during training.
type RecallHistory struct {
	Places int       // N of the gallery
	Shifts []float64 // metres
	Points []RecallPoint
	// Baselines do not change with time: they have one level for each shift.
	Baselines []RecallLevel
}

// RecallPoint is R@1 after some training.
type RecallPoint struct {
	Step    int
	Seconds float64
	R1      []float64 // for each shift
}

// RecallLevel is a baseline's R@1.
type RecallLevel struct {
	Name string
	R1   []float64 // for each shift
}

// Neighbourhood is a place and the places nearest to it in the embedding space, nearest first.
type Neighbourhood struct {
	Place  Picture
	Vector []float32
	Near   []Neighbour
}

// Picture is a place as a rendered raster.
type Picture struct {
	Name  string // what the place is called, or its coordinate
	Image image.Image
	Link  string // to a map of the place, may be empty
}

// Neighbour is one of the nearest places.
type Neighbour struct {
	Picture
	Distance float64 // between the embeddings
	Metres   float64 // between the places
	Words    string  // which layers make the places alike, see package likeness
}

//go:embed page.html pictures.html ways.html
var templates embed.FS

//go:embed page.css
var pageCSS string

// Write writes the page. It loads nothing from elsewhere.
func (p *Page) Write(w io.Writer) error {
	functions := template.FuncMap{
		"css":               func() template.CSS { return template.CSS(pageCSS) },
		"picture":           pictureURI,
		"lossChart":         lossChart,
		"recallCharts":      recallCharts,
		"shiftChart":        shiftChart,
		"hardTripletsChart": hardTripletsChart,
		"samePlaceTable":    samePlaceTable,
		"hardTripletsTable": hardTripletsTable,
		"spaceHealth":       spaceHealthTable,
		"otherMetrics":      func(r *eval.Result) template.HTML { return htmlOf(otherMetricsOf(r)) },
		"summary":           func(s *eval.Summary) template.HTML { return htmlOf(summaryOf(s)) },
		"result":            func(r *eval.Result) template.HTML { return htmlOf(resultOf(r)) },
		"interval":          interval,
		"percent":           percent,
		"closer":            closerShare,
		"points":            points,
		"kilometres":        kilometres,
		"mapViews":          mapViews,
		"trailView":         trailFigure,
		"spaceSection":      spaceSection,
		"filtersSection":    filtersSection,
		"modesSection":      modesSection,
		"attribution":       p.attribution,
		"enough":            func(t *eval.HardTriplets) bool { return t.Triplets >= eval.MinTriplets },
	}
	t, err := template.New("page.html").Funcs(functions).ParseFS(templates, "*.html")
	if err != nil {
		return fmt.Errorf("parsing the page's template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("rendering the page: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// Folded reports whether training and evaluation are folded, to be opened by who wants them.
func (p *Page) Folded() bool {
	return (p.Training != nil || p.Evaluation != nil) && (len(p.Maps) > 0 || p.Pairs != nil || len(p.Neighbours) > 0)
}

func (p *Page) attribution() string {
	if p.Attribution == "" {
		return "© OpenStreetMap contributors, ODbL 1.0"
	}
	return p.Attribution
}

// pictureURI returns the image as a PNG inside a data URI.
func pictureURI(m image.Image) (template.URL, error) {
	if m == nil {
		return "", errors.New("a picture has no image")
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, m); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

// percent formats a share as "42.2 %".
func percent(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return share(v) + " %"
}

// share formats a share in per cent.
func share(v float64) string {
	return strings.Replace(fmt.Sprintf("%.1f", 100*v), "-", "−", 1)
}

// interval formats the interval of a share, and is empty without one.
func interval(e eval.Estimate) string {
	if math.IsNaN(e.Low) || math.IsNaN(e.High) {
		return ""
	}
	return share(e.Low) + "–" + share(e.High)
}

// kilometres formats a distance on the ground.
func kilometres(metres float64) string {
	if metres < 1000 {
		return fmt.Sprintf("%.0f m", metres)
	}
	return fmt.Sprintf("%.1f km", metres/1000)
}
