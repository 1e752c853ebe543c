package geoparquet

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet/internal/parquetfile"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// geoMetadata is the key "geo" of a GeoParquet file.
type geoMetadata struct {
	Version string               `json:"version"`
	Primary string               `json:"primary_column"`
	Columns map[string]geoColumn `json:"columns"`
}

// geoColumn describes a column of geometries.
type geoColumn struct {
	Encoding string          `json:"encoding"`
	Types    []string        `json:"geometry_types"`
	CRS      json.RawMessage `json:"crs,omitempty"`
	BBox     []float64       `json:"bbox,omitempty"` // west, south, east, north
	Covering *geoCovering    `json:"covering,omitempty"`
}

// geoCovering names the fields that hold boxes around the geometries.
type geoCovering struct {
	BBox struct {
		XMin []string `json:"xmin"`
		YMin []string `json:"ymin"`
		XMax []string `json:"xmax"`
		YMax []string `json:"ymax"`
	} `json:"bbox"`
}

// places takes the coordinates of a row from a geometry or from two columns.
type places struct {
	geometry *parquetfile.Node // nil: lat and lon
	x, y     *parquetfile.Node // of a geometry in the encoding "point"
	lat, lon *parquetfile.Node
	combined *parquetfile.Node // of both coordinates, which the caller reads; nil: none
	area     *parquetfile.Node // left out: an area around the place; nil: none
	covering string            // column of boxes around the geometries, which is written anew; empty: none

	at  loc2vec.LatLon
	has [2]bool // latitude, longitude of the row
	err error
}

// findPlaces finds the coordinates of a file.
func findPlaces(f *parquetfile.File, opts ReaderOptions) (places, error) {
	if opts.Lat != "" || opts.Lon != "" {
		return namedColumns(f, opts.Lat, opts.Lon)
	}
	if opts.Combined != "" {
		return combinedColumn(f, opts.Combined)
	}
	if text, ok := f.Metadata("geo"); ok {
		return geoParquet(f, text, "")
	}
	if n := slices.IndexFunc(f.Fields, isGeometry); n >= 0 {
		return logicalGeometry(f, f.Fields[n])
	}
	names := f.FieldNames()
	if opts.Guess != nil {
		if lat, lon := opts.Guess(names); lat >= 0 && lon >= 0 {
			return coordinateColumns(f.Fields[lat], f.Fields[lon])
		}
	}
	if opts.GuessCombined != nil {
		if at := opts.GuessCombined(names); at >= 0 {
			return places{combined: f.Fields[at]}, nil
		}
	}
	return places{}, fmt.Errorf("no coordinates: the Parquet file has no geometry, and no columns of its own are latitude and longitude by their names: %s", quoteNames(names))
}

// isGeometry reports whether a field has one of Parquet's own types of geometries.
func isGeometry(n *parquetfile.Node) bool {
	return n.Leaf() && (n.Logical.Meaning == parquetfile.Geometry || n.Logical.Meaning == parquetfile.Geography)
}

// combinedColumn finds a column of both coordinates that the caller names: a geometry, or one that the caller reads.
func combinedColumn(f *parquetfile.File, name string) (places, error) {
	n, err := namedField(f, name)
	if err != nil {
		return places{}, err
	}
	if text, ok := f.Metadata("geo"); ok {
		var geo geoMetadata
		if json.Unmarshal([]byte(text), &geo) == nil {
			if _, ok := geo.Columns[name]; ok {
				return geoParquet(f, text, name)
			}
		}
	}
	if isGeometry(n) {
		return logicalGeometry(f, n)
	}
	return places{combined: n}, nil
}

// quoteNames lists the names of columns for an error.
func quoteNames(names []string) string {
	const most = 20
	quoted := make([]string, 0, most+1)
	for i, name := range names {
		if i == most {
			quoted = append(quoted, fmt.Sprintf("and %d more", len(names)-most))
			break
		}
		quoted = append(quoted, strconv.Quote(name))
	}
	return strings.Join(quoted, ", ")
}

// namedColumns finds columns of coordinates that the caller names.
func namedColumns(f *parquetfile.File, lat, lon string) (places, error) {
	latNode, err := namedField(f, lat)
	if err != nil {
		return places{}, err
	}
	lonNode, err := namedField(f, lon)
	if err != nil {
		return places{}, err
	}
	return coordinateColumns(latNode, lonNode)
}

// namedField finds a column at the top of the schema.
func namedField(f *parquetfile.File, name string) (*parquetfile.Node, error) {
	if n := f.Field(name); n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("no column %q: the Parquet file has %s", name, quoteNames(f.FieldNames()))
}

// coordinateColumns are two columns of numbers, or of text that holds numbers.
func coordinateColumns(lat, lon *parquetfile.Node) (places, error) {
	for _, n := range []*parquetfile.Node{lat, lon} {
		if t := typeOf(n); t != Float && t != Float32 && t != Int && t != Text {
			return places{}, fmt.Errorf("column %q holds no numbers", n.Name)
		}
	}
	return places{lat: lat, lon: lon}, nil
}

