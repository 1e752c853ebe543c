package geofile

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/internal/budget"
)

// fileBudget is what reading a file of places or a track may take, for each byte of its text.
func fileBudget() budget.Limit {
	return budget.Limit{Memory: 8 << 20, MemoryPerByte: 160, Time: 100 * time.Millisecond, TimePerByte: 4 * time.Microsecond}
}

// TestHostileFiles: files that ask a reader for much memory are within the budget, and end with an error where a limit is
// meant to refuse them.
func TestHostileFiles(t *testing.T) {
	fillTo := func(n int, head, piece, tail string) string { return head + strings.Repeat(piece, n/len(piece)) + tail }
	fill := func(head, piece, tail string) string { return fillTo(1<<20, head, piece, tail) }
	over := func(head, piece, tail string) string { return fillTo(gpxElementBytes+1<<16, head, piece, tail) }
	m := budget.New(fileBudget())
	for name, c := range map[string]struct {
		format     Format
		text, want string // want: of the error, empty for none
	}{
		"nested tags":      {GPX, fill("<gpx>", "<a>", ""), "nested deeper than 64"},
		"attributes":       {GPX, over("<gpx><trk ", ` a=""`, "/></gpx>"), "an element of more than 4 MiB"},
		"a name":           {GPX, over("<gpx><trk><name>", "x", "</name></trk></gpx>"), "an element of more than 4 MiB"},
		"names of a point": {GPX, over(`<gpx><trk><trkseg><trkpt lat="1" lon="2">`, "<name>xxxxx</name>", "</trkpt></trkseg></trk></gpx>"), "an element of more than 4 MiB"},
		"entities":         {GPX, `<!DOCTYPE gpx [<!ENTITY a "b">]><gpx><trk><name>&a;</name></trk></gpx>`, "document type"},
		"points":           {GPX, fill("<gpx><trk><trkseg>", `<trkpt lat="1" lon="2"/>`, "</trkseg></trk></gpx>"), ""},
		"columns":          {CSV, over("lat,lon", ",", "\n1,2\n"), "a row of more than"},
		"quoted columns":   {CSV, over("lat,lon\n1,2\n", `"",`, "\n"), "a row of more than"},
		"quotes":           {CSV, fill("lat,lon\n1,2\n", "\"\n", ""), ""},
		"rows":             {CSV, fill("lat,lon\n", "1,2\n", ""), ""},
		"no line break":    {CSV, fill("lat,lon", " ", ""), ""},
		"sentences":        {NMEA, over("$GPGGA,235959.9,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,\n", "$", ""), "a line of more than"},
	} {
		t.Run(name, func(t *testing.T) {
			m.Check(t, len(c.text), func() {
				_, err := ReadTrack(strings.NewReader(c.text), c.format)
				if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("as a track: %.200v, want %q", err, c.want)
				}
			})
			if c.format == NMEA {
				return
			}
			m.Check(t, len(c.text), func() {
				_, _, err := ReadPlaces(strings.NewReader(c.text), c.format)
				if c.want != "" && c.format != CSV && (err == nil || !strings.Contains(err.Error(), c.want)) || c.want == "" && err != nil && name != "no line break" {
					t.Errorf("as places: %.200v, want %q", err, c.want)
				}
			})
		})
	}
}

// TestManyColumns: a row of more separators than memory is meant for ends the reading, also where they are quoted.
func TestManyColumns(t *testing.T) {
	for _, row := range []string{strings.Repeat(",", maxSeparators+1<<16), `"` + strings.Repeat(",", maxSeparators+1<<16) + `"`} {
		_, _, err := ReadPlaces(strings.NewReader("lat,lon\n1,2\n"+row+"\n"+strings.Repeat("1,2\n", 1<<14)), CSV)
		if err == nil || !strings.Contains(err.Error(), "a row of more than 4194304 columns") {
			t.Errorf("%.100v", err)
		}
	}
	// The separators of other rows do not count.
	many := strings.Repeat("1,2"+strings.Repeat(",", 1<<16)+"\n", 80)
	if places, _, err := ReadPlaces(bytes.NewReader([]byte("lat,lon\n"+many)), CSV); err != nil || len(places) != 80 {
		t.Errorf("%d places, %.100v", len(places), err)
	}
}
