package tiler

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/planar"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

func newRNG(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2)) }

func abs(v int64) int64 { return max(v, -v) }

func areaClass() []schema.Class {
	return []schema.Class{{Layer: loc2vec.Vegetation, Kind: loc2vec.KindArea}}
}

func lineClass() []schema.Class {
	return []schema.Class{{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60}}
}

// tilesOf returns the area of a range.
func tilesOf(r grid.TileRange) *grid.Area {
	middle := func(x, y int32) loc2vec.LatLon {
		return loc2vec.Point{X: (float64(x) + 0.5) / grid.TilesAcross, Y: (float64(y) + 0.5) / grid.TilesAcross}.LatLon()
	}
	nw, se := middle(r.X0, r.Y0), middle(r.X1, r.Y1)
	return grid.BoxArea(loc2vec.Bounds{Min: loc2vec.LatLon{Lat: se.Lat, Lon: nw.Lon}, Max: loc2vec.LatLon{Lat: nw.Lat, Lon: se.Lon}})
}

// cutPieces clips a shape and returns the features of each tile.
func cutPieces(t *testing.T, area *grid.Area, cut func(*clipper)) map[loc2vec.Tile][]loc2vec.Feature {
	t.Helper()
	var b pieces
	c := clipper{area: area, out: &b}
	cut(&c)
	store := newTileStore(t.TempDir(), math.MaxInt)
	if err := store.add(&b); err != nil {
		t.Fatal(err)
	}
	tiles := map[loc2vec.Tile][]loc2vec.Feature{}
	for key, data := range store.tiles {
		var r pieceReader
		features, err := r.read(data)
		if err != nil {
			t.Fatal(err)
		}
		tile := key.Tile()
		if !area.Covers(tile) {
			t.Errorf("pieces in tile %v, which is not in the area", tile)
		}
		for _, f := range features {
			for _, part := range f.Parts {
				for _, p := range part {
					if p.X < 0 || p.X > loc2vec.Extent || p.Y < 0 || p.Y > loc2vec.Extent {
						t.Fatalf("tile %v: %v is outside", tile, p)
					}
				}
			}
		}
		tiles[tile] = features
	}
	return tiles
}

// onGrid converts a point of a tile to a point of the grid.
func onGrid(t loc2vec.Tile, p loc2vec.TilePoint) grid.Point {
	return grid.Point{X: int32(t.X)*loc2vec.Extent + p.X, Y: int32(t.Y)*loc2vec.Extent + p.Y}
}

// middleRange is a square of n × n tiles far from the edges of the world.
func middleRange(n int32) grid.TileRange {
	return grid.TileRange{X0: 8000, Y0: 5000, X1: 8000 + n - 1, Y1: 5000 + n - 1}
}

// randomRing returns a star-shaped ring, which does not cross itself.
func randomRing(rng *rand.Rand, r grid.TileRange, points int) []grid.Point {
	w := float64(r.X1-r.X0+1) * loc2vec.Extent
	cx, cy := float64(r.X0)*loc2vec.Extent+w/2, float64(r.Y0)*loc2vec.Extent+w/2
	var ring []grid.Point
	for i := range points {
		angle := 2 * math.Pi * float64(i) / float64(points)
		radius := w * (0.05 + 0.45*rng.Float64())
		ring = append(ring, grid.Point{X: int32(cx + radius*math.Cos(angle)), Y: int32(cy + radius*math.Sin(angle))})
	}
	return ring
}

// Areas summed over tiles equal the whole exactly, once the points where the outline crosses edges are
// rounded, which moves the outline by at most half a step.
func TestCutAreasAddUp(t *testing.T) {
	rng := newRNG(1)
	for range 100 {
		r := middleRange(1 + rng.Int32N(20))
		outer := randomRing(rng, r, 3+rng.IntN(60))
		rings := [][]grid.Point{slices.Clone(outer)}
		if rng.IntN(2) == 0 { // a hole of a twentieth of the size
			hole := make([]grid.Point, len(outer))
			cx, cy := int32((r.X0+r.X1+1)*loc2vec.Extent/2), int32((r.Y0+r.Y1+1)*loc2vec.Extent/2)
			for i, p := range outer {
				hole[i] = grid.Point{X: cx + (p.X-cx)/20, Y: cy + (p.Y-cy)/20}
			}
			rings = append(rings, hole)
		}
		want, length := float64(abs(grid.DoubleArea(rings[0]))), 0.0
		if len(rings) > 1 {
			want -= float64(abs(grid.DoubleArea(rings[1])))
		}
		for _, ring := range rings {
			for i, p := range ring {
				q := ring[(i+1)%len(ring)]
				length += math.Hypot(float64(p.X-q.X), float64(p.Y-q.Y))
			}
		}
		got := 0.0
		tiles := cutPieces(t, tilesOf(r), func(c *clipper) { c.polygon(areaClass(), rings) })
		for tile, features := range tiles {
			for _, f := range features {
				for i, part := range f.Parts {
					ring := make([]grid.Point, len(part))
					for k, p := range part {
						ring[k] = onGrid(tile, p)
					}
					a := grid.DoubleArea(ring)
					if (a > 0) != (i == 0) {
						t.Errorf("tile %v: ring %d has area %d", tile, i, a)
					}
					got += float64(a)
				}
			}
		}
		if math.Abs(got-want) > length {
			t.Fatalf("areas add up to %g, want %g: off by %g of a length of %g", got/2, want/2, (got-want)/2, length)
		}
	}
}

