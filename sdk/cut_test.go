package sdk_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
)

// cutWorld writes a region of a square of tiles, and returns its path.
func cutWorld(t *testing.T) string {
	t.Helper()
	var tiles []loc2vec.Tile
	for i := range uint32(25) {
		tiles = append(tiles, loc2vec.Tile{X: west.X + i%5, Y: west.Y + i/5})
	}
	return writeFile(t, "world.pmtiles", testworld.Pack(t, "world", testworld.Schema, tiles...))
}

// TestCutRegion: from a cut to a box or a corridor, places have the vectors of the whole region, to the bit; places outside
// are outside.
func TestCutRegion(t *testing.T) {
	whole := cutWorld(t)
	at := func(x, y int32) loc2vec.LatLon { return testworld.At(west, x, y) }
	const tile = loc2vec.Extent
	box := loc2vec.Bounds{Min: at(tile+300, 4*tile-200), Max: at(3*tile-100, 2*tile+150)}
	corridor, err := area.NewCorridor([][]loc2vec.LatLon{{at(tile/2, tile/2), at(4*tile, 3*tile)}}, 250)
	if err != nil {
		t.Fatal(err)
	}
	around, err := corridor.Cover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := testworld.BundleFile(t, "pooled")
	open := func(region string) *sdk.Model {
		m, err := sdk.OpenBytes(file, sdk.Options{Engine: sdk.Go})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.Close() })
		if err := m.AddRegion(region); err != nil {
			t.Fatal(err)
		}
		return m
	}
	rng := rand.New(rand.NewPCG(19, 12))
	for name, boxes := range map[string][]loc2vec.Bounds{"box": {box}, "corridor": around} {
		path := filepath.Join(t.TempDir(), "cut.pmtiles")
		made, err := sdk.CutRegion(t.Context(), whole, path, sdk.CutOptions{Within: boxes})
		if err != nil {
			t.Fatal(err)
		}
		if made.Name != "world" || made.Origin == nil || made.Tiles >= 25 {
			t.Errorf("%s: %+v", name, made)
		}
		part, all := open(path), open(whole)
		inside := 0
		for range 200 {
			place := at(rng.Int32N(5*tile), rng.Int32N(5*tile))
			b := boxes[rng.IntN(len(boxes))]
			switch rng.IntN(3) {
			case 0:
				place.Lon = b.Max.Lon
			case 1:
				place.Lat = b.Min.Lat
			}
			got, err := part.Embed(t.Context(), place)
			if errors.Is(err, loc2vec.ErrNoCoverage) {
				continue
			}
			if want := embed(t, all, place); err != nil || got != want {
				t.Fatalf("%s: %v: %+v, %v, want %+v", name, place, got, err, want)
			}
			inside++
		}
		if inside < 10 || inside > 190 {
			t.Errorf("%s: %d of 200 places are inside", name, inside)
		}
	}
}

// TestCutForLargerWindows: a model whose windows look farther than a cut was made for refuses it.
func TestCutForLargerWindows(t *testing.T) {
	whole := cutWorld(t)
	m := open(t, "pooled", sdk.Options{Engine: sdk.Go})
	for metres, ok := range map[float64]bool{100: false, 200: true, 400: true} {
		path := filepath.Join(t.TempDir(), "cut.pmtiles")
		box := west.Bounds()
		if _, err := sdk.CutRegion(t.Context(), whole, path, sdk.CutOptions{Within: []loc2vec.Bounds{box}, Raster: raster.Spec{Metres: metres, Pixels: 32}}); err != nil {
			t.Fatal(err)
		}
		if err := m.AddRegion(path); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "cut it anew") {
			t.Errorf("a cut for windows of %v m: %v", metres, err)
		}
	}
}

// TestCutRegionRefuses: after an error the file that was there is unchanged and alone. Errors contain no coordinate.
func TestCutRegionRefuses(t *testing.T) {
	whole := cutWorld(t)
	inside := []loc2vec.Bounds{west.Bounds()}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	broken := writeFile(t, "broken.pmtiles", []byte("no pack"))
	for name, c := range map[string]struct {
		ctx  context.Context
		from string
		opts sdk.CutOptions
		want error
	}{
		"outside":   {t.Context(), whole, sdk.CutOptions{Within: []loc2vec.Bounds{{Min: loc2vec.LatLon{Lat: 51.625, Lon: 9.625}, Max: loc2vec.LatLon{Lat: 52.625, Lon: 10.625}}}}, loc2vec.ErrNoCoverage},
		"no box":    {t.Context(), whole, sdk.CutOptions{Within: []loc2vec.Bounds{{Max: loc2vec.LatLon{Lat: 95.625, Lon: 10.625}}}}, loc2vec.ErrCoordinate},
		"raster":    {t.Context(), whole, sdk.CutOptions{Within: inside, Raster: raster.Spec{Metres: -1}}, nil},
		"no file":   {t.Context(), whole + "x", sdk.CutOptions{Within: inside}, os.ErrNotExist},
		"no pack":   {t.Context(), broken, sdk.CutOptions{Within: inside}, loc2vec.ErrCorrupt},
		"cancelled": {cancelled, whole, sdk.CutOptions{Within: inside}, context.Canceled},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "cut.pmtiles")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := sdk.CutRegion(c.ctx, c.from, path, c.opts)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || strings.Contains(err.Error(), ".625") {
			t.Errorf("%s: %v", name, err)
		}
		old, errRead := os.ReadFile(path)
		entries, errDir := os.ReadDir(dir)
		if string(old) != "old" || len(entries) != 1 || errRead != nil || errDir != nil {
			t.Errorf("%s: %q and %d files are left", name, old, len(entries))
		}
	}
	before, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.CutRegion(t.Context(), whole, whole, sdk.CutOptions{Within: inside}); err == nil || !strings.Contains(err.Error(), "the region itself") {
		t.Errorf("over itself: %v", err)
	}
	if _, err := sdk.CutRegion(t.Context(), whole, t.TempDir(), sdk.CutOptions{Within: inside}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("over a directory: %v", err)
	}
	if after, err := os.ReadFile(whole); err != nil || string(after) != string(before) {
		t.Errorf("the region has changed: %v", err)
	}
	// A cut may replace another while a model draws from that.
	path := filepath.Join(t.TempDir(), "cut.pmtiles")
	for range 2 {
		if _, err := sdk.CutRegion(t.Context(), whole, path, sdk.CutOptions{Within: inside, Name: "mine"}); err != nil {
			t.Fatal(err)
		}
	}
	p, err := pack.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Verify(t.Context()); err != nil || p.Metadata().Name != "mine" {
		t.Errorf("%q: %v", p.Metadata().Name, err)
	}
}
