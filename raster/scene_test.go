package raster_test

import (
	"math"
	"math/rand/v2"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// spec is a typical specification.
var spec = raster.Spec{Metres: 200, Pixels: 128}

// scene is an invented map: features by tile.
type scene map[loc2vec.Tile][]loc2vec.Feature

// decoded returns a function that returns the scene's tiles, for Draw.
func (s scene) decoded() func(loc2vec.Tile) (*raster.Tile, error) {
	tiles := map[loc2vec.Tile]*raster.Tile{}
	for id, features := range s {
		tiles[id] = tileOf(features)
	}
	return func(id loc2vec.Tile) (*raster.Tile, error) { return tiles[id], nil }
}

func tileOf(features []loc2vec.Feature) *raster.Tile {
	t := new(raster.Tile)
	for _, f := range features {
		for _, points := range f.Parts {
			t.Append(&loc2vec.Part{Layer: f.Layer, Kind: f.Kind, Size: f.Size, Points: points})
		}
	}
	return t
}

// draw returns the raster of the scene.
func (s scene) draw(pose raster.Pose) []uint8 {
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	if err := raster.New(spec).Draw(dst, pose, s.decoded()); err != nil {
		panic(err)
	}
	return dst
}

// plane returns one layer of a raster.
func plane(img []uint8, l loc2vec.Layer) []uint8 {
	n := spec.Pixels * spec.Pixels
	return img[int(l)*n:][:n]
}

// area returns an area feature with one outer ring.
func area(l loc2vec.Layer, ring ...loc2vec.TilePoint) loc2vec.Feature {
	return loc2vec.Feature{Layer: l, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{ring}}
}

// rect returns a rectangle, oriented as an outer ring.
func rect(minX, minY, maxX, maxY int32) []loc2vec.TilePoint {
	return []loc2vec.TilePoint{{X: minX, Y: minY}, {X: maxX, Y: minY}, {X: maxX, Y: maxY}, {X: minX, Y: maxY}}
}

// place returns the place of a point of a tile, which may be fractional.
func place(t loc2vec.Tile, x, y float64) loc2vec.LatLon {
	const steps = 1 << loc2vec.Zoom * loc2vec.Extent
	o := t.Origin()
	return loc2vec.Point{X: o.X + x/steps, Y: o.Y + y/steps}.LatLon()
}

// metresPerStep returns the size of a tile step at a place.
func metresPerStep(at loc2vec.LatLon) float64 {
	const steps = 1 << loc2vec.Zoom * loc2vec.Extent
	return loc2vec.EarthCircumference / steps * math.Cos(at.Lat*math.Pi/180)
}

// monaco is a tile at 43.7° north.
var monaco = loc2vec.Tile{X: 8529, Y: 5975}

// randomFeatures returns n features of all kinds that start within lo..hi of a tile in x and y and are as small as
// those of a town.
func randomFeatures(rng *rand.Rand, n int, lo, hi int32) []loc2vec.Feature {
	coordinate := func() int32 { return lo + rng.Int32N(hi-lo+1) }
	features := make([]loc2vec.Feature, n)
	for i := range features {
		f := &features[i]
		f.Layer = loc2vec.Layer(rng.IntN(loc2vec.NumLayers))
		f.Kind = loc2vec.Kind(1 + rng.IntN(3))
		cx, cy := coordinate(), coordinate()
		at := func(dx, dy float64) loc2vec.TilePoint {
			return loc2vec.TilePoint{
				X: min(max(cx+int32(math.Round(dx)), 0), loc2vec.Extent),
				Y: min(max(cy+int32(math.Round(dy)), 0), loc2vec.Extent),
			}
		}
		var points []loc2vec.TilePoint
		switch f.Kind {
		case loc2vec.KindDisc:
			f.Size = uint16(20 + rng.IntN(200))
			points = append(points, at(0, 0))
		case loc2vec.KindLine:
			f.Size = uint16(10 + rng.IntN(200))
			heading, x, y := rng.Float64()*2*math.Pi, 0.0, 0.0
			for range 2 + rng.IntN(60) {
				points = append(points, at(x, y))
				heading += rng.NormFloat64() * 0.2
				x += 30 * math.Cos(heading)
				y += 30 * math.Sin(heading)
			}
		case loc2vec.KindArea:
			corners, radius := 3+rng.IntN(60), 10+rng.Float64()*150
			for k := range corners {
				sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(corners))
				r := radius * (0.4 + rng.Float64())
				points = append(points, at(r*cos, r*sin))
			}
		}
		f.Parts = [][]loc2vec.TilePoint{points}
	}
	return features
}
