package raster_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// TestCutAlongTileEdges draws a square in one piece, and the same square cut into four along the edges of tiles
// that meet in the centre of the window.
func TestCutAlongTileEdges(t *testing.T) {
	corner := place(monaco, loc2vec.Extent, loc2vec.Extent)
	const far, near = loc2vec.Extent, loc2vec.Extent - 200
	cut := scene{
		monaco:                             {area(loc2vec.Water, rect(near, near, far, far)...)},
		{X: monaco.X + 1, Y: monaco.Y}:     {area(loc2vec.Water, rect(0, near, 200, far)...)},
		{X: monaco.X, Y: monaco.Y + 1}:     {area(loc2vec.Water, rect(near, 0, far, 200)...)},
		{X: monaco.X + 1, Y: monaco.Y + 1}: {area(loc2vec.Water, rect(0, 0, 200, 200)...)},
	}
	// The same square in one piece, around the middle of a tile. Only its place differs, and so its scale, by
	// less than a millionth.
	whole := scene{monaco: {area(loc2vec.Water, rect(4096-200, 4096-200, 4096+200, 4096+200)...)}}
	for heading := 0.0; heading < 90; heading += 7 {
		a := cut.draw(raster.Pose{Place: corner, Heading: heading})
		b := whole.draw(raster.Pose{Place: place(monaco, 4096, 4096), Heading: heading})
		var worst int
		for i := range a {
			worst = max(worst, distance(a[i], b[i]))
		}
		// 4096 steps further south, a step is 1/5000 longer: 200 steps end 1/100 px further out.
		if worst > 6 {
			t.Errorf("heading %v: a pixel differs by %d", heading, worst)
		}
	}
}

// TestSeamsAreInvisible covers four tiles completely: no pixel shows their edges.
func TestSeamsAreInvisible(t *testing.T) {
	s := scene{}
	for i := range uint32(4) {
		s[loc2vec.Tile{X: monaco.X + i&1, Y: monaco.Y + i>>1}] = []loc2vec.Feature{
			area(loc2vec.Water, rect(0, 0, loc2vec.Extent, loc2vec.Extent)...),
		}
	}
	rng := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		pose := raster.Pose{
			Place:   place(monaco, loc2vec.Extent+rng.NormFloat64()*300, loc2vec.Extent+rng.NormFloat64()*300),
			Heading: rng.Float64() * 360,
		}
		for i, v := range plane(s.draw(pose), loc2vec.Water) {
			if v != 255 {
				t.Fatalf("%+v: row %d, column %d is %d, want 255", pose, i/spec.Pixels, i%spec.Pixels, v)
			}
		}
	}
}

// TestComplementaryShapes divides a tile into a star and the rest, drawn in one layer: together they cover every
// pixel, including those on the common edge.
func TestComplementaryShapes(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 50 {
		var star []loc2vec.TilePoint
		corners := 3 + rng.IntN(100)
		for k := range corners {
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(corners))
			r := 50 + rng.Float64()*600
			star = append(star, loc2vec.TilePoint{X: 4096 + int32(r*cos), Y: 4096 + int32(r*sin)})
		}
		rest := area(loc2vec.Water, rect(0, 0, loc2vec.Extent, loc2vec.Extent)...)
		rest.Parts = append(rest.Parts, reversed(star))
		s := scene{monaco: {area(loc2vec.Water, star...), rest}}
		pose := raster.Pose{Place: place(monaco, 4096+rng.NormFloat64()*200, 4096+rng.NormFloat64()*200), Heading: rng.Float64() * 360}
		for i, v := range plane(s.draw(pose), loc2vec.Water) {
			if v != 255 {
				t.Fatalf("%+v: row %d, column %d is %d, want 255", pose, i/spec.Pixels, i%spec.Pixels, v)
			}
		}
	}
}

// TestWideStrokeFromTheNextTile: a stroke whose line lies outside the window is drawn, up to Reach.
func TestWideStrokeFromTheNextTile(t *testing.T) {
	at := place(monaco, loc2vec.Extent-1, 4096)
	// The window's eastern edge is 100 m from the tile's; 20 m further runs a line 60 m wide.
	x := int32(math.Round(120 / metresPerStep(at)))
	s := scene{{X: monaco.X + 1, Y: monaco.Y}: {{Layer: loc2vec.Transport, Kind: loc2vec.KindLine, Size: 600,
		Parts: [][]loc2vec.TilePoint{{{X: x, Y: 3000}, {X: x, Y: 5000}}}}}}
	img := plane(s.draw(raster.Pose{Place: at}), loc2vec.Transport)
	row := img[64*spec.Pixels:][:spec.Pixels]
	if row[spec.Pixels-1] != 255 || row[spec.Pixels-5] != 255 || row[spec.Pixels-9] != 0 {
		t.Errorf("the middle row ends in %v, want 10 m of 255", row[spec.Pixels-10:])
	}
}

