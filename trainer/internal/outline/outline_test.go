package outline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
)

func box(west, south, east, north float64) loc2vec.Bounds {
	return loc2vec.Bounds{Min: loc2vec.LatLon{Lat: south, Lon: west}, Max: loc2vec.LatLon{Lat: north, Lon: east}}
}

func ExamplePolygons() {
	// A square with a hole, whose corner another square touches.
	for _, polygon := range Polygons([]loc2vec.Bounds{
		box(0, 0, 3, 1), box(0, 1, 1, 3), box(2, 1, 3, 2), box(1, 2, 3, 3), box(3, 3, 4, 4),
	}) {
		fmt.Println(len(polygon)-1, "holes")
		for _, ring := range polygon {
			for _, p := range ring {
				fmt.Printf("%v,%v;", p.Lon, p.Lat)
			}
			fmt.Println()
		}
	}
	// Output:
	// 1 holes
	// 0,0;3,0;3,3;0,3;0,0;
	// 1,1;1,2;2,2;2,1;1,1;
	// 0 holes
	// 3,3;4,3;4,4;3,4;3,3;
}

// TestPolygons: for random boxes, each place lies in a polygon if and only if it lies in a box; rings are simple, and have
// their directions.
func TestPolygons(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 9))
	for range 300 {
		var boxes []loc2vec.Bounds
		for range 1 + rng.IntN(30) {
			west, south := float64(rng.IntN(12)), float64(rng.IntN(12))
			boxes = append(boxes, box(west, south, west+float64(rng.IntN(5)), south+float64(rng.IntN(5))))
		}
		polygons := Polygons(boxes)
		corners := map[loc2vec.LatLon]int{}
		for _, polygon := range polygons {
			for i, ring := range polygon {
				if ring[0] != ring[len(ring)-1] || len(ring) < 5 || doubleArea(ring) > 0 != (i == 0) {
					t.Fatalf("%v: ring %d is %v", boxes, i, ring)
				}
				seen := map[loc2vec.LatLon]bool{}
				for _, p := range ring[1:] {
					if corners[p]++; seen[p] || corners[p] > 2 {
						t.Fatalf("%v: ring %v comes to %v again", boxes, ring, p)
					}
					seen[p] = true
				}
			}
		}
		for lon := 0.5; lon < 17; lon++ {
			for lat := 0.5; lat < 17; lat++ {
				place, times := loc2vec.LatLon{Lat: lat, Lon: lon}, 0
				for _, polygon := range polygons {
					if contains(polygon[0], place) && !slices.ContainsFunc(polygon[1:], func(hole []loc2vec.LatLon) bool { return contains(hole, place) }) {
						times++
					}
				}
				want := 0
				if slices.ContainsFunc(boxes, func(b loc2vec.Bounds) bool { return b.Contains(place) }) {
					want = 1
				}
				if times != want {
					t.Fatalf("%v: %v lies in %d of the polygons %v, want %d", boxes, place, times, polygons, want)
				}
			}
		}
	}
}
