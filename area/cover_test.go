package area

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// centres are where areas are covered: at the equator, in the north and south, beyond Web Mercator, at the antimeridian.
func centres() []loc2vec.LatLon {
	return []loc2vec.LatLon{{}, {Lat: 53.1, Lon: 8.8}, {Lat: -33.9, Lon: 151.2}, {Lat: 85.04, Lon: 20}, {Lat: -85.05, Lon: 20}, {Lat: -17.7, Lon: 180}, {Lat: 66, Lon: -179.999}}
}

// around returns the place some metres from another, to 7 decimals, which are the same on every processor.
func around(centre loc2vec.LatLon, east, north float64) loc2vec.LatLon {
	lat := centre.Lat + north/111_319
	lon := centre.Lon + east/parallel(centre.Lat)*360
	lon -= 360 * math.Floor((lon+180)/360)
	return loc2vec.LatLon{Lat: math.Round(lat*1e7) / 1e7, Lon: math.Round(lon*1e7) / 1e7}
}

// star returns a ring around a place with corners at random distances.
func star(rng *rand.Rand, centre loc2vec.LatLon, corners int, metres float64) []loc2vec.LatLon {
	var ring []loc2vec.LatLon
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(corners))
		r := metres * (0.2 + 0.8*rng.Float64())
		ring = append(ring, around(centre, r*cos, r*sin))
	}
	return ring
}

func inAny(boxes []loc2vec.Bounds, place loc2vec.LatLon) bool {
	return slices.ContainsFunc(boxes, func(b loc2vec.Bounds) bool {
		return b.Contains(place) || math.Abs(place.Lon) == 180 && b.Contains(loc2vec.LatLon{Lat: place.Lat, Lon: -place.Lon})
	})
}

// TestCoverContainsTheArea, and little more: what is far from the area lies in no box.
func TestCoverContainsTheArea(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 6))
	for _, centre := range centres() {
		for _, metres := range []float64{5, 300, 3000, 40_000} {
			polygon, err := FromPolygons([][][]loc2vec.LatLon{
				{star(rng, centre, 3+rng.IntN(40), metres), star(rng, centre, 3+rng.IntN(9), metres/3)},
				{star(rng, around(centre, 3*metres, 0), 5, metres)},
			})
			if err != nil {
				t.Fatal(err)
			}
			track := star(rng, centre, 3+rng.IntN(200), metres)
			corridor, err := NewCorridor([][]loc2vec.LatLon{track, {centre}}, metres/10)
			if err != nil {
				t.Fatal(err)
			}
			wider, err := NewCorridor([][]loc2vec.LatLon{track, {centre}}, metres/10+450) // the diagonal of a cell and more
			if err != nil {
				t.Fatal(err)
			}
			type kind interface {
				Cover(context.Context) ([]loc2vec.Bounds, error)
				Contains(loc2vec.LatLon) bool
			}
			for name, area := range map[string]kind{"polygons": polygon, "corridor": corridor} {
				boxes, err := area.Cover(t.Context())
				if err != nil || len(boxes) == 0 || len(boxes) > MaxBoxes {
					t.Fatalf("%s of %v m at %v: %d boxes, %v", name, metres, centre, len(boxes), err)
				}
				inside, outside, far := 0, 0, 0
				for range 3000 {
					place := around(centre, metres*(6*rng.Float64()-3), metres*(6*rng.Float64()-3))
					if place.Validate() != nil {
						continue
					}
					if area.Contains(place) {
						inside++
						if !inAny(boxes, place) {
							t.Fatalf("%s of %v m at %v: %v is in no box", name, metres, centre, place)
						}
						continue
					}
					outside++
					if !inAny(boxes, place) {
						far++
					} else if name == "corridor" && metres <= 3000 && !wider.Contains(place) {
						t.Fatalf("corridor of %v m at %v: %v is in a box", metres/10, centre, place)
					}
				}
				if inside == 0 {
					t.Errorf("%s of %v m at %v: no place lies inside", name, metres, centre)
				}
				if metres >= 3000 && math.Abs(centre.Lat) < 85 && far < outside*9/10 {
					t.Errorf("%s of %v m at %v: only %d of %d places outside are in no box", name, metres, centre, far, outside)
				}
			}
		}
	}
}

// TestCoverOfBoxes: boxes are covered by themselves.
func TestCoverOfBoxes(t *testing.T) {
	boxes := []loc2vec.Bounds{
		{Min: loc2vec.LatLon{Lat: -19, Lon: 177}, Max: loc2vec.LatLon{Lat: -16, Lon: -179}}, {Min: loc2vec.LatLon{Lat: -90, Lon: -180}, Max: loc2vec.LatLon{Lat: 90, Lon: 180}},
	}
	got, err := FromBoxes(boxes).Cover(t.Context())
	if err != nil || !slices.Equal(got, boxes) {
		t.Errorf("%v, %v, want %v", got, err, boxes)
	}
}

