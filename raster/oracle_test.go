package raster_test

import (
	"image"
	"image/draw"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/image/vector"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// vec is a position in the window in pixels.
type vec struct{ x, y float64 }

// camera maps tiles to the window: a second implementation, in floating point and metres.
type camera struct {
	x, y        float64 // centre in the Mercator unit square
	sin, cos    float64
	pixels      float64 // of an edge
	perUnit     float64 // pixels per unit of the square
	perDeci     float64 // pixels per decimetre
	columns     [2]int  // tiles near the window
	rows        [2]int
	acrossWorld int
}

func newCamera(pose raster.Pose) *camera {
	const around = 1 << loc2vec.Zoom
	p := pose.Place.Point()
	c := &camera{pixels: float64(spec.Pixels), perDeci: float64(spec.Pixels) / spec.Metres / 10, acrossWorld: around}
	c.perUnit = p.MetresPerUnit() * 10 * c.perDeci
	c.sin, c.cos = math.Sincos(pose.Heading * math.Pi / 180)
	c.x = p.X + pose.East/p.MetresPerUnit()
	c.y = p.Y - pose.North/p.MetresPerUnit()
	r := (c.pixels + 2*raster.Reach*10*c.perDeci) / c.perUnit
	c.columns = [2]int{int(math.Floor((c.x - r) * around)), int(math.Floor((c.x + r) * around))}
	c.rows = [2]int{max(int(math.Floor((c.y-r)*around)), 0), min(int(math.Floor((c.y+r)*around)), around-1)}
	return c
}

// see returns the position of a tile's point in the window.
func (c *camera) see(column, row int, p loc2vec.TilePoint) vec {
	around := float64(c.acrossWorld)
	east := ((float64(column)+float64(p.X)/loc2vec.Extent)/around - c.x) * c.perUnit
	south := ((float64(row)+float64(p.Y)/loc2vec.Extent)/around - c.y) * c.perUnit
	return vec{
		x: c.pixels/2 + c.cos*east + c.sin*south,
		y: c.pixels/2 - c.sin*east + c.cos*south,
	}
}

// source yields the parts of a tile.
type source func(id loc2vec.Tile, emit func(*loc2vec.Part))

func (s scene) parts(id loc2vec.Tile, emit func(*loc2vec.Part)) {
	for _, f := range s[id] {
		for _, points := range f.Parts {
			emit(&loc2vec.Part{Layer: f.Layer, Kind: f.Kind, Size: f.Size, Points: points})
		}
	}
}

// outlines returns the polygons of each layer around a window: rings, strokes as a quadrangle for each segment
// and a triangle for each bend, discs with many corners. All have the sign of outer rings.
func outlines(pose raster.Pose, parts source) (layers [loc2vec.NumLayers][][]vec) {
	c := newCamera(pose)
	for row := c.rows[0]; row <= c.rows[1]; row++ {
		for column := c.columns[0]; column <= c.columns[1]; column++ {
			id := loc2vec.Tile{X: uint32((column + c.acrossWorld) % c.acrossWorld), Y: uint32(row)}
			parts(id, func(p *loc2vec.Part) {
				line := make([]vec, len(p.Points))
				for i, q := range p.Points {
					line[i] = c.see(column, row, q)
				}
				polygons := &layers[p.Layer]
				size := float64(p.Size) * c.perDeci
				switch p.Kind {
				case loc2vec.KindArea:
					*polygons = append(*polygons, line)
				case loc2vec.KindLine:
					*polygons = append(*polygons, stroke(line, max(size, 1)/2)...)
				case loc2vec.KindDisc:
					*polygons = append(*polygons, disc(line[0], max(size, 0.5)))
				}
			})
		}
	}
	return layers
}

func stroke(line []vec, radius float64) (polygons [][]vec) {
	var before vec // the last segment's normal
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if length == 0 {
			continue
		}
		n := vec{(b.y - a.y) / length * radius, (a.x - b.x) / length * radius}
		polygons = append(polygons, []vec{{a.x + n.x, a.y + n.y}, {b.x + n.x, b.y + n.y}, {b.x - n.x, b.y - n.y}, {a.x - n.x, a.y - n.y}})
		if turn := before.x*n.y - before.y*n.x; turn > 0 {
			polygons = append(polygons, []vec{a, {a.x + before.x, a.y + before.y}, {a.x + n.x, a.y + n.y}})
		} else if turn < 0 {
			polygons = append(polygons, []vec{a, {a.x - n.x, a.y - n.y}, {a.x - before.x, a.y - before.y}})
		}
		before = n
	}
	return polygons
}

func disc(centre vec, radius float64) (polygon []vec) {
	const corners = 64
	for k := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / corners)
		polygon = append(polygon, vec{centre.x + radius*cos, centre.y + radius*sin})
	}
	return polygon
}

// supersample fills dst with the coverage of the union of the polygons, sampled at 16 x 16 points per pixel by
// the non-zero rule. Sampling is its only approximation.
func supersample(dst []uint8, polygons [][]vec) {
	const fine = 16
	n := spec.Pixels
	type crossing struct {
		x    float64
		turn int
	}
	rows := make([][]crossing, n*fine)
	for _, polygon := range polygons {
		for i, b := range polygon {
			a, turn := polygon[(i+len(polygon)-1)%len(polygon)], 1
			if a.y > b.y {
				a, b, turn = b, a, -1
			}
			first := max(int(math.Ceil(a.y*fine-0.5)), 0)
			for row := first; row < len(rows) && (float64(row)+0.5)/fine < b.y; row++ {
				y := (float64(row) + 0.5) / fine
				rows[row] = append(rows[row], crossing{a.x + (b.x-a.x)*(y-a.y)/(b.y-a.y), turn})
			}
		}
	}
	counts := make([]int, n*n)
	for row, crossings := range rows {
		slices.SortFunc(crossings, func(a, b crossing) int {
			if a.x < b.x {
				return -1
			}
			return 1
		})
		winding := 0
		for k, c := range crossings {
			if winding += c.turn; winding == 0 {
				continue
			}
			// The inside reaches to the next crossing.
			end := min(crossings[k+1].x*fine-0.5, float64(n*fine-1))
			for column := max(int(math.Ceil(c.x*fine-0.5)), 0); float64(column) <= end; column++ {
				counts[row/fine*n+column/fine]++
			}
		}
	}
	for i, count := range counts {
		dst[i] = uint8((count*255 + fine*fine/2) / (fine * fine))
	}
}

