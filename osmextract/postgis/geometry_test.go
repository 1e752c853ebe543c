package postgis

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"github.com/loc2vec/loc2vec"
)

func geometries() []orb.Geometry {
	ring := orb.Ring{{7, 50}, {7.1, 50}, {7.1, 50.1}, {7, 50}}
	hole := orb.Ring{{7.01, 50.01}, {7.09, 50.05}, {7.09, 50.01}, {7.01, 50.01}}
	return []orb.Geometry{
		orb.Point{7, 50}, orb.LineString{{7, 50}, {-7, -50}, {180, 89}}, orb.Polygon{ring, hole},
		orb.MultiPoint{{1, 2}, {3, 4}}, orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
		orb.MultiPolygon{{ring, hole}, {ring}}, orb.Collection{orb.Point{7, 50}, orb.Polygon{ring}},
		orb.LineString{}, orb.MultiPolygon{},
	}
}

// partsOf returns the parts of a geometry.
func partsOf(g orb.Geometry) [][]loc2vec.LatLon {
	line := func(points []orb.Point) []loc2vec.LatLon {
		part := []loc2vec.LatLon{}
		for _, p := range points {
			part = append(part, loc2vec.LatLon{Lat: p.Lat(), Lon: p.Lon()})
		}
		return part
	}
	var parts [][]loc2vec.LatLon
	switch g := g.(type) {
	case orb.Point:
		parts = append(parts, line([]orb.Point{g}))
	case orb.LineString:
		parts = append(parts, line(g))
	case orb.Polygon:
		for _, ring := range g {
			parts = append(parts, line(ring))
		}
	case orb.MultiPoint:
		for _, p := range g {
			parts = append(parts, partsOf(p)...)
		}
	case orb.MultiLineString:
		for _, l := range g {
			parts = append(parts, partsOf(l)...)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			parts = append(parts, partsOf(p)...)
		}
	case orb.Collection:
		for _, member := range g {
			parts = append(parts, partsOf(member)...)
		}
	}
	return parts
}

func TestGeometriesEqualOrb(t *testing.T) {
	var r geometryReader
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, g := range geometries() {
			data, err := ewkb.Marshal(g, sridWGS84, order)
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.read(data)
			if err != nil {
				t.Errorf("%v: %v", g, err)
				continue
			}
			if want := partsOf(g); !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%v: read %v", g, got)
			}
			for n := range data {
				if _, err := r.read(data[:n]); !errors.Is(err, loc2vec.ErrCorrupt) {
					t.Errorf("%v, cut to %d of %d bytes: error %v", g, n, len(data), err)
				}
			}
		}
	}
}

// Heights and measures are passed over.
func TestHeights(t *testing.T) {
	data := []byte{1}
	data = binary.LittleEndian.AppendUint32(data, wkbLineString|ewkbZ|ewkbM|ewkbSRID)
	data = binary.LittleEndian.AppendUint32(data, sridWGS84)
	data = binary.LittleEndian.AppendUint32(data, 2)
	for _, v := range []float64{7, 50, 100, 1, 8, 51, 200, 2} {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	var r geometryReader
	got, err := r.read(data)
	if want := []loc2vec.LatLon{{Lat: 50, Lon: 7}, {Lat: 51, Lon: 8}}; err != nil || len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("read %v, %v", got, err)
	}
}

// Degrees with seven decimals survive the way to metres and back, everywhere.
func TestDegreesSurviveMetres(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		lat, lon := rng.IntN(170e7)-85e7, rng.IntN(360e7)-180e7
		x, y := coordinates(loc2vec.LatLon{Lat: float64(lat) / 1e7, Lon: float64(lon) / 1e7}, sridMercator)
		ll := degrees(x, y, sridMercator)
		// A hundredth of a step is more than enough room for rounding.
		if d := math.Max(math.Abs(ll.Lat*1e7-float64(lat)), math.Abs(ll.Lon*1e7-float64(lon))); d > 0.01 {
			t.Fatalf("%d, %d comes back as %v", lat, lon, ll)
		}
	}
}

func FuzzGeometry(f *testing.F) {
	for _, g := range geometries() {
		data, err := ewkb.Marshal(g, sridMercator, binary.LittleEndian)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r geometryReader
		parts, err := r.read(data)
		if err != nil {
			return
		}
		points := 0
		for _, part := range parts {
			points += len(part)
		}
		if 16*points > len(data) {
			t.Errorf("%d points out of %d bytes", points, len(data))
		}
	})
}
