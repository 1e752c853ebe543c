package eval

import (
	"bytes"
	"math"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// shapesOf packs features of one tile and counts them in windows of 200 m.
func shapesOf(t *testing.T, tile loc2vec.Tile, features []loc2vec.Feature) *Shapes {
	t.Helper()
	var out bytes.Buffer
	w := pack.NewWriter(&out, pack.WriterOptions{Metadata: pack.Metadata{Name: "shapes", Area: []loc2vec.Bounds{tile.Bounds()}}})
	if err := w.WriteTile(tile, features); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return NewShapes([]*pack.Reader{p}, 200)
}

func TestShapesInAWindow(t *testing.T) {
	tile := loc2vec.LatLon{Lat: 50, Lon: 8}.Point().Tile()
	middle := loc2vec.Point{X: tile.Origin().X + 0.5/(1<<loc2vec.Zoom), Y: tile.Origin().Y + 0.5/(1<<loc2vec.Zoom)}
	step := middle.MetresPerUnit() / (loc2vec.Extent << loc2vec.Zoom)
	// at returns a point by metres east and south of the tile's centre.
	at := func(east, south float64) loc2vec.TilePoint {
		return loc2vec.TilePoint{X: loc2vec.Extent/2 + int32(math.Round(east/step)), Y: loc2vec.Extent/2 + int32(math.Round(south/step))}
	}
	square := func(east, south, half float64) [][]loc2vec.TilePoint {
		return [][]loc2vec.TilePoint{{at(east-half, south-half), at(east+half, south-half), at(east+half, south+half), at(east-half, south+half)}}
	}
	shapes := shapesOf(t, tile, []loc2vec.Feature{
		{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 50, Parts: [][]loc2vec.TilePoint{{at(90, 0)}, {at(130, 0)}}},
		{Layer: loc2vec.Civic, Kind: loc2vec.KindDisc, Size: 50, Parts: [][]loc2vec.TilePoint{{at(0, -130)}}},
		{Layer: loc2vec.MajorRoad, Kind: loc2vec.KindLine, Size: 100, Parts: [][]loc2vec.TilePoint{{at(-400, 20), at(400, 20)}}},
		{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 50, Parts: [][]loc2vec.TilePoint{{at(-400, -300), at(400, -300)}}},
		{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: square(50, 50, 10)},
		{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: square(300, 50, 10)},
		{Layer: loc2vec.Residential, Kind: loc2vec.KindArea, Parts: square(0, 0, 350)},
	})
	for name, c := range map[string]struct {
		pose raster.Pose
		want Counts
	}{
		"north up": {raster.Pose{}, Counts{
			loc2vec.Commerce: {1}, loc2vec.MajorRoad: {0, 1}, loc2vec.Building: {0, 0, 1}, loc2vec.Residential: {0, 0, 1},
		}},
		// Rotated by 45°, the window reaches 141 m along the axes.
		"turned": {raster.Pose{Heading: 45}, Counts{
			loc2vec.Commerce: {2}, loc2vec.Civic: {1}, loc2vec.MajorRoad: {0, 1}, loc2vec.Building: {0, 0, 1}, loc2vec.Residential: {0, 0, 1},
		}},
		"moved": {raster.Pose{East: 290, North: 250}, Counts{
			loc2vec.MinorRoad: {0, 1}, loc2vec.Residential: {0, 0, 1},
		}},
	} {
		c.pose.Place = middle.LatLon()
		var got Counts
		if err := shapes.Count(&got, c.pose); err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	var got Counts
	if err := shapes.Count(&got, raster.Pose{Place: loc2vec.LatLon{Lat: -30, Lon: 100}}); err != nil || got != (Counts{}) {
		t.Errorf("outside of the pack: %v, %v", got, err)
	}
}

func TestCrosses(t *testing.T) {
	for _, c := range []struct {
		ax, ay, bx, by float64
		want           bool
	}{
		{0, 0, 0.5, 0.5, true},      // inside
		{-3, 0, 3, 0, true},         // through
		{-3, 2, 3, 2, false},        // along an edge, outside
		{0, 3, 3, 0, false},         // past a corner
		{0, 1.9, 1.9, 0, true},      // over a corner
		{2, 2, 3, 3, false},         // away
		{0.5, 0.5, 9, 9, true},      // out
		{-1, -3, -1, 3, true},       // on an edge
		{1.5, 1.5, 1.5, 1.5, false}, // no length
	} {
		if got := crosses(c.ax, c.ay, c.bx, c.by); got != c.want {
			t.Errorf("%v,%v to %v,%v crosses the square: %v, want %v", c.ax, c.ay, c.bx, c.by, got, c.want)
		}
	}
}

// oneEach counts one disc of each layer anywhere.
type oneEach struct{}

func (oneEach) Count(dst *Counts, _ raster.Pose) error {
	for l := range dst {
		dst[l] = [3]float32{1, 0, 0}
	}
	return nil
}

func TestCountsFollowTheRaster(t *testing.T) {
	region := testRegion(4)
	region.Counter = oneEach{}
	s := scanner{
		region: region, workers: 1, partner: []int{1, 2, 3, 0},
		views: []view{{}, {without: []loc2vec.Layer{loc2vec.Water}}, {union: true}},
	}
	err := s.scan(t.Context(), func(_ int, v Views) error {
		row := make([]float32, countsSize)
		for k := range v.Descriptors {
			shapeCounts(row, &v.Descriptors[k])
			for l := range loc2vec.NumLayers {
				want := float32(math.Log(2))
				if k%3 == 2 {
					want = float32(math.Log(3))
				}
				if v.Descriptors[k].Coverage[l] == 0 {
					want = 0
				}
				if got := row[3*l]; math.Abs(float64(got-want)) > 1e-6 {
					t.Errorf("view %d: %v shapes of layer %d, want %v", k%3, got, l, want)
				}
			}
			if k%3 == 1 && row[0] != 0 {
				t.Errorf("a layer off the raster counts")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	methods, err := Baselines(t.Context(), region, FitOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if last := methods[len(methods)-1]; last.Name != countsName {
		t.Errorf("the last baseline is %s", last.Name)
	}
}
