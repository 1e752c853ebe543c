package location

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/geojson"
)

// isWKT reports whether a text looks like well-known text.
func isWKT(text string) bool {
	name, _ := cutGeometry(text)
	return slices.ContainsFunc(geometryNames(), func(known string) bool { return strings.EqualFold(known, name) }) ||
		strings.EqualFold(name, "SRID") || strings.HasPrefix(text, "<http")
}

// cutGeometry cuts the name of a geometry at the start of a text, and the letters of its dimensions.
func cutGeometry(text string) (name, rest string) {
	name, rest = cutLetters(text)
	if upper := strings.TrimRight(strings.ToUpper(name), "ZM"); upper == "POINT" || upper == "MULTIPOINT" {
		name = upper
	}
	if dimensions, after := cutLetters(rest); slices.Contains([]string{"Z", "M", "ZM"}, strings.ToUpper(dimensions)) {
		rest = after
	}
	return name, rest
}

// cutLetters cuts the letters at the start of a text.
func cutLetters(text string) (letters, rest string) {
	at := strings.IndexFunc(text, func(r rune) bool { return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') })
	if at < 0 {
		return text, ""
	}
	return text[:at], strings.TrimSpace(text[at:])
}

// parseWKT reads a point in well-known text.
func parseWKT(text string) (l Location, err error) {
	rest, err := cutCRS(text)
	if err != nil {
		return l, err
	}
	name, rest := cutGeometry(rest)
	switch point := strings.EqualFold(name, "POINT"); {
	case name == "":
		return l, errText(text)
	case !point && !strings.EqualFold(name, "MULTIPOINT"):
		return l, fmt.Errorf("the geometry is a %.20s, not a point", name)
	case strings.EqualFold(rest, "EMPTY"):
		return l, ErrNone
	case !strings.HasPrefix(rest, "(") || !strings.HasSuffix(rest, ")"):
		return l, errText(text)
	case !point && strings.Contains(rest, ","):
		return l, errors.New("the geometry is a MultiPoint of several points, not a point")
	}
	numbers := strings.Fields(strings.Trim(rest, "( )"))
	if len(numbers) < 2 || len(numbers) > 4 {
		return l, errText(text)
	}
	l.Order = LonFirst
	for i, to := range []*float64{&l.First, &l.Second} {
		if *to, err = strconv.ParseFloat(numbers[i], 64); err != nil {
			return l, errText(text)
		}
	}
	return l, nil
}

// cutCRS cuts what names the system of coordinates before a geometry: SRID=4326; of PostGIS, or a URI between angle
// brackets of GeoSPARQL.
func cutCRS(text string) (rest string, err error) {
	if uri, after, ok := strings.Cut(text, ">"); ok && text[0] == '<' {
		if !strings.HasSuffix(uri, "/CRS84") {
			return "", ErrCRS(uri[1:]) // that of EPSG:4326 has latitude first
		}
		return strings.TrimSpace(after), nil
	}
	after, ok := cutPrefixFold(text, "SRID=")
	if !ok {
		return text, nil
	}
	srid, rest, _ := strings.Cut(after, ";")
	if srid != "4326" && srid != "0" {
		return "", ErrCRS("EPSG:" + srid)
	}
	return strings.TrimSpace(rest), nil
}

// hexBytes returns the bytes of hexadecimal WKB, as databases print it.
func hexBytes(text string) ([]byte, bool) {
	const point = 2 * (1 + 4 + 2*8) // the shortest, a point
	for _, prefix := range []string{`\x`, "0x", "0X"} {
		text = strings.TrimPrefix(text, prefix)
	}
	if len(text) < point || text[0] != '0' || text[1] != '0' && text[1] != '1' {
		return nil, false
	}
	data, err := hex.DecodeString(text)
	return data, err == nil
}

// parseObject reads a GeoJSON point or a feature of one, or an object that names its coordinates.
func parseObject(text string) (l Location, err error) {
	var object struct {
		Type        string
		Coordinates json.RawMessage
		Geometry    *geojson.Geometry
	}
	if err := json.Unmarshal([]byte(text), &object); err == nil && (object.Coordinates != nil || object.Geometry != nil) {
		geometry := geojson.Geometry{Type: object.Type, Coordinates: object.Coordinates}
		if object.Geometry != nil {
			geometry = *object.Geometry
		}
		points, err := geometry.Points()
		switch {
		case err != nil:
			return l, err
		case len(points) != 1:
			return l, fmt.Errorf("%d points, want one", len(points))
		}
		return Location{points[0].Lat, points[0].Lon, LatFirst}, nil
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return l, errText(text)
	}
	l.Order = LatFirst
	lat, lon := false, false
	for _, name := range slices.Sorted(maps.Keys(members)) {
		switch strings.ToLower(strings.Trim(name, "_")) {
		case "lat", "latitude", "y":
			if !lat {
				l.First, lat = numberOf(members[name])
			}
		case "lon", "lng", "long", "longitude", "x":
			if !lon {
				l.Second, lon = numberOf(members[name])
			}
		}
	}
	if !lat || !lon {
		return l, errText(text)
	}
	return l, nil
}

// numberOf returns a number of JSON, or that of a text.
func numberOf(value any) (float64, bool) {
	switch value := value.(type) {
	case float64:
		return value, true
	case string:
		v, err := ParseNumber(strings.TrimSpace(value))
		return v, err == nil
	}
	return 0, false
}

// geometryNames are the types of geometries of WKB.
func geometryNames() []string {
	return []string{"geometry", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
}

// errWKB is the error of bytes that are no geometry.
func errWKB() error { return fmt.Errorf("%w: the geometry is no WKB", loc2vec.ErrCorrupt) }
