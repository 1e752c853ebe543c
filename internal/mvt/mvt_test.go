package mvt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/loc2vec/loc2vec/internal/mvt/mvttest"
)

type points = []loc2vec.TilePoint

// encode returns the uncompressed vector tile of the features.
func encode(t testing.TB, features ...loc2vec.Feature) []byte {
	t.Helper()
	var e mvt.Encoder
	tile, err := e.AppendTile(nil, features)
	if err != nil {
		t.Fatal(err)
	}
	return tile
}

func area(parts ...points) loc2vec.Feature {
	return loc2vec.Feature{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: parts}
}

func line(size uint16, parts ...points) loc2vec.Feature {
	return loc2vec.Feature{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: size, Parts: parts}
}

func TestEncoderCleans(t *testing.T) {
	square := points{{X: 10, Y: 10}, {X: 20, Y: 10}, {X: 20, Y: 20}, {X: 10, Y: 20}}
	hole := points{{X: 12, Y: 12}, {X: 12, Y: 18}, {X: 18, Y: 18}, {X: 18, Y: 12}}
	for _, c := range []struct {
		name  string
		given loc2vec.Feature
		want  []loc2vec.Feature
	}{
		{"clean", area(square, hole), []loc2vec.Feature{area(square, hole)}},
		{"closing point", area(append(slices.Clone(square), square[0])), []loc2vec.Feature{area(square)}},
		{"repeated points", line(60, points{{X: 1}, {X: 1}, {X: 2}, {X: 2}}), []loc2vec.Feature{line(60, points{{X: 1}, {X: 2}})}},
		{"line of one point", line(60, points{{X: 1}, {X: 1}}), nil},
		{"ring of two points", area(points{{X: 1}, {X: 2}, {X: 1}}), nil},
		{"ring without area", area(points{{X: 1}, {X: 2}, {X: 3}}), nil},
		{"collapsed ring takes its hole along", area(points{{X: 1}, {X: 2}, {X: 3}}, hole, square), []loc2vec.Feature{area(square)}},
		{"collapsed hole", area(square, points{{X: 12, Y: 12}, {X: 13, Y: 13}}, hole), []loc2vec.Feature{area(square, hole)}},
		{"no parts", area(), nil},
	} {
		if got, want := mvttest.Decode(t, encode(t, c.given)), mvttest.PartsOf(c.want); !mvttest.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}

func TestPartOuter(t *testing.T) {
	square := points{{X: 10, Y: 10}, {X: 20, Y: 10}, {X: 20, Y: 20}, {X: 10, Y: 20}}
	hole := points{{X: 12, Y: 12}, {X: 12, Y: 18}, {X: 18, Y: 18}, {X: 18, Y: 12}}
	var got []bool
	var d mvt.Decoder
	if err := d.Decode(encode(t, area(square, hole), line(60, square)), func(p *loc2vec.Part) { got = append(got, p.Outer()) }); err != nil {
		t.Fatal(err)
	}
	if want := []bool{true, false, false}; !slices.Equal(got, want) {
		t.Errorf("ring, hole and line: %v, want %v", got, want)
	}
}

func TestEncoderRejects(t *testing.T) {
	ok := points{{X: 1}, {X: 2}}
	for name, f := range map[string]loc2vec.Feature{
		"west of the tile":  line(60, points{{X: -1}, {X: 2}}),
		"south of the tile": line(60, points{{Y: 5}, {Y: 8193}}),
		"no width":          line(0, ok),
		"building as sea":   {Layer: loc2vec.Building, Kind: loc2vec.KindArea, Size: loc2vec.SeaArea, Parts: [][]loc2vec.TilePoint{{{X: 1}, {X: 2}, {X: 2, Y: 2}}}},
		"area with a size":  {Kind: loc2vec.KindArea, Size: 2, Parts: [][]loc2vec.TilePoint{{{X: 1}, {X: 2}, {X: 2, Y: 2}}}},
		"closing area":      {Layer: mvt.Closing, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{{{X: 1}, {X: 2}, {X: 2, Y: 2}}}},
		"wide closing line": {Layer: mvt.Closing, Kind: loc2vec.KindLine, Size: 1, Parts: [][]loc2vec.TilePoint{ok}},
		"layer":             {Layer: 13, Kind: loc2vec.KindLine, Size: 1, Parts: [][]loc2vec.TilePoint{ok}},
		"kind":              {Kind: 4, Size: 1, Parts: [][]loc2vec.TilePoint{ok}},
		"two centres":       {Kind: loc2vec.KindDisc, Size: 1, Parts: [][]loc2vec.TilePoint{ok}},
		"inner ring first":  area(points{{X: 10, Y: 10}, {X: 10, Y: 20}, {X: 20, Y: 20}}),
	} {
		var e mvt.Encoder
		if _, err := e.Encode([]loc2vec.Feature{f}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestEncoderJoinsLines gives lines that meet in 100, 100.
func TestEncoderJoinsLines(t *testing.T) {
	west, north := points{{X: 0, Y: 100}, {X: 100, Y: 100}}, points{{X: 100, Y: 100}, {X: 100, Y: 0}}
	east, bend := points{{X: 100, Y: 100}, {X: 200, Y: 100}}, points{{X: 200, Y: 120}, {X: 100, Y: 100}}
	back := points{{X: 100, Y: 100}, {X: 0, Y: 110}}
	through := points{{X: 0, Y: 100}, {X: 100, Y: 100}, {X: 200, Y: 100}}
	for _, c := range []struct {
		name        string
		given, want []loc2vec.Feature
	}{
		{"straight on", []loc2vec.Feature{line(60, west), line(60, east)}, []loc2vec.Feature{line(60, through)}},
		{"the straightest", []loc2vec.Feature{line(60, bend), line(60, west), line(60, east)}, []loc2vec.Feature{line(60, through), line(60, bend)}},
		{"a crossing road", []loc2vec.Feature{line(60, west, north, east)}, []loc2vec.Feature{line(60, through, north)}},
		{"another width", []loc2vec.Feature{line(60, west), line(40, east)}, []loc2vec.Feature{line(60, west), line(40, east)}},
		{"a right angle", []loc2vec.Feature{line(60, west), line(60, north)}, []loc2vec.Feature{line(60, west), line(60, north)}},
		{"a sharp angle", []loc2vec.Feature{line(60, west), line(60, back)}, []loc2vec.Feature{line(60, west), line(60, back)}},
	} {
		if got, want := mvttest.Decode(t, encode(t, c.given...)), mvttest.PartsOf(c.want); !mvttest.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}

// TestEncoderOfStars gives lines that meet in one point from all sides: opposite ones are joined,
// unless there are so many that their pairs would fill the memory.
func TestEncoderOfStars(t *testing.T) {
	star := func(lines int) []loc2vec.Feature {
		var rays []loc2vec.Feature
		for i := range lines {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(lines))
			rays = append(rays, line(60, points{{X: 4000, Y: 4000}, {X: 4000 + int32(4000*cos), Y: 4000 + int32(4000*sin)}}))
		}
		return rays
	}
	for lines, want := range map[int]int{4: 2, 64: 32, 66: 66} {
		if got := len(mvttest.Decode(t, encode(t, star(lines)...))); got != want {
			t.Errorf("%d lines become %d, want %d", lines, got, want)
		}
	}
}

// TestEncoderJoinsRing gives an octagon in eight pieces: it becomes one line that ends where it
// begins.
func TestEncoderJoinsRing(t *testing.T) {
	corners := points{{X: 30, Y: 0}, {X: 60, Y: 0}, {X: 90, Y: 30}, {X: 90, Y: 60}, {X: 60, Y: 90}, {X: 30, Y: 90}, {X: 0, Y: 60}, {X: 0, Y: 30}}
	var pieces []loc2vec.Feature
	for i, c := range corners {
		pieces = append(pieces, line(60, points{c, corners[(i+1)%len(corners)]}))
	}
	got := mvttest.Decode(t, encode(t, pieces...))
	if len(got) != 1 || len(got[0].Points) != 9 || got[0].Points[0] != got[0].Points[8] {
		t.Errorf("%v", got)
	}
}

// TestEncoderIgnoresOrder gives the streets of a grid in pieces, in different orders: the same
// tile comes out, and every piece is part of a line.
func TestEncoderIgnoresOrder(t *testing.T) {
	const blocks = 8
	var streets []loc2vec.Feature
	for x := range int32(blocks) {
		for y := range int32(blocks) {
			at := func(dx, dy int32) loc2vec.TilePoint {
				return loc2vec.TilePoint{X: (x+dx)*100 + (y+dy)*7, Y: (y+dy)*90 - (x+dx)*5 + 100}
			}
			streets = append(streets, line(60, points{at(0, 0), at(1, 0)}), line(60, points{at(0, 0), at(0, 1)}))
		}
	}
	want := encode(t, streets...)
	rng := rand.New(rand.NewPCG(13, 14))
	for range 20 {
		rng.Shuffle(len(streets), func(i, j int) { streets[i], streets[j] = streets[j], streets[i] })
		if got := encode(t, streets...); !bytes.Equal(got, want) {
			t.Fatal("the order of the features shows in the tile")
		}
	}
	joined := mvttest.Decode(t, want)
	if len(joined) != 2*blocks {
		t.Errorf("%d streets become %d lines", 2*blocks, len(joined))
	}
	var pieces []mvttest.Part
	for _, l := range joined {
		for i := range l.Points[1:] {
			pieces = append(pieces, mvttest.NewPart(l.Layer, l.Kind, l.Size, l.Points[i:i+2]))
		}
	}
	slices.SortFunc(pieces, mvttest.Compare)
	if !mvttest.Equal(pieces, mvttest.PartsOf(streets)) {
		t.Error("the lines are not made of the pieces")
	}
}

// TestDecoderAgainstOrb decodes tiles with orb's decoder as well.
func TestDecoderAgainstOrb(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 50 {
		features := mvttest.RandomFeatures(rng, 30)
		tile := encode(t, features...)
		if got, want := orbParts(t, tile), mvttest.Decode(t, tile); !mvttest.Equal(got, want) {
			t.Fatalf("orb reads %v, want %v", got, want)
		}
		for _, polygon := range orbPolygons(t, tile) {
			if polygon[0].Orientation() != orb.CCW { // Y points down here
				t.Errorf("outer ring %v turns the wrong way", polygon[0])
			}
			for _, inner := range polygon[1:] {
				if inner.Orientation() != orb.CW || !polygon.Bound().Contains(inner[0]) {
					t.Errorf("inner ring %v of outer ring %v", inner, polygon[0])
				}
			}
		}
	}
}

func orbLayers(t *testing.T, tile []byte) orbmvt.Layers {
	t.Helper()
	layers, err := orbmvt.Unmarshal(tile)
	if err != nil {
		t.Fatal(err)
	}
	return layers
}

func orbPolygons(t *testing.T, tile []byte) []orb.Polygon {
	var polygons []orb.Polygon
	for _, layer := range orbLayers(t, tile) {
		for _, f := range layer.Features {
			switch g := f.Geometry.(type) {
			case orb.Polygon:
				polygons = append(polygons, g)
			case orb.MultiPolygon:
				polygons = append(polygons, g...)
			}
		}
	}
	return polygons
}

// orbParts returns what orb reads, sorted.
func orbParts(t *testing.T, tile []byte) []mvttest.Part {
	var parts []mvttest.Part
	for _, l := range orbLayers(t, tile) {
		layer, ok := loc2vec.ParseLayer(l.Name)
		if !ok || l.Extent != loc2vec.Extent || l.Version != 2 {
			t.Fatalf("layer %q of extent %d, version %d", l.Name, l.Extent, l.Version)
		}
		for _, f := range l.Features {
			add := func(kind loc2vec.Kind, attribute string, ps []orb.Point) {
				size, _ := f.Properties[attribute].(float64)
				p := make(points, len(ps))
				for i := range ps {
					p[i] = loc2vec.TilePoint{X: int32(ps[i][0]), Y: int32(ps[i][1])}
				}
				parts = append(parts, mvttest.NewPart(layer, kind, uint16(size), p))
			}
			polygon := func(p orb.Polygon) {
				for _, ring := range p {
					add(loc2vec.KindArea, "", ring[:len(ring)-1])
				}
			}
			switch g := f.Geometry.(type) {
			case orb.Point:
				add(loc2vec.KindDisc, "radius", []orb.Point{g})
			case orb.MultiPoint:
				for _, p := range g {
					add(loc2vec.KindDisc, "radius", []orb.Point{p})
				}
			case orb.LineString:
				add(loc2vec.KindLine, "width", g)
			case orb.MultiLineString:
				for _, l := range g {
					add(loc2vec.KindLine, "width", l)
				}
			case orb.Polygon:
				polygon(g)
			case orb.MultiPolygon:
				for _, p := range g {
					polygon(p)
				}
			}
		}
	}
	slices.SortFunc(parts, mvttest.Compare)
	return parts
}

// field returns a length-delimited protocol buffer field.
func field(number int, values ...any) []byte {
	var body []byte
	for _, v := range values {
		switch v := v.(type) {
		case []byte:
			body = append(body, v...)
		case string:
			body = append(body, v...)
		case int:
			body = binary.AppendUvarint(body, uint64(v))
		case uint64:
			body = binary.AppendUvarint(body, v)
		}
	}
	b := binary.AppendUvarint(nil, uint64(number)<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(body))), body...)
}

// number returns a varint field.
func number(field, value int) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(field)<<3), uint64(value))
}

