package h3

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// TestCounts: a resolution has 2 + 120·7^r cells, twelve of which are pentagons, and each of them contains its own
// centre and is a child of its parent.
func TestCounts(t *testing.T) {
	g := New()
	cells := Base()
	for r := range 5 {
		if want := 2 + 120*int(math.Pow(7, float64(r))); len(cells) != want {
			t.Errorf("resolution %d: %d cells, want %d", r, len(cells), want)
		}
		pentagons := 0
		var children []Cell
		for i, c := range cells {
			if i > 0 && c <= cells[i-1] {
				t.Fatalf("%v does not follow %v", c, cells[i-1])
			}
			if at, err := g.Cell(g.Centre(c), r); err != nil || at != c {
				t.Fatalf("the centre of %v is in %v, %v", c, at, err)
			}
			if again, err := Parse(c.String()); err != nil || again != c {
				t.Fatalf("%v is read as %v, %v", c, again, err)
			}
			if c.IsPentagon() {
				pentagons++
			}
			for _, child := range c.Children() {
				if child.Parent(r) != c || child.Parent(0).Resolution() != 0 {
					t.Fatalf("%v has the child %v of %v", c, child, child.Parent(r))
				}
				children = append(children, child)
			}
		}
		if pentagons != 12 {
			t.Errorf("resolution %d: %d pentagons", r, pentagons)
		}
		cells = children
	}
}

// TestOutlines: the outlines of a resolution cover the sphere once. Their corners follow counterclockwise.
func TestOutlines(t *testing.T) {
	g := New()
	cells := Base()
	for r := range 4 {
		sum := 0.0
		var children []Cell
		for _, c := range cells {
			middle := onSphere(g.Centre(c))
			ring := g.Outline(c)
			for i := range ring {
				area := triangle(middle, onSphere(ring[i]), onSphere(ring[(i+1)%len(ring)]))
				if area <= 0 {
					t.Errorf("%v: side %d runs clockwise", c, i)
				}
				sum += area
			}
			children = append(children, c.Children()...)
		}
		if math.Abs(sum-4*math.Pi) > 1e-9 {
			t.Errorf("resolution %d: cells of %v steradians, want %v", r, sum, 4*math.Pi)
		}
		cells = children
	}
}

// TestReach: descendants are within reach of their ancestors.
func TestReach(t *testing.T) {
	g, rng := New(), rand.New(rand.NewPCG(3, 4))
	most := 0.0
	for range 20000 {
		c, err := g.Cell(randomPlace(g, rng), MaxResolution)
		if err != nil {
			t.Fatal(err)
		}
		for r := range 10 {
			d := math.Acos(min(1, onSphere(g.Centre(c)).dot(onSphere(g.Centre(c.Parent(r))))))
			if d > Reach(r) {
				t.Errorf("%v is %v from its ancestor %v, want %v", c, d, c.Parent(r), Reach(r))
			}
			most = max(most, d/Reach(r))
		}
	}
	if most < 0.8 {
		t.Errorf("descendants are within %v of the reach", most)
	}
}

// triangle returns the area of a spherical triangle, negative if its corners follow clockwise (van Oosterom and
// Strackee, IEEE Transactions on Biomedical Engineering 30.2, 1983).
func triangle(a, b, c vector) float64 {
	return 2 * math.Atan2(a.dot(b.cross(c)), 1+a.dot(b)+b.dot(c)+c.dot(a))
}

// TestFinest: the centres of the finest cells are found again, on every face, at its edges and corners.
func TestFinest(t *testing.T) {
	g, rng := New(), rand.New(rand.NewPCG(3, 3))
	for range 20000 {
		at := randomPlace(g, rng)
		c, err := g.Cell(at, MaxResolution)
		if err != nil {
			t.Fatal(err)
		}
		if d := g.Centre(c).DistanceTo(at); d > 0.7 {
			t.Fatalf("the centre of the cell of %v is %v m away", at, d)
		}
		if again, err := g.Cell(g.Centre(c), MaxResolution); err != nil || again != c {
			t.Fatalf("the centre of %v is in %v, %v", c, again, err)
		}
	}
}

// randomPlace returns a place anywhere, close to a pole, or close to an edge or corner of the icosahedron.
func randomPlace(g *Grid, rng *rand.Rand) loc2vec.LatLon {
	near := math.Pow(10, -8*rng.Float64())
	switch rng.IntN(4) {
	case 0:
		return loc2vec.LatLon{Lat: math.Copysign(90-near, rng.Float64()-0.5), Lon: rng.Float64()*360 - 180}
	case 1:
		// Where the faces of two corners meet.
		all := corners()
		a, b := all[rng.IntN(numCorners)], all[rng.IntN(numCorners)]
		if a.dot(b) > 0 {
			a = a.plus(rng.Float64(), b)
		}
		tangent := vector{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		return a.plus(near*0.2, tangent).place()
	}
	return vector{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}.place()
}

func TestBadInput(t *testing.T) {
	g := New()
	for _, at := range []loc2vec.LatLon{{Lat: 91}, {Lon: 181}, {Lat: math.NaN()}, {Lon: math.Inf(1)}} {
		if _, err := g.Cell(at, 9); !errors.Is(err, loc2vec.ErrCoordinate) {
			t.Errorf("%v: error %v", at, err)
		}
	}
	for _, r := range []int{-1, 16} {
		if _, err := g.Cell(loc2vec.LatLon{}, r); err == nil {
			t.Errorf("resolution %d: no error", r)
		}
	}
	for _, text := range []string{
		"", "x", "0", "ffffffffffffffff", "8928308280fffff0", "8928308280ffff", // not cells
		"8009ffffffffff8", // a digit beyond the resolution
		"81f7fffffffffff", // base cell 123
		"81087ffffffffff", // the digit that pentagons lack
	} {
		if c, err := Parse(text); err == nil {
			t.Errorf("%q is read as %v", text, c)
		}
	}
}

func ExampleGrid_Cell() {
	g := New()
	c, err := g.Cell(loc2vec.LatLon{Lat: 53.0757, Lon: 8.8077}, 9)
	fmt.Println(c, err)
	fmt.Println(g.Centre(c))
	fmt.Println(c.Parent(7), len(g.Outline(c)))
	// Output:
	// 891f1559947ffff <nil>
	// 53.0748759,8.8059679
	// 871f15599ffffff 6
}

func BenchmarkCell(b *testing.B) {
	g := New()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Cell(loc2vec.LatLon{Lat: 53.0757, Lon: 8.8077}, 9); err != nil {
			b.Fatal(err)
		}
	}
}