// TestCoverIsExact: a square of cells is covered by one box with its edges, and its neighbours.
func TestCoverIsExact(t *testing.T) {
	// A polygon well inside of 2 x 3 cells.
	west, south, east, north := 0.001, 0.001, 0.005, 0.008 // a cell is .00275 degrees wide
	a := read(t, fmt.Sprintf("[[[%v,%v],[%v,%v],[%v,%v],[%v,%v]]]", west, south, east, south, east, north, west, north))
	// Another that ends in the same columns, a row apart.
	b := read(t, "[[[0.001,0.012],[0.005,0.012],[0.003,0.013]]]")
	got, err := Join(a, b).Cover(t.Context())
	want := []loc2vec.Bounds{
		{Min: loc2vec.LatLon{Lat: 0.0109863}, Max: loc2vec.LatLon{Lat: 0.0137329, Lon: 0.0054932}},
		{Max: loc2vec.LatLon{Lat: 0.0082397, Lon: 0.0054932}},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

// TestCoverIsBounded: of areas with long outlines the cells are larger, and too many sides do not fill the memory.
func TestCoverIsBounded(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 7))
	ring := star(rng, loc2vec.LatLon{Lat: 48, Lon: 10}, 5000, 800_000)
	a, err := FromPolygons([][][]loc2vec.LatLon{{ring}})
	if err != nil {
		t.Fatal(err)
	}
	boxes, err := a.Cover(t.Context())
	if err != nil || len(boxes) > MaxBoxes || len(boxes) < MaxBoxes/8 {
		t.Errorf("%d boxes, %v", len(boxes), err)
	}
	for _, corner := range ring {
		if !inAny(boxes, corner) {
			t.Fatalf("%v is in no box", corner)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Cover(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestCoverIsTheSameEverywhere: the boxes have the same bits on every processor.
func TestCoverIsTheSameEverywhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 8))
	sum := sha256.New()
	for range 3000 {
		y := rng.Float64()
		fmt.Fprintln(sum, latitude(math.Ldexp(math.Floor(math.Ldexp(y, cellZoom)), -cellZoom)), longitude(y))
	}
	// Corners in degrees: sines differ between processors.
	corner := func() loc2vec.LatLon {
		return loc2vec.LatLon{Lat: 53 + math.Round(1e6*rng.Float64())/1e6, Lon: 179.5 + math.Round(1e6*rng.Float64())/1e6}
	}
	for range 20 {
		ring := []loc2vec.LatLon{corner(), corner(), corner(), corner()}
		polygon, err := FromPolygons([][][]loc2vec.LatLon{{ring}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range ring {
			if ring[i].Lon > 180 {
				ring[i].Lon = math.Round((ring[i].Lon-360)*1e6) / 1e6
			}
		}
		corridor, err := NewCorridor([][]loc2vec.LatLon{ring}, 1234)
		if err != nil {
			t.Fatal(err)
		}
		first, err1 := polygon.Cover(t.Context())
		second, err2 := corridor.Cover(t.Context())
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(sum, first, second)
	}
	const want = "ccf126ba1dbd57289de5717ce9cc4e0cd189aacacbd16891d94d5b47e893b131"
	if got := fmt.Sprintf("%x", sum.Sum(nil)); got != want {
		t.Errorf("the boxes have SHA-256 %s, want %s", got, want)
	}
}

func TestNewCorridor(t *testing.T) {
	place := loc2vec.LatLon{Lat: 53.0625, Lon: 8.8125}
	for name, c := range map[string]struct {
		tracks [][]loc2vec.LatLon
		metres float64
		want   error
	}{
		"no track":         {nil, 10, nil},
		"empty tracks":     {[][]loc2vec.LatLon{{}, {}}, 10, nil},
		"off the Earth":    {[][]loc2vec.LatLon{{place, {Lat: 91.0625}}}, 10, loc2vec.ErrCoordinate},
		"not a number":     {[][]loc2vec.LatLon{{{Lat: math.NaN()}}}, 10, loc2vec.ErrCoordinate},
		"no width":         {[][]loc2vec.LatLon{{place}}, 0, nil},
		"width of nothing": {[][]loc2vec.LatLon{{place}}, math.NaN(), nil},
		"too wide":         {[][]loc2vec.LatLon{{place}}, 1e6, nil},
	} {
		if _, err := NewCorridor(c.tracks, c.metres); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A receiver that stands still, alone and between others; a leg that crosses the antimeridian.
	for _, tracks := range [][][]loc2vec.LatLon{
		{{place}}, {{place, place}}, {{place, place, {Lat: 53.0625, Lon: 8.9}, {Lat: 53.0625, Lon: 8.9}}},
		{{{Lat: 53.0625, Lon: 179.9}, {Lat: 53.0625, Lon: -179.9}}},
	} {
		c, err := NewCorridor(tracks, 50)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.ways) != 1 {
			t.Errorf("%v has %d sides", tracks, len(c.ways))
		}
		for _, p := range tracks[0] {
			if !c.Contains(p) || !c.Contains(around(p, 40, 0)) || !c.Contains(around(p, 0, -49)) || c.Contains(around(p, 0, 51)) {
				t.Errorf("%v: wrong around %v", tracks, p)
			}
		}
	}
	c, err := NewCorridor([][]loc2vec.LatLon{{{Lat: 53, Lon: 179.9}, {Lat: 53, Lon: -179.9}}}, 50)
	if err != nil || !c.Contains(loc2vec.LatLon{Lat: 53, Lon: 180}) || !c.Contains(loc2vec.LatLon{Lat: 53, Lon: -180}) || c.Contains(loc2vec.LatLon{Lat: 53}) {
		t.Errorf("the corridor across the antimeridian, %v", err)
	}
}
