package report

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/gonum/stat"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/activation"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

const (
	// earlyLayer is the second convolution: the first one's patterns of a few pixels are hardly more than plain colours.
	earlyLayer   = 1
	filtersShown = 12 // of a layer
	// surveyPlaces are looked at to find what filters respond to.
	surveyPlaces     = 300
	mapsShown        = 16
	mapColumns       = 8
	activationPixels = 64 // edge of an activation map
	// Small pictures of single layers: six in a row, each half as large as the raster.
	channelColumns = 6
	channelPixels  = 32
)

// Filters shows what the filters of an early and of a late convolution respond to.
type Filters struct {
	LeftOut     string // why there is nothing else here; empty if there is
	Weights     string // where the weights are from
	Pixels      int    // of a picture
	Metres      float64
	Places      int           // at which filters were looked for something to respond to
	Layers      []FilterLayer // the early one, the late one
	Silences    []string      // how many filters of each convolution respond to nothing
	Activations *Activations
}

// FilterLayer is a convolution.
type FilterLayer struct {
	Name        string
	FieldMetres float64 // edge of what a response depends on
	Filters     []Filter
	Spectrum    []float64 // mean over the filters shown, by cycles along the picture
	Wavelength  float64   // metres, of the mean frequency
}

// Filter is a filter with the picture to which it responds most.
type Filter struct {
	Number   int
	Colours  image.Image
	Channels image.Image // the twelve layers in grey
	Words    string      // which layers the colours are
}

// Activations are the strongest maps of a place in each convolution.
type Activations struct {
	Name   string
	Raster image.Image
	Layers []Mosaic
}

// FiltersOptions are the network and the map for pictures of filters.
type FiltersOptions struct {
	Network *encoder.Network
	Weights string // where they are from, in words: "the int8 network's own weights"
	Spec    raster.Spec
	Tiles   *sample.Tiles
	Places  []loc2vec.LatLon // to find what filters respond to, in random order
	Place   loc2vec.LatLon   // whose activations are shown
	Name    string           // of that place
	Seed    uint64
	// Progress may be nil. It is called by one goroutine at a time.
	Progress func(done, total int)
}

// DrawFilters finds the pictures to which the liveliest filters of the first and of the last convolution respond most.
func DrawFilters(ctx context.Context, o FiltersOptions) (*Filters, error) {
	f, err := drawFilters(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("drawing filters: %w", err)
	}
	return f, nil
}

func drawFilters(ctx context.Context, o FiltersOptions) (*Filters, error) {
	stack, err := activation.NewStack(o.Network)
	if err != nil {
		return nil, err
	}
	rasters, err := rastersOf(ctx, o)
	if err != nil {
		return nil, err
	}
	if len(rasters) == 0 {
		return &Filters{LeftOut: "the region has no places to find what filters respond to"}, nil
	}
	f := &Filters{Weights: o.Weights, Pixels: stack.Pixels(), Metres: o.Spec.Metres, Places: len(rasters)}
	early, late := min(earlyLayer, stack.Layers()-1), stack.Layers()-1
	for i := range stack.Layers() {
		survey, err := stack.Survey(ctx, i, rasters)
		if err != nil {
			return nil, err
		}
		f.Silences = append(f.Silences, fmt.Sprintf("%d of %d", len(survey.Silent()), stack.Filters(i)))
		if i != early && i != late {
			continue
		}
		layer := FilterLayer{Name: fmt.Sprintf("Convolution %d of %d", i+1, stack.Layers())}
		layer.FieldMetres = min(float64(stack.Field(i))/float64(f.Pixels), 1) * f.Metres
		if err := layer.maximise(ctx, stack, i, survey.Liveliest(filtersShown), &o); err != nil {
			return nil, err
		}
		layer.Wavelength = f.Metres / activation.Centroid(layer.Spectrum)
		f.Layers = append(f.Layers, layer)
	}
	return f, f.activate(stack, &o)
}

// rastersOf draws the places of the survey.
func rastersOf(ctx context.Context, o FiltersOptions) ([][]uint8, error) {
	places := o.Places[:min(len(o.Places), surveyPlaces)]
	out := make([][]uint8, len(places))
	return out, o.Tiles.DrawEach(ctx, o.Spec, places, runtime.GOMAXPROCS(0), func(i int, pixels []uint8) error {
		out[i] = slices.Clone(pixels)
		return nil
	})
}

