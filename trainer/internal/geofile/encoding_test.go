package geofile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// TestEncodings: files in the encodings of other programs give the same track.
func TestEncodings(t *testing.T) {
	const body = "<gpx><trk><name>Zürich</name><trkseg>\n<trkpt lat=\"53.1\" lon=\"8.8\"><time>2026-05-01T10:00:00Z</time></trkpt></trkseg></trk></gpx>"
	declared := func(name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` + "\n" + body }
	for name, c := range map[string]struct {
		encoding encoding.Encoding
		text     string
	}{
		"latin 1":            {charmap.ISO8859_1, declared("ISO-8859-1")},
		"ASCII":              {unicode.UTF8, strings.Replace(declared("US-ASCII"), "ü", "u", 1)},
		"not ASCII":          {charmap.ISO8859_1, declared("US-ASCII")},
		"windows":            {charmap.Windows1252, declared("windows-1252")},
		"cyrillic":           {charmap.Windows1251, strings.Replace(declared("windows-1251"), "Zürich", "Цюрих", 1)},
		"utf8":               {unicode.UTF8, declared("utf8")},
		"mark":               {unicode.UTF8BOM, declared("UTF-8")},
		"UTF-16":             {unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), declared("UTF-16")},
		"UTF-16, big":        {unicode.UTF16(unicode.BigEndian, unicode.UseBOM), declared("utf-16")},
		"UTF-16, unmarked":   {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), declared("UTF-16LE")},
		"UTF-16 by mistake":  {unicode.UTF8, declared("utf-16")},
		"UTF-16 undeclared":  {unicode.UTF16(unicode.BigEndian, unicode.UseBOM), body},
		"UTF-8 undeclared":   {unicode.UTF8, body},
		"latin 2 with space": {charmap.ISO8859_2, declared(" iso-8859-2 ")},
	} {
		file, err := c.encoding.NewEncoder().String(c.text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		track, err := ReadTrack(strings.NewReader(file), GPX)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		expect(t, track, 0, "53.10000,8.80000 2026-05-01T10:00:00Z")
	}
	if _, err := ReadTrack(strings.NewReader(declared("EBCDIC-US")), GPX); err == nil || !strings.Contains(err.Error(), `"EBCDIC-US"`) {
		t.Errorf("an unknown encoding: %v", err)
	}
}

// TestWideAndCompressed: every format is read from UTF-16 and from gzip.
func TestWideAndCompressed(t *testing.T) {
	for format, text := range map[Format]string{
		CSV:     "lat\tlon\n53.1\t8.8\n",
		GPX:     `<gpx><trk><trkseg><trkpt lat="53.1" lon="8.8"/></trkseg></trk></gpx>`,
		NMEA:    checked("GPRMC,080000,A,5306.000,N,00848.000,E,0,0,310126,,"),
		GeoJSON: `{"type":"Point","coordinates":[8.8,53.1]}`,
	} {
		wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err = w.Write([]byte(text))
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{wide, b.String()} {
			if format != GeoJSON {
				if track, err := ReadTrack(strings.NewReader(file), format); err != nil || len(track.Fixes) != 1 {
					t.Errorf("%s: track %v", format, err)
				}
			}
			if format != NMEA {
				if places, _, err := ReadPlaces(strings.NewReader(file), format); err != nil || len(places) != 1 {
					t.Errorf("%s: places %v", format, err)
				}
			}
		}
	}
}
