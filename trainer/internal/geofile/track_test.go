package geofile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
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
	expect(t, read(t, CSV, "Time,Latitude,Longitude,speed\n1000,1,2,0\n2001-09-09T01:46:40Z,3,4,0\n1000000001500,5,6,0\nnoon,7,8,0\n9,9\n10,11,NaN,0\n"), 3,
		"1.00000,2.00000 1970-01-01T00:16:40Z", "3.00000,4.00000 2001-09-09T01:46:40Z", "5.00000,6.00000 2001-09-09T01:46:41Z")
	expect(t, read(t, CSV, "lat,lon\n1,2\n"), 0, "1.00000,2.00000 1970-01-01T00:00:00Z")
	expect(t, read(t, CSV, "\ufefftime;lat;lon\n1000;1;2\n"), 0, "1.00000,2.00000 1970-01-01T00:16:40Z")
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
		if back.Fixes[i].Place.DistanceTo(f.Place) > 0.02 || !back.Fixes[i].Time.Equal(f.Time) {
			t.Fatalf("fix %d: %v, want %v", i, back.Fixes[i], f)
		}
	}
}

func FuzzReadTrack(f *testing.F) {
	f.Add("gpx", []byte(`<gpx><trk><trkseg><trkpt lat="1" lon="2"><time>2026-05-01T10:00:01Z</time></trkpt></trkseg></trk></gpx>`))
	f.Add("nmea", []byte("$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\n"))
	f.Add("nmea", []byte(checked("GPGGA,235959.9,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,")))
	f.Add("csv", []byte("time,lat,lon\n1000,1,2\n"))
	f.Fuzz(func(t *testing.T, format string, data []byte) {
		track, err := ReadTrack(bytes.NewReader(data), Format(format))
		if err != nil {
			return
		}
		for i, fix := range track.Fixes {
			if fix.Place.Validate() != nil || i > 0 && fix.Time.Before(track.Fixes[i-1].Time) {
				t.Errorf("fix %d: %v", i, fix)
			}
		}
	})
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
