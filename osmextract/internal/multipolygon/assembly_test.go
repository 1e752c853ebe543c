package multipolygon

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// sketch reads rings and lines from a picture: each letter is a node at its position in the picture. Lines
// name the letters in order.
func sketch(picture string, lines ...string) [][]grid.Location {
	places := map[rune]grid.Location{}
	for y, row := range strings.Split(picture, "\n") {
		for x, r := range row {
			if r != ' ' && r != '.' {
				places[r] = grid.Location{Lat: int32(-10 * y), Lon: int32(10 * x)}
			}
		}
	}
	var out [][]grid.Location
	for _, l := range lines {
		var line []grid.Location
		for _, r := range l {
			line = append(line, places[r])
		}
		out = append(out, line)
	}
	return out
}

// summary returns the areas of polygons as outer-inner-inner, in cells of the picture, in ascending order.
func summary(polygons []Polygon) string {
	var out []string
	for _, p := range polygons {
		var areas []string
		for _, r := range p.Rings {
			areas = append(areas, fmt.Sprint(math.Abs(DoubleArea(r))/200))
		}
		slices.Sort(areas[1:])
		out = append(out, strings.Join(areas, "-"))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func assemble(lines [][]grid.Location) ([]Polygon, bool) {
	r := new(Assembler).Assemble(Outline{Lines: lines})
	return r.Polygons, r.Open
}

func TestAssemble(t *testing.T) {
	tests := []struct {
		name    string
		picture string
		lines   []string
		want    string
		open    bool
	}{
		{"one closed way", "a..b\n....\nd..c", []string{"abcda"}, "6", false},
		{"two ways, either direction", "a..b\n....\nd..c", []string{"abc", "adc"}, "6", false},
		{"four ways in any order", "a..b\n....\nd..c", []string{"cd", "ab", "da", "cb"}, "6", false},
		{"a hole", "a....b\n.e.f..\n.h.g..\nd....c", []string{"abcda", "efghe"}, "15-2", false},
		{"an island in the hole", "a......b\n.e....f.\n...i.j..\n...k.l..\n.h....g.\nd......c",
			[]string{"efghe", "ijlki", "abcda"}, "2 35-15", false},
		{"two outer rings", "a.b.e.f\nd.c.h.g", []string{"abcda", "efghe"}, "2 2", false},
		{"outer rings touch in a node", "a.b..\nd.c.f\n..e.g", []string{"abcda", "cfgec"}, "2 2", false},
		{"the same as one figure eight", "a.b..\nd.c.f\n..e.g", []string{"abcfgecda"}, "2 2", false},
		{"a hole touches the outer ring in a node", "a.e..b\n..f.g.\n......\nd....c", []string{"aebcda", "efge"}, "15-1", false},
		{"a hole touches the outer ring in two nodes", "a.e...b\n.......\n...f...\n.......\nd.g...c", []string{"aebcgda", "efge"}, "14 8", false},
		{"three rings meet in a node", "a.bx.y\nd.c..z\n......\n..e.f.", []string{"abcda", "cefc", "cyzc"}, "1.5 2 2", false},
		{"two holes that touch each other", "a.....b\n..e.f..\n...g...\n..h.i..\nd.....c", []string{"abcda", "efge", "hgih"}, "24-1-1", false},
		{"neighbours share a side", "a.b.e\n.....\nd.c.f", []string{"abcda", "befcb"}, "8", false},
		{"a gap", "a..b\n....\nd..c", []string{"abcd"}, "", true},
		{"a gap in one of two rings", "a..b.e.f\n....g.h.\nd..c....", []string{"abcda", "efhg"}, "6", true},
		{"a spur", "a..b..e\n....\nd..c", []string{"abcda", "be"}, "6", true},
		{"the same way twice", "a..b\n....\nd..c", []string{"abcda", "abcda"}, "6", false},
		{"a way there and back", "a..b\n....\nd..c", []string{"abcdcba"}, "", false},
		{"a node repeated in place", "a..b\n....\nd..c", []string{"aabccda"}, "6", false},
		{"less than a triangle", "a..b", []string{"aba", "a", ""}, "", false},
		{"nothing", "", nil, "", false},
		{"all on a line", "abc", []string{"abca"}, "0", false},
	}
	for _, test := range tests {
		polygons, open := assemble(sketch(test.picture, test.lines...))
		if got := summary(polygons); got != test.want || open != test.open {
			t.Errorf("%s: %q, open %v, want %q, %v", test.name, got, open, test.want, test.open)
		}
	}
}

// A point is inside the polygons exactly if a ray from it crosses an odd number of segments.
func TestAssembleKeepsTheParity(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		// Axis-parallel squares on a small grid: sides and corners coincide, and cross at nodes only,
		// since each grid point on a side is a node.
		var lines [][]grid.Location
		for range 1 + rng.IntN(6) {
			x0, y0 := rng.Int32N(8), rng.Int32N(8)
			w, h := 1+rng.Int32N(5), 1+rng.Int32N(5)
			var line []grid.Location
			for i := range w {
				line = append(line, grid.Location{Lat: y0, Lon: x0 + i})
			}
			for i := range h {
				line = append(line, grid.Location{Lat: y0 + i, Lon: x0 + w})
			}
			for i := range w {
				line = append(line, grid.Location{Lat: y0 + h, Lon: x0 + w - i})
			}
			for i := range h + 1 {
				line = append(line, grid.Location{Lat: y0 + h - i, Lon: x0})
			}
			lines = append(lines, line)
		}
		polygons, open := assemble(lines)
		if open {
			t.Fatalf("closed lines leave something open: %v", lines)
		}
		var drawn [][]grid.Location
		for _, p := range polygons {
			for _, r := range p.Rings {
				seen := map[grid.Location]bool{}
				for _, l := range r {
					if seen[l] {
						t.Fatalf("a ring passes %v twice", l)
					}
					seen[l] = true
				}
				drawn = append(drawn, append(slices.Clone(r), r[0]))
			}
		}
		for y := range 14 {
			for x := range 14 {
				px, py := float64(x)+0.5, float64(y)+0.5
				if inside(lines, px, py) != inside(drawn, px, py) {
					t.Fatalf("(%g, %g) is inside of the lines: %v, of the polygons: %v", px, py, inside(lines, px, py), inside(drawn, px, py))
				}
				// Outer rings minus their holes count each point once.
				depth := 0
				for _, p := range polygons {
					for i, r := range p.Rings {
						if !inside([][]grid.Location{append(slices.Clone(r), r[0])}, px, py) {
							continue
						}
						if i == 0 {
							depth++
						} else {
							depth--
						}
					}
				}
				if (depth == 1) != inside(lines, px, py) || depth < 0 || depth > 1 {
					t.Fatalf("(%g, %g) is covered %d times", px, py, depth)
				}
			}
		}
	}
}

// inside reports by the number of crossings whether a point is inside closed lines.
func inside(lines [][]grid.Location, x, y float64) bool {
	in := false
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			ax, ay, bx, by := float64(l[i-1].Lon), float64(l[i-1].Lat), float64(l[i].Lon), float64(l[i].Lat)
			if (ay > y) != (by > y) && x < ax+(bx-ax)*(y-ay)/(by-ay) {
				in = !in
			}
		}
	}
	return in
}

