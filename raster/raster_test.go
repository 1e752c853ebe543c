package raster_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// TestSquareOfKnownSize draws a square of 100 m x 100 m: it covers the middle quarter of the window.
func TestSquareOfKnownSize(t *testing.T) {
	for _, tile := range []loc2vec.Tile{monaco, {X: 100, Y: 8192}, {X: 12000, Y: 2000}, {X: 3, Y: 14000}} {
		centre := place(tile, 4096, 4096)
		half := int32(math.Round(50 / metresPerStep(centre)))
		s := scene{tile: {area(loc2vec.Park, rect(4096-half, 4096-half, 4096+half, 4096+half)...)}}
		img := plane(s.draw(raster.Pose{Place: centre}), loc2vec.Park)
		pixels := 2 * float64(half) * metresPerStep(centre) / spec.Metres * float64(spec.Pixels)
		var sum float64
		for _, v := range img {
			sum += float64(v) / 255
		}
		// The position of the edge is exact to 1/256 px, the coverage of its pixels to 1/510.
		if want := pixels * pixels; math.Abs(sum-want) > 1+want*0.003 {
			t.Errorf("%v: covers %.2f px, want %.2f", tile, sum, want)
		}
		for _, at := range []struct {
			row, column int
			want        uint8
		}{{64, 64, 255}, {34, 34, 255}, {94, 94, 255}, {30, 64, 0}, {98, 64, 0}, {64, 30, 0}, {64, 98, 0}} {
			if got := img[at.row*spec.Pixels+at.column]; got != at.want {
				t.Errorf("%v: row %d, column %d is %d, want %d", tile, at.row, at.column, got, at.want)
			}
		}
	}
}

// TestSizes draws rasters of other sizes: with and without an incomplete block at the right edge.
func TestSizes(t *testing.T) {
	s := scene{monaco: randomFeatures(rand.New(rand.NewPCG(7, 7)), 300, 3000, 5200)}
	s[monaco] = append(s[monaco], area(loc2vec.Water, rect(0, 0, loc2vec.Extent, loc2vec.Extent)...))
	pose := raster.Pose{Place: place(monaco, 4096, 4096), Heading: 20}
	for _, pixels := range []int{4, 5, 7, 8, 15, 16, 17, 62, 63, 64, 127, 255, 256, 499, 500} {
		spec := raster.Spec{Metres: 200, Pixels: pixels}
		r, plane := raster.New(spec), pixels*pixels
		first, again := make([]uint8, loc2vec.NumLayers*plane), make([]uint8, loc2vec.NumLayers*plane)
		for _, dst := range [][]uint8{first, again} {
			if err := r.Draw(dst, pose, s.decoded()); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(first, again) {
			t.Errorf("%d pixels: the second raster differs from the first", pixels)
		}
		for i, v := range first[int(loc2vec.Water)*plane:][:plane] {
			if v != 255 {
				t.Errorf("%d pixels: row %d, column %d is %d, want 255", pixels, i/pixels, i%pixels, v)
				break
			}
		}
	}
}

// TestDirections draws a square north-east of the centre with several headings.
func TestDirections(t *testing.T) {
	s := scene{monaco: {area(loc2vec.Water, rect(4096+50, 4096-350, 4096+350, 4096-50)...)}}
	for _, tt := range []struct {
		heading     float64
		row, column int
	}{{0, 32, 96}, {90, 32, 32}, {180, 96, 32}, {270, 96, 96}, {-90, 96, 96}, {360, 32, 96}} {
		img := plane(s.draw(raster.Pose{Place: place(monaco, 4096, 4096), Heading: tt.heading}), loc2vec.Water)
		for _, row := range []int{32, 96} {
			for _, column := range []int{32, 96} {
				want := uint8(0)
				if row == tt.row && column == tt.column {
					want = 255
				}
				if got := img[row*spec.Pixels+column]; got != want {
					t.Errorf("heading %v: row %d, column %d is %d, want %d", tt.heading, row, column, got, want)
				}
			}
		}
	}
}

// TestRotationBy90 compares rasters with headings of 0 and 90 degrees. Pixels of an edge may differ slightly,
// because its height is distributed among the pixels of a row, not those of a column.
func TestRotationBy90(t *testing.T) {
	s := scene{monaco: randomFeatures(rand.New(rand.NewPCG(1, 1)), 600, 3000, 5200)}
	p := place(monaco, 4096, 4096)
	n := spec.Pixels
	north, east := s.draw(raster.Pose{Place: p}), s.draw(raster.Pose{Place: p, Heading: 90})
	var worst int
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		a, b := plane(north, l), plane(east, l)
		for row := range n {
			for column := range n {
				// East is up: the right column of the first is the top row of the second.
				worst = max(worst, distance(a[row*n+column], b[(n-1-column)*n+row]))
			}
		}
	}
	if worst > 3 {
		t.Errorf("a pixel differs by %d", worst)
	}
}

