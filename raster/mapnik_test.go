package raster_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// python is the interpreter that Debian's python3-mapnik is for.
const python = "/usr/bin/python3"

// mapnik is a folder with the features and windows for testdata/windows.py.
type mapnik struct {
	dir     string
	windows int
}

// newMapnik writes the region's features and the windows of the poses, whose heading must be 0. It skips the
// test if Mapnik is not installed.
func newMapnik(tb testing.TB, r *region, poses []raster.Pose) *mapnik {
	tb.Helper()
	if err := exec.Command(python, "-c", "import mapnik").Run(); err != nil {
		tb.Skipf("needs Mapnik for Python (Debian: python3-mapnik): %s cannot import it: %v", python, err)
	}
	m := &mapnik{dir: tb.TempDir(), windows: len(poses)}
	for l, features := range r.geoJSON() {
		m.write(tb, fmt.Sprintf("%02d.geojson", l), map[string]any{"type": "FeatureCollection", "features": features})
	}
	var boxes [][4]float64
	for _, pose := range poses {
		p := pose.Place.Point()
		half := spec.Metres / 2 / p.MetresPerUnit() * loc2vec.EarthCircumference
		c := mercator(p)
		boxes = append(boxes, [4]float64{c[0] - half, c[1] - half, c[0] + half, c[1] + half})
	}
	m.write(tb, "windows.json", map[string]any{"pixels": spec.Pixels, "boxes": boxes})
	return m
}

func (m *mapnik) write(tb testing.TB, name string, v any) {
	text, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(filepath.Join(m.dir, name), text, 0o644)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// draw returns the rasters and the total time of all windows, each measured as the fastest of the passes.
func (m *mapnik) draw(tb testing.TB, passes int) (rasters []uint8, total time.Duration) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), python, "testdata/windows.py", m.dir, fmt.Sprint(passes))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatal(err)
	}
	if passes > 0 {
		var seconds []float64
		if err := json.Unmarshal(out, &seconds); err != nil {
			tb.Fatal(err)
		}
		for _, s := range seconds {
			total += time.Duration(s * float64(time.Second))
		}
	}
	if rasters, err = os.ReadFile(filepath.Join(m.dir, "rasters.bin")); err != nil {
		tb.Fatal(err)
	}
	if want := m.windows * loc2vec.NumLayers * spec.Pixels * spec.Pixels; len(rasters) != want {
		tb.Fatalf("Mapnik drew %d bytes, want %d", len(rasters), want)
	}
	return rasters, total
}

// mercator returns a point in metres of EPSG:3857.
func mercator(p loc2vec.Point) [2]float64 {
	return [2]float64{(p.X - 0.5) * loc2vec.EarthCircumference, (0.5 - p.Y) * loc2vec.EarthCircumference}
}

// geoJSON returns the region's features, layer by layer.
func (r *region) geoJSON() (layers [loc2vec.NumLayers][]any) {
	for l := range layers {
		layers[l] = []any{}
	}
	pixelsPerDecimetre := float64(spec.Pixels) / spec.Metres / 10
	for id := range r.tiles {
		var rings [][][2]float64 // of the current area
		var ringLayer loc2vec.Layer
		flush := func() {
			if rings != nil {
				layers[ringLayer] = append(layers[ringLayer], geoJSON("Polygon", rings, loc2vec.KindArea, 0))
				rings = nil
			}
		}
		r.parts(id, func(p *loc2vec.Part) {
			var points [][2]float64
			for _, q := range p.Points {
				o := id.Origin()
				const steps = 1 << loc2vec.Zoom * loc2vec.Extent
				points = append(points, mercator(loc2vec.Point{X: o.X + float64(q.X)/steps, Y: o.Y + float64(q.Y)/steps}))
			}
			width := max(float64(p.Size)*pixelsPerDecimetre, 1)
			switch p.Kind {
			case loc2vec.KindDisc:
				layers[p.Layer] = append(layers[p.Layer], geoJSON("Point", points[0], p.Kind, max(2*float64(p.Size)*pixelsPerDecimetre, 1)))
			case loc2vec.KindLine:
				layers[p.Layer] = append(layers[p.Layer], geoJSON("LineString", points, p.Kind, width))
			case loc2vec.KindArea:
				if shoelace(p.Points) > 0 {
					flush()
				}
				ringLayer = p.Layer
				rings = append(rings, append(points, points[0]))
			}
		})
		flush()
	}
	return layers
}