// Each ring names its lines.
func TestAssembleNamesTheLines(t *testing.T) {
	polygons, _ := assemble(sketch("a....b\n.e.f..\n.h.g..\nd....c", "abc", "efghe", "cda"))
	if len(polygons) != 1 || !slices.Equal(polygons[0].Ways[0], []int32{0, 2}) || !slices.Equal(polygons[0].Ways[1], []int32{1}) {
		t.Errorf("%+v", polygons)
	}
}

// Assemble accepts lines that cross away from nodes, that end early or that overlap.
func TestAssembleTakesAnything(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 2000 {
		var lines [][]grid.Location
		for range rng.IntN(6) {
			var line []grid.Location
			for range rng.IntN(12) {
				line = append(line, grid.Location{Lat: rng.Int32N(6), Lon: rng.Int32N(6)})
			}
			if len(line) > 0 && rng.IntN(2) == 0 {
				line = append(line, line[0])
			}
			lines = append(lines, line)
		}
		polygons, _ := assemble(lines)
		for _, p := range polygons {
			if len(p.Rings) != len(p.Ways) {
				t.Fatalf("%d rings from %d sets of ways", len(p.Rings), len(p.Ways))
			}
			for _, r := range p.Rings {
				if len(r) < 3 {
					t.Fatalf("a ring of %d points", len(r))
				}
			}
		}
	}
}

// Outlines of nothing but crossings, repetitions or branches take little time.
func TestAssembleHostileOutlines(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 100_000
	rng := rand.New(rand.NewPCG(3, 2))
	var scribble, comb []grid.Location
	var branches, squares [][]grid.Location
	for i := range int32(n) {
		scribble = append(scribble, grid.Location{Lat: rng.Int32N(1e9), Lon: rng.Int32N(1e9)})
		comb = append(comb, grid.Location{Lat: i % 2 * 1e8, Lon: i / 2})
	}
	for i := range int32(n / 4) {
		at := grid.Location{Lat: i * 100, Lon: rng.Int32N(1e9)}
		branches = append(branches, []grid.Location{at, {Lat: at.Lat + 9, Lon: at.Lon}, {Lat: at.Lat + 9, Lon: at.Lon + 9}, at, {Lat: at.Lat - 9, Lon: at.Lon}, {Lat: at.Lat + 9, Lon: at.Lon}})
	}
	for i := range int32(3000) {
		squares = append(squares, []grid.Location{{Lat: i, Lon: i}, {Lat: i, Lon: i + 9000}, {Lat: i + 9000, Lon: i + 9000}, {Lat: i + 9000, Lon: i}, {Lat: i, Lon: i}})
	}
	for name, lines := range map[string][][]grid.Location{
		"scribble": {append(scribble, scribble[0])}, "comb": {append(comb, comb[0])}, "branches": branches, "squares": squares,
	} {
		start := time.Now()
		r := new(Assembler).Assemble(Outline{Lines: lines, Inner: make([]bool, len(lines)), Complete: true})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %v for %d polygons", name, took, len(r.Polygons))
		} else {
			t.Logf("%s: %v, %d polygons", name, took, len(r.Polygons))
		}
	}
}
