package sample

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// modesOf returns the names of the modes that a line is of, ground apart.
func modesOf(layer loc2vec.Layer, metres float64) []string {
	var names []string
	for _, m := range Modes() {
		if m.Layer == layer && m.has(uint16(math.Round(10*metres))) {
			names = append(names, m.Name)
		}
	}
	return names
}

// The widths of modes are those that the schema gives to ways of the kind, and to no others.
func TestModesFollowSchema(t *testing.T) {
	want := map[string]string{ // value of highway=*, railway=* or waterway=* to mode
		"motorway": "motorways", "trunk": "main roads", "primary": "main roads", "secondary": "main roads",
		"residential": "streets", "tertiary": "streets", "living_street": "streets",
		"cycleway": "cycle paths", "footway": "footpaths", "steps": "footpaths", "pedestrian": "", "path": "", "track": "",
		"river": "waterways", "canal": "waterways", "stream": "waterways", "ditch": "", "drain": "", "platform": "", "runway": "",
	}
	seen := map[string]bool{}
	for _, r := range schema.Rules() {
		if r.Kind != loc2vec.KindLine || !slices.Contains([]string{"highway", "railway", "waterway", "aeroway"}, r.Key) {
			continue
		}
		for _, value := range strings.Fields(r.Values) {
			if r.Key == "railway" && value != "platform" {
				if got := modesOf(r.Layer, r.Size); !slices.Equal(got, []string{"railways", "trams in streets"}) {
					t.Errorf("railway=%s is of %v", value, got)
				}
				continue
			}
			mode, ok := want[value]
			if !ok {
				continue
			}
			seen[value] = true
			widths := []float64{r.Size}
			for lanes := 2.0; lanes <= 4 && r.Verge > 0 && mode != "streets"; lanes++ {
				widths = append(widths, lanes*schema.LaneWidth+r.Verge)
			}
			for _, width := range widths {
				if got := strings.Join(modesOf(r.Layer, width), ", "); got != mode {
					t.Errorf("%s=%s of %v m is of %q, want %q", r.Key, value, width, got, mode)
				}
			}
		}
	}
	if len(seen) != len(want) {
		t.Errorf("the schema has rules for %d of %d values", len(seen), len(want))
	}
}

// A reservoir keeps each point of a line with the same chance, whatever the line's segments.
func TestReservoirIsEven(t *testing.T) {
	id := loc2vec.Tile{X: 8200, Y: 8100}
	line := []loc2vec.TilePoint{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 4000, Y: 0}, {X: 4001, Y: 0}, {X: 8000, Y: 0}}
	rng := rand.New(rand.NewPCG(1, 2))
	const bins, rounds, room = 8, 400, 10
	var counts [bins]int
	west := id.Bounds().Min.Lon
	width := id.Bounds().Max.Lon - west
	for range rounds {
		r := reservoir{room: room, rng: rng}
		r.walk(id, line, 40)
		if r.seen < 199 || r.seen > 201 || len(r.kept) != room {
			t.Fatalf("%d points seen and %d kept, want 200 and %d", r.seen, len(r.kept), room)
		}
		for _, p := range r.kept {
			counts[min(int((p.Lon-west)/width*loc2vec.Extent/8000*bins), bins-1)]++
		}
	}
	for k, n := range counts {
		if want := rounds * room / bins; math.Abs(float64(n-want)) > 5*math.Sqrt(float64(want)) {
			t.Errorf("the part %d of %d of a line has %d places, want about %d", k, bins, n, want)
		}
	}
}

func TestRailsInStreets(t *testing.T) {
	pixels := make([]uint8, loc2vec.NumLayers*railPixels*railPixels)
	column := func(l loc2vec.Layer, from, to int) {
		for y := range railPixels {
			for x := from; x < to; x++ {
				pixels[(int(l)*railPixels+y)*railPixels+x] = 255
			}
		}
	}
	if got := railsInStreets(pixels); got != 0 {
		t.Errorf("without rails: %v", got)
	}
	column(loc2vec.Transport, 10, 14)
	column(loc2vec.MinorRoad, 20, 28)
	if got := railsInStreets(pixels); got != 0 {
		t.Errorf("rails beside a street: %v", got)
	}
	column(loc2vec.MajorRoad, 8, 13)
	if got := railsInStreets(pixels); got != 0.75 {
		t.Errorf("three quarters of rails in a road: %v", got)
	}
}

// Places of a mode lie on its lines, apart from each other; the same seed gives the same places.
func TestDrawModes(t *testing.T) {
	data := testworld.Pack(t, "west", testworld.Schema, testworld.West(), testworld.East())
	p, err := pack.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	tiles := NewTiles([]*pack.Reader{p}, 1<<24)
	places, err := DrawModes(t.Context(), tiles, ModesOptions{Count: 30, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range Modes() {
		switch {
		case m.Name != "streets" && len(places[i]) > 0:
			t.Errorf("%d places on %s, which the city lacks", len(places[i]), m.Name)
		case m.Name == "streets" && len(places[i]) != 30:
			t.Errorf("%d places on streets, want 30", len(places[i]))
		case m.Name == "streets":
			if spread := Spread(places[i], modeSpacing); len(spread) != 30 {
				t.Error("places are near each other")
			}
			spec := raster.Spec{Metres: 8, Pixels: 8}
			err := tiles.DrawEach(t.Context(), spec, places[i], 1, func(k int, pixels []uint8) error {
				if c := layerCoverages(pixels)[m.Layer]; c < 0.3 {
					t.Errorf("place %d has %v of the street around it", k, c)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	again, err := DrawModes(t.Context(), tiles, ModesOptions{Count: 30, Seed: 1})
	if err != nil || !slices.EqualFunc(places, again, slices.Equal) {
		t.Errorf("the same seed gives other places, %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := DrawModes(ended, tiles, ModesOptions{Count: 30}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled draw returns %v", err)
	}
}