func geoJSON(kind string, coordinates any, k loc2vec.Kind, width float64) any {
	return map[string]any{
		"type":       "Feature",
		"properties": map[string]any{"kind": k, "width": width},
		"geometry":   map[string]any{"type": kind, "coordinates": coordinates},
	}
}

func shoelace(ring []loc2vec.TilePoint) (sum int64) {
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += int64(p.X)*int64(q.Y) - int64(q.X)*int64(p.Y)
	}
	return sum
}

// northUp returns n poses with heading 0, near buildings, whose windows lie inside one tile: Mapnik draws the
// pieces of a shape that a tile's edge cuts one after another, which leaves a seam.
func (r *region) northUp(rng *rand.Rand, n int) (poses []raster.Pose) {
	for len(poses) < n {
		at := r.addresses[rng.IntN(len(r.addresses))]
		b := at.Point().Tile().Bounds()
		inside := loc2vec.Bounds{Min: b.Min.Offset(150, 150), Max: b.Max.Offset(-150, -150)}
		if inside.Contains(at) {
			poses = append(poses, raster.Pose{Place: at})
		}
	}
	return poses
}

// TestAgainstMapnik compares windows of a real region with those of Mapnik: the mean coverage of each layer, and
// each pixel.
func TestAgainstMapnik(t *testing.T) {
	region := openRegion(t, "monaco")
	poses := region.northUp(rand.New(rand.NewPCG(20, 20)), 60)
	want, _ := newMapnik(t, region, poses).draw(t, 0)
	r := raster.New(spec)
	got := make([]uint8, len(want)/len(poses))
	var all difference
	var ours, theirs [loc2vec.NumLayers]float64
	for i, pose := range poses {
		if err := r.Draw(got, pose, region.tile); err != nil {
			t.Fatal(err)
		}
		reference := want[i*len(got):][:len(got)]
		all.add(got, reference)
		for l := range ours {
			ours[l] += mean(plane(got, loc2vec.Layer(l))) / float64(len(poses))
			theirs[l] += mean(plane(reference, loc2vec.Layer(l))) / float64(len(poses))
		}
	}
	for l := range ours {
		t.Logf("%-12v covers %6.2f %%, by Mapnik %6.2f %%", loc2vec.Layer(l), 100*ours[l], 100*theirs[l])
		if math.Abs(ours[l]-theirs[l]) > 0.002 {
			t.Errorf("%v: that differs by more than 0.2 points", loc2vec.Layer(l))
		}
	}
	t.Logf("mean difference %.4f of 255, %.4f %% of the pixels by more than 16, at most %d", all.mean(), 100*all.share(), all.worst)
	// Along a shared wall of two houses, Mapnik blends two halves to three quarters; our sum is the whole.
	if all.mean() > 0.5 || all.share() > 0.01 {
		t.Error("the difference is too large")
	}
}

func mean(plane []uint8) float64 {
	var sum int
	for _, v := range plane {
		sum += int(v)
	}
	return float64(sum) / float64(len(plane)) / 255
}

// BenchmarkAgainstMapnik draws the same windows with both, from memory, and reports how many times faster Draw
// is. Each window is measured as the fastest of several passes, to reduce the noise of other work on the
// machine.
func BenchmarkAgainstMapnik(b *testing.B) {
	const passes = 12
	region := openRegion(b, "monaco")
	poses := region.northUp(rand.New(rand.NewPCG(21, 21)), 200)
	_, theirs := newMapnik(b, region, poses).draw(b, passes)
	r := raster.New(spec)
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	b.ReportAllocs()
	best := slices.Repeat([]time.Duration{math.MaxInt64}, len(poses))
	for b.Loop() {
		for range passes {
			for i, pose := range poses {
				start := time.Now()
				if err := r.Draw(dst, pose, region.tile); err != nil {
					b.Fatal(err)
				}
				best[i] = min(best[i], time.Since(start))
			}
		}
	}
	var ours time.Duration
	for _, d := range best {
		ours += d
	}
	micros := func(d time.Duration) float64 { return float64(d) / float64(len(poses)) / 1e3 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(micros(ours), "µs/window")
	b.ReportMetric(micros(theirs), "µs/window-mapnik")
	b.ReportMetric(float64(theirs)/float64(ours), "times-mapnik")
}
