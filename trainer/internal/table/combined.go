package table

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// surveyRows is the number of rows that are read ahead to find out what a column of coordinates holds.
const surveyRows = 1000

// ErrOrder is the error of a column whose pairs of numbers can be read with either of them as the latitude.
var ErrOrder = errors.New("either number may be the latitude")

// CombinedOptions are the settings of a column that holds both coordinates. The zero value is useful.
type CombinedOptions struct {
	// Order is that of pairs of numbers. Unknown: it is found by the name of the column, by what is no latitude, or by
	// Covers.
	Order location.Order
	// Covers reports whether a place may be one of the table; nil: every place may.
	Covers func(loc2vec.LatLon) bool
	// Guessed: the column was found by its name. Then a table without coordinates in it is an error.
	Guessed bool
	// Tell is told which order was found, and why; nil: nobody is.
	Tell func(message string)
}

// combined takes the places of the rows of another reader from one of their columns, as package location reads them.
type combined struct {
	Reader
	column int
	opts   CombinedOptions

	surveyed bool
	ahead    []Row // rows read by the survey
	end      error // that ended it
	row      Row
}

// NewCombined returns a reader of the rows of another one, whose places are in a column. It closes the other reader.
func NewCombined(r Reader, column int, opts CombinedOptions) Reader {
	return &combined{Reader: r, column: column, opts: opts}
}

// Next implements Reader.
func (c *combined) Next() (*Row, error) {
	if !c.surveyed {
		c.surveyed = true
		if err := c.survey(); err != nil {
			return nil, err
		}
	}
	if len(c.ahead) > 0 {
		c.row, c.ahead = c.ahead[0], c.ahead[1:]
	} else {
		if c.end != nil {
			return nil, c.end
		}
		row, err := c.Reader.Next()
		if err != nil {
			return nil, err
		}
		c.row = *row
	}
	c.place(&c.row)
	return &c.row, nil
}

// place sets the place of a row.
func (c *combined) place(row *Row) {
	l, err := c.locate(row)
	switch {
	case err != nil:
		row.Err = err
	case l.Order == location.Unknown && c.opts.Order == location.Unknown:
		row.Err = fmt.Errorf("%w: %w", loc2vec.ErrCoordinate, ErrOrder)
	default:
		row.Place, row.Err = geofile.CheckFix(l.Place(c.opts.Order))
	}
}

// locate reads the column of a row.
func (c *combined) locate(row *Row) (l location.Location, err error) {
	if row.Err != nil && !errors.Is(row.Err, location.ErrNone) {
		return l, row.Err // that of the record
	}
	switch value := row.Values[c.column].(type) {
	case string:
		return location.Parse(value)
	case []byte:
		place, err := location.WKB(value)
		return location.Location{First: place.Lat, Second: place.Lon, Order: location.LatFirst}, err
	case nil:
		return l, location.ErrNone
	}
	return l, fmt.Errorf("%w: no two coordinates in a number or a time", loc2vec.ErrCoordinate)
}

// evidence is what the pairs of numbers of the first rows say about their order.
type evidence struct {
	rows, pairs        int
	latFirst, lonFirst reading
}

// reading is what speaks for one of the orders.
type reading struct {
	covered int // pairs that are covered
	sole    int // pairs that have only this order: one of the numbers is no latitude
}

// add adds a pair.
func (e *evidence) add(l location.Location, covers func(loc2vec.LatLon) bool) {
	e.pairs++
	one, errOne := geofile.Normalise(l.Place(location.LatFirst))
	other, errOther := geofile.Normalise(l.Place(location.LonFirst))
	switch {
	case errOne == nil && errOther != nil:
		e.latFirst.sole++
	case errOne != nil && errOther == nil:
		e.lonFirst.sole++
	}
	if covers == nil {
		return
	}
	if errOne == nil && covers(one) {
		e.latFirst.covered++
	}
	if errOther == nil && covers(other) {
		e.lonFirst.covered++
	}
}

// order returns the order that the evidence has, and why; Unknown if it has both or none.
func (e *evidence) order() (order location.Order, why string) {
	one, other := e.latFirst, e.lonFirst
	switch {
	case one.covered > 0 && other.covered == 0:
		return location.LatFirst, fmt.Sprintf("%d of the first %d places are in a region then, none the other way round", one.covered, e.pairs)
	case other.covered > 0 && one.covered == 0:
		return location.LonFirst, fmt.Sprintf("%d of the first %d places are in a region then, none the other way round", other.covered, e.pairs)
	case one.sole > 0 && other.sole == 0:
		return location.LatFirst, fmt.Sprintf("%d of the first %d rows cannot be read the other way round", one.sole, e.pairs)
	case other.sole > 0 && one.sole == 0:
		return location.LonFirst, fmt.Sprintf("%d of the first %d rows cannot be read the other way round", other.sole, e.pairs)
	}
	return location.Unknown, ""
}

// survey reads rows ahead until it is known what the column holds.
func (c *combined) survey() error {
	name := c.Columns()[c.column].Name
	byName := orderOf(name)
	var e evidence
	found := false
	var first error
	for len(c.ahead) < surveyRows && (!found || c.opts.Order == location.Unknown && byName == location.Unknown && e.pairs > 0) {
		row, err := c.Reader.Next()
		if err != nil {
			c.end = err
			break
		}
		c.ahead = append(c.ahead, row.Clone())
		l, err := c.locate(row)
		switch {
		case err == nil && l.Order == location.Unknown:
			e.add(l, c.opts.Covers)
			found = true
		case err == nil:
			found = true
		case first == nil && !errors.Is(err, location.ErrNone):
			first = err
		}
	}
	if c.end != nil && !errors.Is(c.end, io.EOF) {
		return c.end
	}
	if !found && c.opts.Guessed && first != nil {
		return fmt.Errorf("no columns are latitude and longitude by their names, and column %q holds no coordinates: %w", name, first)
	}
	if e.pairs == 0 || c.opts.Order != location.Unknown {
		return nil
	}
	order, why := byName, "by its name"
	if order == location.Unknown {
		if order, why = e.order(); order == location.Unknown {
			return fmt.Errorf("column %q: %w", name, ErrOrder)
		}
	}
	c.opts.Order = order
	if c.opts.Tell != nil {
		c.opts.Tell(fmt.Sprintf("column %q: read as %v: %s", name, order, why))
	}
	return nil
}

// orderOf returns the order that the name of a column tells, such as "latlon".
func orderOf(name string) location.Order {
	name = strings.ToLower(name)
	lat := strings.Index(name, "lat")
	lon := slices.Max([]int{strings.Index(name, "lon"), strings.Index(name, "lng")})
	switch {
	case lat < 0 || lon < 0:
		return location.Unknown
	case lat < lon:
		return location.LatFirst
	}
	return location.LonFirst
}
