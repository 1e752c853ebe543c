package schema_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// tagsOf parses "key=value key=value", in which "_m" stands for " m".
func tagsOf(s string) osm.Tags {
	var tags osm.Tags
	for _, f := range strings.Fields(s) {
		key, value, _ := strings.Cut(f, "=")
		tags = append(tags, osm.Tag{Key: key, Value: strings.ReplaceAll(value, "_m", " m")})
	}
	return tags
}

// classesOf returns classes as "layer kind size", sizes in metres, in the order of layers.
func classesOf(classes []schema.Class) string {
	slices.SortFunc(classes, func(a, b schema.Class) int {
		return cmp.Or(cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Kind, b.Kind))
	})
	var out []string
	for _, c := range classes {
		if c.Kind == loc2vec.KindArea {
			out = append(out, fmt.Sprintf("%v area", c.Layer))
			continue
		}
		out = append(out, fmt.Sprintf("%v %v %g", c.Layer, c.Kind, float64(c.Size)/10))
	}
	return strings.Join(out, ", ")
}

func TestClassify(t *testing.T) {
	const (
		point  = schema.Point
		open   = schema.OpenWay
		closed = schema.ClosedWay
		area   = schema.Area
	)
	tests := []struct {
		shape schema.Shape
		tags  string
		want  string
	}{
		// Water.
		{closed, "natural=water", "water area"},
		{area, "natural=water water=lake name=Müggelsee", "water area"},
		{open, "natural=water", ""},
		{open, "natural=coastline", ""},
		{open, "waterway=river", "water line 10"},
		{open, "waterway=river width=45", "water line 45"},
		{open, "waterway=river width=900", "water line 10"},
		{closed, "waterway=riverbank", "water area"},
		{closed, "waterway=stream", "water line 2.5"},
		{closed, "waterway=canal area=yes", "water area"},
		{area, "waterway=river", "water area"},
		{open, "waterway=stream tunnel=culvert", ""},
		{open, "waterway=stream layer=-1", "water line 2.5"},
		{open, "waterway=ditch", "water line 2"},
		{open, "waterway=weir", ""},
		{closed, "leisure=swimming_pool", "water area"},
		{closed, "leisure=swimming_pool indoor=yes", ""},
		{closed, "landuse=basin", "water area"},

		// Ground.
		{closed, "landuse=forest", "vegetation area"},
		{area, "natural=wood leaf_type=needleleaved", "vegetation area"},
		{closed, "natural=beach", "vegetation area"},
		{closed, "natural=wetland wetland=marsh", "vegetation area"},
		{open, "natural=tree_row", "vegetation line 5"},
		{point, "natural=tree", ""},
		{closed, "leisure=park", "park area"},
		{point, "leisure=playground", "park disc 10"},
		{closed, "leisure=nature_reserve", ""},
		{area, "boundary=national_park", ""},
		{closed, "landuse=cemetery", "park area"},
		{closed, "landuse=residential", "residential area"},
		{closed, "landuse=industrial", "commercial area"},
		{closed, "landuse=forest area=no", ""},

		// Buildings.
		{closed, "building=yes", "building area"},
		{closed, "building=no", ""},
		{closed, "building:part=yes", "building area"},
		{closed, "building=yes layer=-2", ""},
		{closed, "building=yes location=underground", ""},
		{closed, "building=house abandoned=yes", "building area"},
		{closed, "demolished:building=yes", ""},
		{closed, "building=yes demolished=yes", ""},
		{point, "building=house", "building disc 5"},
		{closed, "building=church", "building area, civic area"},
		{closed, "building=school amenity=school", "building area, civic area"},
		{closed, "building=warehouse", "commercial area, building area"},
		{closed, "man_made=storage_tank", "building area"},

		// Roads.
		{open, "highway=motorway", "major_road line 13"},
		{open, "highway=motorway lanes=3", "major_road line 14.8"},
		{open, "highway=primary lanes=2", "major_road line 8.5"},
		{open, "highway=primary lanes=nonsense", "major_road line 10"},
		{open, "highway=primary lanes=2 width=11_m", "major_road line 11"},
		{open, "highway=secondary tunnel=yes", ""},
		{open, "highway=residential tunnel=building_passage", "minor_road line 6"},
		{open, "highway=residential layer=-1", "minor_road line 6"},
		{open, "highway=trunk_link", "major_road line 7"},
		{open, "highway=service", "minor_road line 4"},
		{open, "highway=service service=driveway", "minor_road line 3"},
		{open, "highway=construction construction=primary", ""},
		{open, "highway=proposed", ""},
		{closed, "highway=residential", "minor_road line 6"},
		{closed, "highway=service area=yes", "minor_road area"},
		{open, "highway=corridor", ""},

		// Paths.
		{open, "highway=footway", "path line 2"},
		{open, "highway=footway est_width=3.5", "path line 3.5"},
		{open, "highway=footway lanes=2", "path line 2"},
		{closed, "highway=pedestrian", "path line 4"},
		{closed, "highway=pedestrian area=yes", "path area"},
		{area, "highway=pedestrian", "path area"},
		{closed, "place=square", "path area"},
		{open, "man_made=pier", "path line 3"},
		{closed, "man_made=pier", "path area"},
		{open, "highway=footway indoor=yes", ""},

		// Transport.
		{open, "railway=rail", "transport line 4"},
		{open, "railway=rail tunnel=yes", ""},
		{open, "railway=subway", "transport line 4"},
		{open, "railway=subway layer=-3", ""},
		{open, "railway=abandoned", ""},
		{open, "railway=rail disused=yes", ""},
		{open, "railway=platform", "transport line 3"},
		{closed, "railway=platform", "transport area"},
		{closed, "railway=platform area=no", "transport line 3"},
		{point, "railway=station", "transport disc 20"},
		{point, "highway=bus_stop public_transport=platform", "transport disc 6"},
		{closed, "amenity=parking", "transport area"},
		{closed, "amenity=parking parking=underground", ""},
		{closed, "aeroway=aerodrome", ""},
		{open, "aeroway=runway", "transport line 40"},
		{open, "aeroway=runway width=45", "transport line 45"},
		{closed, "aeroway=apron", "transport area"},
		{open, "route=ferry", ""},

		// Places that people go to.
		{point, "amenity=school", "civic disc 15"},
		{closed, "amenity=hospital", "civic area"},
		{point, "amenity=place_of_worship", "civic disc 8"},
		{point, "historic=memorial", "civic disc 6"},
		{point, "historic=memorial memorial=stolperstein", ""},
		{point, "shop=bakery", "commerce disc 6"},
		{point, "shop=no", ""},
		{point, "shop=vacant", ""},
		{point, "disused:shop=bakery", ""},
		{point, "amenity=cafe shop=bakery", "commerce disc 6"},
		{closed, "building=yes shop=mall", "building area, commerce area"},
		{point, "tourism=museum", "civic disc 8"},
		{point, "tourism=hotel", "commerce disc 6"},
		{point, "office=government", "civic disc 6"},
		{point, "office=lawyer", "commerce disc 6"},
		{point, "amenity=bench", ""},
		{point, "", ""},
	}
	c := schema.NewClassifier()
	for _, test := range tests {
		got := classesOf(c.Classify(nil, test.shape, tagsOf(test.tags)))
		if got != test.want {
			t.Errorf("shape %d %s: %q, want %q", test.shape, test.tags, got, test.want)
		}
	}
}

