package track

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// nmea reads RMC sentences, or GGA sentences when there are none: they have no date, so that their
// times count from 1970.
func (t *trackReader) nmea(r *bufio.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	gga := trackReader{}
	var day time.Duration // how many midnights have passed in GGA sentences
	var last time.Time
	for row := 1; lines.Scan(); row++ {
		text := strings.TrimSpace(lines.Text())
		// Logs of phones have words before the sentence.
		if at := strings.IndexByte(text, '$'); at > 0 {
			text = text[at:]
		}
		fields, err := sentence(text)
		switch {
		case err != nil:
			err = t.add(row, Fix{}, err)
		case fields == nil: // another line
		case strings.HasSuffix(fields[0], "RMC"):
			if fix, valid, bad := rmc(fields); valid || bad != nil {
				err = t.add(row, fix, bad)
			}
		case strings.HasSuffix(fields[0], "GGA"):
			fix, valid, bad := ggaFix(fields)
			if bad == nil && valid {
				if fix.Time = fix.Time.Add(day); fix.Time.Before(last.Add(-12 * time.Hour)) {
					day += 24 * time.Hour
					fix.Time = fix.Time.Add(24 * time.Hour)
				}
				last = fix.Time
			}
			if valid || bad != nil {
				err = gga.add(row, fix, bad)
			}
		}
		if err != nil {
			return err
		}
	}
	if len(t.Fixes) == 0 && len(gga.Fixes) > 0 {
		*t = gga
	}
	return lines.Err()
}

// sentence returns the fields of a sentence with the right checksum, nothing for what is none.
func sentence(text string) ([]string, error) {
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

// rmc reads the recommended minimum: 1 time, 2 status, 3-4 latitude, 5-6 longitude, 9 date.
func rmc(f []string) (fix Fix, valid bool, err error) {
	if len(f) < 10 {
		return fix, false, errFewFields
	}
	if f[2] != "A" {
		return fix, false, nil // the receiver says that it does not know
	}
	if fix, err = nmeaPlace(f[3:7]); err != nil {
		return fix, false, err
	}
	clock, err := nmeaClock(f[1])
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

// ggaFix reads a GGA sentence: 1 time, 2-3 latitude, 4-5 longitude, 6 quality.
func ggaFix(f []string) (fix Fix, valid bool, err error) {
	if len(f) < 7 {
		return fix, false, errFewFields
	}
	if f[6] == "0" || f[6] == "" {
		return fix, false, nil
	}
	if fix, err = nmeaPlace(f[2:6]); err != nil {
		return fix, false, err
	}
	clock, err := nmeaClock(f[1])
	fix.Time = time.Unix(0, 0).UTC().Add(clock)
	return fix, err == nil, err
}

// nmeaClock reads "hhmmss.sss".
func nmeaClock(text string) (time.Duration, error) {
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

// nmeaPlace reads latitude, N or S, longitude, E or W.
func nmeaPlace(f []string) (fix Fix, err error) {
	if fix.Place.Lat, err = nmeaDegrees(f[0], f[1], "N", "S"); err != nil {
		return fix, err
	}
	fix.Place.Lon, err = nmeaDegrees(f[2], f[3], "E", "W")
	return fix, err
}

// nmeaDegrees reads degrees and minutes, "dddmm.mmmm".
func nmeaDegrees(text, side, positive, negative string) (float64, error) {
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
