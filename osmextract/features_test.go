package osmextract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/pack"
)

// memorySource is a FeatureSource in memory.
type memorySource struct {
	features []Feature
	err      error // after the last feature
	asked    []Query
}

func (m *memorySource) Features(ctx context.Context, q Query, visit func(*Feature) error) error {
	m.asked = append(m.asked, q)
	for _, kind := range []osm.Type{osm.TypeRelation, osm.TypeWay, osm.TypeNode} {
		for _, o := range m.features {
			if o.ID.Type() != kind {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := visit(&o); err != nil {
				return err
			}
		}
	}
	return m.err
}

func (m *memorySource) Count() int64 { return int64(len(m.features)) }

func (m *memorySource) Source() pack.Source {
	return pack.Source{Name: "memory", Date: "2026-01-02T03:04:05Z"}
}

func tagsOf(text string) osm.Tags {
	var tags osm.Tags
	for _, field := range strings.Fields(text) {
		key, value, _ := strings.Cut(field, "=")
		tags = append(tags, osm.Tag{Key: key, Value: value})
	}
	return tags
}

// ringAt returns a closed square with a side in metres, counter-clockwise, centred east and north of the
// centre of the region.
func ringAt(east, north, side float64) orb.Ring {
	var ring orb.Ring
	for _, corner := range [][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}, {-1, -1}} {
		ring = append(ring, pointOf(centre().Offset(east+corner[0]*side/2, north+corner[1]*side/2)))
	}
	return ring
}

func pointOf(ll loc2vec.LatLon) orb.Point { return orb.Point{ll.Lon, ll.Lat} }

func way(tags string, line ...orb.Point) Feature {
	return Feature{ID: osm.WayID(1).FeatureID(), Tags: tagsOf(tags), Geometry: orb.LineString(line)}
}

func area(tags string, rings ...orb.Ring) Feature {
	return Feature{ID: osm.RelationID(1).FeatureID(), Tags: tagsOf(tags), Geometry: orb.Polygon(rings)}
}

func node(tags string, at loc2vec.LatLon) Feature {
	return Feature{ID: osm.NodeID(1).FeatureID(), Tags: tagsOf(tags), Geometry: pointOf(at)}
}

func reversed(line orb.Ring) orb.Ring {
	line = slices.Clone(line)
	slices.Reverse(line)
	return line
}

func extractMemory(t *testing.T, box *loc2vec.Bounds, features ...Feature) (*pack.Reader, Stats) {
	t.Helper()
	var b bytes.Buffer
	stats, err := Extract(t.Context(), &b, Options{Features: &memorySource{features: features}, Box: box})
	if err != nil {
		t.Fatal(err)
	}
	pack, err := pack.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return pack, stats
}

