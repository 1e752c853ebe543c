package geofile

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
)

// readNMEA reads RMC sentences, or GGA sentences in a log without RMC. GGA sentences have no date: their times count
// from 1970.
func readNMEA(r *bufio.Reader) (*Track, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxRow)
	track, gga := new(Track), ggaReader{}
	for row := 1; lines.Scan(); row++ {
		text := strings.TrimSpace(lines.Text())
		// Logs of phones have words before the sentence.
		if at := strings.IndexByte(text, '$'); at > 0 {
			text = text[at:]
		}
		fields, err := parseSentence(text)
		switch {
		case err != nil:
			err = track.add(row, Fix{}, err)
		case fields == nil: // not a sentence
		case strings.HasSuffix(fields[0], "RMC"):
			if fix, valid, bad := parseRMC(fields); valid || bad != nil {
				err = track.add(row, fix, bad)
			}
		case strings.HasSuffix(fields[0], "GGA"):
			err = gga.add(row, fields)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(track.Fixes) == 0 && len(gga.track.Fixes) > 0 {
		return &gga.track, lines.Err()
	}
	return track, lines.Err()
}

// ggaReader collects the fixes of GGA sentences.
type ggaReader struct {
	track Track
	days  time.Duration // midnights passed
	last  time.Time
}

// add adds the fix of a sentence, if the receiver had one.
func (g *ggaReader) add(row int, fields []string) error {
	fix, valid, err := parseGGA(fields)
	if err == nil && !valid {
		return nil
	}
	if valid {
		if fix.Time = fix.Time.Add(g.days); fix.Time.Before(g.last.Add(-12 * time.Hour)) {
			g.days += 24 * time.Hour
			fix.Time = fix.Time.Add(24 * time.Hour)
		}
		g.last = fix.Time
	}
	return g.track.add(row, fix, err)
}

// parseSentence returns the fields of a sentence, nil for a line without one. A wrong checksum is an error.
func parseSentence(text string) ([]string, error) {
	if len(text) < 7 || text[0] != '$' {
		return nil, nil
	}
	body, sum, ok := strings.Cut(text[1:], "*")
	if ok {
		want, err := strconv.ParseUint(strings.TrimSpace(sum), 16, 8)
		var got uint64
		for _, b := range []byte(body) {
			got ^= uint64(b)
		}
		if err != nil || got != want {
			return nil, fmt.Errorf("checksum %s, computed %02X", sum, got)
		}
	}
	return strings.Split(body, ","), nil
}

var errFewFields = errors.New("too few fields")

// parseRMC parses the recommended minimum: 1 time, 2 status, 3-4 latitude, 5-6 longitude, 9 date. It is valid when the
// receiver had a fix.
func parseRMC(f []string) (fix Fix, valid bool, err error) {
	if len(f) < 10 {
		return fix, false, errFewFields
	}
	if f[2] != "A" {
		return fix, false, nil
	}
	if fix.Place, err = parseNMEAPlace(f[3:7]); err != nil {
		return fix, false, err
	}
	clock, err := parseClock(f[1])
	if err != nil {
		return fix, false, err
	}
	date, err := time.Parse("020106", f[9])
	if err != nil {
		return fix, false, fmt.Errorf("date %q", f[9])
	}
	fix.Time = date.Add(clock)
	return fix, true, nil
}

// parseGGA parses a GGA sentence: 1 time, 2-3 latitude, 4-5 longitude, 6 quality. It is valid when the receiver had a
// fix.
func parseGGA(f []string) (fix Fix, valid bool, err error) {
	if len(f) < 7 {
		return fix, false, errFewFields
	}
	if f[6] == "0" || f[6] == "" {
		return fix, false, nil
	}
	if fix.Place, err = parseNMEAPlace(f[2:6]); err != nil {
		return fix, false, err
	}
	clock, err := parseClock(f[1])
	fix.Time = time.Unix(0, 0).UTC().Add(clock)
	return fix, err == nil, err
}

// parseClock parses "hhmmss.sss".
func parseClock(text string) (time.Duration, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	t, err := time.Parse("150405", whole)
	if err != nil {
		return 0, fmt.Errorf("time %q", text)
	}
	part, err := strconv.ParseFloat("0."+fraction+"0", 64)
	if err != nil {
		return 0, fmt.Errorf("time %q", text)
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	return t.Sub(midnight) + time.Duration(part*float64(time.Second)), nil
}

// parseNMEAPlace parses latitude, N or S, longitude, E or W.
func parseNMEAPlace(f []string) (place loc2vec.LatLon, err error) {
	if place.Lat, err = parseDegrees(f[0], f[1], "N", "S"); err != nil {
		return place, err
	}
	place.Lon, err = parseDegrees(f[2], f[3], "E", "W")
	return place, err
}

// parseDegrees parses degrees and minutes, "dddmm.mmmm", on one of two sides.
func parseDegrees(text, side, positive, negative string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v < 36000) || side != positive && side != negative {
		return 0, fmt.Errorf("position %q %q", text, side)
	}
	degrees := float64(int(v / 100))
	minutes := v - 100*degrees
	if minutes >= 60 {
		return 0, fmt.Errorf("position %q has %g minutes", text, minutes)
	}
	degrees += minutes / 60
	if side == negative {
		degrees = -degrees
	}
	return degrees, nil
}
