package geofile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/textfile"
)

// looksLikeNMEA reports whether a file starts like a log of sentences.
func looksLikeNMEA(r *bufio.Reader) bool {
	start, _ := r.Peek(textfile.BufferSize) // a shorter file is not an error
	for len(start) > 0 {
		advance, line, _ := splitLines(start, true)
		for s := range sentences(string(line)) {
			if s.kind() != "" {
				return true
			}
		}
		start = start[advance:]
	}
	return false
}

// readNMEA reads RMC sentences, or GGA sentences in a log without a position in RMC. GGA sentences have no date: their
// times count from 1970.
func readNMEA(r *bufio.Reader) (*trackReader, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxRow)
	lines.Split(splitLines)
	rmc, gga := new(trackReader), ggaReader{}
	for row := 1; lines.Scan(); row++ {
		for s := range sentences(lines.Text()) {
			var err error
			switch s.kind() {
			case "RMC":
				err = rmc.addSentence(row, s, parseRMC)
			case "GGA":
				err = gga.addSentence(row, s, gga.parse)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("a line of more than %d bytes", maxRow)
	} else if err != nil {
		return nil, err
	}
	if len(rmc.track.Fixes) > 0 || len(gga.track.Fixes) == 0 && rmc.rows > 0 {
		return rmc, nil
	}
	if rmc.rows > 0 {
		gga.note("positions of GGA sentences: no RMC sentence has one (%d without a fix, %d bad)", rmc.void, rmc.track.Bad)
	}
	return &gga.trackReader, nil
}

// splitLines is a bufio.SplitFunc. Lines end with a line feed, a carriage return or both.
func splitLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	end := bytes.IndexAny(data, "\r\n")
	switch {
	case end < 0 && !atEOF:
		return 0, nil, nil
	case end < 0 && len(data) == 0:
		return 0, nil, nil
	case end < 0:
		return len(data), data, nil
	case data[end] == '\n':
		return end + 1, data[:end], nil
	case end+1 < len(data) && data[end+1] == '\n':
		return end + 2, data[:end], nil
	case end+1 == len(data) && !atEOF:
		return 0, nil, nil // a line feed may follow
	}
	return end + 1, data[:end], nil
}

// sentence is a sentence without "$" and checksum.
type sentence struct {
	body string
	err  error // of the checksum
}

// sentences yields the sentences of a line. Other text may surround them: logs of phones put a label before and a time
// after a sentence. Two sentences share a line when a line break was lost.
func sentences(line string) func(yield func(sentence) bool) {
	return func(yield func(sentence) bool) {
		for {
			at := strings.IndexByte(line, '$')
			if at < 0 {
				return
			}
			line = line[at+1:]
			text := line
			if next := strings.IndexByte(line, '$'); next >= 0 {
				text = line[:next]
			}
			if !yield(newSentence(text)) {
				return
			}
		}
	}
}

// newSentence splits the checksum, two hexadecimal digits after "*", from a sentence and checks it. The checksum is
// optional. Text after the digits is ignored.
func newSentence(text string) sentence {
	body, sum, ok := strings.Cut(text, "*")
	s := sentence{body: strings.TrimSpace(body)}
	if !ok {
		return s
	}
	sum = strings.TrimSpace(sum)
	sum = sum[:min(2, len(sum))]
	want, err := strconv.ParseUint(sum, 16, 8)
	var got uint64
	for _, b := range []byte(body) {
		got ^= uint64(b)
	}
	if err != nil || len(sum) < 2 || got != want {
		s.err = fmt.Errorf("checksum %s, computed %02X", quote(sum), got)
	}
	return s
}

// kind returns "RMC" or "GGA", or nothing for other sentences and text.
func (s sentence) kind() string {
	address, _, _ := strings.Cut(s.body, ",")
	if len(address) != 5 {
		return ""
	}
	if kind := address[2:]; kind == "RMC" || kind == "GGA" {
		return kind
	}
	return ""
}

// addSentence adds the fix of a sentence, if the receiver had one.
func (t *trackReader) addSentence(row int, s sentence, parse func(fields []string) (Fix, bool, error)) error {
	if s.err != nil {
		return t.add(row, Fix{}, s.err)
	}
	fix, valid, err := parse(strings.Split(s.body, ","))
	if err == nil && !valid {
		t.rows++
		t.void++
		return nil
	}
	return t.add(row, fix, err)
}

// ggaReader collects the fixes of GGA sentences.
type ggaReader struct {
	trackReader
	days time.Duration // midnights passed
	last time.Time
}

// parse parses a GGA sentence and counts the midnights since the first one.
func (g *ggaReader) parse(fields []string) (fix Fix, valid bool, err error) {
	fix, valid, err = parseGGA(fields)
	if valid {
		if fix.Time = fix.Time.Add(g.days); fix.Time.Before(g.last.Add(-12 * time.Hour)) {
			g.days += 24 * time.Hour
			fix.Time = fix.Time.Add(24 * time.Hour)
		}
		g.last = fix.Time
	}
	return fix, valid, err
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
	clock, ok := parseHours(f[1], "")
	if !ok {
		return fix, false, fmt.Errorf("time %s", quote(f[1]))
	}
	date, err := time.Parse("020106", f[9])
	if err != nil {
		return fix, false, fmt.Errorf("date %s", quote(f[9]))
	}
	fix.Time = date.Add(clock)
	return fix, true, checkTime(f[9]+" "+f[1], fix.Time)
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
	clock, ok := parseHours(f[1], "")
	if !ok {
		return fix, false, fmt.Errorf("time %s", quote(f[1]))
	}
	fix.Time = time.Unix(0, 0).UTC().Add(clock)
	return fix, true, nil
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
		return 0, fmt.Errorf("position %s %s", quote(text), quote(side))
	}
	degrees := float64(int(v / 100))
	minutes := v - 100*degrees
	if minutes >= 60 {
		return 0, fmt.Errorf("position %s has %g minutes", quote(text), minutes)
	}
	degrees += minutes / 60
	if side == negative {
		degrees = -degrees
	}
	return degrees, nil
}