// Both tiles have the same points where an outline crosses their edge.
func TestCutSeamsAreExact(t *testing.T) {
	rng := newRNG(2)
	for range 50 {
		r := middleRange(2 + rng.Int32N(6))
		ring := randomRing(rng, r, 3+rng.IntN(40))
		tiles := cutPieces(t, tilesOf(r), func(c *clipper) { c.polygon(areaClass(), [][]grid.Point{ring}) })
		// The length of edge that the area covers must agree from both sides. It follows from signed
		// lengths along the edge.
		east, west := map[loc2vec.Tile]int64{}, map[loc2vec.Tile]int64{}
		for tile, features := range tiles {
			for _, f := range features {
				for _, part := range f.Parts {
					for i, p := range part {
						q := part[(i+1)%len(part)]
						if p.X == loc2vec.Extent && q.X == loc2vec.Extent {
							east[tile] += int64(q.Y - p.Y)
						}
						if p.X == 0 && q.X == 0 {
							west[tile] += int64(p.Y - q.Y)
						}
					}
				}
			}
		}
		for tile := range tiles {
			next := loc2vec.Tile{X: tile.X + 1, Y: tile.Y}
			if east[tile] != west[next] {
				t.Fatalf("the area covers %d of the edge of %v from the west and %d from the east", east[tile], tile, west[next])
			}
		}
	}
}

// The pieces of a line join to the line.
func TestCutLinesAddUp(t *testing.T) {
	rng := newRNG(3)
	for range 100 {
		r := middleRange(1 + rng.Int32N(8))
		var line []grid.Point
		for range 2 + rng.IntN(30) {
			p := grid.Point{X: r.X0*loc2vec.Extent + rng.Int32N((r.X1-r.X0+1)*loc2vec.Extent), Y: r.Y0*loc2vec.Extent + rng.Int32N((r.Y1-r.Y0+1)*loc2vec.Extent)}
			if rng.IntN(3) == 0 { // on a tile edge
				p.X = p.X / loc2vec.Extent * loc2vec.Extent
			}
			if rng.IntN(3) == 0 {
				p.Y = p.Y / loc2vec.Extent * loc2vec.Extent
			}
			line = append(line, p)
		}
		line = slices.Compact(line)
		if len(line) < 2 {
			continue
		}
		want, got := 0.0, 0.0
		for i := 1; i < len(line); i++ {
			want += math.Hypot(float64(line[i].X-line[i-1].X), float64(line[i].Y-line[i-1].Y))
		}
		ends := map[grid.Point]int{} // number of parts that start there, minus those that end there
		for tile, features := range cutPieces(t, tilesOf(r), func(c *clipper) { c.line(lineClass(), line) }) {
			for _, f := range features {
				for _, part := range f.Parts {
					if len(part) < 2 {
						t.Fatalf("a part of %d points", len(part))
					}
					for i := 1; i < len(part); i++ {
						if part[i] == part[i-1] {
							t.Errorf("tile %v: %v twice", tile, part[i])
						}
						got += math.Hypot(float64(part[i].X-part[i-1].X), float64(part[i].Y-part[i-1].Y))
					}
					ends[onGrid(tile, part[0])]++
					ends[onGrid(tile, part[len(part)-1])]--
				}
			}
		}
		// Rounding a crossing moves it by half a step.
		if math.Abs(got-want) > float64(len(line))*float64(r.X1-r.X0+2) {
			t.Fatalf("parts of %v add up to %g, want %g", line, got, want)
		}
		if line[0] != line[len(line)-1] {
			ends[line[0]]--
			ends[line[len(line)-1]]++
		}
		for p, n := range ends {
			if n != 0 {
				t.Fatalf("the parts of %v break at %v", line, p)
			}
		}
	}
}

