package postgis

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/project"

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

func TestGeometries(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, g := range geometries() {
			data, err := ewkb.Marshal(g, sridWGS84, order)
			if err != nil {
				t.Fatal(err)
			}
			got, err := readGeometry(data)
			if err != nil {
				t.Errorf("%v: %v", g, err)
				continue
			}
			if !orb.Equal(got, g) {
				t.Errorf("%v: read %v", g, got)
			}
			for n := range data {
				if _, err := readGeometry(data[:n]); !errors.Is(err, loc2vec.ErrCorrupt) {
					t.Errorf("%v, cut to %d of %d bytes: error %v", g, n, len(data), err)
				}
			}
			if _, err := readGeometry(append(data, 0)); !errors.Is(err, loc2vec.ErrCorrupt) {
				t.Errorf("%v and a byte: error %v", g, err)
			}
		}
	}
}

// header returns the beginning of a little-endian geometry.
func header(kind uint32, numbers ...uint32) []byte {
	data := binary.LittleEndian.AppendUint32([]byte{1}, kind)
	for _, n := range numbers {
		data = binary.LittleEndian.AppendUint32(data, n)
	}
	return data
}

func TestBadGeometries(t *testing.T) {
	nested := header(ewkbCollection|ewkbSRID, sridWGS84, 1)
	for range 1000 {
		nested = append(nested, header(ewkbCollection, 1)...)
	}
	tests := []struct {
		name    string
		data    []byte
		want    string
		corrupt bool
	}{
		{"nested collections", nested, "collection", true},
		{"more points than bytes", header(2|ewkbSRID, sridWGS84, 1<<31), "EOF", true},
		{"more rings than bytes", header(3|ewkbSRID, sridWGS84, 1<<31), "EOF", true},
		{"heights", header(2|ewkbSRID|ewkbZ, sridWGS84, 1), "two dimensions", true},
		{"a curve", header(8|ewkbSRID, sridWGS84, 0), "of type 8", false},
		{"another system", header(1|ewkbSRID, 31467, 0), "EPSG:31467", false},
		{"no system", append(header(1), make([]byte, 16)...), "EPSG:0", false},
	}
	for _, test := range tests {
		_, err := readGeometry(test.data)
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, loc2vec.ErrCorrupt) != test.corrupt {
			t.Errorf("%s: error %v", test.name, err)
		}
	}
}

// Degrees with seven decimals survive the conversion to metres and back, everywhere.
func TestDegreesSurviveMetres(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		lat, lon := rng.Int64N(170e7)-85e7, rng.Int64N(360e7)-180e7
		p := toDegrees(coordinates(loc2vec.LatLon{Lat: float64(lat) / 1e7, Lon: float64(lon) / 1e7}, sridMercator))
		// A hundredth of a step leaves room for rounding.
		if d := math.Max(math.Abs(p.Lat()*1e7-float64(lat)), math.Abs(p.Lon()*1e7-float64(lon))); d > 0.01 {
			t.Fatalf("%d, %d comes back as %v", lat, lon, p)
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
		g, err := readGeometry(data)
		if err != nil {
			return
		}
		points := 0
		_ = project.Geometry(g, func(p orb.Point) orb.Point {
			points++
			return p
		})
		if 16*points > len(data) {
			t.Errorf("%d points out of %d bytes", points, len(data))
		}
	})
}
