package grid

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// middleRange is a range of n × n tiles.
func middleRange(n int32) TileRange { return TileRange{8000, 5000, 8000 + n - 1, 5000 + n - 1} }

// tilesOf covers all tiles of a range.
func tilesOf(r TileRange) *Area {
	a := &Area{top: r.Y0}
	for range r.Y1 - r.Y0 + 1 {
		a.rows = append(a.rows, []span{{r.X0, r.X1}})
	}
	return a
}

// The boxes of an area hold exactly its tiles.
func TestAreaBoxes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	r := middleRange(8)
	for range 100 {
		tiles := map[TileKey]bool{}
		for range 1 + rng.IntN(50) {
			tiles[KeyOf(r.X0+rng.Int32N(8), r.Y0+rng.Int32N(8))] = true
		}
		area := AreaOf(tiles)
		if area.Count() != len(tiles) {
			t.Fatalf("%d tiles, want %d", area.Count(), len(tiles))
		}
		for y := r.Y0; y <= r.Y1; y++ {
			for x := r.X0; x <= r.X1; x++ {
				b := loc2vec.Tile{X: uint32(x), Y: uint32(y)}.Bounds()
				middle := loc2vec.LatLon{Lat: (b.Min.Lat + b.Max.Lat) / 2, Lon: (b.Min.Lon + b.Max.Lon) / 2}
				n := 0
				for _, box := range area.bounds {
					if box.Contains(middle) {
						n++
					}
				}
				if held := tiles[KeyOf(x, y)]; held != (n == 1) || n > 1 || held != area.Contains(x, y) {
					t.Fatalf("tile %d/%d: held %v, in %d boxes", x, y, held, n)
				}
			}
		}
	}
}

// An area of very many boxes, which would not fit into the metadata, lists one box.
func TestListedBoxes(t *testing.T) {
	scattered := func(n int32) *Area {
		tiles := map[TileKey]bool{}
		for y := range n {
			for x := range n {
				tiles[KeyOf(8000+4*x, 6000+4*y)] = true
			}
		}
		return AreaOf(tiles)
	}
	if n := len(scattered(60).Listed()); n != 3600 {
		t.Errorf("3600 tiles apart from each other: %d boxes", n)
	}
	many := scattered(130)
	listed := many.Listed()
	if len(listed) != 1 {
		t.Fatalf("%d boxes", len(listed))
	}
	for _, b := range many.bounds {
		if around := listed[0]; !around.Contains(b.Min) || !around.Contains(b.Max) {
			t.Fatalf("%v is not in %v", b, around)
		}
	}
	fiji := BoxArea(loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -19, Lon: 177}, Max: loc2vec.LatLon{Lat: -16, Lon: -179}})
	want := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -19, Lon: -180}, Max: loc2vec.LatLon{Lat: many.bounds[0].Max.Lat, Lon: 180}}
	if got := many.Join(fiji).Listed(); len(got) != 1 || got[0] != want {
		t.Errorf("with Fiji %v, want %v", got, want)
	}
}

func TestBoxAreaAcrossTheAntimeridian(t *testing.T) {
	area := BoxArea(loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -17, Lon: 179.9}, Max: loc2vec.LatLon{Lat: -16.9, Lon: -179.9}})
	for _, lon := range []float64{179.95, -179.95, 180, -180} {
		tile := loc2vec.LatLon{Lat: -16.95, Lon: lon}.Point().Tile()
		if !area.Covers(tile) {
			t.Errorf("longitude %g is not covered", lon)
		}
	}
	if area.Covers(loc2vec.LatLon{Lat: -16.95, Lon: 0}.Point().Tile()) {
		t.Error("Greenwich is covered")
	}
	if n := area.Count(); n > 12*7 {
		t.Errorf("%d tiles", n)
	}
}

func TestJoinAreas(t *testing.T) {
	a, b := tilesOf(TileRange{10, 10, 12, 11}), tilesOf(TileRange{12, 11, 14, 13})
	want := "###..\n#####\n..###\n..###"
	if got := pictureOf(a.Join(b), TileRange{10, 10, 14, 13}); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	far := a.Join(tilesOf(TileRange{20, 20, 20, 20}))
	if far.Count() != 7 || far.Contains(20, 15) || !far.Contains(20, 20) {
		t.Errorf("%+v", far)
	}
}

// The finder agrees with the projection.
func TestRowFinder(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	area := tilesOf(TileRange{0, 0, 0, TilesAcross - 1})
	f := newRowFinder(area)
	for range 10_000 {
		at := Location{Lat: rng.Int32N(1_700_000_000) - 850_000_000}
		tile := at.LatLon().Point().Tile()
		got := f.find(at.Lat)
		// Latitudes of edges are rounded to 1e-7 degrees.
		if b := (loc2vec.Tile{Y: uint32(got)}).Bounds(); at.LatLon().Lat < b.Min.Lat-1e-7 || at.LatLon().Lat > b.Max.Lat+1e-7 {
			t.Fatalf("latitude %v: row %d, want %d", at.LatLon().Lat, got, tile.Y)
		}
	}
	if f := newRowFinder(tilesOf(TileRange{0, 5000, 0, 5001})); f.find(-800_000_000) != -1 || f.find(800_000_000) != -1 {
		t.Error("a row outside of the area")
	}
}

// pictureOf shows the tiles of a range, "#" for those of the area.
func pictureOf(a *Area, r TileRange) string {
	var rows []string
	for y := r.Y0; y <= r.Y1; y++ {
		row := ""
		for x := r.X0; x <= r.X1; x++ {
			if a.Contains(x, y) {
				row += "#"
			} else {
				row += "."
			}
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "\n")
}
