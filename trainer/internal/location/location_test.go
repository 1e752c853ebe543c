package location

import (
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
)

// bremen is the place of most texts.
var bremen = loc2vec.LatLon{Lat: 53.07, Lon: 8.8}

// TestParse: texts as programs and people write them, with the order that they tell.
func TestParse(t *testing.T) {
	for text, order := range map[string]Order{
		"53.07,8.80": LatFirst, "(53.07, 8.80)": LatFirst, "[53.07, 8.8]": LatFirst, " 53.07 8.80 ": LatFirst, "53.07;8.80": LatFirst,
		"53.07|8.8": LatFirst, "53.07/8.8": LatFirst, "53.07\t8.8": LatFirst, "53.07, 8.80, 12": LatFirst, "53.07,8.80,12.5": LatFirst,
		"53,07 8,80": LatFirst, "53,07; 8,80": LatFirst, "53,07, 8,80": LatFirst, `["53.07","8.8"]`: LatFirst, `"53.07, 8.8"`: LatFirst,
		"+53.07,+8.80": LatFirst, "53.07 8.80 12": LatFirst, "<53.07,8.80>": LatFirst,
	} {
		l, err := Parse(text)
		if err != nil || l.Order != Unknown || l.Place(order) != bremen {
			t.Errorf("%q: %+v, %v", text, l, err)
		}
	}
	for _, text := range []string{
		"POINT (8.80 53.07)", "POINT(8.8 53.07)", "point(8.8 53.07)", "Point Z (8.8 53.07 5)", "POINTZ(8.8 53.07 5)", "POINT ZM (8.8 53.07 5 6)",
		"SRID=4326;POINT(8.8 53.07)", "srid=4326; Point (8.8 53.07)", "MULTIPOINT (8.8 53.07)", "MULTIPOINT ((8.8 53.07))",
		"<http://www.opengis.net/def/crs/OGC/1.3/CRS84> Point(8.8 53.07)",
		`{"type":"Point","coordinates":[8.80,53.07]}`, `{"type":"Point","coordinates":[8.80,53.07,3]}`, `{"type":"MultiPoint","coordinates":[[8.80,53.07]]}`,
		`{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[8.80,53.07]}}`,
		`{"lat":53.07,"lon":8.8}`, `{"lng":8.8,"lat":53.07}`, `{"latitude":"53.07","longitude":"8.8","accuracy":5}`, `{"_latitude":53.07,"_longitude":8.8}`, `{"x":8.8,"y":53.07}`,
		"geo:53.07,8.8", "geo:53.07,8.8;u=35", "geo:53.07,8.8?z=11", "GEO:53.07,8.8,3",
		"N 53.07, E 8.80", "53.07N 8.80E", "53.07° N, 8.80° E", "8.80E, 53.07N", "E8.80 N53.07", "53.07 n 8.80 e", "N53.07E8.80",
		"53°4'12\"N 8°48'0\"E", "53° 4′ 12″ N, 8° 48′ E", "N 53° 4.2' E 8° 48.0'", "53º4'12''N; 8º48'E",
		"0101000000" + float("8.8") + float("53.07"), "0101000020E6100000" + float("8.8") + float("53.07"), `\x0101000000` + float("8.8") + float("53.07"),
	} {
		l, err := Parse(text)
		if p := l.Place(Unknown); err != nil || l.Order == Unknown || math.Abs(p.Lat-53.07) > 1e-12 || math.Abs(p.Lon-8.8) > 1e-12 {
			t.Errorf("%q: %+v, %v", text, l, err)
		}
	}
	if l, err := Parse("33.9S, 151.2E"); err != nil || l.Place(Unknown) != (loc2vec.LatLon{Lat: -33.9, Lon: 151.2}) {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err := Parse("-33°30', 151°"); err != nil || l.First != -33.5 || l.Second != 151 {
		t.Errorf("%+v, %v", l, err)
	}
}

// float returns a number of WKB in hexadecimal.
func float(text string) string {
	return map[string]string{"8.8": "9A99999999992140", "53.07": "295C8FC2F5884A40"}[text]
}

// TestParseFails: what is no place of two coordinates is an error, that says why.
func TestParseFails(t *testing.T) {
	for text, want := range map[string]string{
		"": "no coordinate", " ": "no coordinate", "POINT EMPTY": "no coordinate", "point z empty": "no coordinate",
		"Bremen": `no two coordinates in "Bremen"`, "Bremen, Germany": "no two", "53.07": "no two", "53,07,8,80": "no two", "53,07,8": "no two", "1,2,3,4": "no two",
		"NaN,NaN": "no two", "Inf 3": "no two", "53.07N 8.80N": "no two", "53.07E 8.80W": "no two", "53.07N": "no two", "53.07,": "no two", "()": "no two", "[]": "no two",
		"53°72'N 8°E": "no two", "53°4'12\"7 8": "no two",
		"LINESTRING (8 53, 9 53)": "the geometry is a LINESTRING, not a point", "Polygon((8 53, 9 53, 9 54, 8 53))": "is a Polygon",
		"MULTIPOINT (8 53, 9 53)": "several points", "POINT (8)": "no two", "POINT (8 x)": "no two", "POINT 8 53": "no two", "POINT": "no two",
		"SRID=25832;POINT(487000 5880000)": "EPSG:25832", "<http://www.opengis.net/def/crs/EPSG/0/4326> Point(53 8)": "EPSG/0/4326", "<http": "no two",
		`{"type":"LineString","coordinates":[[8,53],[9,53]]}`: "want Point", `{"type":"MultiPoint","coordinates":[[8,53],[9,53]]}`: "2 points, want one",
		`{"type":"Point","coordinates":null}`: "coordinates", `{"lat":53}`: "no two", `{"lat":53,"lon":null}`: "no two", `{`: "no two", `{"type":"Feature","geometry":null}`: "no two",
		"0102000000" + strings.Repeat("00", 16): "LineString", "0101000020E9640000" + float("8.8") + float("53.07"): "EPSG:25833",
		strings.Repeat("x", 500): "…",
	} {
		l, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%q: %+v, %v, want %s", text, l, err, want)
		}
	}
	if _, err := Parse(""); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
}

// FuzzParse: no text panics, the order of a text does not depend on chance, and hexadecimal is read as its bytes.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"53.07,8.80", "POINT (8.80 53.07)", `{"type":"Point","coordinates":[8.8,53.07]}`, "53°4'12\"N 8°48'0\"E", "geo:1,2", "SRID=4326;POINT(8 53)",
		"0101000000" + float("8.8") + float("53.07"), `{"LAT":1,"lat":2,"lon":3,"Lon":4}`, "<http://x/CRS84> POINT(1 2)", "N1E2",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse(text)
		again, errAgain := Parse(text)
		if l != again && err == nil || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q is %+v, then %+v", text, l, again)
		}
		if err == nil && l.Order == Unknown && (math.IsNaN(l.First) || math.IsInf(l.Second, 0)) {
			t.Fatalf("%q is %+v", text, l)
		}
		if data, errHex := hex.DecodeString(text); errHex == nil {
			_, _ = WKB(data)
		}
	})
}
