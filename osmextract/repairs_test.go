package osmextract

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/loc2vec/loc2vec"
)

// outlinePicture draws nodes: each letter is a node at its position in the picture. Lines name the letters in
// order.
type outlinePicture struct {
	file   extractFile
	places map[rune]int64
}

// pictureStep is the size of a column or row in degrees: nodes of one row or column lie on a line.
const pictureStep = 0.0002

// pictureCell returns the area of a cell in square metres.
func pictureCell() float64 {
	metres := pictureStep * math.Pi / 180 * 6378137
	return metres * metres * math.Cos(centre().Lat*math.Pi/180)
}

func newOutlinePicture(picture string) *outlinePicture {
	p := &outlinePicture{file: extractFile{box: region()}, places: map[rune]int64{}}
	for y, row := range strings.Split(picture, "\n") {
		for x, r := range row {
			if r == '.' {
				continue
			}
			id := int64(len(p.file.nodes) + 1)
			p.places[r] = id
			p.file.nodes = append(p.file.nodes, testNode{id: id, at: loc2vec.LatLon{
				Lat: centre().Lat - pictureStep*float64(y), Lon: centre().Lon + pictureStep*float64(x),
			}})
		}
	}
	return p
}

func (p *outlinePicture) way(id int64, letters, tags string) {
	w := testWay{id: id, tags: tags}
	for _, r := range letters {
		w.nodes = append(w.nodes, p.places[r])
	}
	p.file.ways = append(p.file.ways, w)
}

// Outlines that a strict reader refuses are drawn as most lenient readers draw them. The kinds are those of
// osm-testdata.
func TestRepairedOutlines(t *testing.T) {
	tests := []struct {
		name     string
		picture  string
		lines    string // of the relation, with roles
		cells    float64
		repaired int
	}{
		{"inner rings touch without a common node", "a........b\n..........\n..e..f....\n.....i..j.\n..h..g....\n.....l..k.\n..........\nd........c",
			"outer:abcda inner:efghe inner:ijkli", 63 - 6 - 6, 1},
		{"inner rings overlap", "a........b\n..........\n..e...f...\n....i...j.\n..h...g...\n....l...k.\n..........\nd........c",
			"outer:abcda inner:efghe inner:ijkli", 63 - 8 - 8 + 2, 1},
		{"outer rings touch without a common node", "a..b....\n...e...f\nd..c....\n...h...g", "outer:abcda outer:efghe", 6 + 8, 1},
		{"outer rings overlap", "a...b...\n..e....f\nd...c...\n..h....g", "outer:abcda outer:efghe", 8 + 10 - 2, 1},
		{"rings share a way", "a..b..e\n.......\nd..c..f", "outer:bc outer:cdab outer:befc", 12, 1},
		{"three rings share ways", "a..b..e..g\n..........\nd..c..f..h", "outer:bc outer:ef outer:cdab outer:be outer:fc outer:eghf", 18, 1},
		{"a ring twice", "a..b\n....\nd..c", "outer:abcda outer:abcda", 6, 1},
		{"a ring twice, with other first nodes", "a..b\n....\nd..c", "outer:abcda outer:bcdab", 6, 1},
		{"a ring and most of it once more", "a..b\n....\nd..c", "outer:abcda outer:abcd", 6, 1},
		{"lines that overlap", "a..b\n....\nd..c", "outer:abc outer:bcda", 6, 1},
		{"an inner ring twice", "a....b\n.e.f..\n.h.g..\nd....c", "outer:abcda inner:efghe inner:efghe", 13, 1},
		{"an inner ring sticks out", "a....b..\n...e...f\n...h...g\nd....c..", "outer:abcda inner:efghe", 15 - 2, 1},
		{"a bow tie", "a...b\n.....\n.....\n.....\nc...d", "outer:abcda", 8, 1},
		{"a short gap", "a....b\ne.....\n......\n......\nd....c", "outer:abcde", 20, 1},
		{"a long gap", "a....b\n......\n......\n......\nd....c", "outer:abcd", 0, 0},
	}
	for _, test := range tests {
		p := newOutlinePicture(test.picture)
		var members []string
		for i, line := range strings.Fields(test.lines) {
			role, letters, _ := strings.Cut(line, ":")
			p.way(int64(i+1), letters, "")
			members = append(members, fmt.Sprintf("%s:%d", role, i+1))
		}
		p.file.relations = []testRelation{{1, strings.Join(members, " "), "type=multipolygon landuse=forest"}}
		pack, stats := extractOf(t, Options{Files: []string{p.file.write(t)}})
		if got, want := areasIn(t, pack)["vegetation"], pictureCell()*test.cells; math.Abs(got-want) > 0.01*want {
			t.Errorf("%s: %.0f m², want %.0f", test.name, got, want)
		}
		if stats.Areas.Repaired != test.repaired {
			t.Errorf("%s: %+v, want %d repaired", test.name, stats.Areas, test.repaired)
		}
	}
}

