package geofile

import (
	"fmt"
	"strings"
	"testing"
)

// rmc returns a sentence of second s, a few metres north of the one before.
func rmc(s int) string {
	return strings.TrimSpace(checked(fmt.Sprintf("GPRMC,0800%02d.000,A,5306.%04d,N,00848.0000,E,0.0,0.0,310126,,,A", s, 10*s)))
}

// TestLogsOfPhones: the log form of GNSS loggers on Android, and logs whose line breaks are odd, hold the fixes of the
// plain log.
func TestLogsOfPhones(t *testing.T) {
	var plain, phone, mixed, old, lost, raw strings.Builder
	for s := range 20 {
		plain.WriteString(rmc(s) + "\r\n")
		fmt.Fprintf(&phone, "NMEA,%s,%d\n", rmc(s), 1769846400000+1000*int64(s))
		fmt.Fprintf(&mixed, "Raw,%d,12,,,$\nFix,GPS,53.1,8.8,,\nNMEA,%s\r\n,%d\n", s, rmc(s), 1769846400000+1000*int64(s))
		old.WriteString(rmc(s) + "\r")
		lost.WriteString(rmc(s) + strings.Repeat("\n", s%2))
		fmt.Fprintf(&raw, "2026-01-31T08:00:%02dZ gnss %s # ok\n", s, rmc(s))
	}
	want := read(t, NMEA, plain.String())
	if len(want.Fixes) != 20 || want.Bad != 0 {
		t.Fatalf("plain: %d fixes, %d bad", len(want.Fixes), want.Bad)
	}
	for name, log := range map[string]string{
		"phone": phone.String(), "mixed": mixed.String(), "carriage returns": old.String(), "two a line": lost.String(), "prefixed": raw.String(),
	} {
		for _, format := range []Format{NMEA, CSV} { // the log of a phone is a .txt
			got := read(t, format, log)
			if len(got.Fixes) != 20 || got.Bad != 0 || got.Fixes[19] != want.Fixes[19] {
				t.Errorf("%s as %s: %d fixes, %d bad, first %v", name, format, len(got.Fixes), got.Bad, got.First)
			}
		}
	}
	// A break lost inside a checksum costs the sentence before it.
	cut := rmc(0) + "\n" + strings.TrimRight(rmc(1), "0123456789ABCDEF") + rmc(2) + "\n" + rmc(3)[:30] + rmc(4) + "\n"
	got := read(t, NMEA, cut)
	if len(got.Fixes) != 3 || got.Bad != 2 || !strings.Contains(got.First.Error(), `row 2: checksum "", computed`) {
		t.Errorf("cut: %d fixes, %d bad, first %v", len(got.Fixes), got.Bad, got.First)
	}
}

// TestLogsWithoutFix: the error says whether the receiver had no fix or the sentences are bad.
func TestLogsWithoutFix(t *testing.T) {
	void := checked("GPRMC,080000,V,,,,,,,310126,,")
	bad := strings.Replace(rmc(1), "*", "*0", 1) + "\n"
	zero := checked("GPRMC,080000,A,0000.0000,N,00000.0000,E,0.0,0.0,310126,,,A")
	for name, c := range map[string]struct{ log, says string }{
		"void":       {void + void, "the receiver had none in all of the 2 rows"},
		"bad":        {bad, "all 1 rows are bad, the first: row 1: checksum"},
		"both":       {void + bad, "the receiver had none in 1 rows, and 1 are bad, the first: row 2: checksum"},
		"zero":       {zero, "row 1: position 0,0"},
		"others":     {checked("GPGSV,1,1,00"), "no fix in it"},
		"void GGA":   {checked("GPGGA,080000,,,,,0,,,,,,,,"), "the receiver had none in all of the 1 rows"},
		"bad GGA":    {checked("GPGGA,080000,5399.0,N,00848.0,E,1"), "row 1: position \"5399.0\" has 99 minutes"},
		"long fault": {"$GPRMC," + strings.Repeat("x", 5000) + "*00\n", "checksum"},
	} {
		_, err := ReadTrack(strings.NewReader(c.log), NMEA)
		if err == nil || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 300 {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	// Other sentences do not count, whatever their checksum.
	track := read(t, NMEA, rmc(1)+"\n$GPGSV,1,1,00*00\n")
	if track.Bad != 0 {
		t.Errorf("%d bad, first %v", track.Bad, track.First)
	}
	// GGA stands in where RMC has no position, and that is said.
	track = read(t, NMEA, void+checked("GPGGA,080000,5306.000,N,00848.000,E,1,08,0.9,5,M,46,M,,"))
	if len(track.Fixes) != 1 || len(track.Notes) != 1 || !strings.Contains(track.Notes[0], "no RMC sentence has one (1 without a fix, 0 bad)") {
		t.Errorf("%d fixes, notes %q", len(track.Fixes), track.Notes)
	}
}
