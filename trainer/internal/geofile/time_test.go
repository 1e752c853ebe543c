package geofile

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	const layout = "2006-01-02T15:04:05.999999Z07:00"
	for text, want := range map[string]string{
		"2026-01-31T08:00:00Z":             "2026-01-31T08:00:00Z",
		"2026-01-31T08:00:00":              "2026-01-31T08:00:00Z", // without a zone
		"2026-01-31T08:00:00.25":           "2026-01-31T08:00:00.25Z",
		"2026-01-31T08:00:00,25":           "2026-01-31T08:00:00.25Z",
		"2026-01-31 08:00:00":              "2026-01-31T08:00:00Z",
		"2026-01-31 08:00:00 UTC":          "2026-01-31T08:00:00Z",
		"2026-01-31T08:00":                 "2026-01-31T08:00:00Z",
		"2026-01-31T08:00:00+02:00":        "2026-01-31T06:00:00Z",
		"2026-01-31T08:00:00.5-0330":       "2026-01-31T11:30:00.5Z",
		"2026-01-31T01:00:00+02":           "2026-01-30T23:00:00Z",
		"2026/1/31 8:00:00":                "2026-01-31T08:00:00Z",
		"31.01.2026 08:00:00":              "2026-01-31T08:00:00Z",
		"2026/01/31 11:00:00 PM":           "2026-01-31T23:00:00Z",
		"2026/01/31 12:00:01 am":           "2026-01-31T00:00:01Z",
		"20260131T080000Z":                 "2026-01-31T08:00:00Z",
		"20260131080000":                   "2026-01-31T08:00:00Z",
		"2016-12-31T23:59:60Z":             "2017-01-01T00:00:00Z", // a leap second
		"1769846400":                       "2026-01-31T08:00:00Z",
		"1769846400.25":                    "2026-01-31T08:00:00.25Z",
		"1769846400,25":                    "2026-01-31T08:00:00.25Z",
		"1769846400250":                    "2026-01-31T08:00:00.25Z",
		"1769846400250000":                 "2026-01-31T08:00:00.25Z",
		"1769846400250000000":              "2026-01-31T08:00:00.25Z",
		"1.769846400250E+12":               "2026-01-31T08:00:00.25Z",
		"2026-01-31T08:00:00.123456789012": "2026-01-31T08:00:00.123457Z",
	} {
		got, err := parseTime(text)
		if err != nil || got.UTC().Round(time.Microsecond).Format(layout) != want {
			t.Errorf("%q is %v, %v, want %v", text, got.UTC().Format(layout), err, want)
		}
	}
	for text, want := range map[string]struct {
		says string
		kept bool // the place
	}{
		"noon":                 {"want a timestamp", false},
		"2026-13-31T08:00:00Z": {"want a timestamp", false},
		"2026-02-30T08:00:00":  {"want a timestamp", false},
		"1/2/2026 08:00:00":    {"want a timestamp", false}, // January or February
		"46053.33333":          {"is it a date of a spreadsheet?", false},
		"1000":                 {"not between 1980 and 2100", false},
		"-5":                   {"not between 1980 and 2100", false},
		"NaN":                  {"not between 1980 and 2100", false},
		"1e300":                {"not between 1980 and 2100", false},
		"20260131":             {"not between 1980 and 2100", false},
		"9769846400":           {"not between 1980 and 2100", false},
		"1970-01-01T00:00:00Z": {"not between 1980 and 2100", true},
		"9999-01-01T00:00:00Z": {"not between 1980 and 2100", true},
		"1.76985E+12":          {"is rounded to 10000 s", true},
		"1,8E+09":              {"is rounded to 100000000 s", true},
		"08:00:00":             {"has no date", true},
		"8:00 PM":              {"has no date", true},
		"2026-01-31":           {"has no time of day", true},
		"31.1.2026":            {"has no time of day", true},
	} {
		got, err := parseTime(text)
		var unused *timeError
		if err == nil || !strings.Contains(err.Error(), want.says) || errors.As(err, &unused) != want.kept {
			t.Errorf("%q is %v, %v, want an error with %q, place kept %v", text, got, err, want.says, want.kept)
		}
	}
	if got, err := parseTime(""); err != nil || !got.IsZero() {
		t.Errorf("no time is %v, %v", got, err)
	}
}