func TestDatabaseAreas(t *testing.T) {
	outer, inner := ringAt(0, 0, 200), ringAt(0, 0, 100)
	// The outer ring as two ways.
	south, north := outer[:3], outer[2:]
	neighbour := orb.Ring{outer[1], pointOf(centre().Offset(300, -100)), pointOf(centre().Offset(300, 100)), outer[2], outer[1]}
	tests := []struct {
		name     string
		features []Feature
		want     map[string]float64
	}{
		{"a closed way", []Feature{way("landuse=forest", outer...)}, map[string]float64{"vegetation": 40000}},
		{"a way that passes a place twice", []Feature{way("landuse=forest", slices.Concat(outer, inner, outer[:1])...)},
			map[string]float64{"vegetation": 30000}},
		{"a relation with a hole", []Feature{area("type=multipolygon landuse=forest", outer, inner)}, map[string]float64{"vegetation": 30000}},
		{"its outer way repeats the tag", []Feature{area("landuse=forest", outer, inner), way("landuse=forest", reversed(outer)...)},
			map[string]float64{"vegetation": 30000}},
		{"its outer way has another tag", []Feature{area("landuse=forest", outer, inner), way("landuse=residential", outer...)},
			map[string]float64{"vegetation": 30000, "residential": 40000}},
		{"its inner way has a tag", []Feature{area("landuse=forest", outer, inner), way("natural=water", inner...)},
			map[string]float64{"vegetation": 30000, "water": 10000}},
		{"old-style", []Feature{area("type=multipolygon", outer, inner), way("landuse=forest", outer...)},
			map[string]float64{"vegetation": 30000}},
		{"old-style, of two ways", []Feature{area("type=multipolygon source=survey", outer, inner), way("landuse=forest", south...), way("landuse=forest", reversed(north)...)},
			map[string]float64{"vegetation": 30000}},
		{"old-style, its inner way repeats the tag", []Feature{area("type=multipolygon", outer, inner), way("landuse=forest", inner...), way("landuse=forest", outer...)},
			map[string]float64{"vegetation": 30000}},
		{"old-style, its inner way has another tag", []Feature{area("type=multipolygon", outer, inner), way("natural=scrub", inner...), way("landuse=forest", outer...)},
			map[string]float64{"vegetation": 40000}},
		{"old-style beside a neighbour", []Feature{area("type=multipolygon", outer, inner), way("landuse=residential", neighbour...), way("landuse=forest", outer...)},
			map[string]float64{"vegetation": 30000, "residential": 40000}},
		{"old-style without any tags", []Feature{area("type=multipolygon", outer, inner)}, nil},
		{"a relation that is no area", []Feature{area("type=site landuse=forest", outer)}, nil},
	}
	for _, test := range tests {
		pack, _ := extractMemory(t, region(), test.features...)
		got := areasIn(t, pack)
		// A step of the grid is 0.2 m here, outlines are up to 1,200 m long.
		if !maps.EqualFunc(got, test.want, func(a, b float64) bool { return a > b-100 && a < b+100 }) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// The tags of a way decide between line and area, whether a source has it as a line or a polygon.
func TestDatabaseWaysAndNodes(t *testing.T) {
	square := ringAt(0, 0, 100)
	_, stats := extractMemory(t, region(),
		way("highway=pedestrian", square...),
		way("highway=residential", pointOf(centre().Offset(-500, 0)), pointOf(centre().Offset(500, 0))),
		way("highway=residential", orb.Point{7, 91}),
		node("shop=bakery", centre()),
		node("name=nothing", centre()),
		node("shop=bakery", centre().Offset(50_000, 0)),
	)
	if got := stats.Shapes; got["path"] != 1 || got["minor_road"] != 1 || got["commerce"] != 2 || len(got) != 3 {
		t.Errorf("drew %v", got)
	}
	if stats.Ways != 2 || stats.Nodes != 3 || stats.Unplaced != 1 || stats.Outside != 1 {
		t.Errorf("%+v", stats)
	}
	if s := stats.Pack.Sources; len(s) != 1 || s[0].Name != "memory" || s[0].Date == "" || stats.Pack.Name != "memory" {
		t.Errorf("the pack names %v", s)
	}
}

// The coast of an island is counter-clockwise: land is inside.
func TestDatabaseCoast(t *testing.T) {
	coast := ringAt(0, 0, 1000)
	pack, stats := extractMemory(t, region(), way("natural=coastline place=island", coast...), way("highway=residential", coast[0], coast[2]))
	if stats.Sea.Rings != 1 {
		t.Errorf("sea from %+v", stats.Sea)
	}
	water := int64(0)
	eachPart(t, pack, func(tile loc2vec.Tile, p *loc2vec.Part) {
		if tile == centre().Point().Tile() && p.Layer == loc2vec.Water {
			water += grid.DoubleArea(gridOf(p.Points))
		}
	})
	metres := centre().Point().MetresPerUnit() / grid.Across
	if land := float64(2*loc2vec.Extent*loc2vec.Extent-water) / 2 * metres * metres; land < 0.99e6 || land > 1.01e6 {
		t.Errorf("%.0f m² of land", land)
	}
}

// Without a box a first reading, without tags, finds the area.
func TestDatabaseSurvey(t *testing.T) {
	var features []Feature
	for i := range 20 {
		features = append(features, way("building=yes", ringAt(float64(i)*50, 0, 20)...))
	}
	source := &memorySource{features: features}
	stats, err := Extract(t.Context(), io.Discard, Options{Features: source, Name: "Somewhere"})
	if err != nil {
		t.Fatal(err)
	}
	if len(source.asked) != 2 || !source.asked[0].Untagged || source.asked[1].Untagged {
		t.Errorf("asked %+v", source.asked)
	}
	if stats.Shapes["building"] != 20 || stats.Outside != 0 || stats.Pack.Name != "Somewhere" {
		t.Errorf("%+v", stats)
	}
}

// A box that holds nothing makes no pack: it would claim to cover the place. A single node, a wood around
// the box, a road through it and the open sea are something.
func TestDatabaseBoxElsewhere(t *testing.T) {
	around := ringAt(0, 0, 50_000)
	elsewhere := []Feature{way("building=yes", ringAt(60_000, 0, 20)...), node("shop=bakery", centre().Offset(0, 60_000))}
	tests := []struct {
		name     string
		features []Feature
		empty    bool
	}{
		{"no object", nil, true},
		{"objects elsewhere", elsewhere, true},
		{"a border around it", []Feature{area("type=boundary boundary=administrative", around)}, true},
		{"a node of no layer", []Feature{node("place=locality", centre())}, false},
		{"a wood around it", []Feature{way("landuse=forest", around...)}, false},
		{"a road through it", []Feature{way("highway=primary", around[0], around[2])}, false},
		// Both coasts lie east of the box; water is on the right of a coast.
		{"sea off a coast", []Feature{way("natural=coastline", pointOf(centre().Offset(9000, 50_000)), pointOf(centre().Offset(9000, -50_000)))}, false},
		{"land behind a coast", []Feature{way("natural=coastline", pointOf(centre().Offset(9000, -50_000)), pointOf(centre().Offset(9000, 50_000)))}, true},
	}
	for _, test := range tests {
		var b bytes.Buffer
		_, err := Extract(t.Context(), &b, Options{Features: &memorySource{features: test.features}, Box: region()})
		if errors.Is(err, ErrEmptyBox) != test.empty || (err != nil && !test.empty) {
			t.Errorf("%s: error %v", test.name, err)
		}
		if (b.Len() == 0) != test.empty {
			t.Errorf("%s: %d bytes were written", test.name, b.Len())
		}
	}
}

func TestDatabaseErrors(t *testing.T) {
	errGone := errors.New("gone")
	house := way("building=yes", ringAt(0, 0, 20)...)
	upsideDown := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 50, Lon: 7}, Max: loc2vec.LatLon{Lat: 49, Lon: 8}}
	tests := []struct {
		name    string
		options Options
		want    string
	}{
		{"gone in the first reading", Options{Features: &memorySource{features: []Feature{house}, err: errGone}}, "gone"},
		{"gone", Options{Features: &memorySource{features: []Feature{house}, err: errGone}, Box: region()}, "gone"},
		{"empty", Options{Features: &memorySource{}}, "holds nothing"},
		{"two sources", Options{Features: &memorySource{}, Files: []string{"x"}}, "not both"},
		{"box for a file", Options{Files: []string{"x"}, Box: region()}, "for databases"},
		{"box upside down", Options{Features: &memorySource{}, Box: &upsideDown}, "no area"},
		{"box off the Earth", Options{Features: &memorySource{}, Box: &loc2vec.Bounds{Max: loc2vec.LatLon{Lat: 100, Lon: 1}}}, "latitude"},
	}
	for _, test := range tests {
		var b bytes.Buffer
		if _, err := Extract(t.Context(), &b, test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v", test.name, err)
		}
		if b.Len() > 0 {
			t.Errorf("%s: %d bytes were written", test.name, b.Len())
		}
	}
}

// Rotated and reversed copies of a ring have its key, other rings have not.
func TestRingKey(t *testing.T) {
	rng := newRNG(3)
	seen := map[ringKey]bool{}
	for range 1000 {
		var ring []grid.Location
		for range 3 + rng.IntN(10) {
			ring = append(ring, grid.Location{Lat: int32(rng.IntN(1000)), Lon: int32(rng.IntN(1000))})
		}
		key := ringKeyOf(ring)
		if seen[key] {
			t.Fatalf("two rings have the key %x", key)
		}
		seen[key] = true
		cut := rng.IntN(len(ring))
		turned := slices.Concat(ring[cut:], ring[:cut])
		if ringKeyOf(turned) != key || ringKeyOf(append(turned, turned[0])) != key {
			t.Errorf("turned by %d, the key of %v changes", cut, ring)
		}
		slices.Reverse(turned)
		if ringKeyOf(turned) != key {
			t.Errorf("reversed, the key of %v changes", ring)
		}
	}
}