// geoParquet finds a geometry of a GeoParquet file, by its name or else the primary one.
func geoParquet(f *parquetfile.File, text, name string) (places, error) {
	var geo geoMetadata
	if err := json.Unmarshal([]byte(text), &geo); err != nil {
		return places{}, fmt.Errorf("%w: reading the GeoParquet metadata: %w", loc2vec.ErrCorrupt, err)
	}
	name = cmp.Or(name, geo.Primary)
	column, ok := geo.Columns[name]
	n := f.Field(name)
	if !ok || n == nil {
		return places{}, fmt.Errorf("%w: the GeoParquet metadata name geometry %q, which the file lacks", loc2vec.ErrCorrupt, name)
	}
	if err := checkPROJJSON(column.CRS); err != nil {
		return places{}, fmt.Errorf("column %q: %w", n.Name, err)
	}
	if len(column.Types) > 0 && !slices.ContainsFunc(column.Types, func(t string) bool {
		return strings.HasPrefix(t, "Point") || strings.HasPrefix(t, "MultiPoint")
	}) {
		return places{}, errNoPoints(n.Name, strings.Join(column.Types, ", "))
	}
	p := places{geometry: n}
	if c := column.Covering; c != nil && len(c.BBox.XMin) == 2 {
		p.covering = c.BBox.XMin[0]
	}
	switch strings.ToLower(column.Encoding) {
	case "wkb":
		return p, checkWKB(n)
	case "point":
		p.x, p.y = child(n, "x"), child(n, "y")
		if p.x == nil || p.y == nil {
			return p, fmt.Errorf("%w: column %q has the encoding point without x and y", loc2vec.ErrCorrupt, n.Name)
		}
		return p, nil
	}
	return p, errNoPoints(n.Name, "of the encoding "+column.Encoding)
}

func errNoPoints(column, types string) error {
	return fmt.Errorf("the geometries of column %q are %s: %w", column, types, errAreas)
}

// child returns a field of a group that holds numbers, nil if it has none.
func child(n *parquetfile.Node, name string) *parquetfile.Node {
	for _, c := range n.Children {
		if c.Name == name && c.Leaf() && c.Physical == parquetfile.Double && c.Repetition != parquetfile.Repeated {
			return c
		}
	}
	return nil
}

func checkWKB(n *parquetfile.Node) error {
	if !n.Leaf() || n.Physical != parquetfile.ByteArray || n.Repetition == parquetfile.Repeated {
		return fmt.Errorf("%w: column %q holds no WKB", loc2vec.ErrCorrupt, n.Name)
	}
	return nil
}

// logicalGeometry is a column of Parquet's own types of geometries.
func logicalGeometry(f *parquetfile.File, n *parquetfile.Node) (places, error) {
	crs := n.Logical.CRS
	if key, ok := strings.CutPrefix(crs, "projjson:"); ok {
		crs, _ = f.Metadata(key)
	}
	var err error
	switch {
	case crs == "" || strings.EqualFold(crs, "srid:0"):
	case strings.HasPrefix(crs, "{"):
		err = checkPROJJSON(json.RawMessage(crs))
	default:
		err = checkCRSName(crs)
	}
	if err != nil {
		return places{}, fmt.Errorf("column %q: %w", n.Name, err)
	}
	return places{geometry: n}, checkWKB(n)
}

// uses reports whether a field at the top of the schema holds coordinates.
func (p *places) uses(n *parquetfile.Node) bool { return n == p.geometry || n == p.lat || n == p.lon }

// start begins a row.
func (p *places) start() { p.has, p.err = [2]bool{}, nil }

// readGeometry takes the place of a geometry.
func (p *places) readGeometry(rows *parquetfile.Rows, n *parquetfile.Node) error {
	switch {
	case !rows.Present(n):
	case p.x == nil:
		p.at, p.err = location.WKB(rows.Value(n).Bytes)
		p.has = [2]bool{true, true}
	case rows.Present(p.x) && rows.Present(p.y):
		p.at.Lon = math.Float64frombits(rows.Value(p.x).Bits)
		p.at.Lat = math.Float64frombits(rows.Value(p.y).Bits)
		p.has = [2]bool{!math.IsNaN(p.at.Lat), !math.IsNaN(p.at.Lon)}
	}
	return nil
}

// coordinate takes a value of a column of coordinates.
func (p *places) coordinate(n *parquetfile.Node, value any) {
	var v float64
	switch value := value.(type) {
	case float64:
		v = value
	case float32:
		v = widen(value)
	case int64:
		v = float64(value)
	case string:
		var err error
		if v, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
			p.err = errors.Join(p.err, fmt.Errorf("%w: column %q is no number", loc2vec.ErrCoordinate, n.Name))
			return
		}
	default:
		return
	}
	if math.IsNaN(v) {
		return
	}
	if n == p.lat {
		p.at.Lat, p.has[0] = v, true
	} else {
		p.at.Lon, p.has[1] = v, true
	}
}

// place returns the place of the row.
func (p *places) place() (loc2vec.LatLon, error) {
	if p.err != nil {
		return loc2vec.LatLon{}, p.err
	}
	if !p.has[0] || !p.has[1] {
		return loc2vec.LatLon{}, location.ErrNone
	}
	return p.at, p.at.Validate()
}
