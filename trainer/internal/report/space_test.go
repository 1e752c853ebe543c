package report

import (
	"bytes"
	"errors"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// inventedTiles opens a pack of the invented city.
func inventedTiles(t *testing.T) *sample.Tiles {
	t.Helper()
	data := testworld.Pack(t, "west", testworld.Schema, testworld.West(), testworld.East())
	p, err := pack.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return sample.NewTiles([]*pack.Reader{p}, 1<<24)
}

// inventedPlaces are n places of the invented city, in rows from its northwest.
func inventedPlaces(n int) []loc2vec.LatLon {
	var out []loc2vec.LatLon
	for i := range n {
		out = append(out, testworld.At(testworld.West(), int32(200+i%40*390), int32(200+i/40*430)))
	}
	return out
}

// byCoverage embeds a raster as its coverages.
func byCoverage(dst []float32, pixels []uint8) error {
	c := likeness.CoverageOf(pixels)
	copy(dst, c[:])
	return nil
}

func spaceOptions(t *testing.T, places int) SpaceOptions {
	return SpaceOptions{
		Places: inventedPlaces(places), Tiles: inventedTiles(t), Spec: raster.Spec{Metres: 200, Pixels: 32},
		Embed: byCoverage, Dimension: loc2vec.NumLayers, Metric: loc2vec.Euclidean, Seed: 1,
	}
}

func TestDrawSpace(t *testing.T) {
	draw := func(o SpaceOptions) *Space {
		t.Helper()
		s, err := DrawSpace(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	o := spaceOptions(t, 120)
	o.Places = append(o.Places, o.Places[0], testworld.At(testworld.West(), 4000, 7500)) // again, and empty
	s := draw(o)
	if s.Places != 100 || len(s.Slices) != 3 || s.TSNE.Width() != 10*tilePixels+9*gapPixels {
		t.Errorf("%d places in a picture of %d pixels and %d slices", s.Places, s.TSNE.Width(), len(s.Slices))
	}
	if s.TSNEFaith.Trustworthiness < 0.8 || s.PCAFaith.Continuity < 0.8 || s.GridFaith.K != faithNeighbours {
		t.Errorf("layouts are not faithful: %+v, %+v, %+v", s.TSNEFaith, s.PCAFaith, s.GridFaith)
	}
	html, err := spaceSection(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"rasters laid out by t-SNE", "Trustworthiness 0.", "First, left to right", "of the variance"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("no %q in the section", want)
		}
	}
	checkSelfContained(t, string(html))
	checkNesting(t, string(html))

	// The same seed gives the same picture, a cosine space one of its own.
	picture := func(s *Space) string {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, s.TSNE.Image, nil); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if picture(draw(o)) != picture(s) {
		t.Error("the same seed gives another picture")
	}
	o.Metric = loc2vec.Cosine
	if picture(draw(o)) == picture(s) {
		t.Error("a cosine space gives the same picture")
	}
}

func TestSpaceWithoutPlaces(t *testing.T) {
	s, err := DrawSpace(t.Context(), spaceOptions(t, 30))
	if err != nil {
		t.Fatal(err)
	}
	if want := "places that differ, and 50 are needed"; !strings.Contains(s.LeftOut, want) {
		t.Errorf("%q does not say %q", s.LeftOut, want)
	}
	o, broken := spaceOptions(t, 60), errors.New("broken")
	o.Embed = func([]float32, []uint8) error { return broken }
	if _, err := DrawSpace(t.Context(), o); !errors.Is(err, broken) {
		t.Errorf("a failing encoder: %v", err)
	}
}
