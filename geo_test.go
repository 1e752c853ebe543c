package loc2vec_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/project"
)

func TestLatLonValidate(t *testing.T) {
	for _, ll := range []loc2vec.LatLon{{}, {Lat: 90, Lon: 180}, {Lat: -90, Lon: -180}} {
		if err := ll.Validate(); err != nil {
			t.Errorf("%v: %v", ll, err)
		}
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, ll := range []loc2vec.LatLon{
		{Lat: 91}, {Lat: -90.001}, {Lon: 540}, {Lon: -180.001}, {Lat: nan}, {Lon: nan}, {Lat: inf}, {Lon: -inf},
	} {
		if err := ll.Validate(); !errors.Is(err, loc2vec.ErrCoordinate) {
			t.Errorf("%v: %v", ll, err)
		}
	}
}

// TestProjectionRoundTrip goes to the unit square and back. 1e-9 degrees is a tenth of a millimetre.
func TestProjectionRoundTrip(t *testing.T) {
	places := []loc2vec.LatLon{
		{}, {Lat: loc2vec.MaxLatitude, Lon: 180}, {Lat: -loc2vec.MaxLatitude, Lon: -180}, {Lat: 51.5, Lon: 180}, {Lat: -17, Lon: -180},
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		places = append(places, loc2vec.LatLon{
			Lat: (rng.Float64()*2 - 1) * loc2vec.MaxLatitude, Lon: (rng.Float64()*2 - 1) * 180,
		})
	}
	for _, ll := range places {
		p := ll.Point()
		if !(p.X >= 0 && p.X <= 1 && p.Y >= 0 && p.Y <= 1) {
			t.Errorf("%v lies outside the unit square, at %v", ll, p)
		}
		back := p.LatLon()
		if math.Abs(back.Lat-ll.Lat) > 1e-9 || math.Abs(back.Lon-ll.Lon) > 1e-9 {
			t.Errorf("%v becomes %v", ll, back)
		}
	}
}

func TestProjectionOfPoles(t *testing.T) {
	for lat, y := range map[float64]float64{90: 0, 86: 0, loc2vec.MaxLatitude: 0, 0: 0.5, -loc2vec.MaxLatitude: 1, -89: 1, -90: 1} {
		if p := (loc2vec.LatLon{Lat: lat, Lon: 12}).Point(); math.Abs(p.Y-y) > 1e-12 || p.Y < 0 || p.Y > 1 {
			t.Errorf("latitude %v has y %v, want %v", lat, p.Y, y)
		}
	}
}

// TestProjectionAgainstOrb compares with orb's Web Mercator in metres.
func TestProjectionAgainstOrb(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		ll := loc2vec.LatLon{Lat: rng.Float64()*170 - 85, Lon: rng.Float64()*360 - 180}
		want := project.Point(orb.Point{ll.Lon, ll.Lat}, project.WGS84.ToMercator)
		p := ll.Point()
		x, y := (p.X-0.5)*loc2vec.EarthCircumference, (0.5-p.Y)*loc2vec.EarthCircumference
		if math.Abs(x-want[0]) > 1e-6 || math.Abs(y-want[1]) > 1e-6 {
			t.Fatalf("%v lies at %v, %v, orb says %v", ll, x, y, want)
		}
	}
}

// TestOffset moves 300 m in some direction, also where the antimeridian and the poles are near.
func TestOffset(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 1000 {
		ll := loc2vec.LatLon{Lat: rng.Float64()*160 - 80, Lon: rng.Float64()*360 - 180}
		if i%3 == 0 {
			ll.Lon = []float64{180, -180, 179.9999, -179.9999}[i%4]
		}
		angle := rng.Float64() * 2 * math.Pi
		moved := ll.Offset(300*math.Sin(angle), 300*math.Cos(angle))
		if err := moved.Validate(); err != nil {
			t.Fatal(err)
		}
		// The scale changes with latitude: by a few centimetres over 300 m at 80 degrees.
		if d := ll.DistanceTo(moved); math.Abs(d-300) > 0.1 {
			t.Fatalf("%v is %v m from %v, want 300", moved, d, ll)
		}
	}
}

func TestDistanceAgainstOrb(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	place := func() loc2vec.LatLon {
		return loc2vec.LatLon{Lat: rng.Float64()*180 - 90, Lon: rng.Float64()*360 - 180}
	}
	for range 1000 {
		a, b := place(), place()
		want := geo.DistanceHaversine(orb.Point{a.Lon, a.Lat}, orb.Point{b.Lon, b.Lat})
		if d := a.DistanceTo(b); math.Abs(d-want) > 1e-6*want {
			t.Fatalf("%v to %v is %v m, orb says %v", a, b, d, want)
		}
	}
}

func TestBoundsContains(t *testing.T) {
	fiji := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -20, Lon: 177}, Max: loc2vec.LatLon{Lat: -15, Lon: -178}}
	for ll, want := range map[loc2vec.LatLon]bool{
		{Lat: -17, Lon: 178}:  true,
		{Lat: -17, Lon: 180}:  true,
		{Lat: -17, Lon: -180}: true,
		{Lat: -15, Lon: -178}: true,
		{Lat: -17, Lon: -177}: false,
		{Lat: -17, Lon: 0}:    false,
		{Lat: -14, Lon: 179}:  false,
	} {
		if fiji.Contains(ll) != want {
			t.Errorf("%v inside: %v, want %v", ll, !want, want)
		}
	}
}

// TestProjectionBits pins the projection to the bit: a phone and a server must agree on it. The
// numbers differ from the true ones by less than 1e-16, which is four nanometres.
func TestProjectionBits(t *testing.T) {
	for _, c := range []struct {
		lat, y float64
	}{
		{1e-07, 0x1.fffffffb3a521p-02},
		{0.5, 0x1.fe93e80fb8404p-02},
		{-12.0464, 0x1.1142a2b3689c9p-01},
		{22.2783, 0x1.bef87f08fa4f6p-02},
		{-33.8688, 0x1.333f4aa532684p-01},
		{43.7384, 0x1.7560f5a5f38e4p-02},
		{51.5074, 0x1.54819212e0a76p-02},
		{-54.8019, 0x1.5d90c47d00232p-01},
		{69.6492, 0x1.d021081fa518p-03},
		{78.2232, 0x1.1b895eb03f368p-03},
		{-85.05, 0x1.fffb3c8ce940ap-01},
	} {
		if y := (loc2vec.LatLon{Lat: c.lat}).Point().Y; y != c.y {
			t.Errorf("latitude %v has y %x, want %x", c.lat, y, c.y)
		}
	}
}