// layerWith returns a tile with one layer of those fields after name, version and extent.
func layerWith(fields ...any) []byte {
	return field(3, append([]any{field(1, "path"), number(15, 2), number(5, 8192)}, fields...)...)
}

// TestDecoderSkips gives tiles with things in them that a later writer may add.
func TestDecoderSkips(t *testing.T) {
	feature := field(2, field(2, 1, 1), number(3, 2), field(4, 9, 2, 4, 10, 6, 8))
	keys := slices.Concat(field(3, "lit"), field(3, "width"), field(4, field(1, "yes")), field(4, number(5, 25)))
	want := []mvttest.Part{{Layer: loc2vec.Path, Kind: loc2vec.KindLine, Size: 25, Points: points{{X: 1, Y: 2}, {X: 4, Y: 6}}}}
	for name, tile := range map[string][]byte{
		"plain":              layerWith(keys, feature),
		"features first":     layerWith(feature, keys),
		"unknown layer":      append(field(3, field(1, "lamps"), number(15, 9), number(2, 7)), layerWith(keys, feature)...),
		"unknown attribute":  layerWith(keys, field(2, field(2, 0, 0, 1, 1), number(3, 2), field(4, 9, 2, 4, 10, 6, 8))),
		"unknown type":       layerWith(keys, feature, field(2, number(3, 4), field(4, 1, 2, 3))),
		"unknown tile field": append(number(9, 77), layerWith(keys, feature)...),
		"feature id":         layerWith(keys, field(2, number(1, 12345), field(2, 1, 1), number(3, 2), field(4, 9, 2, 4, 10, 6, 8))),
		"fixed-size fields":  layerWith([]byte{20<<3&0x7f | 5 | 0x80, 1, 1, 2, 3, 4}, keys, feature),
	} {
		if got := mvttest.Decode(t, tile); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestDecoderRejects(t *testing.T) {
	width := slices.Concat(field(3, "width"), field(4, number(5, 25)))
	geometry := func(kind int, commands ...any) []byte {
		return layerWith(width, field(2, field(2, 0, 0), number(3, kind), field(4, commands...)))
	}
	var d mvt.Decoder
	for name, tile := range map[string][]byte{
		"wire type":               {3<<3 | 3},
		"length":                  {3<<3 | 2, 200, 1},
		"endless number":          bytes.Repeat([]byte{0xff}, 20),
		"another extent":          field(3, field(1, "path"), number(15, 2), number(5, 4096)),
		"layer twice":             append(layerWith(), layerWith()...),
		"odd tags":                layerWith(width, field(2, field(2, 0), number(3, 2), field(4, 9, 0, 0, 10, 2, 2))),
		"value out of range":      layerWith(width, field(2, field(2, 0, 1), number(3, 2), field(4, 9, 0, 0, 10, 2, 2))),
		"large width":             layerWith(field(3, "width"), field(4, number(5, 1<<16)), field(2, field(2, 0, 0), number(3, 2), field(4, 9, 0, 0, 10, 2, 2))),
		"width that is a text":    layerWith(field(3, "width"), field(4, field(1, "25")), field(2, field(2, 0, 0), number(3, 2), field(4, 9, 0, 0, 10, 2, 2))),
		"line without a start":    geometry(2, 10, 2, 2),
		"line of one point":       geometry(2, 9, 2, 2),
		"line of no steps":        geometry(2, 9, 2, 2, 2),
		"line with two starts":    geometry(2, 17, 2, 2, 2, 2, 10, 2, 2),
		"line closed":             geometry(2, 9, 2, 2, 10, 2, 2, 15),
		"ring of two points":      geometry(3, 9, 2, 2, 10, 2, 2, 15),
		"ring not closed":         geometry(3, 9, 2, 2, 18, 2, 2, 4, 4),
		"ring closed twice":       geometry(3, 9, 2, 2, 18, 2, 2, 4, 4, 23),
		"more steps than bytes":   geometry(2, 9, 2, 2, uint64(1<<31|2), 2, 2),
		"coordinates cut off":     geometry(2, 9, 2, 2, 18, 2, 2, 4, []byte{0x80}),
		"far away":                geometry(2, 9, 2, 2, 10, 1<<18, 2),
		"discs with a line":       geometry(1, 9, 2, 2, 10, 2, 2),
		"discs without a centre":  geometry(1, 1),
		"discs in two commands":   geometry(1, 9, 2, 2, 9, 2, 2),
		"coordinate over 32 bits": geometry(1, 9, uint64(1<<33), 2),
	} {
		if err := d.Decode(tile, func(*loc2vec.Part) {}); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tile := range map[string][]byte{
		"a line": geometry(2, 9, 2, 2, 10, 1<<18, 2), "its first point": geometry(2, 9, 1<<18, 2, 10, 2, 2), "a disc": geometry(1, 9, 2, 1<<18),
	} {
		if err := d.Decode(tile, func(*loc2vec.Part) {}); err == nil || !strings.Contains(err.Error(), "has a coordinate beyond ±32768") {
			t.Errorf("%s far away: %v", name, err)
		}
	}
	if err := d.Decode(geometry(2, 10, 2, 2), func(*loc2vec.Part) {}); err == nil || !strings.Contains(err.Error(), "does not begin with one point") {
		t.Errorf("a line without a start, after one far away: %v", err)
	}
	later := field(3, field(1, "path"), number(15, 3), number(5, 8192))
	if err := d.Decode(later, func(*loc2vec.Part) {}); !errors.Is(err, loc2vec.ErrVersion) {
		t.Errorf("version 3: %v", err)
	}
}

func TestDecoderAllocatesNothing(t *testing.T) {
	tile := encode(t, mvttest.RandomFeatures(rand.New(rand.NewPCG(11, 12)), 200)...)
	var d mvt.Decoder
	n := 0
	emit := func(p *loc2vec.Part) { n += len(p.Points) }
	if allocs := testing.AllocsPerRun(20, func() {
		if err := d.Decode(tile, emit); err != nil {
			t.Fatal(err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations a tile", allocs)
	}
}

// TestExpansion: a tile that compresses like no map is not written.
func TestExpansion(t *testing.T) {
	line := make(points, 20_000)
	for i := range line {
		line[i] = loc2vec.TilePoint{X: int32(i % 2), Y: int32(i % 3)}
	}
	var e mvt.Encoder
	_, err := e.Encode([]loc2vec.Feature{{Layer: loc2vec.Path, Kind: loc2vec.KindLine, Size: 30, Parts: [][]loc2vec.TilePoint{line}}})
	if err == nil || !strings.Contains(err.Error(), "expand") {
		t.Errorf("error %v", err)
	}
}

// TestLimits: a tile at each limit is written and read, one beyond it is neither.
func TestLimits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) // random points hardly compress
	discs := func(n int) loc2vec.Feature {
		f := loc2vec.Feature{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 30}
		for range n {
			f.Parts = append(f.Parts, points{{X: rng.Int32N(loc2vec.Extent), Y: rng.Int32N(loc2vec.Extent)}})
		}
		return f
	}
	zigzag := func(n int) loc2vec.Feature {
		line := make(points, n)
		for i := range line {
			line[i] = loc2vec.TilePoint{X: int32(i%2)*50 + rng.Int32N(50), Y: rng.Int32N(60)}
		}
		return loc2vec.Feature{Layer: loc2vec.Path, Kind: loc2vec.KindLine, Size: 30, Parts: [][]loc2vec.TilePoint{line}}
	}
	for name, make := range map[string]struct {
		feature func(int) loc2vec.Feature
		most    int
	}{"parts": {discs, mvt.MaxParts}, "points": {zigzag, mvt.MaxPoints}} {
		var e mvt.Encoder
		var d mvt.Decoder
		if _, err := e.Encode([]loc2vec.Feature{make.feature(make.most)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		beyond := []loc2vec.Feature{make.feature(make.most + 1)}
		if _, err := e.Encode(beyond); err == nil {
			t.Errorf("%s: written beyond the limit", name)
		}
		data, err := e.AppendTile(nil, beyond)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Decode(data, func(*loc2vec.Part) {}); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%s: read beyond the limit: %v", name, err)
		}
	}
}