func TestClassifyAppends(t *testing.T) {
	c := schema.NewClassifier()
	classes := c.Classify(nil, schema.Point, tagsOf("shop=bakery"))
	classes = c.Classify(classes, schema.Point, tagsOf("shop=bakery"))
	if len(classes) != 2 || classes[0] != classes[1] {
		t.Errorf("two elements of the same class: %v", classes)
	}
}

func TestParseMetres(t *testing.T) {
	tests := []struct {
		text string
		want float64 // 0: rejected
	}{
		{"3.5", 3.5}, {"4 m", 4}, {"4m", 4}, {" 7 metres", 7}, {"2,5", 2.5}, {"12'", 3.6576}, {`7'6"`, 2.286}, {"10 ft", 3.048},
		{"350 cm", 3.5}, {"1e1", 10},
		{"", 0}, {"wide", 0}, {"0", 0}, {"-3", 0}, {"0.2", 0}, {"1000", 0}, {"NaN", 0}, {"Inf", 0}, {"3 km", 0}, {"3;4", 0}, {"'", 0}, {"5'x", 0},
	}
	for _, test := range tests {
		got, ok := schema.ParseMetres(test.text)
		if ok != (test.want != 0) || ok && math.Abs(got-test.want) > 1e-9 {
			t.Errorf("ParseMetres(%q) = %v, %v, want %v", test.text, got, ok, test.want)
		}
	}
}

// Each rule matches an element for each of its values.
func TestRulesAreWellFormed(t *testing.T) {
	c := schema.NewClassifier()
	shapes := map[loc2vec.Kind]schema.Shape{
		loc2vec.KindDisc: schema.Point, loc2vec.KindLine: schema.OpenWay, loc2vec.KindArea: schema.Area,
	}
	for _, r := range schema.Rules() {
		if r.Layer >= loc2vec.NumLayers || (r.Size == 0) != (r.Kind == loc2vec.KindArea) || r.Verge != 0 && r.Kind != loc2vec.KindLine {
			t.Errorf("rule %+v does not make sense", r)
		}
		values := strings.Fields(r.Values)
		if r.Values == "*" {
			values = []string{"something"}
		}
		for _, v := range values {
			tags := append(tagsOf(r.Key+"="+v), tagsOf(strings.Split(r.If+" ", " ")[0])...)
			classes := c.Classify(nil, shapes[r.Kind], tags)
			found := slices.ContainsFunc(classes, func(c schema.Class) bool { return c.Layer == r.Layer && c.Kind == r.Kind })
			if !found {
				t.Errorf("%v %v %s=%s does not match: %s", r.Layer, r.Kind, r.Key, v, classesOf(classes))
			}
		}
	}
}

// The hash names the table in every pack and bundle: a change means new packs and new bundles.
func TestHashFollowsText(t *testing.T) {
	if h := schema.Hash(); len(h) != 64 || h != schema.Hash() {
		t.Errorf("Hash() = %q", h)
	}
	text := schema.Text()
	if n := strings.Count(text, "\n"); n != 1+loc2vec.NumLayers+len(schema.Rules()) {
		t.Errorf("the text has %d lines", n)
	}
	if want := "minor_road line highway=service size 3 verge 0.5 when 17 if service=driveway,service=parking_aisle unless \n"; !strings.Contains(text, want) {
		t.Errorf("the text lacks %q", want)
	}
}

func BenchmarkClassify(b *testing.B) {
	c := schema.NewClassifier()
	tags := tagsOf("highway=residential name=x tiger:cfcc=A41 tiger:county=Kent oneway=no lanes=2 surface=asphalt")
	var classes []schema.Class
	b.ReportAllocs()
	for b.Loop() {
		classes = c.Classify(classes[:0], schema.OpenWay, tags)
	}
}