// maximise finds the pictures of some filters, on several goroutines.
func (l *FilterLayer) maximise(ctx context.Context, stack *activation.Stack, layer int, filters []int, o *FiltersOptions) error {
	l.Filters = make([]Filter, len(filters))
	spectra, errs := make([][]float64, len(filters)), make([]error, len(filters))
	var mu sync.Mutex
	next, done := 0, 0
	take := func() int {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1
	}
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(filters)) {
		group.Go(func() {
			for k := take(); k < len(filters) && ctx.Err() == nil; k = take() {
				rng := rand.New(rand.NewPCG(o.Seed, uint64(filters[k])))
				var found []float32
				if found, _, errs[k] = stack.Maximise(layer, filters[k], rng); errs[k] != nil {
					return
				}
				spectra[k] = activation.Spectrum(found, stack.Pixels())
				l.Filters[k] = drawFilter(filters[k], found, stack.Pixels())
				mu.Lock()
				if done++; o.Progress != nil {
					o.Progress(done, len(filters))
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if err := cmp.Or(append(errs, ctx.Err())...); err != nil {
		return err
	}
	l.Spectrum = make([]float64, stack.Pixels()/2+1)
	for i := range l.Spectrum {
		var column []float64
		for _, s := range spectra {
			column = append(column, s[i])
		}
		l.Spectrum[i] = stat.Mean(column, nil)
	}
	return nil
}

// drawFilter draws a picture [C][n][n] of values from 0 to 1: its three strongest layers as colours, and all in grey.
func drawFilter(number int, found []float32, n int) Filter {
	plane := n * n
	order, energy := make([]int, loc2vec.NumLayers), make([]float64, loc2vec.NumLayers)
	for c := range order {
		order[c] = c
		for _, v := range found[c*plane:][:plane] {
			energy[c] += float64(v) * float64(v)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(energy[b], energy[a]) })
	brightest := max(slices.Max(found), 1e-6)
	colours := image.NewNRGBA(image.Rect(0, 0, n, n))
	for i := range plane {
		var rgb [3]uint8
		for k := range rgb {
			rgb[k] = uint8(255 * found[order[k]*plane+i] / brightest)
		}
		colours.SetNRGBA(i%n, i/n, color.NRGBA{R: rgb[0], G: rgb[1], B: rgb[2], A: 255})
	}
	name := func(k int) string { return layerName(loc2vec.Layer(order[k])) }
	return Filter{
		Number: number, Colours: colours, Channels: drawChannels(found, n, brightest),
		Words: fmt.Sprintf("red %s, green %s, blue %s", name(0), name(1), name(2)),
	}
}

// layerName is a layer's name in words.
func layerName(l loc2vec.Layer) string { return strings.ReplaceAll(l.String(), "_", " ") }

// channelsSize is the size of the picture of all layers.
func channelsSize() image.Point {
	const pitch = channelPixels + gapPixels
	return image.Pt(channelColumns*pitch-gapPixels, loc2vec.NumLayers/channelColumns*pitch-gapPixels)
}

// drawChannels draws every layer of a picture [C][n][n] in grey, brighter for more.
func drawChannels(found []float32, n int, brightest float32) image.Image {
	img := image.NewGray(image.Rectangle{Max: channelsSize()})
	draw.Draw(img, img.Rect, image.NewUniform(gapColour()), image.Point{}, draw.Src)
	for c := range loc2vec.NumLayers {
		corner := image.Pt(c%channelColumns, c/channelColumns).Mul(channelPixels + gapPixels)
		for i := range channelPixels * channelPixels {
			x, y := i%channelPixels, i/channelPixels
			var sum, count float32 // of the pixels within the small one
			for fy := y * n / channelPixels; fy < max((y+1)*n/channelPixels, y*n/channelPixels+1); fy++ {
				for fx := x * n / channelPixels; fx < max((x+1)*n/channelPixels, x*n/channelPixels+1); fx++ {
					sum, count = sum+found[(c*n+fy)*n+fx], count+1
				}
			}
			img.SetGray(corner.X+x, corner.Y+y, color.Gray{Y: uint8(255 * sum / count / brightest)})
		}
	}
	return img
}

// activate draws the strongest maps of the place.
func (f *Filters) activate(stack *activation.Stack, o *FiltersOptions) error {
	pixels := make([]uint8, loc2vec.NumLayers*o.Spec.Pixels*o.Spec.Pixels)
	if err := o.Tiles.Drawer(o.Spec).Draw(pixels, raster.Pose{Place: o.Place}); err != nil {
		return err
	}
	f.Activations = &Activations{Name: o.Name, Raster: picture.Composite(pixels, o.Spec.Pixels)}
	for i, maps := range stack.Maps(pixels) {
		strength := func(m []float32) float32 { return slices.Max(m) }
		slices.SortStableFunc(maps, func(a, b []float32) int { return cmp.Compare(strength(b), strength(a)) })
		maps = maps[:min(mapsShown, len(maps))]
		name := fmt.Sprintf("Convolution %d: %d maps of %d × %d", i+1, stack.Filters(i), stack.Size(i), stack.Size(i))
		f.Activations.Layers = append(f.Activations.Layers, Mosaic{name, drawMaps(maps, stack.Size(i))})
	}
	return nil
}

// drawMaps draws maps [n][n], each from black at 0 to white at its maximum.
func drawMaps(maps [][]float32, n int) image.Image {
	const pitch = activationPixels + gapPixels
	rows := (len(maps) + mapColumns - 1) / mapColumns
	img := image.NewGray(image.Rect(0, 0, mapColumns*pitch-gapPixels, rows*pitch-gapPixels))
	draw.Draw(img, img.Rect, image.NewUniform(gapColour()), image.Point{}, draw.Src)
	for k, m := range maps {
		corner, brightest := image.Pt(k%mapColumns, k/mapColumns).Mul(pitch), max(slices.Max(m), 1e-6)
		for i := range activationPixels * activationPixels {
			x, y := i%activationPixels, i/activationPixels
			v := max(m[y*n/activationPixels*n+x*n/activationPixels], 0) / brightest
			img.SetGray(corner.X+x, corner.Y+y, color.Gray{Y: uint8(255 * v)})
		}
	}
	return img
}

// Order lists the layers in the order of the small pictures.
func (f *Filters) Order() string {
	var names []string
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		names = append(names, layerName(l))
	}
	return strings.Join(names[:channelColumns], ", ") + "; below them " + strings.Join(names[channelColumns:], ", ")
}

// ChannelsWidth returns the width of a filter's small pictures.
func (f *Filters) ChannelsWidth() int { return channelsSize().X }

// ChannelsHeight returns the height of a filter's small pictures.
func (f *Filters) ChannelsHeight() int { return channelsSize().Y }

// Silence says how many filters of each convolution respond to nothing.
func (f *Filters) Silence() string { return strings.Join(f.Silences, ", ") }

// Finer compares the patterns of the layers.
func (f *Filters) Finer() string {
	early, late := &f.Layers[0], &f.Layers[len(f.Layers)-1]
	says := "The early patterns are finer than the late ones"
	switch {
	case math.IsNaN(early.Wavelength) || math.IsNaN(late.Wavelength):
		return "One of the layers has flat pictures alone."
	case early.Wavelength >= late.Wavelength:
		says = "The early patterns are not finer than the late ones"
	}
	return fmt.Sprintf("%s: by the mean frequency of their power they repeat every %.1f m, the late ones every %.1f m.", says, early.Wavelength, late.Wavelength)
}

// spectrumChart draws the mean spectra of both layers.
func spectrumChart(f *Filters) template.HTML {
	c := chart{label: "Power of the pictures by frequency", xLabel: fmt.Sprintf("cycles in %g m", f.Metres), yLabel: "share of the power", yPercent: true, legend: true}
	for i, l := range f.Layers {
		s := series{name: l.Name, style: i}
		for k, v := range l.Spectrum[1:] {
			s.x, s.y = append(s.x, float64(k+1)), append(s.y, v)
		}
		c.series = append(c.series, s)
	}
	return c.svg()
}

//go:embed filters.html
var filtersHTML string

// filtersSection renders the section of a page.
func filtersSection(f *Filters) (template.HTML, error) { return section("filters", filtersHTML, f) }