// TestAntimeridian draws a square across longitude 180 from both sides.
func TestAntimeridian(t *testing.T) {
	west, east := loc2vec.Tile{X: 1<<loc2vec.Zoom - 1, Y: 8000}, loc2vec.Tile{X: 0, Y: 8000}
	s := scene{
		west: {area(loc2vec.Water, rect(loc2vec.Extent-100, 3996, loc2vec.Extent, 4196)...)},
		east: {area(loc2vec.Water, rect(0, 3996, 100, 4196)...)},
	}
	lat := place(west, 0, 4096).Lat
	want := scene{{X: 5, Y: 8000}: {area(loc2vec.Water, rect(4000-100, 3996, 4000+100, 4196)...)}}.
		draw(raster.Pose{Place: loc2vec.LatLon{Lat: lat, Lon: place(loc2vec.Tile{X: 5, Y: 8000}, 4000, 0).Lon}})
	for _, pose := range []raster.Pose{
		{Place: loc2vec.LatLon{Lat: lat, Lon: 180}},
		{Place: loc2vec.LatLon{Lat: lat, Lon: -180}},
		{Place: loc2vec.LatLon{Lat: lat, Lon: 179.9995}, East: 0.0005 / 360 * loc2vec.EarthCircumference * math.Cos(lat*math.Pi/180)},
		{Place: loc2vec.LatLon{Lat: lat, Lon: -179.9995}, East: -0.0005 / 360 * loc2vec.EarthCircumference * math.Cos(lat*math.Pi/180)},
	} {
		got := s.draw(pose)
		var worst int
		for i := range got {
			worst = max(worst, distance(got[i], want[i]))
		}
		if worst > 2 {
			t.Errorf("%+v: a pixel differs by %d from the same square elsewhere", pose, worst)
		}
	}
}

// TestPoles: beyond the last row nothing is drawn, and Draw requests no tile.
func TestPoles(t *testing.T) {
	full := tileOf([]loc2vec.Feature{area(loc2vec.Water, rect(0, 0, loc2vec.Extent, loc2vec.Extent)...)})
	for _, lat := range []float64{90, 85.06, loc2vec.MaxLatitude, -loc2vec.MaxLatitude, -90} {
		dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
		pose := raster.Pose{Place: loc2vec.LatLon{Lat: lat, Lon: 12}}
		err := raster.New(spec).Draw(dst, pose, func(id loc2vec.Tile) (*raster.Tile, error) {
			if id.X >= 1<<loc2vec.Zoom || id.Y >= 1<<loc2vec.Zoom {
				t.Errorf("latitude %v: tile %v does not exist", lat, id)
			}
			return full, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// The map's edge goes through the middle.
		img := plane(dst, loc2vec.Water)
		north, south := img[20*spec.Pixels+64], img[100*spec.Pixels+64]
		if lat < 0 {
			north, south = south, north
		}
		if north != 0 || south != 255 {
			t.Errorf("latitude %v: %d beyond the edge and %d inside, want 0 and 255", lat, north, south)
		}
	}
}

// TestRequestedTiles: Draw requests the tiles near the window, each once.
func TestRequestedTiles(t *testing.T) {
	for _, tt := range []struct {
		x, y float64
		want int
	}{{4096, 4096, 1}, {0, 4096, 2}, {4096, loc2vec.Extent, 2}, {0, 0, 4}, {loc2vec.Extent, 0, 4}} {
		requested := map[loc2vec.Tile]int{}
		dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
		err := raster.New(spec).Draw(dst, raster.Pose{Place: place(monaco, tt.x, tt.y), Heading: 45},
			func(id loc2vec.Tile) (*raster.Tile, error) { requested[id]++; return nil, nil })
		if err != nil {
			t.Fatal(err)
		}
		if len(requested) != tt.want {
			t.Errorf("at %v, %v it requests %v, want %d tiles", tt.x, tt.y, requested, tt.want)
		}
		for id, n := range requested {
			if n != 1 {
				t.Errorf("requests %v %d times", id, n)
			}
		}
	}
}
