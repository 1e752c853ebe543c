package postgis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract"
)

// Count is about how many rows there are.
func (db *Database) Count() int64 {
	count := int64(0)
	for _, t := range db.tables.all() {
		count += t.rows
	}
	return count
}

// Objects hands over the objects of the database row by row: what it holds at any time is a row and
// what the network has buffered. A cancelled context cancels the query on the server.
func (db *Database) Objects(ctx context.Context, q osmextract.Query, visit func(*osmextract.Object) error) error {
	l := &db.tables
	for _, scan := range []tableScan{
		{table: &l.polygons, kind: osmextract.RelationObject, sign: "<"},
		{table: &l.polygons, kind: osmextract.WayObject, sign: ">"},
		// Relations among the lines are routes, and the lines of boundaries.
		{table: &l.lines, kind: osmextract.WayObject, sign: ">"},
		{table: &l.points, kind: osmextract.NodeObject, sign: ">"},
	} {
		if scan.table.srid == 0 {
			continue // nothing in it
		}
		if err := db.scan(ctx, &scan, q, visit); err != nil {
			return err
		}
	}
	return nil
}

// tableScan is one reading of one table.
type tableScan struct {
	table *table
	kind  osmextract.ObjectKind
	sign  string // of the numbers of the objects that are read, compared to 0
	keys  []string
}

// scan reads a table.
func (db *Database) scan(ctx context.Context, s *tableScan, q osmextract.Query, visit func(*osmextract.Object) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	doing := "reading table " + s.table.name
	sql := db.scanSQL(s, q)
	// All in binary format, which for text is the text itself.
	rows := db.conn.ExecParams(ctx, sql, nil, nil, nil, []int16{1})
	object := osmextract.Object{Kind: s.kind}
	reader := rowReader{scan: s, tagged: !q.Untagged}
	for rows.NextRow() {
		err := reader.read(&object, rows.Values())
		if err != nil {
			err = fmt.Errorf("postgis: %s: %w", doing, err)
		} else {
			err = visit(&object)
		}
		if err != nil {
			cancel()
			rows.Close() // its error is that of the cancelled query
			return err
		}
	}
	if _, err := rows.Close(); err != nil {
		return db.failure(ctx, doing, err)
	}
	return nil
}

// scanSQL returns the query of a scan: geometry, tags if there is a column for them, and a column
// for each of the keys.
func (db *Database) scanSQL(s *tableScan, q osmextract.Query) string {
	t := s.table
	columns := []string{t.geometry}
	if !q.Untagged {
		if t.tags != "" {
			columns = append(columns, t.tags)
		}
		s.keys = t.keys
		for _, key := range s.keys {
			columns = append(columns, quote(key)+"::text")
		}
	}
	sql := fmt.Sprintf("SELECT %s FROM %s WHERE %s %s 0 AND %s IS NOT NULL",
		strings.Join(columns, ", "), t.relation, t.id, s.sign, t.geometry)
	var boxes []string
	for _, b := range q.Within {
		boxes = append(boxes, fmt.Sprintf("%s OPERATOR(%s.&&) %s", t.geometry, db.schema, db.envelope(b, t.srid)))
	}
	if len(boxes) > 0 {
		sql += " AND (" + strings.Join(boxes, " OR ") + ")"
	}
	return sql
}

// envelope returns a box as SQL, a little larger than it is, since its edges are rounded.
func (db *Database) envelope(b loc2vec.Bounds, srid uint32) string {
	const margin = 1e-7 // degrees, the precision of OpenStreetMap
	clamp := func(lat float64) float64 {
		if srid == sridMercator {
			return min(max(lat, -loc2vec.MaxLatitude), loc2vec.MaxLatitude)
		}
		return lat
	}
	west, south := coordinates(loc2vec.LatLon{Lat: clamp(b.Min.Lat - margin), Lon: b.Min.Lon - margin}, srid)
	east, north := coordinates(loc2vec.LatLon{Lat: clamp(b.Max.Lat + margin), Lon: b.Max.Lon + margin}, srid)
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	return fmt.Sprintf("%s.ST_MakeEnvelope(%s, %s, %s, %s, %d)", db.schema, number(west), number(south), number(east), number(north), srid)
}

// quote makes a name an identifier of SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// rowReader turns rows into objects. It keeps its buffers between rows.
type rowReader struct {
	scan     *tableScan
	tagged   bool
	geometry geometryReader
	tags     osm.Tags
}

// read makes an object of a row, valid until the next call.
func (r *rowReader) read(object *osmextract.Object, row [][]byte) error {
	var err error
	if object.Parts, err = r.geometry.read(row[0]); err != nil {
		return err
	}
	if object.Kind == osmextract.WayObject && r.geometry.polygons {
		turnOuter(object.Parts)
	}
	if !r.tagged {
		return nil
	}
	r.tags = r.tags[:0]
	row = row[1:]
	if r.scan.table.tags != "" {
		if row[0] != nil {
			if r.tags, err = r.scan.table.format.append(r.tags, row[0]); err != nil {
				return err
			}
		}
		row = row[1:]
	}
	for i, value := range row {
		if value != nil {
			r.tags = append(r.tags, osm.Tag{Key: r.scan.keys[i], Value: string(value)})
		}
	}
	object.Tags = r.tags
	return nil
}

// turnOuter turns the only ring of a way's polygon counter-clockwise. Where there are several their
// nesting is unknown, and no coastline is like that.
func turnOuter(rings [][]loc2vec.LatLon) {
	if len(rings) != 1 {
		return
	}
	ring, area := rings[0], 0.0
	for i := 1; i < len(ring); i++ {
		o, a, b := ring[0], ring[i-1], ring[i]
		area += (a.Lon-o.Lon)*(b.Lat-o.Lat) - (b.Lon-o.Lon)*(a.Lat-o.Lat)
	}
	if area < 0 {
		slices.Reverse(ring)
	}
}
