package geofile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
)

func read(t *testing.T, format Format, text string) *Track {
	t.Helper()
	track, err := ReadTrack(strings.NewReader(text), format)
	if err != nil {
		t.Fatal(err)
	}
	return track
}

// expect checks the fixes of a track, times in RFC 3339.
func expect(t *testing.T, got *Track, bad int, want ...string) {
	t.Helper()
	var fixes []string
	for _, f := range got.Fixes {
		fixes = append(fixes, fmt.Sprintf("%.5f,%.5f %s", f.Place.Lat, f.Place.Lon, f.Time.UTC().Format(time.RFC3339)))
	}
	if strings.Join(fixes, "; ") != strings.Join(want, "; ") || got.Bad != bad {
		t.Errorf("fixes %v, %d bad (%v), want %v, %d bad", fixes, got.Bad, got.First, want, bad)
	}
}

func TestGPX(t *testing.T) {
	const text = "\ufeff" + `<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="1" lon="1"/>
<trk><trkseg><trkpt lat="53.1" lon="8.8"><ele>3</ele><time>2026-05-01T10:00:01Z</time></trkpt>
<trkpt lat="53.2" lon="8.9"><time>2026-05-01T12:00:00+02:00</time></trkpt>
<trkpt lat="953.2" lon="8.9"><time>2026-05-01T10:00:02Z</time></trkpt><trkpt lat="x" lon="8"/></trkseg></trk></gpx>`
	track := read(t, GPX, text)
	expect(t, track, 2, "53.20000,8.90000 2026-05-01T10:00:00Z", "53.10000,8.80000 2026-05-01T10:00:01Z")
	if !track.Timed || !strings.Contains(track.First.Error(), "row 4") {
		t.Errorf("timed %v, first error %v", track.Timed, track.First)
	}
	route := read(t, GPX, `<gpx><rte><rtept lat="1" lon="2"/><rtept lat="3" lon="4"/></rte></gpx>`)
	expect(t, route, 0, "1.00000,2.00000 1970-01-01T00:00:00Z", "3.00000,4.00000 1970-01-01T00:00:01Z")
	if route.Timed {
		t.Error("a route has no times")
	}
}

// checked returns a sentence with its checksum.
func checked(body string) string {
	var sum byte
	for _, b := range []byte(body) {
		sum ^= b
	}
	return fmt.Sprintf("$%s*%02X\r\n", body, sum)
}

func TestNMEA(t *testing.T) {
	// The example of many manuals, whose checksum is known.
	const classic = "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\n"
	expect(t, read(t, NMEA, classic), 0, "48.11730,11.51667 1994-03-23T12:35:19Z")

	log := classic + "# a comment\n" +
		"NMEA 123 " + checked("GNRMC,235959.50,A,3351.600,S,15112.600,W,0,0,311226,,") + // after other words
		checked("GNRMC,235959.50,V,,,,,,,311226,,") + // no fix
		"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6B\n" + // checksum
		checked("GPRMC,123519,A,4867.038,N,01131.000,E,022.4,084.4,230394,003.1,W") + // minutes
		checked("GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,") // ignored next to RMC
	expect(t, read(t, NMEA, log), 2, "48.11730,11.51667 1994-03-23T12:35:19Z", "-33.86000,-151.21000 2026-12-31T23:59:59Z")

	// Over midnight without a date.
	gga := checked("GPGGA,235959,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,") +
		checked("GPGGA,000000,4807.038,N,01131.000,E,0,08,0.9,545.4,M,46.9,M,,") +
		checked("GPGGA,000001,4807.038,N,01131.000,E,2,08,0.9,545.4,M,46.9,M,,")
	expect(t, read(t, NMEA, gga), 0, "48.11730,11.51667 1970-01-01T23:59:59Z", "48.11730,11.51667 1970-01-02T00:00:01Z")
}

func TestCSV(t *testing.T) {
	expect(t, read(t, CSV, "Time,Latitude,Longitude,speed\n999999000,1,2,0\n2001-09-09T01:46:40Z,3,4,0\n1000000001500,5,6,0\nnoon,7,8,0\n9,9\n10,11,NaN,0\n"), 3,
		"1.00000,2.00000 2001-09-09T01:30:00Z", "3.00000,4.00000 2001-09-09T01:46:40Z", "5.00000,6.00000 2001-09-09T01:46:41Z")
	expect(t, read(t, CSV, "lat,lon\n1,2\n"), 0, "1.00000,2.00000 1970-01-01T00:00:00Z")
	expect(t, read(t, CSV, "\ufefftime;lat;lon\n1000000000;1;2\n"), 0, "1.00000,2.00000 2001-09-09T01:46:40Z")
}

