package geofile

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
)

func TestReadPlaces(t *testing.T) {
	berlin, rio := loc2vec.LatLon{Lat: 52.5, Lon: 13.4}, loc2vec.LatLon{Lat: -22.9, Lon: -43.2}
	for name, c := range map[string]struct {
		format Format
		text   string
		bad    []int
	}{
		"csv with header":        {CSV, "name,lon,lat\nBerlin,13.4,52.5\n\"Rio, centre\",-43.2,-22.9\n", nil},
		"csv without header":     {CSV, "52.5,13.4\n-22.9, -43.2\n", nil},
		"csv with semicolons":    {CSV, "\ufeffLatitude;Longitude\r\n52.5;13.4\r\n-22.9;-43.2\r\n", nil},
		"csv with tabs":          {CSV, "lng\tlat\n13.4\t52.5\n-43.2\t-22.9\n", nil},
		"csv with bad rows":      {CSV, "lat,lon\n52.5,13.4\nx,1\n91,0\n1\nNaN,2\n\n-22.9,-43.2\n", []int{3, 4, 5, 6}},
		"csv with broken quotes": {CSV, "lat,lon\n52.5,13.4\n\"1\"2,3\n-22.9,-43.2\n", []int{3}},
		"csv with open quotes":   {CSV, "lat,lon\r\n\"1,2\r\n\r\n52.5,13.4\r\n-22.9,-43.2\r\nx,\"y", []int{2, 6}},
		"csv with a line break":  {CSV, "name,lat,lon\n\"Berlin,\nCapital\",52.5,13.4\n\"\",1\nRio,-22.9,-43.2\n", []int{4}},
		"geojson collection": {GeoJSON, `{"type":"FeatureCollection","features":[
			{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[13.4,52.5,34]}},
			{"type":"Feature","geometry":null},
			{"type":"Feature","geometry":{"type":"LineString","coordinates":[[0,0],[1,1]]}},
			{"type":"Feature","geometry":{"type":"Point","coordinates":[1]}},
			{"type":"Feature","geometry":{"type":"Point","coordinates":[1,95]}},
			{"type":"Feature","geometry":{"type":"Point","coordinates":"here"}},
			null, 7, {"type":"Feature"},
			{"type":"Feature","geometry":{"type":"MultiPoint","coordinates":[[-43.2,-22.9]]}}]}`, []int{2, 3, 4, 5, 6, 7, 8, 9}},
		"geojson multipoint": {GeoJSON, `{"type":"MultiPoint","coordinates":[[13.4,52.5],[-43.2,-22.9]]}`, nil},
		"geojson geometries": {GeoJSON, `{"type":"GeometryCollection","geometries":[
			{"type":"Point","coordinates":[13.4,52.5]},{"type":"Point","coordinates":[-43.2,-22.9]}]}`, nil},
		"geojson a line": {GeoJSON, `{"type":"Point","coordinates":[13.4,52.5]}` + "\n" + `{"type":"Point","coordinates":[null,52.5]}` + "\n" +
			`{"type":"Feature","geometry":{"type":"Point","coordinates":[-43.2,-22.9]}}`, []int{2}},
		"geojson records":     {GeoJSON, "\x1e" + `{"type":"Point","coordinates":[13.4,52.5]}` + "\n\x1e" + `{"type":"Point","coordinates":[-43.2,-22.9]}`, nil},
		"geojson collections": {GeoJSON, "\ufeff" + `{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[13.4,52.5]},{"type":"MultiPoint","coordinates":[[-43.2,-22.9]]}]}}`, nil},
		"csv with times":      {CSV, "No,Latitude,Longitude,Date,Time\n1,52.5,13.4,2026/01/31,08:00:00\n2,-22.9,-43.2,,noon\n", nil},
		"csv with sides":      {CSV, "LATITUDE,N/S,LONGITUDE,E/W\n52.5,N,13.4,E\n22.9,S,43.2,W\n", nil},
		"csv with letters":    {CSV, "LATITUDE N/S,LONGITUDE E/W\n52.5N,13.4E\nS 22.9°,43.2 W\n", nil},
		"csv decimal commas":  {CSV, "lat;lon\n52,5;13,4\n-22,9;-43,2\n", nil},
		"csv quoted commas":   {CSV, "lat,lon\n\"52,5\",\"13,4\"\n-22.9,-43.2\n", nil},
		"csv split numbers":   {CSV, "lat,lon\n52.5,13.4\n48,9,9,1\n-22.9,-43.2,,\n", []int{3}},
		"csv bare commas":     {CSV, "52.5,13.4\n48,9,9,1\n-22.9,-43.2\n", []int{2}},
		"csv bare semicolons": {CSV, "52,5;13,4\n-22,9;-43,2\n", nil},
		"csv text semicolon":  {CSV, "52.5,13.4,a;b\n-22.9,-43.2,c\n", nil},
		"csv quoted header":   {CSV, "\"id;x\",lat,lon\n1,52.5,13.4\n2,-22.9,-43.2\n", nil},
		"csv of spreadsheets": {CSV, "sep=;\nname;lat;lon\nBerlin;52,5;13,4\nRio;-22,9;-43,2\n", nil},
		"csv with comments":   {CSV, "# places\n#, \"odd\"\n# lat, lon\n52.5,13.4\n#-- south --\n-22.9,-43.2\n", nil},
		"csv empty first":     {CSV, "name\tlat\tlon\n\t52.5\t13.4\nRio\t-22.9\t-43.2\n", nil},
		"csv bars":            {CSV, "name|lat|lon\nBerlin|52.5|13.4\nRio|-22.9|-43.2\n", nil},
		"csv old breaks":      {CSV, "lat,lon\r52.5,13.4\r-22.9,-43.2\r", nil},
		"csv units":           {CSV, "Latitude (°), Longitude [deg]\n52.5,13.4\n-22.9,-43.2\n", nil},
		"gpx": {GPX, `<?xml version="1.0"?>
<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="52.5" lon="13.4"><name>Berlin</name></wpt>
<wpt lat="52.5"/>
<trk><trkseg><trkpt lat="-22.9" lon="-43.2"><ele>3</ele></trkpt>
<trkpt lat="100" lon="0"/></trkseg></trk></gpx>`, []int{4, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			places, report, err := ReadPlaces(strings.NewReader(c.text), c.format)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(places, []loc2vec.LatLon{berlin, rio}) {
				t.Errorf("got %v", places)
			}
			var bad []int
			for _, e := range report.Errors {
				bad = append(bad, e.Row)
			}
			if !slices.Equal(bad, c.bad) || report.Bad != len(c.bad) || report.Rows != 2+len(c.bad) {
				t.Errorf("bad rows %v (%+v), want %v", bad, report, c.bad)
			}
			isBad := func(row int) bool { return row < 1 || slices.Contains(bad, row) }
			if g := report.Good; len(g) != len(places) || !slices.IsSorted(g) || slices.ContainsFunc(g, isBad) {
				t.Errorf("good rows %v and bad rows %v", g, bad)
			}
		})
	}
}

