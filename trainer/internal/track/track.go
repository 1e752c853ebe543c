// Package track reads recorded movements, as GPX, NMEA and CSV, and makes up realistic ones.
package track

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
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
	// Fixes in the order of their times.
	Fixes []Fix
	// Timed: the recording has times. Otherwise its fixes are taken for one each second.
	Timed bool
	// Bad counts the rows that should have been fixes and were left out; First is what was wrong with
	// the first of them.
	Bad   int
	First error
}

// Format is a file format of tracks.
type Format string

// The formats that Read knows.
const (
	// GPX counts track points, or route points where there are none.
	GPX Format = "gpx"
	// NMEA 0183 counts the RMC sentences of receivers, or GGA sentences where there are none.
	NMEA Format = "nmea"
	// CSV has a header that names the columns of latitude, longitude and, if there is one, time: RFC
	// 3339, or seconds or milliseconds since 1970. Columns are separated as in package sample.
	CSV Format = "csv"
)

// FormatOf tells the format from a file's name.
func FormatOf(path string) (Format, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".gpx":
		return GPX, nil
	case ".nmea", ".nma", ".log":
		return NMEA, nil
	case ".csv":
		return CSV, nil
	default:
		return "", fmt.Errorf("track %s: no format ends in %q: .gpx, .nmea and .csv are read", path, ext)
	}
}

const (
	// maxLine bounds a line of NMEA, and a row of CSV but for what is read ahead.
	maxLine = 1 << 20
	// maxFixes bounds a track: three months, with one fix each second.
	maxFixes = 8_000_000
)

// Read reads a track. Fixes that are bad are left out and counted; fixes out of order are sorted. It
// is an error when nothing else is there, or when the file as a whole cannot be read.
func Read(r io.Reader, format Format) (*Track, error) {
	t := &trackReader{}
	buffered := bufio.NewReader(r)
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		buffered.Discard(3) // byte order mark; it has just been peeked at
	}
	var err error
	switch format {
	case GPX:
		err = t.gpx(buffered)
	case NMEA:
		err = t.nmea(buffered)
	case CSV:
		err = t.csv(buffered)
	default:
		err = fmt.Errorf("unknown format %q", format)
	}
	if err == nil {
		err = t.finish()
	}
	if err != nil {
		return nil, fmt.Errorf("reading a track from %s: %w", format, err)
	}
	return &t.Track, nil
}

// trackReader gathers fixes and what was wrong with the others.
type trackReader struct {
	Track
	untimed int
}

// add counts a row that should hold a fix. A zero time is none.
func (t *trackReader) add(row int, fix Fix, err error) error {
	if err == nil {
		err = fix.Place.Validate()
	}
	if err != nil {
		t.Bad++
		if t.First == nil {
			t.First = fmt.Errorf("row %d: %w", row, err)
		}
		return nil
	}
	if len(t.Fixes) == maxFixes {
		return fmt.Errorf("more than %d fixes", maxFixes)
	}
	if fix.Time.IsZero() {
		t.untimed++
	}
	t.Fixes = append(t.Fixes, fix)
	return nil
}

// finish sorts the fixes, or gives them times.
func (t *trackReader) finish() error {
	if len(t.Fixes) == 0 {
		if t.First != nil {
			return fmt.Errorf("all %d rows are bad, the first: %w", t.Bad, t.First)
		}
		return errors.New("no fix in it")
	}
	t.Timed = t.untimed == 0
	if t.Timed {
		slices.SortStableFunc(t.Fixes, func(a, b Fix) int { return a.Time.Compare(b.Time) })
		return nil
	}
	for i := range t.Fixes {
		t.Fixes[i].Time = time.Unix(int64(i), 0).UTC()
	}
	return nil
}

// Gap is the longest time between two fixes for which the receiver counts as recording.
const Gap = 10 * time.Minute

// Recorded returns how long the receiver was recording: the sum of the times between fixes but gaps.
func (t *Track) Recorded() time.Duration {
	var sum time.Duration
	for i := 1; i < len(t.Fixes); i++ {
		if d := t.Fixes[i].Time.Sub(t.Fixes[i-1].Time); d <= Gap {
			sum += d
		}
	}
	return sum
}

// Metres returns the length of the track, noise included, gaps left out.
func (t *Track) Metres() float64 {
	var sum float64
	for i := 1; i < len(t.Fixes); i++ {
		if a, b := t.Fixes[i-1], t.Fixes[i]; b.Time.Sub(a.Time) <= Gap {
			sum += a.Place.DistanceTo(b.Place)
		}
	}
	return sum
}