// difference accumulates the differences of rasters.
type difference struct {
	pixels, far int // far: by more than 16 of 255
	sum, worst  int
}

func (d *difference) add(a, b []uint8) {
	for i := range a {
		e := distance(a[i], b[i])
		d.sum += e
		d.worst = max(d.worst, e)
		if e > 16 {
			d.far++
		}
	}
	d.pixels += len(a)
}

func (d *difference) mean() float64  { return float64(d.sum) / float64(d.pixels) }
func (d *difference) share() float64 { return float64(d.far) / float64(d.pixels) }

// windows returns the number of windows to compare: n, or fewer with -short.
func windows(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// TestAgainstSupersampling compares shapes that do not overlap, one per layer and window, with the oracle: for
// these the sum is the union.
func TestAgainstSupersampling(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 10))
	want := make([]uint8, spec.Pixels*spec.Pixels)
	var d difference
	for range windows(30) {
		s := scene{monaco: nil}
		for l := range loc2vec.Layer(loc2vec.NumLayers) {
			f := randomFeatures(rng, 1, 3900, 4300)[0]
			f.Layer = l
			s[monaco] = append(s[monaco], f)
		}
		pose := raster.Pose{Place: place(monaco, 4096, 4096), Heading: rng.Float64() * 360}
		img := s.draw(pose)
		for l, polygons := range outlines(pose, s.parts) {
			supersample(want, polygons)
			d.add(plane(img, loc2vec.Layer(l)), want)
		}
	}
	t.Logf("mean difference %.4f of 255, %.4f %% of the pixels by more than 16, at most %d", d.mean(), 100*d.share(), d.worst)
	// Single shapes overlap themselves where a line bends sharply or crosses itself.
	if d.mean() > 0.1 || d.share() > 0.0005 {
		t.Error("the difference is too large")
	}
}

// TestAgainstImageVector compares with golang.org/x/image/vector, which uses the same rule: the clamped sum of
// signed areas.
func TestAgainstImageVector(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	s := scene{monaco: randomFeatures(rng, 1200, 3000, 5200)}
	mask := image.NewAlpha(image.Rect(0, 0, spec.Pixels, spec.Pixels))
	var d difference
	for range 10 {
		pose := raster.Pose{Place: place(monaco, 4096+rng.NormFloat64()*300, 4096+rng.NormFloat64()*300), Heading: rng.Float64() * 360}
		img := s.draw(pose)
		for l, polygons := range outlines(pose, s.parts) {
			drawVector(mask, polygons)
			d.add(plane(img, loc2vec.Layer(l)), mask.Pix)
		}
	}
	t.Logf("mean difference %.4f of 255, %.4f %% of the pixels by more than 16, at most %d", d.mean(), 100*d.share(), d.worst)
	// Its strokes overlap themselves in every bend, ours do not.
	if d.mean() > 0.5 || d.share() > 0.005 {
		t.Error("the difference is too large")
	}
}

func drawVector(mask *image.Alpha, polygons [][]vec) {
	r := vector.NewRasterizer(spec.Pixels, spec.Pixels)
	r.DrawOp = draw.Src
	for _, polygon := range polygons {
		r.MoveTo(float32(polygon[0].x), float32(polygon[0].y))
		for _, p := range polygon[1:] {
			r.LineTo(float32(p.x), float32(p.y))
		}
		r.ClosePath()
	}
	r.Draw(mask, mask.Rect, image.Opaque, image.Point{})
}

// TestOverlaps measures, in real windows, the error of adding areas: where edges of overlapping shapes of one
// layer cross the same pixel, the overlap counts twice.
func TestOverlaps(t *testing.T) {
	region := openRegion(t, "monaco")
	rng := rand.New(rand.NewPCG(12, 12))
	want := make([]uint8, spec.Pixels*spec.Pixels)
	img := make([]uint8, loc2vec.NumLayers*len(want))
	r := raster.New(spec)
	var all difference
	var perLayer [loc2vec.NumLayers]difference
	for _, pose := range region.poses(rng, windows(30)) {
		if err := r.Draw(img, pose, region.tile); err != nil {
			t.Fatal(err)
		}
		for l, polygons := range outlines(pose, region.parts) {
			supersample(want, polygons)
			all.add(plane(img, loc2vec.Layer(l)), want)
			perLayer[l].add(plane(img, loc2vec.Layer(l)), want)
		}
	}
	t.Logf("mean difference %.4f of 255, %.4f %% of the pixels by more than 16, at most %d", all.mean(), 100*all.share(), all.worst)
	for l := range perLayer {
		t.Logf("%-12v %.4f, %.4f %%", loc2vec.Layer(l), perLayer[l].mean(), 100*perLayer[l].share())
	}
	if all.mean() > 0.1 || all.share() > 0.002 {
		t.Error("the difference is too large")
	}
}
