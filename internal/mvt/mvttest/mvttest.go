// Package mvttest makes features for tests and compares the parts that vector tiles decode to.
package mvttest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// RandomFeatures returns clean features: no repeated points, nothing that collapses.
func RandomFeatures(rng *rand.Rand, n int) []loc2vec.Feature {
	point := func() loc2vec.TilePoint {
		return loc2vec.TilePoint{X: rng.Int32N(loc2vec.Extent + 1), Y: rng.Int32N(loc2vec.Extent + 1)}
	}
	// square returns a clockwise ring on the screen, which is an outer one.
	square := func(x, y, edge int32) []loc2vec.TilePoint {
		return []loc2vec.TilePoint{{X: x, Y: y}, {X: x + edge, Y: y}, {X: x + edge, Y: y + edge}, {X: x, Y: y + edge}}
	}
	features := make([]loc2vec.Feature, n)
	for i := range features {
		f := &features[i]
		f.Layer = loc2vec.Layer(rng.IntN(loc2vec.NumLayers))
		f.Kind = loc2vec.Kind(1 + rng.IntN(3))
		f.Size = uint16(1 + rng.IntN(4)*300)
		switch f.Kind {
		case loc2vec.KindDisc:
			f.Parts = [][]loc2vec.TilePoint{{point()}}
		case loc2vec.KindLine:
			var line []loc2vec.TilePoint
			for range 2 + rng.IntN(8) {
				line = append(line, point())
			}
			line = slices.Compact(line)
			if len(line) < 2 {
				line = append(line, loc2vec.TilePoint{X: line[0].X ^ 1, Y: 7})
			}
			f.Parts = [][]loc2vec.TilePoint{line}
		case loc2vec.KindArea:
			f.Size = 0
			edge := 8 + rng.Int32N(2000)
			x, y := rng.Int32N(loc2vec.Extent-edge), rng.Int32N(loc2vec.Extent-edge)
			f.Parts = [][]loc2vec.TilePoint{square(x, y, edge)}
			if rng.IntN(2) == 0 {
				hole := square(x+2, y+2, edge/2)
				slices.Reverse(hole)
				f.Parts = append(f.Parts, hole)
			}
		}
	}
	return features
}

// Part is a loc2vec.Part with points of its own, in an order that tells nothing: a line begins with
// the lesser of its ends, a ring with its least point.
type Part struct {
	Layer  loc2vec.Layer
	Kind   loc2vec.Kind
	Size   uint16
	Points []loc2vec.TilePoint
}

// NewPart returns a Part with a normalised copy of the points.
func NewPart(layer loc2vec.Layer, kind loc2vec.Kind, size uint16, points []loc2vec.TilePoint) Part {
	points = slices.Clone(points)
	switch kind {
	case loc2vec.KindLine:
		if comparePoints(points[0], points[len(points)-1]) > 0 {
			slices.Reverse(points)
		}
	case loc2vec.KindArea:
		first := slices.Index(points, slices.MinFunc(points, comparePoints))
		points = slices.Concat(points[first:], points[:first])
	}
	return Part{layer, kind, size, points}
}

func comparePoints(p, q loc2vec.TilePoint) int {
	return cmp.Or(cmp.Compare(p.X, q.X), cmp.Compare(p.Y, q.Y))
}

// Compare orders parts.
func Compare(a, b Part) int {
	return cmp.Or(
		cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Size, b.Size),
		slices.CompareFunc(a.Points, b.Points, comparePoints))
}

// PartsOf returns the parts of the features, sorted.
func PartsOf(features []loc2vec.Feature) []Part {
	var parts []Part
	for _, f := range features {
		for _, p := range f.Parts {
			parts = append(parts, NewPart(f.Layer, f.Kind, f.Size, p))
		}
	}
	slices.SortFunc(parts, Compare)
	return parts
}

// Decode returns the parts of a vector tile, sorted.
func Decode(t testing.TB, tile []byte) []Part {
	t.Helper()
	var d mvt.Decoder
	var parts []Part
	if err := d.Decode(tile, func(p *loc2vec.Part) {
		parts = append(parts, NewPart(p.Layer, p.Kind, p.Size, p.Points))
	}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(parts, Compare)
	return parts
}

// Equal reports whether two sorted lists have the same parts.
func Equal(a, b []Part) bool {
	return slices.EqualFunc(a, b, func(p, q Part) bool { return Compare(p, q) == 0 })
}

// City returns features like those of a dense city tile: 800 buildings and 300 winding roads, 10,000
// points together.
func City() []loc2vec.Feature {
	rng := rand.New(rand.NewPCG(31, 32))
	var features []loc2vec.Feature
	for range 800 {
		x, y := 50+rng.Int32N(8000), 50+rng.Int32N(8000)
		w, h := 20+rng.Int32N(60), 20+rng.Int32N(60)
		skew := rng.Int32N(20)
		features = append(features, loc2vec.Feature{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{{{X: x, Y: y}, {X: x + w, Y: y + skew}, {X: x + w - skew, Y: y + h}, {X: x - skew, Y: y + h - skew}}}})
	}
	for range 300 {
		x, y, heading := rng.Float64()*8192, rng.Float64()*8192, rng.Float64()*2*math.Pi
		var road []loc2vec.TilePoint
		for range 23 {
			road = append(road, loc2vec.TilePoint{X: int32(x), Y: int32(y)})
			step := 20 + rng.Float64()*80
			heading += rng.NormFloat64() * 0.3
			x, y = min(max(x+step*math.Cos(heading), 0), 8192), min(max(y+step*math.Sin(heading), 0), 8192)
		}
		features = append(features, loc2vec.Feature{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: uint16(20 + rng.IntN(5)*10), Parts: [][]loc2vec.TilePoint{road}})
	}
	return features
}
