package geofile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// csvColumns are indices of columns, -1 for a column that is missing.
type csvColumns struct {
	lat, lon         int
	latSide, lonSide int // N or S, E or W
	date, time       int
	valid            int  // whether the receiver had a fix
	provider         int  // of a fix, in the log of a phone; only that log has the column
	elapsed          bool // time counts seconds from any moment
	width            int  // columns that the header names, 0 without a header
}

// headless are the columns of a file of places without a header.
func headless() *csvColumns {
	return &csvColumns{lat: 0, lon: 1, latSide: -1, lonSide: -1, date: -1, time: -1, valid: -1, provider: -1}
}

// CoordinateColumns returns which of the columns of a table are latitude and longitude by their names, -1 for none.
func CoordinateColumns(names []string) (lat, lon int) {
	if len(names) == 0 {
		return -1, -1
	}
	c := headerOf(names)
	return c.lat, c.lon
}

// CombinedColumn returns which of the columns of a table may hold both coordinates by its name, -1 for none.
func CombinedColumn(names []string) int {
	for _, known := range [...][]string{
		{"latlon", "latlng", "latlong", "lat,lon", "lat/lon", "latitude,longitude", "lonlat", "lnglat", "longlat", "lon,lat", "longitude,latitude"},
		{"wkt", "geom", "geometry", "thegeom", "wkbgeometry", "geojson", "wkb", "point", "geopoint", "shape"},
		{"coordinates", "coordinate", "coords", "coord", "latloncoordinates", "gps", "gpscoordinates", "geo", "geolocation", "coordinatelocation"},
		{"location", "position", "latlonposition"},
	} {
		for i, field := range names {
			if name, _ := columnName(field); slices.Contains(known, name) {
				return i
			}
		}
	}
	return -1
}

// headerOf finds the columns that a header names.
func headerOf(fields []string) *csvColumns {
	c := &csvColumns{}
	var names, units []string
	for i, f := range fields {
		name, unit := columnName(f)
		names, units = append(names, name), append(units, unit)
		if name != "" {
			c.width = i + 1
		}
	}
	column := func(known ...string) int {
		return slices.IndexFunc(names, func(name string) bool { return slices.Contains(known, name) })
	}
	c.lat = column("lat", "latitude", "latdeg", "latitudedeg", "latitudedegrees", "gpslat", "gpslatitude", "latituden/s")
	c.lon = column("lon", "lng", "long", "longitude", "londeg", "longitudedeg", "longitudedegrees", "gpslon", "gpslong", "gpslongitude", "longitudee/w")
	if c.lat < 0 {
		c.lat = column("y")
	}
	if c.lon < 0 {
		c.lon = column("x")
	}
	c.latSide, c.lonSide = column("n/s", "ns", "latref", "gpslatituderef"), column("e/w", "ew", "lonref", "gpslongituderef")
	c.date = column("date", "utcdate", "utcd", "dateutc", "gpsdate", "localdate", "lcldate")
	c.time = column("time", "timestamp", "datetime", "date/time", "dateandtime", "utc", "utctime", "utct", "timeutc",
		"utcdatetime", "gpstime", "isotime", "unixtime", "unixtimestamp", "unixtimemillis", "(utc)timeinms", "epoch", "recordedat", "localtime", "lcltime")
	c.elapsed = c.time >= 0 && names[c.time] == "time" && (units[c.time] == "s" || units[c.time] == "sec")
	c.valid = column("valid", "fix")
	if c.provider = column("provider"); names[0] != fixLabel {
		c.provider = -1
	}
	return c
}

// fixLabel starts the rows of positions in the logs of GNSS loggers on Android. Their header is a comment that starts with
// "# Fix,Provider,LatitudeDegrees,LongitudeDegrees". Rows of other kinds start with other labels.
const fixLabel = "fix"

// skips reports whether a row is of another kind than the header describes.
func (c *csvColumns) skips(fields []string) bool {
	return c.provider >= 0 && !strings.EqualFold(fields[0], fixLabel)
}

// columnName returns the name of a column in lower case without spaces and underscores, and the unit in brackets behind
// it.
func columnName(field string) (name, unit string) {
	name = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(field), "#"))
	if at := strings.IndexAny(name, "(["); at > 0 {
		unit = strings.Trim(name[at:], "()[] ")
		name = name[:at]
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _\u00a0", r) {
			return -1
		}
		return r
	}, name), unit
}

// place reports whether there are columns of latitude and longitude.
func (c *csvColumns) place() bool { return c.lat >= 0 && c.lon >= 0 }

