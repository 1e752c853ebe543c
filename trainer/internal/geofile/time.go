package geofile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// timeError says why the time of a row is not used although its place is.
type timeError struct{ message string }

func (e *timeError) Error() string { return e.message }

// parseTime parses a timestamp, or a number since 1970. An empty text is no time.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, ok := parseTimestamp(text); ok {
		return t, checkTime(text, t)
	}
	if _, ok := parseDate(text); ok && strings.ContainsAny(text, "-/.") {
		return time.Time{}, &timeError{fmt.Sprintf("date %s has no time of day", quote(text))}
	}
	if n, err := location.ParseNumber(text); err == nil {
		return parseEpoch(text, n)
	}
	if _, ok := parseClock(text); ok {
		return time.Time{}, &timeError{fmt.Sprintf("time %s has no date", quote(text))}
	}
	return time.Time{}, fmt.Errorf("time %s: want a timestamp such as 2026-01-31T08:00:00Z, or seconds since 1970", quote(text))
}

// plausible reports whether a receiver may have recorded at a time: from the start of GPS time in 1980 to 2100.
func plausible(t time.Time) bool {
	first := time.Date(1980, 1, 6, 0, 0, 0, 0, time.UTC)
	end := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	return !t.Before(first) && t.Before(end)
}

// checkTime returns an error for a time at which no receiver recorded: one of a clock that was not set.
func checkTime(text string, t time.Time) error {
	if plausible(t) {
		return nil
	}
	return &timeError{fmt.Sprintf("time %s is not between 1980 and 2100", quote(text))}
}

// parseEpoch interprets a number of seconds, milliseconds, microseconds or nanoseconds since 1970. Their ranges do not
// overlap from 1973 on.
func parseEpoch(text string, n float64) (time.Time, error) {
	unit := 1.0 // seconds
	for n >= 1e11 && unit > 1e-8 {
		n, unit = n/1000, unit/1000
	}
	if !(n > 0 && n < 1e11) {
		n = 0
	}
	whole, fraction := math.Modf(n)
	t := time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC()
	if !plausible(t) {
		return time.Time{}, fmt.Errorf("time %s is not between 1980 and 2100 as a number since 1970: is it a date of a spreadsheet? "+
			"Want a timestamp such as 2026-01-31T08:00:00Z", quote(text))
	}
	if step := resolution(text) * unit; step > 1 {
		return time.Time{}, &timeError{fmt.Sprintf("time %s is rounded to %.0f s, perhaps by a spreadsheet", quote(text), step)}
	}
	return t, nil
}

// resolution returns what the last digit of a number in scientific notation is worth; 0 for any other number.
func resolution(text string) float64 {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(text), "E")
	e, err := strconv.Atoi(exponent)
	if !ok || err != nil {
		return 0
	}
	if point := strings.IndexAny(mantissa, ".,"); point >= 0 {
		e -= len(mantissa) - point - 1
	}
	return math.Pow10(e)
}

// parseTimestamp parses a date with a time of day, in UTC without a zone: RFC 3339, and variants with a space, without
// seconds, without separators, or with the day first.
func parseTimestamp(text string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, true
	}
	if len(text) == len("20060102150405") {
		if t, err := time.Parse("20060102150405", text); err == nil {
			return t, true
		}
	}
	end := strings.IndexAny(text, "Tt ")
	if end < 0 {
		return time.Time{}, false
	}
	date, ok := parseDate(text[:end])
	clock, also := parseClock(strings.TrimSpace(text[end+1:]))
	return date.Add(clock), ok && also
}

// parseDate parses a date: the year first, or day.month.year.
func parseDate(text string) (time.Time, bool) {
	var layout string
	switch {
	case strings.Contains(text, "-"):
		layout = "2006-1-2"
	case strings.Contains(text, "/"):
		layout = "2006/1/2" // 1/2/2006 is January in some countries and February in others
	case strings.Index(text, ".") == 4:
		layout = "2006.1.2"
	case strings.Contains(text, "."):
		layout = "2.1.2006"
	case len(text) == 8:
		layout = "20060102"
	case len(text) == 6:
		layout = "060102" // of loggers
	default:
		return time.Time{}, false
	}
	t, err := time.Parse(layout, text)
	return t, err == nil
}

// parseClock parses a time of day, "15:04:05.999", "15:04", "150405.999", then "AM" or "PM", or a zone. It returns
// the time since midnight UTC of the same date, which a zone may make negative or longer than a day.
func parseClock(text string) (time.Duration, bool) {
	text = strings.ToUpper(text)
	for _, utc := range []string{"Z", "UTC", "GMT"} {
		text = strings.TrimSpace(strings.TrimSuffix(text, utc))
	}
	var offset time.Duration
	if at := strings.LastIndexAny(text, "+-"); at > 0 {
		var ok bool
		if offset, ok = parseZone(text[at:]); !ok {
			return 0, false
		}
		text = strings.TrimSpace(text[:at])
	}
	half := ""
	if n := len(text) - 2; n > 0 && (text[n:] == "AM" || text[n:] == "PM") {
		text, half = strings.TrimSpace(text[:n]), text[n:]
	}
	clock, ok := parseHours(text, half)
	return clock - offset, ok
}

// parseHours parses hours, minutes and seconds. half is "AM", "PM" or empty.
func parseHours(text, half string) (time.Duration, bool) {
	parts := strings.Split(strings.Replace(text, ",", ".", 1), ":")
	if len(parts) == 1 && len(text) >= 6 {
		parts = []string{text[:2], text[2:4], parts[0][4:]}
	}
	if len(parts) == 2 {
		parts = append(parts, "0")
	}
	if len(parts) != 3 {
		return 0, false
	}
	hours, err1 := strconv.ParseUint(parts[0], 10, 8)
	minutes, err2 := strconv.ParseUint(parts[1], 10, 8)
	seconds, err3 := strconv.ParseFloat(parts[2], 64)
	if half != "" {
		if hours < 1 || hours > 12 {
			return 0, false
		}
		if hours %= 12; half == "PM" {
			hours += 12
		}
	}
	// 60 is a leap second.
	if err1 != nil || err2 != nil || err3 != nil || hours > 23 || minutes > 59 || !(seconds >= 0 && seconds < 61) {
		return 0, false
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute + time.Duration(math.Round(seconds*1e6))*time.Microsecond, true
}

// parseZone parses "+15:04", "+1504" or "+15", or the same with "-".
func parseZone(text string) (time.Duration, bool) {
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, text); err == nil {
			_, seconds := t.Zone()
			return time.Duration(seconds) * time.Second, true
		}
	}
	return 0, false
}
