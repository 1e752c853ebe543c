package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/geojson"
	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
)

// Bounds of what is kept of a file until its end: its columns.
const (
	// maxColumns bounds the columns of a CSV file, and the different properties of a GeoJSON file. Exports of all tags of a
	// country have some thousands.
	maxColumns = 20_000
	// maxNames bounds the bytes of their names together: 800 each.
	maxNames = 16 << 20
)

// featureSource yields the features of a file, then io.EOF.
type featureSource interface {
	next() (*feature, error)
}

// geoJSONReader reads features, whose properties are columns.
type geoJSONReader struct {
	in       io.ReadCloser
	features featureSource
	space    string // that the file names
	columns  []Column
	index    map[string]int
	id       int // column of the members "id", -1 without
	row      Row
}

// NewGeoJSON returns a reader of GeoJSON: a collection, or features or geometries one after the other (GeoJSONSeq, one
// a line). It opens the file twice: the columns are the properties of all features, in the order in which they first
// appear, after "id" if a feature has one.
func NewGeoJSON(open func() (io.ReadCloser, error)) (Reader, error) {
	return openFeatures(open, func(in io.Reader) (featureSource, error) { return newFeatures(in) })
}

// openFeatures reads the columns of a file, and opens it once more.
func openFeatures(open func() (io.ReadCloser, error), read func(io.Reader) (featureSource, error)) (*geoJSONReader, error) {
	in, err := open()
	if err != nil {
		return nil, err
	}
	g := &geoJSONReader{index: map[string]int{}, id: -1}
	all, err := read(in)
	if err == nil {
		err = g.survey(all)
	}
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	if collection, ok := all.(*features); ok {
		g.space = collection.space()
	}
	if g.in, err = open(); err != nil {
		return nil, err
	}
	if g.features, err = read(g.in); err != nil {
		return nil, errors.Join(err, g.in.Close())
	}
	g.row.Values = make([]any, len(g.columns))
	return g, nil
}

// Space implements Spaced.
func (g *geoJSONReader) Space() string { return g.space }

// survey finds the columns.
func (g *geoJSONReader) survey(all featureSource) error {
	var kinds []kind
	hasID, read, names := kindNone, 0, 0
	for {
		f, err := all.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		read++
		hasID = hasID.join(kindOf(f.ID))
		err = f.properties(func(name string, value json.RawMessage) error {
			at, ok := g.index[name]
			if !ok {
				names += len(name)
				if at = len(kinds); at == maxColumns || names > maxNames {
					return fmt.Errorf("more than %d different properties, or %d MiB of their names", maxColumns, maxNames>>20)
				}
				g.index[name] = at
				kinds = append(kinds, kindNone)
				g.columns = append(g.columns, Column{Name: name})
			}
			kinds[at] = kinds[at].join(kindOf(value))
			return nil
		})
		if err != nil {
			return err
		}
	}
	if read == 0 {
		return errors.New("no row in it")
	}
	for i := range kinds {
		g.columns[i].Type = kinds[i].column()
	}
	if hasID != kindNone {
		name := "id"
		for n := 2; slices.ContainsFunc(g.columns, func(c Column) bool { return c.Name == name }); n++ {
			name = fmt.Sprintf("id_%d", n)
		}
		g.id = len(g.columns)
		g.columns = append(g.columns, Column{name, hasID.column()})
	}
	return nil
}

// Columns implements Reader.
func (g *geoJSONReader) Columns() []Column { return g.columns }

// Next implements Reader.
func (g *geoJSONReader) Next() (*Row, error) {
	f, err := g.features.next()
	if err != nil {
		return nil, err
	}
	clear(g.row.Values)
	g.row.Number++
	g.row.Geometry = f.Geometry
	g.row.Place, g.row.Err = f.place()
	if g.id >= 0 {
		g.row.Values[g.id] = valueOf(g.columns[g.id].Type, f.ID)
	}
	return &g.row, f.properties(func(name string, value json.RawMessage) error {
		at, ok := g.index[name]
		if !ok {
			return errors.New("the file changed while it was read")
		}
		g.row.Values[at] = valueOf(g.columns[at].Type, value)
		return nil
	})
}

// Close implements Reader.
func (g *geoJSONReader) Close() error { return g.in.Close() }

// place returns the place of a feature.
func (f *feature) place() (loc2vec.LatLon, error) {
	if len(f.Geometry) == 0 || string(f.Geometry) == "null" {
		return loc2vec.LatLon{}, errors.New("no geometry")
	}
	var geometry geojson.Geometry
	if err := json.Unmarshal(f.Geometry, &geometry); err != nil {
		return loc2vec.LatLon{}, errors.New("its geometry is not GeoJSON")
	}
	points, err := geometry.Points()
	switch {
	case err != nil:
		return loc2vec.LatLon{}, err
	case len(points) != 1:
		return loc2vec.LatLon{}, fmt.Errorf("%d points, want one", len(points))
	}
	return geofile.CheckFix(loc2vec.LatLon(points[0]))
}

// properties visits the properties of a feature in their order.
func (f *feature) properties(visit func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(f.Properties))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil // missing, null, or no object
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := visit(key.(string), value); err != nil {
			return err
		}
	}
	return nil
}

// kind is what the values of a column have in common.
type kind int8

const (
	kindNone kind = iota
	kindText
	kindBool
	kindInt   // exact as float64 too
	kindLong  // int64
	kindFloat // float64
	kindMixed
)

// exactFloat is the greatest whole number up to which float64 has all.
const exactFloat = 1 << 53

func kindOf(value json.RawMessage) kind {
	if len(value) == 0 {
		return kindNone
	}
	switch value[0] {
	case 'n':
		return kindNone
	case '"':
		return kindText
	case 't', 'f':
		return kindBool
	case '{', '[':
		return kindMixed
	}
	if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
		if -exactFloat <= n && n <= exactFloat {
			return kindInt
		}
		return kindLong
	}
	const exactDigits = 17 // of float64, with a sign and a point
	if _, err := strconv.ParseFloat(string(value), 64); err != nil || len(value) > exactDigits+2 {
		return kindMixed
	}
	return kindFloat
}

// join returns the kind of a column with values of both kinds.
func (k kind) join(other kind) kind {
	low, high := min(k, other), max(k, other)
	switch {
	case low == high || low == kindNone:
		return high
	case low == kindInt && (high == kindLong || high == kindFloat):
		return high
	}
	return kindMixed
}

func (k kind) column() Type {
	switch k {
	case kindBool:
		return Bool
	case kindInt, kindLong:
		return Int
	case kindFloat:
		return Float
	case kindMixed:
		return JSON
	}
	return Text
}

// valueOf returns a value of a column of the type.
func valueOf(t Type, value json.RawMessage) any {
	if kindOf(value) == kindNone {
		return nil
	}
	if t == JSON {
		return string(value)
	}
	if t == Int {
		n, _ := strconv.ParseInt(string(value), 10, 64) // kindOf has parsed it
		return n
	}
	var v any
	_ = json.Unmarshal(value, &v) // the decoder has checked it
	return v
}