// fix parses a row, with its time if timed.
func (c *csvColumns) fix(fields []string, timed bool) (fix Fix, err error) {
	if err := c.checkWidth(fields); err != nil {
		return fix, err
	}
	if valid := c.field(fields, c.valid); strings.EqualFold(valid, "no fix") || strings.EqualFold(valid, "none") {
		return fix, fmt.Errorf("the receiver had no fix: %s", quote(valid))
	}
	if provider := c.field(fields, c.provider); c.provider >= 0 && !strings.EqualFold(provider, "gps") {
		return fix, fmt.Errorf("the position is not of the receiver: %s", quote(provider))
	}
	lat, lon := c.field(fields, c.lat), c.field(fields, c.lon)
	if side := c.field(fields, c.latSide); side != "" {
		lat += " " + side
	}
	if side := c.field(fields, c.lonSide); side != "" {
		lon += " " + side
	}
	if fix.Place, err = parsePlace(lat, lon); err != nil || !timed {
		return fix, err
	}
	fix.Time, err = c.rowTime(fields)
	return fix, err
}

// checkWidth returns an error for a row with fewer columns than it needs, or with more than the header names.
func (c *csvColumns) checkWidth(fields []string) error {
	if n := max(c.lat, c.lon) + 1; len(fields) < n {
		return fmt.Errorf("%d columns, want at least %d", len(fields), n)
	}
	named := len(fields)
	for named > 0 && strings.TrimSpace(fields[named-1]) == "" {
		named--
	}
	const hint = "are there decimal commas? Then separate columns by semicolons, or quote the numbers"
	if c.width > 0 && named > c.width {
		return fmt.Errorf("%d columns below a header of %d: %s", named, c.width, hint)
	}
	// "48,9,9,1" would be a place at 48, 9.
	if c.width == 0 && len(fields) == 4 && !slices.ContainsFunc(fields, func(f string) bool { return !integer(f) }) {
		return fmt.Errorf("four whole numbers without a header: %s", hint)
	}
	return nil
}

// integer reports whether a field is a whole number.
func integer(field string) bool {
	_, err := strconv.Atoi(strings.TrimSpace(field))
	return err == nil
}

// field returns a field of a row without spaces around it, empty for a column that is missing.
func (c *csvColumns) field(fields []string, column int) string {
	if column < 0 || column >= len(fields) {
		return ""
	}
	return strings.TrimSpace(fields[column])
}

// rowTime parses the time of a row. A column of times may hold timestamps or, with a column of dates, times of day; a
// column of dates may hold timestamps.
func (c *csvColumns) rowTime(fields []string) (time.Time, error) {
	date, clock := c.field(fields, c.date), c.field(fields, c.time)
	switch {
	case c.elapsed && clock != "":
		return parseElapsed(clock)
	case date == "":
		return parseTime(clock)
	case clock != "":
		if t, err := parseTime(clock); err == nil {
			return t, nil
		}
	}
	if t, ok := parseTimestamp(date); ok {
		return t, checkTime(date, t)
	}
	day, ok := parseDate(date)
	switch {
	case !ok && clock == "":
		return parseTime(date) // perhaps a number since 1970
	case !ok:
		return time.Time{}, fmt.Errorf("date %s: want year, month and day, such as 2026-01-31", quote(date))
	case clock == "":
		return time.Time{}, &timeError{fmt.Sprintf("date %s has no time of day", quote(date))}
	}
	if integer(clock) && len(clock) < 6 {
		clock = strings.Repeat("0", 6-len(clock)) + clock // a spreadsheet has dropped the zeros
	}
	since, ok := parseClock(clock)
	if !ok {
		return time.Time{}, fmt.Errorf("time of day %s: want hours:minutes:seconds", quote(clock))
	}
	t := day.Add(since)
	return t, checkTime(date+" "+clock, t)
}

// parseElapsed parses a number of seconds since any moment.
func parseElapsed(text string) (time.Time, error) {
	const most = 1e9 // 31 years
	n, err := location.ParseNumber(text)
	if err != nil || !(n >= 0 && n <= most) {
		return time.Time{}, fmt.Errorf("time %s: want seconds", quote(text))
	}
	return time.Unix(0, int64(n*1e9)).UTC(), nil
}

// numeric reports whether a row looks like data: one of its first two fields is a number.
func numeric(fields []string) bool { return slices.ContainsFunc(fields[:min(2, len(fields))], number) }
