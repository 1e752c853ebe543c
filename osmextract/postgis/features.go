package postgis

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract"
)

// Count estimates the number of rows.
func (db *Database) Count() int64 {
	count := int64(0)
	for _, t := range db.tables.all() {
		count += t.rows
	}
	return count
}

// Features calls visit with each feature of the database, row by row: memory holds one row and what
// the network has buffered. If ctx ends the server cancels the query.
func (db *Database) Features(ctx context.Context, q osmextract.Query, visit func(*osmextract.Feature) error) error {
	l := &db.tables
	for _, scan := range []tableScan{
		{table: &l.polygons, kind: osm.TypeRelation, sign: "<"},
		{table: &l.polygons, kind: osm.TypeWay, sign: ">"},
		// Relations among the lines are routes, and the lines of boundaries.
		{table: &l.lines, kind: osm.TypeWay, sign: ">"},
		{table: &l.points, kind: osm.TypeNode, sign: ">"},
	} {
		if scan.table.srid == 0 {
			continue // the table is empty
		}
		if err := db.scan(ctx, &scan, q, visit); err != nil {
			return err
		}
	}
	return nil
}

// tableScan reads the elements of one type from a table.
type tableScan struct {
	table *table
	kind  osm.Type
	sign  string // of the ids, compared to 0
	keys  []string
}

// scan reads a table.
func (db *Database) scan(ctx context.Context, s *tableScan, q osmextract.Query, visit func(*osmextract.Feature) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	doing := "reading table " + s.table.name
	sql := db.scanSQL(s, q)
	// All columns in binary format, which for text is the text itself.
	rows := db.conn.ExecParams(ctx, sql, nil, nil, nil, []int16{1})
	reader := rowReader{scan: s, tagged: !q.Untagged}
	for rows.NextRow() {
		err := reader.read(rows.Values())
		if err != nil {
			err = fmt.Errorf("%s: %w", doing, err)
		} else {
			err = visit(&reader.feature)
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

// scanSQL returns the query of a scan: the id, the geometry, the column with all tags if there is one,
// and the columns for single keys.
func (db *Database) scanSQL(s *tableScan, q osmextract.Query) string {
	t := s.table
	columns := []string{t.id + "::int8", fmt.Sprintf("%s.ST_Force2D(%s)", db.schema, t.geometry)}
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

// envelope returns a box in SQL, a little larger because its edges are rounded.
func (db *Database) envelope(b loc2vec.Bounds, srid uint32) string {
	const margin = 1e-7 // degrees, the precision of OpenStreetMap
	clamp := func(lat float64) float64 {
		if srid == sridMercator {
			return min(max(lat, -loc2vec.MaxLatitude), loc2vec.MaxLatitude)
		}
		return lat
	}
	sw := coordinates(loc2vec.LatLon{Lat: clamp(b.Min.Lat - margin), Lon: b.Min.Lon - margin}, srid)
	ne := coordinates(loc2vec.LatLon{Lat: clamp(b.Max.Lat + margin), Lon: b.Max.Lon + margin}, srid)
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	return fmt.Sprintf("%s.ST_MakeEnvelope(%s, %s, %s, %s, %d)", db.schema, number(sw.X()), number(sw.Y()), number(ne.X()), number(ne.Y()), srid)
}

// quote makes a name an SQL identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// rowReader turns rows into features. It reuses the slice of tags.
type rowReader struct {
	scan    *tableScan
	tagged  bool
	feature osmextract.Feature
}

// read makes r.feature of a row.
func (r *rowReader) read(row [][]byte) error {
	if len(row[0]) != 8 {
		return fmt.Errorf("%w: an id of %d bytes", loc2vec.ErrCorrupt, len(row[0]))
	}
	id := int64(binary.BigEndian.Uint64(row[0]))
	if id < 0 {
		id = -id // as osm2pgsql marks relations
	}
	f := &r.feature
	var err error
	if f.ID, err = r.scan.kind.FeatureID(id); err != nil {
		return err
	}
	if f.Geometry, err = readGeometry(row[1]); err != nil {
		return err
	}
	f.Tags = f.Tags[:0]
	if !r.tagged {
		return nil
	}
	row = row[2:]
	if r.scan.table.tags != "" {
		if row[0] != nil {
			if f.Tags, err = r.scan.table.format.append(f.Tags, row[0]); err != nil {
				return err
			}
		}
		row = row[1:]
	}
	for i, value := range row {
		if value != nil {
			f.Tags = append(f.Tags, osm.Tag{Key: r.scan.keys[i], Value: string(value)})
		}
	}
	return nil
}
