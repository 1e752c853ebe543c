package sdk_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
)

// landUses is the number of layers that are the ground truth of TestFewShot. The encoder does not see them.
const landUses = 5 // water, vegetation, park, residential, commercial

// landPlace is a place of one land use.
type landPlace struct {
	use    int
	blind  sdk.Vector // without the land use layers
	seeing sdk.Vector // with all layers
	rest   []float64  // the mean of each layer, 0 for land use
}

// TestFewShot measures few-shot classification in a city: 5 classes with 5 examples each. The ground truth
// is the land use that covers at least half of a place; the encoder does not see the land use layers. The
// baseline is the same classifier on the histogram of the other layers. The threshold is measured with all
// layers.
//
//	go test ./sdk -run FewShot -v -bundle $PWD/M.l2v -pack $PWD/R.pmtiles
func TestFewShot(t *testing.T) {
	if *bundleFlag == "" {
		t.Skip("needs -bundle and -pack: a trained model, and a city that it was not trained on")
	}
	m, err := sdk.Open(*bundleFlag, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	byUse := landPlaces(t, m)
	for use, places := range byUse {
		t.Logf("%d places of %v", len(places), loc2vec.Layer(use))
		if len(places) < 30 {
			t.Skipf("too few places of %v", loc2vec.Layer(use))
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	const trials = 100
	var ours, baseline, accepted, foreign []float64
	for range trials {
		examples := sampleEach(rng, byUse, 5)
		queries := sampleEach(rng, byUse, 20)
		ours = append(ours, macroF1(queries, vectorClassifier(t, m, examples)))
		baseline = append(baseline, macroF1(queries, histogramClassifier(examples)))
		a, b := threshold(t, m, examples, queries)
		accepted, foreign = append(accepted, a), append(foreign, b)
	}
	a, aSpread := meanAndDeviation(ours)
	b, bSpread := meanAndDeviation(baseline)
	t.Logf("macro-F1 %.3f (± %.3f over %d draws), of the histogram %.3f (± %.3f)", a, aSpread, trials, b, bSpread)
	x, _ := meanAndDeviation(accepted)
	y, _ := meanAndDeviation(foreign)
	t.Logf("threshold, all layers: accepts %.0f %% of the places of a class, %.0f %% of the others", 100*x, 100*y)
	if a <= b {
		t.Errorf("macro-F1 %.3f is not ahead of the histogram's %.3f", a, b)
	}
}

// landPlaces draws places of the pack by land use, up to 160 of each.
func landPlaces(t *testing.T, m *sdk.Model) [landUses][]landPlace {
	t.Helper()
	b, err := bundle.OpenFile(*bundleFlag)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.OpenFile(*packFlag)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	spec := b.Manifest.Raster
	encoder, err := sdk.OpenEncoder(b.Model, spec.Pixels, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	embed := func(pixels []uint8) sdk.Vector {
		v := sdk.Vector{SpaceID: b.Manifest.SpaceID, Metric: b.Manifest.Distance}
		if err := encoder.Embed(t.Context(), v.Values[:], pixels); err != nil {
			t.Fatal(err)
		}
		return v
	}
	var byUse [landUses][]landPlace
	rng, draw := rand.New(rand.NewPCG(7, 7)), drawer(t, p, spec)
	place, plane := placesByDetail(t, p, rng), spec.Pixels*spec.Pixels
	for range 8000 {
		pixels := draw(place())
		means := layerMeans(pixels, plane)
		use := 0
		for l := range landUses {
			if means[l] > means[use] {
				use = l
			}
		}
		if means[use] < 0.5 || len(byUse[use]) == 160 {
			continue
		}
		land := landPlace{use: use, seeing: embed(pixels), rest: means}
		clear(pixels[:landUses*plane])
		clear(land.rest[:landUses])
		if sum(land.rest) == 0 {
			continue // nothing else is mapped
		}
		land.blind = embed(pixels)
		byUse[use] = append(byUse[use], land)
	}
	return byUse
}

// drawer returns a function that draws places of the pack; the pixels are valid until the next call.
func drawer(t *testing.T, p *pack.Reader, spec raster.Spec) func(loc2vec.LatLon) []uint8 {
	rasterizer, pixels := raster.New(spec), make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	var reader pack.TileReader
	tile := func(id loc2vec.Tile) (*raster.Tile, error) {
		decoded := &raster.Tile{}
		_, err := reader.Parts(t.Context(), pack.Set{p}, id, decoded.Append)
		return decoded, err
	}
	return func(place loc2vec.LatLon) []uint8 {
		if err := rasterizer.Draw(pixels, raster.Pose{Place: place}, tile); err != nil {
			t.Fatal(err)
		}
		return pixels
	}
}

// placesByDetail returns a function that draws places, weighted by the detail of the map.
func placesByDetail(t *testing.T, p *pack.Reader, rng *rand.Rand) func() loc2vec.LatLon {
	t.Helper()
	var tiles []loc2vec.Tile
	for id, err := range p.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		data, err := p.ReadTile(nil, id)
		if err != nil {
			t.Fatal(err)
		}
		for range len(data) / 4000 {
			tiles = append(tiles, id)
		}
	}
	return func() loc2vec.LatLon {
		for {
			place := testworld.At(tiles[rng.IntN(len(tiles))], rng.Int32N(loc2vec.Extent), rng.Int32N(loc2vec.Extent))
			if inside, err := p.Contains(place); err != nil {
				t.Fatal(err)
			} else if inside {
				return place
			}
		}
	}
}

// layerMeans returns the mean of each layer, 0 to 1.
func layerMeans(pixels []uint8, plane int) []float64 {
	means := make([]float64, loc2vec.NumLayers)
	for l := range means {
		for _, v := range pixels[l*plane : (l+1)*plane] {
			means[l] += float64(v) / float64(255*plane)
		}
	}
	return means
}

// sampleEach draws n places of each kind.
func sampleEach(rng *rand.Rand, byUse [landUses][]landPlace, n int) []landPlace {
	var all []landPlace
	for _, places := range byUse {
		for range n {
			all = append(all, places[rng.IntN(len(places))])
		}
	}
	return all
}

// vectorClassifier classifies with Classes.
func vectorClassifier(t *testing.T, m *sdk.Model, examples []landPlace) func(landPlace) int {
	c := m.NewClasses()
	for _, e := range examples {
		if err := c.Add(fmt.Sprint(e.use), e.blind); err != nil {
			t.Fatal(err)
		}
	}
	return func(p landPlace) (use int) {
		match, err := c.Classify(p.blind)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(match.Nearest, &use); err != nil {
			t.Fatal(err)
		}
		return use
	}
}

// histogramClassifier classifies by the nearest mean histogram.
func histogramClassifier(examples []landPlace) func(landPlace) int {
	var means [landUses][loc2vec.NumLayers]float64
	for _, e := range examples {
		for l, v := range e.rest {
			means[e.use][l] += v * landUses / float64(len(examples))
		}
	}
	return func(p landPlace) int {
		best, least := 0, math.Inf(1)
		for use, mean := range means {
			var d float64
			for l, v := range p.rest {
				d += (v - mean[l]) * (v - mean[l])
			}
			if d < least {
				best, least = use, d
			}
		}
		return best
	}
}

// macroF1 returns the mean over the kinds of the harmonic mean of precision and recall.
func macroF1(queries []landPlace, classify func(landPlace) int) float64 {
	var right, said, are [landUses]float64
	for _, q := range queries {
		got := classify(q)
		said[got]++
		are[q.use]++
		if got == q.use {
			right[got]++
		}
	}
	var f1 float64
	for use := range right {
		if n := said[use] + are[use]; n > 0 {
			f1 += 2 * right[use] / n / landUses
		}
	}
	return f1
}

// threshold returns which fraction of the places of a class, and of other classes, a class with five
// examples accepts if it is the only class.
func threshold(t *testing.T, m *sdk.Model, examples, queries []landPlace) (accepted, foreign float64) {
	var own, others float64
	for use := range landUses {
		c := m.NewClasses()
		for _, e := range examples {
			if e.use == use {
				if err := c.Add("it", e.seeing); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, q := range queries {
			match, err := c.Classify(q.seeing)
			if err != nil {
				t.Fatal(err)
			}
			if q.use == use {
				own++
			} else {
				others++
			}
			switch {
			case match.Class == "":
			case q.use == use:
				accepted++
			default:
				foreign++
			}
		}
	}
	return accepted / own, foreign / others
}

func sum(values []float64) (s float64) {
	for _, v := range values {
		s += v
	}
	return s
}

func meanAndDeviation(values []float64) (mean, deviation float64) {
	mean = sum(values) / float64(len(values))
	for _, v := range values {
		deviation += (v - mean) * (v - mean) / float64(len(values))
	}
	return mean, math.Sqrt(deviation)
}