// A segment along an edge, or a point on it, belongs to one tile.
func TestCutOnEdges(t *testing.T) {
	r := middleRange(2)
	x, y := r.X1*loc2vec.Extent, r.Y1*loc2vec.Extent // where the four tiles meet
	se := loc2vec.Tile{X: uint32(r.X1), Y: uint32(r.Y1)}
	ne, sw := loc2vec.Tile{X: se.X, Y: se.Y - 1}, loc2vec.Tile{X: se.X - 1, Y: se.Y}
	tests := []struct {
		name string
		cut  func(*clipper)
		want []loc2vec.Tile
	}{
		{"disc on the corner", func(c *clipper) { c.disc(lineClass(), grid.Point{X: x, Y: y}) }, []loc2vec.Tile{se}},
		{"line down the edge", func(c *clipper) { c.line(lineClass(), []grid.Point{{X: x, Y: y + 5}, {X: x, Y: y + 99}}) }, []loc2vec.Tile{se}},
		{"line down the edge past the corner", func(c *clipper) { c.line(lineClass(), []grid.Point{{X: x, Y: y - 5}, {X: x, Y: y + 99}}) }, []loc2vec.Tile{ne, se}},
		{"line along the edge", func(c *clipper) { c.line(lineClass(), []grid.Point{{X: x - 9, Y: y}, {X: x + 9, Y: y}}) }, []loc2vec.Tile{sw, se}},
		{"line that touches the edge", func(c *clipper) {
			c.line(lineClass(), []grid.Point{{X: x - 9, Y: y + 1}, {X: x, Y: y + 5}, {X: x - 9, Y: y + 9}})
		}, []loc2vec.Tile{sw}},
		{"square against the edge", func(c *clipper) {
			c.polygon(areaClass(), [][]grid.Point{{{X: x - 9, Y: y}, {X: x, Y: y}, {X: x, Y: y + 9}, {X: x - 9, Y: y + 9}}})
		}, []loc2vec.Tile{sw}},
	}
	for _, test := range tests {
		var got []loc2vec.Tile
		for tile := range cutPieces(t, tilesOf(r), test.cut) {
			got = append(got, tile)
		}
		slices.SortFunc(got, func(a, b loc2vec.Tile) int { return int(a.ID()) - int(b.ID()) })
		slices.SortFunc(test.want, func(a, b loc2vec.Tile) int { return int(a.ID()) - int(b.ID()) })
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: in %v, want %v", test.name, got, test.want)
		}
	}
}

// The last column and row hold the edge of the world.
// A comb whose teeth join beyond the tile's edge stays one ring there. The segments that join the teeth lie
// on the edge (FORMAT.md, "Rings") and enclose nothing: above the edge the area is that of the teeth.
func TestCutPiecesJoinAlongTheEdge(t *testing.T) {
	r := middleRange(2)
	x, edge := r.X0*loc2vec.Extent, r.Y1*loc2vec.Extent
	comb := []grid.Point{{X: x + 100, Y: edge + 300}}
	const teeth = 3
	for i := range int32(teeth) { // each 200 wide and 500 above the edge
		left := x + 100 + 400*i
		comb = append(comb, grid.Point{X: left, Y: edge - 500}, grid.Point{X: left + 200, Y: edge - 500}, grid.Point{X: left + 200, Y: edge + 100}, grid.Point{X: left + 400, Y: edge + 100})
	}
	comb = append(comb, grid.Point{X: x + 100 + 400*teeth, Y: edge + 300})
	tiles := cutPieces(t, tilesOf(r), func(c *clipper) { c.polygon(areaClass(), [][]grid.Point{comb}) })
	north := tiles[loc2vec.Tile{X: uint32(r.X0), Y: uint32(r.Y0)}]
	if len(north) != 1 || len(north[0].Parts) != 1 {
		t.Fatalf("%+v, want one ring", north)
	}
	var ring []grid.Point
	horizontal := map[int32]int32{} // length of the segments that go east and west, by Y
	points := north[0].Parts[0]
	for i, p := range points {
		ring = append(ring, grid.Point{X: p.X, Y: p.Y})
		if q := points[(i+1)%len(points)]; q.Y == p.Y {
			horizontal[p.Y] += max(q.X-p.X, p.X-q.X)
		}
	}
	if got, want := grid.DoubleArea(ring), int64(2*teeth*200*500); got != want {
		t.Errorf("twice the area is %d, want %d", got, want)
	}
	if horizontal[loc2vec.Extent-500] != teeth*200 || horizontal[loc2vec.Extent] < teeth*200 || len(horizontal) != 2 {
		t.Errorf("horizontal segments %v, want them at the teeth's ends and on the edge", horizontal)
	}
}