// TestShiftByWholePixels compares a raster with one whose centre is 16 px further east and 24 px further north.
func TestShiftByWholePixels(t *testing.T) {
	s := scene{monaco: randomFeatures(rand.New(rand.NewPCG(2, 2)), 600, 3000, 5200)}
	p := place(monaco, 4096, 4096)
	n, metres := spec.Pixels, spec.Metres/float64(spec.Pixels)
	here := s.draw(raster.Pose{Place: p})
	there := s.draw(raster.Pose{Place: p, East: 16 * metres, North: 24 * metres})
	var worst int
	for l := range loc2vec.Layer(loc2vec.NumLayers) {
		a, b := plane(here, l), plane(there, l)
		for row := 0; row < n-24; row++ {
			for column := 16; column < n; column++ {
				worst = max(worst, distance(a[row*n+column], b[(row+24)*n+column-16]))
			}
		}
	}
	// The centre is rounded to a millimetre: 1/1500 px.
	if worst > 3 {
		t.Errorf("a pixel differs by %d", worst)
	}
}

// TestHole draws a ring with an inner ring.
func TestHole(t *testing.T) {
	f := area(loc2vec.Building, rect(4096-300, 4096-300, 4096+300, 4096+300)...)
	f.Parts = append(f.Parts, reversed(rect(4096-100, 4096-100, 4096+100, 4096+100)))
	img := plane(scene{monaco: {f}}.draw(raster.Pose{Place: place(monaco, 4096, 4096), Heading: 30}), loc2vec.Building)
	if got := img[64*spec.Pixels+64]; got != 0 {
		t.Errorf("the hole's middle is %d, want 0", got)
	}
	if got := img[64*spec.Pixels+64+24]; got != 255 {
		t.Errorf("next to the hole it is %d, want 255", got)
	}
}

// TestStrokeHasTheSignOfOuters crosses an area with a line in one layer: with different signs they would cancel.
func TestStrokeHasTheSignOfOuters(t *testing.T) {
	line := loc2vec.Feature{Layer: loc2vec.Path, Kind: loc2vec.KindLine, Size: 100,
		Parts: [][]loc2vec.TilePoint{{{X: 3000, Y: 4096}, {X: 5000, Y: 4090}}}}
	disc := loc2vec.Feature{Layer: loc2vec.Path, Kind: loc2vec.KindDisc, Size: 100,
		Parts: [][]loc2vec.TilePoint{{{X: 4096, Y: 4096}}}}
	s := scene{monaco: {area(loc2vec.Path, rect(4000, 4000, 4200, 4200)...), line, disc}}
	img := plane(s.draw(raster.Pose{Place: place(monaco, 4096, 4096)}), loc2vec.Path)
	for column := range spec.Pixels {
		if got := img[64*spec.Pixels+column]; got != 255 {
			t.Errorf("column %d of the middle row is %d, want 255", column, got)
		}
	}
}

