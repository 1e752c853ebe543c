package geofile

import (
	"fmt"
	"io"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/textfile"
)

// Fix is one position of a receiver.
type Fix struct {
	Time  time.Time
	Place loc2vec.LatLon
	// Break reports that the way from the fix before is unknown: a segment of the file starts here, or the clock goes
	// back.
	Break bool
}

// Track is a recorded movement.
type Track struct {
	// Fixes are in the order of the file, or in the reverse order if the file starts with the last one. Times grow from
	// fix to fix, except at a Break.
	Fixes []Fix
	// Timed reports whether the recording has times. Without them, the fixes are one second apart.
	Timed bool
	// Bad counts the rows left out; First is the error of the first one.
	Bad   int
	First error
	// Notes say how the file was read where it leaves a choice, in a sentence each.
	Notes []string
}

// MaxFixes bounds the fixes of a track: three months of one fix a second.
const MaxFixes = 8_000_000

// maxRow bounds a line of NMEA and a row of a track in CSV, in bytes.
const maxRow = 1 << 20

// ReadTrack reads a track. It leaves bad fixes out and counts them: among them those at 0,0, which programs write for a
// receiver without a fix, and those without a time if most have one. Longitudes up to ±360 are read modulo 360. It
// returns an error when no fix is good, or when the file as a whole cannot be read. Errors do not name the file.
func ReadTrack(r io.Reader, format Format) (*Track, error) {
	in, err := textfile.NewReader(r)
	if err != nil {
		return nil, err
	}
	reader := new(trackReader)
	switch {
	case format == GPX:
		reader, err = readTrackGPX(in)
	case format == NMEA, format == CSV && looksLikeNMEA(in):
		reader, err = readNMEA(in)
	case format == CSV:
		err = readTrackCSV(in, reader.add)
	default:
		err = fmt.Errorf("unknown format %q of tracks", format)
	}
	if err != nil {
		return nil, err
	}
	return reader.finish()
}

// Gap is the longest time between two consecutive fixes over which the receiver counts as recording.
const Gap = 10 * time.Minute

// Broken reports whether the way from the fix before to fix i is unknown: there is no fix before, a Break or a Gap.
func (t *Track) Broken(i int) bool {
	return i == 0 || t.Fixes[i].Break || t.Fixes[i].Time.Sub(t.Fixes[i-1].Time) > Gap
}

// Recorded returns the time that the receiver was recording: the sum of the times between fixes, without breaks and
// gaps.
func (t *Track) Recorded() time.Duration {
	var sum time.Duration
	for i := range t.Fixes {
		if !t.Broken(i) {
			sum += t.Fixes[i].Time.Sub(t.Fixes[i-1].Time)
		}
	}
	return sum
}

// Metres returns the length of the track without breaks and gaps. It includes the receiver's noise.
func (t *Track) Metres() float64 {
	var sum float64
	for i := range t.Fixes {
		if !t.Broken(i) {
			sum += t.Fixes[i-1].Place.DistanceTo(t.Fixes[i].Place)
		}
	}
	return sum
}