func TestCutAtTheEdgeOfTheWorld(t *testing.T) {
	last := int32(grid.TilesAcross - 1)
	area := tilesOf(grid.TileRange{X0: 0, Y0: 0, X1: last, Y1: last})
	corner := grid.Point{X: grid.Across, Y: grid.Across}
	tiles := cutPieces(t, area, func(c *clipper) {
		c.disc(lineClass(), corner)
		c.line(lineClass(), []grid.Point{{X: grid.Across, Y: 5}, {X: grid.Across, Y: 99}})
		c.polygon(areaClass(), [][]grid.Point{{{X: grid.Across - 9, Y: grid.Across - 9}, {X: grid.Across, Y: grid.Across - 9}, corner}})
	})
	for _, want := range []loc2vec.Tile{{X: uint32(last), Y: uint32(last)}, {X: uint32(last), Y: 0}} {
		if len(tiles[want]) == 0 {
			t.Errorf("nothing in %v: %v", want, tiles)
		}
	}
}

// Clipping a polygon of a hundred thousand tiles takes no longer than its tiles.
func TestCutCountry(t *testing.T) {
	r := middleRange(400)
	ring := randomRing(newRNG(4), r, 5000)
	tiles := cutPieces(t, tilesOf(r), func(c *clipper) { c.polygon(areaClass(), [][]grid.Point{ring}) })
	if len(tiles) < 10_000 {
		t.Errorf("%d tiles", len(tiles))
	}
}

func TestCutOutsideIsCounted(t *testing.T) {
	r := middleRange(2)
	far := grid.Point{X: 100, Y: 100}
	var c clipper
	cutPieces(t, tilesOf(r), func(cut *clipper) {
		cut.disc(lineClass(), far)
		cut.line(lineClass(), []grid.Point{far, {X: 200, Y: 300}})
		cut.polygon(areaClass(), [][]grid.Point{{far, {X: 200, Y: 300}, {X: 400, Y: 100}}})
		c = *cut
	})
	if c.outside != 3 {
		t.Errorf("%d shapes outside, want 3", c.outside)
	}
}

// Package orb clips polygons to one box as we do to many.
func TestCutEqualsOrb(t *testing.T) {
	rng := newRNG(5)
	r := middleRange(3)
	for range 50 {
		ring := randomRing(rng, r, 3+rng.IntN(20))
		var o orb.Ring
		for _, p := range append(slices.Clone(ring), ring[0]) {
			o = append(o, orb.Point{float64(p.X), float64(p.Y)})
		}
		tiles := cutPieces(t, tilesOf(r), func(c *clipper) { c.polygon(areaClass(), [][]grid.Point{ring}) })
		for y := r.Y0; y <= r.Y1; y++ {
			for x := r.X0; x <= r.X1; x++ {
				corner := orb.Point{float64(x) * loc2vec.Extent, float64(y) * loc2vec.Extent}
				box := orb.Bound{Min: corner, Max: orb.Point{corner[0] + loc2vec.Extent, corner[1] + loc2vec.Extent}}
				want := 0.0
				if cut := clip.Ring(box, o.Clone()); cut != nil {
					want = math.Abs(planar.Area(orb.Polygon{cut}))
				}
				got := 0.0
				for _, f := range tiles[loc2vec.Tile{X: uint32(x), Y: uint32(y)}] {
					for _, part := range f.Parts {
						points := make([]grid.Point, len(part))
						for i, p := range part {
							points[i] = grid.Point{X: p.X, Y: p.Y}
						}
						got += float64(grid.DoubleArea(points)) / 2
					}
				}
				// Rounding: half a step along each side that crosses the tile.
				if math.Abs(got-want) > float64(len(ring)+4)*loc2vec.Extent/2 {
					t.Fatalf("tile %d/%d: area %g, orb has %g", x, y, got, want)
				}
			}
		}
	}
}

func BenchmarkCutPolygon(b *testing.B) {
	for _, tiles := range []int32{1, 10, 100} {
		b.Run(fmt.Sprintf("tiles=%d", tiles*tiles), func(b *testing.B) {
			r := middleRange(tiles)
			ring := randomRing(newRNG(6), r, 1000)
			var out pieces
			c := clipper{area: tilesOf(r), out: &out}
			b.ReportAllocs()
			for b.Loop() {
				out.reset()
				c.polygon(areaClass(), [][]grid.Point{ring})
			}
		})
	}
}
