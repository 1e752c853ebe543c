package report

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/activation"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// randomNetwork has convolutions with random weights for rasters of 32 pixels.
func randomNetwork(rng *rand.Rand) *encoder.Network {
	layer := func(kind encoder.Kind, in, out, taps int) encoder.Layer {
		l := encoder.Layer{Kind: kind, In: in, Out: out, Slope: 0.01, Weight: make([]float32, in*out*taps), Bias: make([]float32, out)}
		for i := range l.Weight {
			l.Weight[i] = float32(rng.NormFloat64() * math.Sqrt(2/float64(in*taps)))
		}
		l.Same, l.Pool = kind == encoder.Conv3, kind == encoder.Conv3
		return l
	}
	return &encoder.Network{
		Pixels: 32, Rotations: 1,
		Convs: []encoder.Layer{layer(encoder.Conv3, loc2vec.NumLayers, 32, 9), layer(encoder.Conv3, 32, 32, 9), layer(encoder.Conv3, 32, 64, 9), layer(encoder.Conv1, 64, 32, 1)},
		Dense: []encoder.Layer{layer(encoder.Dense, 32*16, loc2vec.Dimension, 1)},
	}
}

func TestDrawFilters(t *testing.T) {
	network := randomNetwork(rand.New(rand.NewPCG(1, 2)))
	clear(network.Convs[0].Weight[:9*loc2vec.NumLayers]) // a filter that responds to nothing
	o := FiltersOptions{
		Network: network, Weights: "weights of a test", Spec: raster.Spec{Metres: 200, Pixels: 32}, Tiles: inventedTiles(t),
		Places: inventedPlaces(40), Place: inventedPlaces(1)[0], Name: "a <corner>", Seed: 1,
	}
	calls := 0
	o.Progress = func(done, total int) { calls++ }
	f, err := DrawFilters(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Layers) != 2 || len(f.Layers[0].Filters) != filtersShown || len(f.Activations.Layers) != 3 || calls != 2*filtersShown {
		t.Errorf("%d layers with pictures, %d with activations, %d calls", len(f.Layers), len(f.Activations.Layers), calls)
	}
	if got, want := f.Silence(), "1 of 32, 0 of 32, 0 of 64"; got != want {
		t.Errorf("%s filters are silent, want %s", got, want)
	}
	if e, l := f.Layers[0].FieldMetres, f.Layers[1].FieldMetres; e != 62.5 || l != 137.5 {
		t.Errorf("responses see %v and %v m, want 10 and 22 of 32 pixels of 200 m", e, l)
	}
	html, err := filtersSection(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Convolution 2 of 3", "Convolution 3 of 3", "a &lt;corner&gt;", "weights of a test", "1 of 32, 0 of 32, 0 of 64", "minor road", "cycles in 200 m"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("no %q in the section", want)
		}
	}
	checkSelfContained(t, string(html))
	checkNesting(t, string(html))

	o.Places = nil
	if f, err = DrawFilters(t.Context(), o); err != nil || !strings.Contains(f.LeftOut, "no places") {
		t.Errorf("without places: %+v, %v", f, err)
	}
}

// The words follow the spectra.
func TestFiner(t *testing.T) {
	layers := func(early, late float64) *Filters {
		return &Filters{Metres: 200, Layers: []FilterLayer{{Wavelength: early}, {Wavelength: late}}}
	}
	for want, f := range map[string]*Filters{
		"The early patterns are finer":     layers(12, 20),
		"The early patterns are not finer": layers(20, 12),
		"flat pictures":                    layers(200/activation.Centroid(nil), 12),
	} {
		if got := f.Finer(); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

// The strongest layers are the colours; the small pictures hold every layer.
func TestDrawFilter(t *testing.T) {
	const n = 64
	found := make([]float32, loc2vec.NumLayers*n*n)
	for i := range n * n {
		found[int(loc2vec.Water)*n*n+i] = 0.4
		found[int(loc2vec.Path)*n*n+i] = 0.8
		found[int(loc2vec.Commerce)*n*n+i] = 0.1
	}
	f := drawFilter(7, found, n)
	if want := "red path, green water, blue commerce"; f.Words != want {
		t.Errorf("%q, want %q", f.Words, want)
	}
	if r, g, b, _ := f.Colours.At(5, 5).RGBA(); r>>8 != 255 || g>>8 != 127 || b>>8 != 31 {
		t.Errorf("the picture is %d, %d, %d", r>>8, g>>8, b>>8)
	}
	const pitch = channelPixels + gapPixels
	if v, _, _, _ := f.Channels.At(2*pitch+3, pitch+3).RGBA(); v>>8 != 255 {
		t.Errorf("the small picture of paths is %d", v>>8)
	}
}