// An outline that crosses itself is the same area as a way, as a relation and in a database.
func TestCrossingOutlines(t *testing.T) {
	tests := []struct {
		name, picture, line string
		cells               float64
	}{
		{"equal parts", "a...b\n.....\n.....\n.....\nc...d", "abcda", 8},
		{"other parts", "a.......b\n.........\n.........\n.........\n.........\n.........\n..d...c..", "abdca", 8*4/2 + 4*2/2}, // the lines cross at two thirds of the height
	}
	for _, test := range tests {
		want := pictureCell() * test.cells
		asWay, asRelation := newOutlinePicture(test.picture), newOutlinePicture(test.picture)
		asWay.way(1, test.line, "landuse=forest")
		asRelation.way(1, test.line, "")
		asRelation.file.relations = []testRelation{{1, "outer:1", "type=multipolygon landuse=forest"}}
		var ring orb.Ring
		for _, r := range test.line {
			ring = append(ring, pointOf(asWay.file.nodes[asWay.places[r]-1].at))
		}
		box := region()
		wayPack, wayStats := extractOf(t, Options{Files: []string{asWay.file.write(t)}})
		relationPack, relationStats := extractOf(t, Options{Files: []string{asRelation.file.write(t)}})
		databasePack, databaseStats := extractMemory(t, box, way("landuse=forest", ring...))
		areaPack, areaStats := extractMemory(t, box, area("type=multipolygon landuse=forest", ring))
		for name, got := range map[string]float64{
			"way": areasIn(t, wayPack)["vegetation"], "relation": areasIn(t, relationPack)["vegetation"],
			"way of a database": areasIn(t, databasePack)["vegetation"], "relation of a database": areasIn(t, areaPack)["vegetation"],
		} {
			if math.Abs(got-want) > 0.01*want {
				t.Errorf("%s: %s: %.0f m², want %.0f", test.name, name, got, want)
			}
		}
		if wayStats.CrossingWays != 1 || databaseStats.CrossingWays != 1 || relationStats.Areas.Repaired != 1 || areaStats.Areas.Repaired != 1 {
			t.Errorf("%s: %d and %d ways, %d and %d relations, want 1 of each", test.name,
				wayStats.CrossingWays, databaseStats.CrossingWays, relationStats.Areas.Repaired, areaStats.Areas.Repaired)
		}
	}
}

// A way of which the first and last node are two at the same location is closed, as a member of a relation
// as well.
func TestWayClosedByLocation(t *testing.T) {
	for _, members := range []string{"", "outer:1"} {
		p := newOutlinePicture("a..b\n....\nd..c")
		p.places['e'] = 9
		p.file.nodes = append(p.file.nodes, testNode{id: 9, at: p.file.nodes[p.places['a']-1].at})
		p.way(1, "abcde", "landuse=forest")
		if members != "" {
			p.file.relations = []testRelation{{1, members, "type=multipolygon leisure=park"}}
		}
		pack, _ := extractOf(t, Options{Files: []string{p.file.write(t)}})
		if got := areasIn(t, pack)["vegetation"]; math.Abs(got/pictureCell()-6) > 0.06 {
			t.Errorf("with members %q: %.0f m², want 6 cells", members, got)
		}
	}
}

// Areas too small for the grid are counted.
func TestSmallAreas(t *testing.T) {
	e := extractFile{box: region()}
	e.ways = []testWay{{1, e.square(1, 0, 0, 0.02), "building=yes"}, {2, e.square(11, 100, 0, 20), "building=yes"}}
	if _, stats := extractOf(t, Options{Files: []string{e.write(t)}}); stats.Small != 1 || stats.Shapes["building"] != 1 {
		t.Errorf("%d small, %v, want 1 and 1 building", stats.Small, stats.Shapes)
	}
}