// TestDateAndTimeColumns: a date and a time of day in two columns are joined.
func TestDateAndTimeColumns(t *testing.T) {
	const want = "53.10000,8.80000 2026-01-31T08:00:07Z"
	for _, c := range []struct{ header, row string }{
		{"Date,Time", "2026/01/31,08:00:07"},
		{"utc_d,utc_t", "2026/1/31,08:00:07 AM"},
		{"DATE,TIME", "260131,080007"}, // loggers
		{"DATE,TIME", "260131,80007"},  // through a spreadsheet
		{"date,time", "31.01.2026,10:00:07+02:00"},
		{"Date,Time", "2026-01-31T08:00:07Z,08:00"},
		{"Date,Timestamp", "2026-01-31,2026-01-31T08:00:07Z"},
		{"Date,Time", ",2026-01-31T08:00:07Z"},
		{"Date,Name", "2026-01-31 08:00:07,x"},
		{"Date,Name", "1769846407,x"},
		{"Date,Unix time", "31.1.26,1769846407"},
		{"Day,GPS Time", "x,2026-01-31 08:00:07"},
	} {
		track := read(t, CSV, "lat,lon,"+c.header+"\n53.1,8.8,"+c.row+"\n")
		expect(t, track, 0, want)
		if !track.Timed {
			t.Errorf("%s %s: not timed", c.header, c.row)
		}
	}
	for row, says := range map[string]string{
		"1/31/2026,08:00:07": "want year, month and day",
		"2026-01-31,noon":    "want hours:minutes:seconds",
		"yesterday,":         "want a timestamp",
	} {
		track, err := ReadTrack(strings.NewReader("lat,lon,date,time\n53.1,8.8,"+row+"\n"), CSV)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, %v, want %q", row, track, err, says)
		}
	}
	for _, row := range []string{",08:00:07", "2026-01-31,", "1970/01/01,08:00:07"} {
		track := read(t, CSV, "lat,lon,date,time\n53.1,8.8,"+row+"\n53.2,8.8,,\n")
		if track.Timed || len(track.Fixes) != 2 || len(track.Notes) != 1 || !strings.Contains(track.Notes[0], "the times of 1 rows are not used, the first: row 2") {
			t.Errorf("%s: %d fixes, timed %v, notes %q", row, len(track.Fixes), track.Timed, track.Notes)
		}
	}
}

// TestElapsed: seconds since the start, as sensor apps write them.
func TestElapsed(t *testing.T) {
	track := read(t, CSV, "\"Time (s)\",\"Latitude (°)\",\"Longitude (°)\"\n0.0,53.1,8.8\n1.5E0,53.1,8.8\n61,53.1,8.8\n")
	if !track.Timed || track.Recorded() != 61*time.Second || len(track.Fixes) != 3 {
		t.Errorf("timed %v, %v", track.Timed, track.Recorded())
	}
}

// TestLoggers: the columns of hardware loggers, which say where the receiver had no fix.
func TestLoggers(t *testing.T) {
	const log = "INDEX,RCR,DATE,TIME,VALID,LATITUDE,N/S,LONGITUDE,E/W,HEIGHT,\r\n" +
		"1,T,2026/01/31,08:00:00.500,No fix,53.1,N,8.8,E,98.4 m,\r\n" +
		"2,T,2026/01/31,08:00:01,SPS,53.1,S,8.8,W,98.4 m,\r\n"
	track := read(t, CSV, log)
	expect(t, track, 1, "-53.10000,-8.80000 2026-01-31T08:00:01Z")
	if !strings.Contains(track.First.Error(), "row 2: the receiver had no fix") {
		t.Errorf("first %v", track.First)
	}
}

// TestLogOfPhoneWithoutNMEA: the fixes of the receiver in the log of GNSS loggers on Android.
func TestLogOfPhoneWithoutNMEA(t *testing.T) {
	for _, header := range []string{
		"# Fix,Provider,LatitudeDegrees,LongitudeDegrees,AltitudeMeters,UnixTimeMillis",
		"# Fix,Provider,Latitude,Longitude,Altitude,(UTC)TimeInMs",
	} {
		log := "# Version: 3\n#\n# Raw,utcTimeMillis,TimeNanos,BiasNanos\n#\n" + header + "\n#\n# Nav,Svid,Type\n#\n" +
			"Raw,1769846400000,12,0.5,,7,\"\nFix,GPS,53.1,8.8,,1769846400000\nRaw,1769846401000,13,0.5\n" +
			"Fix,NLP,53.9,8.8,,1769846400500\nFix,GPS,53.2,8.8,,1769846401000\nStatus,,0,0\n"
		track := read(t, CSV, log)
		expect(t, track, 2, "53.10000,8.80000 2026-01-31T08:00:00Z", "53.20000,8.80000 2026-01-31T08:00:01Z")
	}
}