func TestReadPlacesErrors(t *testing.T) {
	for name, c := range map[string]struct {
		format Format
		text   string
		want   string
	}{
		"empty csv":         {CSV, "", "the file is empty"},
		"nothing in it":     {CSV, "\ufeff\n\n", "no place"},
		"empty geojson":     {GeoJSON, "", "the file is empty"},
		"empty gpx":         {GPX, "", "the file is empty"},
		"no point in it":    {GPX, "<gpx></gpx>", "no place"},
		"null geometry":     {GeoJSON, `{"type":"Feature","geometry":null}`, "all 1 rows are bad, first row 1: no geometry"},
		"no numbers":        {GeoJSON, `{"type":"Point","coordinates":["7","50"]}`, "coordinates are not numbers"},
		"empty collections": {GeoJSON, `{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[]}}`, "row 1: no geometry"},
		"no points":         {GeoJSON, `{"type":"MultiPoint","coordinates":[]}`, "row 1: no point"},
		"half a position":   {GeoJSON, `{"type":"Point","coordinates":[null,50]}`, "coordinates are not numbers"},
		"decimal commas":    {CSV, "lat,lon\n48,9,9,1\n", "4 columns below a header of 2: are there decimal commas?"},
		"only a header":     {CSV, "lat,lon\n", "no place"},
		"no columns":        {CSV, "name,city\nx,y\n", "neither names columns"},
		"all bad":           {CSV, "lat,lon\n91,0\n92,0\n", "all 2 rows are bad, first row 2: invalid coordinate"},
		"truncated geojson": {GeoJSON, `{"type":"FeatureCollection","features":[`, "unexpected EOF"},
		"other json":        {GeoJSON, `{"type":"Topology"}`, "want a feature collection"},
		"truncated gpx":     {GPX, `<gpx><wpt lat="1" lon="2"/>`, "unexpected EOF"},
		"other xml":         {GPX, `<kml></kml>`, `root element is "kml"`},
		"no xml":            {GPX, `   `, "no gpx element"},
		"format":            {"shp", "x", `unknown format "shp"`},
	} {
		if _, _, err := ReadPlaces(strings.NewReader(c.text), c.format); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	for path, want := range map[string]Format{"a.csv": CSV, "x/B.GeoJSON": GeoJSON, "c.gpx": GPX, "d.json": GeoJSON, "e.csv.gz": CSV, "f.geojson.GZ": GeoJSON} {
		if got, err := FormatOf(path, PlaceFormats()); got != want || err != nil {
			t.Errorf("%s: %v, %v", path, got, err)
		}
	}
	if _, err := FormatOf("places.shp", PlaceFormats()); err == nil {
		t.Error("a shapefile has a format")
	}
}

func FuzzReadPlaces(f *testing.F) {
	f.Add(byte(0), []byte("lat,lon\n52.5,13.4\n\"x\n"))
	f.Add(byte(1), []byte(`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[13.4,52.5]}}]}`))
	f.Add(byte(2), []byte(`<gpx><wpt lat="52.5" lon="13.4"/></gpx>`))
	m := budget.New(fileBudget())
	f.Fuzz(func(t *testing.T, format byte, data []byte) {
		var places []loc2vec.LatLon
		var report Report
		var err error
		m.Check(t, len(data), func() {
			places, report, err = ReadPlaces(bytes.NewReader(data), []Format{CSV, GeoJSON, GPX}[format%3])
		})
		if err == nil && len(places)+report.Bad != report.Rows {
			t.Errorf("%d places and %d bad rows of %d", len(places), report.Bad, report.Rows)
		}
		for _, ll := range places {
			if ll.Validate() != nil {
				t.Errorf("read the place %v", ll)
			}
		}
	})
}