// TestWidths measures strokes and discs across the middle of the window.
func TestWidths(t *testing.T) {
	pixel := spec.Metres / float64(spec.Pixels)
	for _, tt := range []struct {
		kind   loc2vec.Kind
		size   uint16 // decimetres
		metres float64
	}{
		{loc2vec.KindLine, 100, 10},
		{loc2vec.KindLine, 45, 4.5},
		{loc2vec.KindLine, 2, pixel}, // never thinner than a pixel
		{loc2vec.KindLine, 0, pixel},
		{loc2vec.KindLine, 600, 60},
		{loc2vec.KindLine, 9000, 2 * raster.Reach},
		{loc2vec.KindDisc, 100, 20 * 1.013}, // its corners lie 1.3 % outside
		{loc2vec.KindDisc, 60000, 2 * raster.Reach * 1.013},
	} {
		points := []loc2vec.TilePoint{{X: 4096, Y: 3000}, {X: 4096, Y: 5000}}
		if tt.kind == loc2vec.KindDisc {
			points = []loc2vec.TilePoint{{X: 4096, Y: 4096}}
		}
		s := scene{monaco: {{Layer: loc2vec.Transport, Kind: tt.kind, Size: tt.size, Parts: [][]loc2vec.TilePoint{points}}}}
		for heading := 0.0; heading < 180; heading += 45 {
			img := plane(s.draw(raster.Pose{Place: place(monaco, 4096, 4096.0), Heading: heading}), loc2vec.Transport)
			var sum float64
			for k := range spec.Pixels {
				// Along the diagonal pixels lie √2 apart.
				switch heading {
				case 0:
					sum += float64(img[64*spec.Pixels+k])
				case 45:
					sum += float64(img[k*spec.Pixels+spec.Pixels-1-k]) * math.Sqrt2
				case 90:
					sum += float64(img[k*spec.Pixels+64])
				case 135:
					sum += float64(img[k*spec.Pixels+k]) * math.Sqrt2
				}
			}
			// Sampling along a diagonal, or next to the disc's diameter, is off by up to half a pixel.
			if got := sum / 255 * pixel; math.Abs(got-tt.metres) > 0.5*pixel {
				t.Errorf("%v of size %d with heading %v is %.2f m wide, want %.2f", tt.kind, tt.size, heading, got, tt.metres)
			}
		}
	}
}

// TestLongPartsLikeShortOnes: the boxes of chunks do not change the raster. It compares a ring of many points
// with the same ring cut into a fan of triangles, which have no chunks.
func TestLongPartsLikeShortOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	const corners = 400
	var ring []loc2vec.TilePoint
	for k := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / corners)
		r := 600 + 500*math.Sin(float64(k)/7)
		ring = append(ring, loc2vec.TilePoint{X: 4096 + int32(r*cos), Y: 4096 + int32(r*sin)})
	}
	fan := loc2vec.Feature{Layer: loc2vec.Water, Kind: loc2vec.KindArea}
	for k := range corners {
		fan.Parts = append(fan.Parts, []loc2vec.TilePoint{{X: 4096, Y: 4096}, ring[k], ring[(k+1)%corners]})
	}
	one, many := scene{monaco: {area(loc2vec.Water, ring...)}}, scene{monaco: {fan}}
	for range 100 {
		pose := raster.Pose{Place: place(monaco, 4096+rng.NormFloat64()*600, 4096+rng.NormFloat64()*600), Heading: rng.Float64() * 360}
		a, b := one.draw(pose), many.draw(pose)
		for i := range a {
			if distance(a[i], b[i]) > 2 {
				t.Fatalf("%+v: pixel %d is %d in one piece and %d in many", pose, i, a[i], b[i])
			}
		}
	}
}

