// Package location reads places from single values of tables, such as "53.07,8.80", points in WKT and GeoJSON.
package location

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/loc2vec/loc2vec"
)

// Order says which of two numbers comes first.
type Order int8

// The orders. Pairs of bare numbers have none.
const (
	Unknown Order = iota
	LatFirst
	LonFirst
)

// String returns the order as people write it, "lat,lon" or "lon,lat".
func (o Order) String() string {
	switch o {
	case LatFirst:
		return "lat,lon"
	case LonFirst:
		return "lon,lat"
	}
	return ""
}

// ParseOrder reads what Order.String writes.
func ParseOrder(text string) (Order, bool) {
	for _, o := range []Order{LatFirst, LonFirst} {
		if text == o.String() {
			return o, true
		}
	}
	return Unknown, false
}

// Location is what a value says about a place: two numbers of degrees.
type Location struct {
	First, Second float64
	Order         Order // Unknown: the value does not say which of them is the latitude
}

// Place returns the place, which is not checked. The order is that of a location without one.
func (l Location) Place(order Order) loc2vec.LatLon {
	if l.Order != Unknown {
		order = l.Order
	}
	if order == LonFirst {
		return loc2vec.LatLon{Lat: l.Second, Lon: l.First}
	}
	return loc2vec.LatLon{Lat: l.First, Lon: l.Second}
}

// ErrNone is the error of a value without coordinates.
var ErrNone = errors.New("no coordinate")

// ErrCRS returns the error of a coordinate reference system that is not read.
func ErrCRS(name string) error {
	const most = 100 // characters of a name
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return fmt.Errorf("its coordinates are in %s: only longitude and latitude of WGS 84 (OGC:CRS84, EPSG:4326) are read", name)
}

// Parse reads a text with both coordinates of a place. In points of WKT, EWKT, GeoJSON and hexadecimal WKB longitude comes
// first; in a URI of the scheme geo latitude does. Objects of JSON name their numbers, and N, S, E and W their sides. Two
// bare numbers, between brackets or not, are separated by a comma, a semicolon, a bar, a stroke or space; a third one is a
// height. They may have decimal commas where that leaves one reading. Degrees may have minutes and seconds.
func Parse(text string) (Location, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Location{}, ErrNone
	case text[0] == '{':
		return parseObject(text)
	case isWKT(text):
		return parseWKT(text)
	}
	var quoted string // a text of JSON
	if text[0] == '"' && json.Unmarshal([]byte(text), &quoted) == nil {
		return Parse(quoted)
	}
	if data, ok := hexBytes(text); ok {
		place, err := WKB(data)
		return Location{place.Lat, place.Lon, LatFirst}, err
	}
	if rest, ok := cutPrefixFold(text, "geo:"); ok {
		rest, _, _ = strings.Cut(rest, ";")
		rest, _, _ = strings.Cut(rest, "?")
		l, err := parsePair(rest)
		l.Order = LatFirst
		return l, err
	}
	return parsePair(text)
}

// cutPrefixFold is strings.CutPrefix for any case of ASCII letters.
func cutPrefixFold(text, prefix string) (rest string, ok bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// errText is the error of a text that holds no coordinates.
func errText(text string) error {
	const most = 60 // characters that an error quotes
	if utf8.RuneCountInString(text) > most {
		return fmt.Errorf("%w: no two coordinates in %.*q…", loc2vec.ErrCoordinate, most, text)
	}
	return fmt.Errorf("%w: no two coordinates in %q", loc2vec.ErrCoordinate, text)
}
