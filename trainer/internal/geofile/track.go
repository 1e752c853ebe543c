package geofile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/loc2vec/loc2vec"
)

// Fix is one position of a receiver.
type Fix struct {
	Time  time.Time
	Place loc2vec.LatLon
}

// Track is a recorded movement.
type Track struct {
	// Fixes are in the order of their times.
	Fixes []Fix
	// Timed reports whether the recording has times. Without them, the fixes are one second apart.
	Timed bool
	// Bad counts the rows left out; First is the error of the first one.
	Bad   int
	First error
}

// MaxFixes bounds the fixes of a track: three months of one fix a second.
const MaxFixes = 8_000_000

// maxRow bounds a line of NMEA and a row of a track in CSV, in bytes.
const maxRow = 1 << 20

// ReadTrack reads a track. It leaves bad fixes out and counts them, and sorts fixes by time. It returns an error when
// no fix is good, or when the file as a whole cannot be read.
func ReadTrack(r io.Reader, format Format) (*Track, error) {
	var t *Track
	var err error
	in := open(r)
	switch format {
	case GPX:
		t, err = readTrackGPX(in)
	case NMEA:
		t, err = readNMEA(in)
	case CSV:
		t = new(Track)
		err = readTrackCSV(in, t.add)
	default:
		err = fmt.Errorf("unknown format %q of tracks", format)
	}
	if err == nil {
		err = t.finish()
	}
	if err != nil {
		return nil, fmt.Errorf("reading a track from %s: %w", format, err)
	}
	return t, nil
}

// add is an addFunc. A zero time means no time.
func (t *Track) add(row int, fix Fix, err error) error {
	if err == nil {
		err = fix.Place.Validate()
	}
	if err != nil {
		t.Bad++
		if t.First == nil {
			t.First = RowError{Row: row, Err: err}
		}
		return nil
	}
	if len(t.Fixes) == MaxFixes {
		return fmt.Errorf("more than %d fixes", MaxFixes)
	}
	t.Fixes = append(t.Fixes, fix)
	return nil
}

// finish sorts the fixes, or gives all of them times if any has none.
func (t *Track) finish() error {
	if len(t.Fixes) == 0 {
		if t.First != nil {
			return fmt.Errorf("all %d rows are bad, the first: %w", t.Bad, t.First)
		}
		return errors.New("no fix in it")
	}
	t.Timed = !slices.ContainsFunc(t.Fixes, func(f Fix) bool { return f.Time.IsZero() })
	if t.Timed {
		slices.SortStableFunc(t.Fixes, func(a, b Fix) int { return a.Time.Compare(b.Time) })
		return nil
	}
	for i := range t.Fixes {
		t.Fixes[i].Time = time.Unix(int64(i), 0).UTC()
	}
	return nil
}

// Gap is the longest time between two consecutive fixes over which the receiver counts as recording.
const Gap = 10 * time.Minute

// Recorded returns the time that the receiver was recording: the sum of the times between fixes, without gaps.
func (t *Track) Recorded() time.Duration {
	var sum time.Duration
	for i := 1; i < len(t.Fixes); i++ {
		if d := t.Fixes[i].Time.Sub(t.Fixes[i-1].Time); d <= Gap {
			sum += d
		}
	}
	return sum
}

// Metres returns the length of the track without gaps. It includes the receiver's noise.
func (t *Track) Metres() float64 {
	var sum float64
	for i := 1; i < len(t.Fixes); i++ {
		if a, b := t.Fixes[i-1], t.Fixes[i]; b.Time.Sub(a.Time) <= Gap {
			sum += a.Place.DistanceTo(b.Place)
		}
	}
	return sum
}

// parseFix parses a place and a time; an empty time is no time.
func parseFix(lat, lon, when string) (fix Fix, err error) {
	if fix.Place, err = parsePlace(lat, lon); err != nil {
		return fix, err
	}
	fix.Time, err = parseTime(when)
	return fix, err
}

// parseTime parses RFC 3339, or seconds or milliseconds since 1970.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	// As seconds the upper limit is in the year 5138; as milliseconds the lower one is in 1973.
	const milliseconds = 1e11
	switch {
	case err != nil || !(n > 0 && n < 1000*milliseconds):
		return time.Time{}, fmt.Errorf("time %q: want RFC 3339, or seconds since 1970", text)
	case n >= milliseconds:
		return time.UnixMilli(int64(n)).UTC(), nil
	}
	return time.UnixMilli(int64(n * 1000)).UTC(), nil
}