func TestCSVRowsAreBounded(t *testing.T) {
	rows := strings.Repeat("1,2\n", maxRow/2) // more than a row may have, in rows
	if track := read(t, CSV, "lat,lon\n"+rows); len(track.Fixes) != maxRow/2 || track.Bad > 0 {
		t.Errorf("%d fixes, %d bad", len(track.Fixes), track.Bad)
	}
	for name, text := range map[string]string{
		"header": "lat,lon" + strings.Repeat(",x", maxRow), "row": "lat,lon\n1,2\n1," + strings.Repeat("2", maxRow+1<<13),
		"quotation": "lat,lon\n1,2\n1,\"2\n" + rows,
	} {
		if _, err := ReadTrack(strings.NewReader(text), CSV); err == nil || !strings.Contains(err.Error(), "a row of more than") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadFails(t *testing.T) {
	for _, c := range []struct {
		format Format
		text   string
	}{
		{GPX, ""}, {GPX, "<kml/>"}, {GPX, "<gpx/>"}, {GPX, "<gpx><trkpt lat='1'"}, {GPX, "<gpx><trkpt lat='100' lon='1'/></gpx>"},
		{NMEA, ""}, {NMEA, "hello"}, {CSV, ""}, {CSV, "1,2\n3,4\n"}, {CSV, "lat,lon\n"}, {"kml", ""},
	} {
		if track, err := ReadTrack(strings.NewReader(c.text), c.format); err == nil {
			t.Errorf("%s %q: no error but %d fixes", c.format, c.text, len(track.Fixes))
		}
	}
	for path, want := range map[string]Format{"a.GPX": GPX, "b.nmea": NMEA, "c.csv": CSV, "d.kml": ""} {
		if got, err := FormatOf(path, TrackFormats()); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}

func TestWriteGPX(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	track := &Track{Timed: true}
	for i := range 500 {
		track.Fixes = append(track.Fixes, Fix{
			Time:  time.Date(2026, 5, 1, 8, 0, i, 1e6*rng.IntN(1000), time.UTC),
			Place: loc2vec.LatLon{Lat: 180*rng.Float64() - 90, Lon: 360*rng.Float64() - 180},
			Break: i%100 == 50,
		})
	}
	var b bytes.Buffer
	if err := WriteGPX(&b, track, "up & down <the> hill"); err != nil {
		t.Fatal(err)
	}
	back := read(t, GPX, b.String())
	if len(back.Fixes) != len(track.Fixes) || !back.Timed {
		t.Fatalf("%d fixes, want %d", len(back.Fixes), len(track.Fixes))
	}
	for i, f := range track.Fixes {
		if back.Fixes[i].Place.DistanceTo(f.Place) > 0.02 || !back.Fixes[i].Time.Equal(f.Time) || back.Fixes[i].Break != f.Break {
			t.Fatalf("fix %d: %v, want %v", i, back.Fixes[i], f)
		}
	}
}

func FuzzReadTrack(f *testing.F) {
	f.Add("gpx", []byte(`<gpx><trk><trkseg><trkpt lat="1" lon="2"><time>2026-05-01T10:00:01Z</time></trkpt></trkseg></trk></gpx>`))
	f.Add("nmea", []byte("$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\n"))
	f.Add("nmea", []byte(checked("GPGGA,235959.9,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,")))
	f.Add("csv", []byte("#sep\nDate;Time;lat;lon;N/S\n2026-01-31;8:00;1,5;2;S\n2026-01-31;7:00;1,5;2;N\n"))
	m := budget.New(fileBudget())
	f.Fuzz(func(t *testing.T, format string, data []byte) {
		var track *Track
		var err error
		m.Check(t, len(data), func() { track, err = ReadTrack(bytes.NewReader(data), Format(format)) })
		if err != nil {
			return
		}
		for i, fix := range track.Fixes {
			if fix.Place.Validate() != nil || i > 0 && fix.Time.Before(track.Fixes[i-1].Time) && !fix.Break {
				t.Errorf("fix %d: %v", i, fix)
			}
		}
	})
}

// TestOrder: fixes stay in the order of the file. A track breaks at segments and where its clock goes back, and is read
// backwards if the file starts with its last fix.
func TestOrder(t *testing.T) {
	// Each point is a minute of a walk to the north, 10 m a minute; "|" starts a segment.
	gpx := func(minutes ...int) string {
		var b strings.Builder
		b.WriteString("<gpx><trk><trkseg>\n")
		for i, m := range minutes {
			if m < 0 {
				b.WriteString("</trkseg></trk><trk><trkseg>\n")
				continue
			}
			fmt.Fprintf(&b, "<trkpt lat=\"%.6f\" lon=\"8.8\"><time>2026-05-01T08:%02d:00Z</time></trkpt>\n", 53+float64(i)*1e-4, m)
		}
		return b.String() + "</trkseg></trk></gpx>"
	}
	for name, c := range map[string]struct {
		minutes  []int
		breaks   []int // indices of fixes
		recorded time.Duration
		note     string
		north    bool
	}{
		"one segment":      {[]int{0, 1, 2, 3}, nil, 3 * time.Minute, "", true},
		"two segments":     {[]int{0, 1, -1, 2, 3}, []int{2}, 2 * time.Minute, "", true},
		"at one time":      {[]int{0, 1, 2, -1, 0, 1, 2}, []int{3}, 4 * time.Minute, "", true},
		"clock back":       {[]int{5, 6, 7, 2, 3, 4}, []int{3}, 4 * time.Minute, "goes back before 1 of 6 fixes", true},
		"backwards":        {[]int{7, 6, 6, 5}, nil, 2 * time.Minute, "read from its end", false},
		"backwards, parts": {[]int{7, 6, -1, 3, 2, 1}, []int{3}, 3 * time.Minute, "read from its end", false},
		"gap":              {[]int{0, 1, 30, 31}, nil, 2 * time.Minute, "", true},
	} {
		track := read(t, GPX, gpx(c.minutes...))
		var breaks []int
		for i, f := range track.Fixes {
			if f.Break {
				breaks = append(breaks, i)
			}
		}
		if !slices.Equal(breaks, c.breaks) || track.Recorded() != c.recorded || !track.Timed || track.Bad != 0 {
			t.Errorf("%s: breaks at %v, recorded %v, want %v, %v", name, breaks, track.Recorded(), c.breaks, c.recorded)
		}
		if got := strings.Join(track.Notes, "; "); !strings.Contains(got, c.note) || c.note == "" && got != "" {
			t.Errorf("%s: notes %q, want %q", name, got, c.note)
		}
		if north := track.Fixes[0].Place.Lat < track.Fixes[1].Place.Lat; north != c.north {
			t.Errorf("%s: to the north %v", name, north)
		}
	}
}

// TestUntimed: rows without a time are left out and counted among rows with one. Times that few rows have, and times
// that cannot be right, are not used, and that is said.
func TestUntimed(t *testing.T) {
	at := func(times ...string) string {
		var b strings.Builder
		b.WriteString("<gpx><trk><trkseg>")
		for i, when := range times {
			fmt.Fprintf(&b, "\n<trkpt lat=\"%.6f\" lon=\"8.8\">", 53+float64(i)*1e-4)
			if when != "" {
				b.WriteString("<time>" + when + "</time>")
			}
			b.WriteString("</trkpt>")
		}
		return b.String() + "</trkseg></trk></gpx>"
	}
	a, b := "2026-05-01T08:00:00Z", "2026-05-01T08:00:10Z"
	for name, c := range map[string]struct {
		times      []string
		fixes, bad int
		timed      bool
		first      string
		note       string
	}{
		"first and last":   {[]string{"", a, b, ""}, 2, 2, true, "row 2: no time", ""},
		"most":             {[]string{"", "", "", b}, 4, 0, false, "", "only 1 of 4 fixes have one"},
		"none":             {[]string{"", ""}, 2, 0, false, "", ""},
		"all equal":        {[]string{a, a, a}, 3, 0, false, "", "all are 2026-05-01T08:00:00Z"},
		"clock not set":    {[]string{"1970-01-01T00:00:09Z", a, b}, 2, 1, true, "row 2: time \"1970-01-01T00:00:09Z\" is not between 1980 and 2100", ""},
		"clock never set":  {[]string{"0001-01-01T00:00:00Z", "0001-01-01T00:00:01Z"}, 2, 0, false, "", "the times of 2 rows are not used, the first: row 2: time"},
		"time of day":      {[]string{"08:00:00", "08:00:01"}, 2, 0, false, "", "row 2: time \"08:00:00\" has no date"},
		"one cannot be":    {[]string{a, "noon", b}, 2, 1, true, "row 3: time \"noon\"", ""},
		"date without day": {[]string{"2026-05-01", "2026-05-01"}, 2, 0, false, "", "has no time of day"},
	} {
		track := read(t, GPX, at(c.times...))
		if len(track.Fixes) != c.fixes || track.Bad != c.bad || track.Timed != c.timed {
			t.Errorf("%s: %d fixes, %d bad, timed %v", name, len(track.Fixes), track.Bad, track.Timed)
		}
		if got := fmt.Sprint(track.First); !strings.Contains(got, c.first) || c.first == "" && track.First != nil {
			t.Errorf("%s: first %q, want %q", name, got, c.first)
		}
		if got := strings.Join(track.Notes, "; "); !strings.Contains(got, c.note) || c.note == "" && got != "" {
			t.Errorf("%s: notes %q, want %q", name, got, c.note)
		}
	}
}

// TestPointsOfRoutes: a route is no substitute for a track, even for one without a good point.
func TestPointsOfRoutes(t *testing.T) {
	const route = `<rte><rtept lat="53.1" lon="8.8"/><rtept lat="53.2" lon="8.8"/></rte>`
	track, err := ReadTrack(strings.NewReader("<gpx>"+route+`<trk><trkseg><trkpt lat="953.1" lon="8.8"/></trkseg></trk></gpx>`), GPX)
	if err == nil || !strings.Contains(err.Error(), "all 1 rows are bad, the first: row 1: invalid coordinate: latitude 953.1") {
		t.Errorf("%v, %v", track, err)
	}
	alone := read(t, GPX, "<gpx>"+route+"</gpx>")
	if len(alone.Fixes) != 2 || len(alone.Notes) != 1 || !strings.Contains(alone.Notes[0], "points of a route") {
		t.Errorf("%d fixes, notes %q", len(alone.Fixes), alone.Notes)
	}
	_, err = ReadTrack(strings.NewReader(`<gpx><wpt lat="53.1" lon="8.8"/><wpt lat="53.1" lon="8.8"/></gpx>`), GPX)
	if err == nil || !strings.Contains(err.Error(), "only 2 waypoints") {
		t.Errorf("waypoints: %v", err)
	}
	_, err = ReadTrack(strings.NewReader(`<gpx><rte><rtept lat="x" lon="8.8"/></rte></gpx>`), GPX)
	if err == nil || !strings.Contains(err.Error(), "latitude \"x\" is not a number") {
		t.Errorf("bad route: %v", err)
	}
}

// TestPositionsOfReceivers: 0,0 stands for a receiver without a fix. Longitudes are read modulo 360.
func TestPositionsOfReceivers(t *testing.T) {
	const rows = "0,0\n-16.8,179.9999\n-0.0,0.000\n-16.8,180.0001\n-16.8,-180.0001\n-16.8,180\n0,8.8\n-16.8,360.5\n"
	track := read(t, CSV, "lat,lon\n"+rows)
	expect(t, track, 3, "-16.80000,179.99990 1970-01-01T00:00:00Z", "-16.80000,-179.99990 1970-01-01T00:00:01Z",
		"-16.80000,179.99990 1970-01-01T00:00:02Z", "-16.80000,180.00000 1970-01-01T00:00:03Z", "0.00000,8.80000 1970-01-01T00:00:04Z")
	if !strings.Contains(fmt.Sprint(track.First), "row 2: position 0,0") || track.Metres() < 1 {
		t.Errorf("first %v", track.First)
	}
	places, report, err := ReadPlaces(strings.NewReader(rows), CSV)
	if err != nil || len(places) != 5 || report.Bad != 3 || !strings.Contains(report.Errors[0].Error(), "row 1: position 0,0") {
		t.Errorf("places %v, %+v, %v", places, report, err)
	}
}

// TestTrackWithAnOpenQuote: a quotation mark that is never closed costs its row, and not the rest of the track.
func TestTrackWithAnOpenQuote(t *testing.T) {
	track := read(t, CSV, "lat,lon\n1,2\n\"3,4\n5,6\n")
	expect(t, track, 1, "1.00000,2.00000 1970-01-01T00:00:00Z", "5.00000,6.00000 1970-01-01T00:00:01Z")
	if !strings.Contains(track.First.Error(), "row 3") {
		t.Errorf("first error %v", track.First)
	}
}

// TestFormatsOfPlacesAndTracks: places are not read from NMEA, nor tracks from GeoJSON.
func TestFormatsOfPlacesAndTracks(t *testing.T) {
	if f, err := FormatOf("a.nmea", PlaceFormats()); err == nil {
		t.Errorf("places from %s", f)
	}
	if f, err := FormatOf("a.geojson", TrackFormats()); err == nil {
		t.Errorf("a track from %s", f)
	}
	if _, _, err := ReadPlaces(strings.NewReader("x"), NMEA); err == nil {
		t.Error("places from NMEA")
	}
	if _, err := ReadTrack(strings.NewReader("{}"), GeoJSON); err == nil {
		t.Error("a track from GeoJSON")
	}
}
