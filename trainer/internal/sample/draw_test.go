package sample

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

func TestDraw(t *testing.T) {
	tiles := cityTiles(t)
	places, report, err := Draw(t.Context(), tiles, DefaultDraw(3000, 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(places) != 3000 || report.Places != 3000 {
		t.Fatalf("%d places, %+v", len(places), report)
	}
	if got := float64(report.AlongRoads) / 3000; math.Abs(got-1.0/3) > 0.04 {
		t.Errorf("%.3f along roads, want a third", got)
	}
	r := raster.New(emptySpec())
	pixels := make([]uint8, loc2vec.NumLayers*32*32)
	empty := 0
	for _, ll := range places {
		if inside, err := tiles.Contains(ll); !inside || err != nil {
			t.Fatalf("%v is outside of the covered area: %v", ll, err)
		}
		if err := r.Draw(pixels, raster.Pose{Place: ll}, tiles.Tile); err != nil {
			t.Fatal(err)
		}
		if Coverage(pixels) < 0.005 {
			empty++
		}
	}
	if empty != report.Empty || empty > 30 {
		t.Errorf("%d places are empty, the report says %d", empty, report.Empty)
	}

	again, _, err := Draw(t.Context(), tiles, DefaultDraw(3000, 1))
	if err != nil || !slices.Equal(places, again) {
		t.Errorf("the same seed drew other places (%v)", err)
	}
	other, _, err := Draw(t.Context(), tiles, DefaultDraw(3000, 2))
	if err != nil || slices.Equal(places, other) {
		t.Errorf("another seed drew the same places (%v)", err)
	}
}

func TestDrawFollowsWeights(t *testing.T) {
	// One tile with a single house, one with three: no roads.
	centre := cityCentre().Point().Tile()
	house := func(x int32) loc2vec.Feature {
		return loc2vec.Feature{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{{
			{X: x, Y: 4000}, {X: x + 200, Y: 4000}, {X: x + 200, Y: 4200}, {X: x, Y: 4200},
		}}}
	}
	rich := loc2vec.Tile{X: centre.X - 1, Y: centre.Y}
	city := cityPack(t, 2, func(id loc2vec.Tile) []loc2vec.Feature {
		switch id {
		case centre:
			return []loc2vec.Feature{house(4000)}
		case rich:
			return []loc2vec.Feature{house(2000), house(4000), house(6000)}
		}
		return nil
	})
	tiles := NewTiles([]*pack.Reader{city}, 1<<20)
	for density, want := range map[float64]float64{1: 0.75, 0.5: math.Sqrt(3) / (1 + math.Sqrt(3)), 0: 0.5} {
		o := DefaultDraw(4000, 5)
		o.Density = density
		places, report, err := Draw(t.Context(), tiles, o)
		if err != nil {
			t.Fatal(err)
		}
		if report.Sites != 4 || report.AlongRoads != 0 || report.Tiles != 4 {
			t.Errorf("unlikely report: %+v", report)
		}
		count := 0
		for _, ll := range places {
			switch ll.Point().Tile() {
			case rich:
				count++
			case centre:
			default:
				t.Fatalf("%v is not at a house", ll)
			}
		}
		if got := float64(count) / 4000; math.Abs(got-want) > 0.03 {
			t.Errorf("density %v: %.3f of the places are in the tile with three of the four houses, want %.3f", density, got, want)
		}
	}
}

func TestDrawRespectsBlocks(t *testing.T) {
	tiles := cityTiles(t)
	blocks := DefaultBlocks(9)
	o := DefaultDraw(500, 1)
	o.Accept = blocks.Train
	places, report, err := Draw(t.Context(), tiles, o)
	if err != nil {
		t.Fatal(err)
	}
	if report.Refused == 0 {
		t.Error("no place was refused: the test tests nothing")
	}
	for _, ll := range places {
		if !blocks.Train(ll) {
			t.Fatalf("%v is too near to a test block", ll)
		}
	}
}

func TestDrawErrors(t *testing.T) {
	tiles := cityTiles(t)
	for want, change := range map[string]func(*DrawOptions){
		"0 places, want":           func(o *DrawOptions) { o.Count = 0 },
		"density is -1":            func(o *DrawOptions) { o.Density = -1 },
		"share along roads":        func(o *DrawOptions) { o.RoadShare = math.NaN() },
		"share of empty places":    func(o *DrawOptions) { o.MaxEmpty = 2 },
		"jitter":                   func(o *DrawOptions) { o.Jitter = -1 },
		"every place was rejected": func(o *DrawOptions) { o.Accept = func(loc2vec.LatLon) bool { return false } },
	} {
		o := DefaultDraw(10, 1)
		change(&o)
		if _, _, err := Draw(t.Context(), tiles, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	bare := NewTiles([]*pack.Reader{cityPack(t, 2, func(loc2vec.Tile) []loc2vec.Feature { return nil })}, 1<<20)
	if _, _, err := Draw(t.Context(), bare, DefaultDraw(10, 1)); err == nil || !strings.Contains(err.Error(), "no buildings") {
		t.Errorf("empty pack: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Draw(ctx, tiles, DefaultDraw(10, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