// TestLongLinesLikeShortOnes does the same for strokes, with a straight line of many points and one of two.
func TestLongLinesLikeShortOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, slope := range []int32{0, 1, 3} {
		var points []loc2vec.TilePoint
		for k := range int32(200) {
			points = append(points, loc2vec.TilePoint{X: 2000 + 20*k, Y: 3500 + slope*5*k})
		}
		line := loc2vec.Feature{Layer: loc2vec.Path, Kind: loc2vec.KindLine, Size: 80, Parts: [][]loc2vec.TilePoint{points}}
		short := line
		short.Parts = [][]loc2vec.TilePoint{{points[0], points[len(points)-1]}}
		one, many := scene{monaco: {short}}, scene{monaco: {line}}
		for range 50 {
			at := points[rng.IntN(len(points))]
			pose := raster.Pose{Place: place(monaco, float64(at.X), float64(at.Y)), Heading: rng.Float64() * 360}
			a, b := one.draw(pose), many.draw(pose)
			for i := range a {
				// Every point is rounded to 1/256 px, and the normals with it.
				if distance(a[i], b[i]) > 4 {
					t.Fatalf("%+v: pixel %d is %d in one piece and %d in many", pose, i, a[i], b[i])
				}
			}
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	r := raster.New(spec)
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	none := func(loc2vec.Tile) (*raster.Tile, error) { return nil, nil }
	ok := raster.Pose{Place: loc2vec.LatLon{Lat: 43.7, Lon: 7.4}}
	for _, tt := range []struct {
		name string
		pose raster.Pose
	}{
		{"latitude 91", raster.Pose{Place: loc2vec.LatLon{Lat: 91}}},
		{"longitude 540", raster.Pose{Place: loc2vec.LatLon{Lon: 540}}},
		{"latitude NaN", raster.Pose{Place: loc2vec.LatLon{Lat: math.NaN()}}},
		{"heading NaN", raster.Pose{Place: ok.Place, Heading: math.NaN()}},
		{"east infinite", raster.Pose{Place: ok.Place, East: math.Inf(1)}},
		{"north beyond the Earth", raster.Pose{Place: ok.Place, North: 1e12}},
	} {
		if err := r.Draw(dst, tt.pose, none); !errors.Is(err, loc2vec.ErrCoordinate) {
			t.Errorf("%s: %v, want %v", tt.name, err, loc2vec.ErrCoordinate)
		}
	}
	if err := r.Draw(dst[:10], ok, none); err == nil {
		t.Error("no error for a destination that is too short")
	}
	if err := r.Draw(dst, ok, func(loc2vec.Tile) (*raster.Tile, error) { return nil, loc2vec.ErrNoCoverage }); !errors.Is(err, loc2vec.ErrNoCoverage) {
		t.Errorf("the tile's error becomes %v", err)
	}
	// The rasterizer still works after an error.
	if err := r.Draw(dst, ok, none); err != nil {
		t.Error(err)
	}
}

func TestCheckSpec(t *testing.T) {
	for _, tt := range []struct {
		spec raster.Spec
		ok   bool
	}{
		{spec, true},
		{raster.Spec{Metres: 400, Pixels: 64}, true},
		{raster.Spec{}, false},
		{raster.Spec{Metres: 200}, false},
		{raster.Spec{Metres: math.NaN(), Pixels: 128}, false},
		{raster.Spec{Metres: math.Inf(1), Pixels: 128}, false},
		{raster.Spec{Metres: 200, Pixels: 1 << 20}, false},
		{raster.Spec{Metres: -200, Pixels: -128}, false},
	} {
		if err := raster.CheckSpec(tt.spec); (err == nil) != tt.ok {
			t.Errorf("CheckSpec(%+v) = %v", tt.spec, err)
		}
	}
}

func TestDrawDoesNotAllocate(t *testing.T) {
	s := scene{}
	for i := range uint32(4) {
		s[loc2vec.Tile{X: monaco.X + i&1, Y: monaco.Y + i>>1}] =
			randomFeatures(rand.New(rand.NewPCG(6, uint64(i))), 1000, 0, loc2vec.Extent)
	}
	tiles := s.decoded()
	r := raster.New(spec)
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	pose := raster.Pose{Place: place(monaco, loc2vec.Extent, loc2vec.Extent), Heading: 12}
	if n := testing.AllocsPerRun(20, func() {
		pose.Heading++
		if err := r.Draw(dst, pose, tiles); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("Draw allocates %v times, want 0", n)
	}
}

func reversed(ring []loc2vec.TilePoint) []loc2vec.TilePoint {
	out := make([]loc2vec.TilePoint, len(ring))
	for i, p := range ring {
		out[len(ring)-1-i] = p
	}
	return out
}

func distance(a, b uint8) int {
	return int(max(a, b) - min(a, b))
}
