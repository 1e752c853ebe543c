package report

import (
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// testTrail goes to the east and back. The first number of its vectors is the distance, the second 0.
func testTrail(n int) *Trail {
	t := &Trail{Dimension: 2}
	for i := range n {
		east := float64(min(i, n-i))
		t.Places = append(t.Places, loc2vec.LatLon{Lat: 53, Lon: 8}.Offset(east, 0))
		t.Vectors = append(t.Vectors, float32(east), 0)
		t.Known = append(t.Known, i != 5)
		t.Breaks = append(t.Breaks, i == 10)
	}
	return t
}

func TestTrail(t *testing.T) {
	trail := testTrail(100)
	p := &Page{Title: "test", Trail: trail}
	v, err := trailFigure(trail)
	if err != nil {
		t.Fatal(err)
	}
	if v.Known != 99 {
		t.Errorf("%d positions known, want 99", v.Known)
	}
	svg := string(v.SVG)
	if n := strings.Count(svg, "stroke=\"#"); n != 98 { // 99 steps, one of them unknown
		t.Errorf("%d steps, want 98", n)
	}
	if n := strings.Count(svg, "#808080"); n != 1 {
		t.Errorf("%d grey steps, want 1", n)
	}
	if strings.Contains(svg, "<image") {
		t.Error("a ground without a picture")
	}
	trail.Ground = image.NewNRGBA(image.Rect(0, 0, 4, 4))
	var b strings.Builder
	if err := p.Write(&b); err != nil || !strings.Contains(b.String(), "<image href=\"data:image/png;base64,") {
		t.Errorf("the page lacks the ground: %v", err)
	}
}

// TestTrailOfAWalk: start, end and stops are marked, and positions have labels that no text of a label can break.
func TestTrailOfAWalk(t *testing.T) {
	trail := testTrail(100)
	for i := range trail.Places {
		trail.Labels = append(trail.Labels, fmt.Sprintf("<%d>", i))
	}
	trail.Stops = []TrailStop{
		{Place: trail.Places[20], Picture: Picture{Name: "Stop 1", Image: image.NewNRGBA(image.Rect(0, 0, 4, 4))}, Time: "8:00, 5 min", Words: "buildings 31 %"},
		{Place: trail.Places[40], Picture: Picture{Name: "Stop 2"}, Time: "9:00, 2 min", Words: "nothing & nowhere"},
	}
	page := render(t, &Page{Title: "test", Trail: trail})
	checkNesting(t, page)
	checkContains(t, page, `<title>start: &lt;0&gt;</title>`, `<title>end: &lt;99&gt;</title>`, `<title>&lt;50&gt;</title>`, `<title>8:00, 5 min: buildings 31 %</title>`,
		`alt="Raster of Stop 1"`, `<b>Stop 2</b><span>9:00, 2 min</span>nothing &amp; nowhere`)
	if n := strings.Count(page, `<g class="stop"`); n != 2 {
		t.Errorf("%d stops marked", n)
	}
}

// TestTrailThinned: a long track is thinned.
func TestTrailThinned(t *testing.T) {
	v, err := trailFigure(testTrail(50_000))
	if n := strings.Count(string(v.SVG), "stroke=\"#"); err != nil || n > maxSteps || n < maxSteps/2 {
		t.Errorf("%d steps, %v", n, err)
	}
}

func TestTrailSquare(t *testing.T) {
	trail := testTrail(4000)
	centre, metres := trail.Square()
	if metres < 2400 || metres > 2600 {
		t.Errorf("a square of %v m around a way of 2000 m", metres)
	}
	if d := centre.DistanceTo(loc2vec.LatLon{Lat: 53, Lon: 8}.Offset(1000, 0)); d > 1 {
		t.Errorf("centre %v m off", d)
	}
	if _, metres := testTrail(2).Square(); metres != minSquare {
		t.Errorf("a square of %v m around a point", metres)
	}
}

// TestTrailAcrossAntimeridian: a walk across the antimeridian is drawn like the same walk elsewhere.
func TestTrailAcrossAntimeridian(t *testing.T) {
	walk := func(lon float64) *Trail {
		trail := testTrail(100)
		for i := range trail.Places {
			trail.Places[i] = loc2vec.LatLon{Lat: -16.8, Lon: lon}.Offset(float64(min(i, 100-i))*2, float64(i))
		}
		return trail
	}
	want, err := trailFigure(walk(30))
	if err != nil {
		t.Fatal(err)
	}
	across := walk(179.9997)
	if first, far := across.Places[0].Lon, across.Places[50].Lon; first < 0 || far > 0 {
		t.Fatalf("from %v to %v: not across", first, far)
	}
	got, err := trailFigure(across)
	if err != nil || got != want {
		t.Errorf("drawn otherwise: %v\n%s\n%s", err, got.SVG, want.SVG)
	}
	centre, metres := across.Square()
	if err := centre.Validate(); err != nil || metres != minSquare {
		t.Errorf("a square of %v m at %v: %v", metres, centre, err)
	}
}
