package report

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

func TestDrawMap(t *testing.T) {
	var lake raster.Tile
	lake.Append(&loc2vec.Part{Layer: loc2vec.Water, Kind: loc2vec.KindArea, Points: []loc2vec.TilePoint{
		{X: 0, Y: 0}, {X: loc2vec.Extent, Y: 0}, {X: loc2vec.Extent, Y: loc2vec.Extent}, {X: 0, Y: loc2vec.Extent},
	}})
	o := MapOptions{
		Bounds:    loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 50, Lon: 8}, Max: loc2vec.LatLon{Lat: 50.05, Lon: 8.1}},
		Points:    200,
		Spec:      raster.Spec{Metres: 200, Pixels: 16},
		Tile:      func(loc2vec.Tile) (*raster.Tile, error) { return &lake, nil },
		Contains:  func(ll loc2vec.LatLon) (bool, error) { return ll.Lon < 8.05, nil },
		Embed:     func(dst []float32, _ []uint8) error { dst[0] = 1; return nil },
		Dimension: 4,
	}
	g, err := DrawMap(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if n := g.Columns * g.Rows; n > 200 || n < 150 {
		t.Errorf("%d x %d points, want at most 200", g.Columns, g.Rows)
	}
	// 0.1° of longitude at 50° north.
	if want := 0.1 / 360 * loc2vec.EarthCircumference * math.Cos(50*math.Pi/180) / float64(g.Columns); math.Abs(g.Metres-want) > 0.1*want {
		t.Errorf("points are %v m apart, want about %v", g.Metres, want)
	}
	for i, known := range g.Known {
		west := i%g.Columns < g.Columns/2
		if known != west && i%g.Columns != g.Columns/2 {
			t.Errorf("point %d: known %v", i, known)
		}
	}
	m := images([]*EmbeddingMap{g})[0]
	if m.NRGBAAt(m.Rect.Max.X-1, 0).A != 0 || m.NRGBAAt(0, 0).A != 255 {
		t.Error("the drawn area is not the covered area")
	}

	// Across the antimeridian the same points lie elsewhere.
	across := o
	across.Bounds.Min.Lon, across.Bounds.Max.Lon = 179.95, -179.95
	across.Contains = func(ll loc2vec.LatLon) (bool, error) { return ll.Lon > 0, ll.Validate() }
	if h, err := DrawMap(t.Context(), across); err != nil || h.Columns != g.Columns || h.Rows != g.Rows || !slices.Equal(h.Known, g.Known) {
		t.Errorf("across the antimeridian: %v, %d x %d points", err, h.Columns, h.Rows)
	}

	empty := o
	empty.Tile = func(loc2vec.Tile) (*raster.Tile, error) { return nil, nil }
	if h, err := DrawMap(t.Context(), empty); err != nil || slices.Contains(h.Known, true) {
		t.Errorf("where nothing is mapped: %v, points have embeddings", err)
	}

	broken := errors.New("broken")
	o.Embed = func([]float32, []uint8) error { return broken }
	if _, err := DrawMap(t.Context(), o); !errors.Is(err, broken) {
		t.Errorf("failing embedder: %v", err)
	}
	o.Bounds = loc2vec.Bounds{}
	if _, err := DrawMap(t.Context(), o); err == nil {
		t.Error("empty bounds: no error")
	}
}

// TestColoursFollowTheComponents checks that the greatest variance becomes lightness.
func TestColoursFollowTheComponents(t *testing.T) {
	e := embeddings{dimension: 5, vectors: make([]float32, 500), known: make([]bool, 100)}
	for i := range 100 {
		e.known[i] = true
		e.vectors[5*i+3] = 10 * float32(i)
		e.vectors[5*i+1] = float32(i % 2)
	}
	colours := e.colours()
	rising := colours[99][0] > colours[0][0]
	for i := 5; i < 95; i++ {
		if (colours[i+1][0] > colours[i][0]) != rising {
			t.Fatalf("lightness is not monotonous at %d: %v, %v", i, colours[i], colours[i+1])
		}
	}
	if colours[10][1] == colours[11][1] {
		t.Error("the second component does not show")
	}
}

func TestToSRGB(t *testing.T) {
	// OKLab (1, 0, 0) is white, (0, 0, 0) black.
	if c := toSRGB([3]float64{1, 0, 0}, 0, 0); c.R != 255 || c.G != 255 || c.B != 255 {
		t.Errorf("white is %v", c)
	}
	if c := toSRGB([3]float64{}, 0, 0); c.R != 0 || c.G != 0 || c.B != 0 {
		t.Errorf("black is %v", c)
	}
	if c := toSRGB([3]float64{0.5, 0, 0}, 255, 0); c.R != 255 {
		t.Errorf("a road of full opacity is %v", c)
	}
}

func TestRoundBelow(t *testing.T) {
	for v, want := range map[float64]float64{7.5: 5, 5: 5, 4.9: 2, 1.2: 1, 0.3: 0.2, 42: 20} {
		if got := roundBelow(v); math.Abs(got-want) > 1e-12 {
			t.Errorf("roundBelow(%v) = %v, want %v", v, got, want)
		}
	}
}
