package postgis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// tableSet holds the three tables of a database.
type tableSet struct {
	points, lines, polygons table
}

func (l *tableSet) all() []*table { return []*table{&l.points, &l.lines, &l.polygons} }

// table is a table or view of features.
type table struct {
	name     string // for people
	oid      string
	relation string // schema and name, quoted
	rows     int64  // an estimate, 0 if unknown
	srid     uint32 // 0 if the table is empty

	id, geometry string // columns, quoted
	tags         string // column with all tags, quoted; "" if there is none
	format       tagFormat
	keys         []string // columns named for the key of a tag
}

// usualNames returns the names that osm2pgsql gives its tables: those of the pgsql output, and those that
// are customary for the flex output.
func usualNames() []Tables {
	return []Tables{
		{Points: "planet_osm_point", Lines: "planet_osm_line", Polygons: "planet_osm_polygon"},
		{Points: "points", Lines: "lines", Polygons: "polygons"},
	}
}

// inspect finds the extension, the tables and their columns.
func (db *Database) inspect(ctx context.Context, names Tables) error {
	rows, err := db.query(ctx, "looking for PostGIS",
		`SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'`)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errors.New("the database lacks the extension PostGIS: run CREATE EXTENSION postgis, and load the data with osm2pgsql")
	}
	db.schema = rows[0][0]
	if names, err = db.findTables(ctx, names); err != nil {
		return err
	}
	db.tables = tableSet{
		points: table{name: names.Points}, lines: table{name: names.Lines}, polygons: table{name: names.Polygons},
	}
	rowsInAll := 0
	for _, t := range db.tables.all() {
		if err := db.inspectTable(ctx, t); err != nil {
			return err
		}
		if t.srid != 0 {
			rowsInAll++
		}
	}
	if rowsInAll == 0 {
		return errors.New("the three tables hold nothing")
	}
	db.hintKeys()
	return db.findDate(ctx)
}

// findTables returns the names of existing tables.
func (db *Database) findTables(ctx context.Context, names Tables) (Tables, error) {
	candidates := usualNames()
	if names != (Tables{}) {
		candidates = []Tables{names}
	}
	var missing []string // of the candidate with the most tables
	for _, c := range candidates {
		var gone []string
		for _, name := range []string{c.Points, c.Lines, c.Polygons} {
			if name == "" {
				return Tables{}, errors.New("name all three tables or none")
			}
			rows, err := db.query(ctx, "looking for table "+name, `SELECT to_regclass($1)`, name)
			if err != nil {
				return Tables{}, err
			}
			if rows[0][0] == "" {
				gone = append(gone, name)
			}
		}
		if len(gone) == 0 {
			return c, nil
		}
		if missing == nil || len(gone) < len(missing) {
			missing = gone
		}
	}
	return Tables{}, fmt.Errorf("the database has no table %s in its search path: load it with osm2pgsql, or name the tables",
		strings.Join(missing, ", "))
}

// inspectTable finds the columns and the properties of a table.
func (db *Database) inspectTable(ctx context.Context, t *table) error {
	doing := "inspecting table " + t.name
	rows, err := db.query(ctx, doing,
		`SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname), greatest(c.reltuples, 0)::int8,
			has_table_privilege(c.oid, 'SELECT'), c.relkind IN ('r', 'm')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`, t.name)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("%s: the table has just been dropped", doing)
	}
	row := rows[0]
	t.oid, t.relation = row[0], row[1]
	t.rows, _ = strconv.ParseInt(row[2], 10, 64) // an estimate in any case
	if row[3] != "t" {
		return fmt.Errorf("table %s may not be read: GRANT SELECT ON %s TO the role that connects", t.name, t.relation)
	}
	if err := db.findColumns(ctx, t); err != nil {
		return err
	}
	if err := db.findSRID(ctx, t); err != nil {
		return err
	}
	if row[4] == "t" {
		return db.hintIndex(ctx, t)
	}
	return nil
}

// findColumns finds the columns for id, geometry and tags by type and usual names.
func (db *Database) findColumns(ctx context.Context, t *table) error {
	columns, err := db.query(ctx, "inspecting the columns of table "+t.name,
		`SELECT a.attname, quote_ident(a.attname), y.typname FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
		WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, t.oid)
	if err != nil {
		return err
	}
	formats := map[string]tagFormat{"hstore": hstoreTags, "json": jsonTags, "jsonb": jsonbTags}
	for _, c := range columns {
		name, quoted, kind := c[0], c[1], c[2]
		format := formats[kind]
		switch {
		case slices.Contains([]string{"osm_id", "id", "node_id", "way_id", "area_id", "relation_id"}, name):
			if t.id == "" {
				t.id = quoted
			}
		case kind == "geometry":
			if t.geometry == "" || name == "way" || name == "geom" {
				t.geometry = quoted
			}
		case format != noTags:
			if t.tags == "" || name == "tags" {
				t.tags, t.format = quoted, format
			}
		case kind == "text" || kind == "varchar" || kind == "int4" && name == "layer":
			t.keys = append(t.keys, name)
		}
	}
	switch {
	case t.id == "":
		return fmt.Errorf("table %s has no column osm_id or id", t.name)
	case t.geometry == "":
		return fmt.Errorf("table %s has no column of type geometry", t.name)
	case t.tags == "" && !slices.ContainsFunc(t.keys, ruleKeys().has):
		return fmt.Errorf("table %s has no tags: neither a column of type hstore or jsonb nor one named building, highway and so on", t.name)
	}
	return nil
}

// findSRID reads the spatial reference system of one geometry. The type of the column need not state it.
func (db *Database) findSRID(ctx context.Context, t *table) error {
	rows, err := db.query(ctx, "inspecting the geometry of table "+t.name,
		fmt.Sprintf(`SELECT %s.ST_SRID(%s) FROM %s WHERE %s IS NOT NULL LIMIT 1`, db.schema, t.geometry, t.relation, t.geometry))
	if err != nil || len(rows) == 0 {
		return err
	}
	srid, err := strconv.Atoi(rows[0][0])
	if err != nil {
		return fmt.Errorf("table %s: spatial reference system: %w", t.name, err)
	}
	if srid != sridWGS84 && srid != sridMercator {
		return fmt.Errorf("table %s: %w", t.name, errSRID(srid))
	}
	t.srid = uint32(srid)
	return nil
}

// hintIndex adds a hint if the geometry has no index.
func (db *Database) hintIndex(ctx context.Context, t *table) error {
	rows, err := db.query(ctx, "looking for an index of table "+t.name,
		`SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
		WHERE i.indrelid = $1::oid AND i.indisvalid AND m.amname IN ('gist', 'spgist', 'brin') AND quote_ident(a.attname) = $2`,
		t.oid, t.geometry)
	if err == nil && len(rows) == 0 {
		db.hints = append(db.hints, fmt.Sprintf(
			"table %s has no spatial index, so reading a box takes as long as reading the whole table: CREATE INDEX ON %s USING gist (%s)",
			t.name, t.relation, t.geometry))
	}
	return err
}

// keySet is a set of tag keys.
type keySet map[string]bool

func (s keySet) has(key string) bool { return s[key] }

// ruleKeys returns the keys that rules name.
func ruleKeys() keySet {
	keys := keySet{}
	for _, rule := range schema.Rules() {
		keys[rule.Key] = true
	}
	return keys
}

// hintKeys adds a hint about the keys that a table without a column for all tags lacks.
func (db *Database) hintKeys() {
	var missing []string
	for key := range ruleKeys() {
		for _, t := range db.tables.all() {
			if t.tags == "" && !slices.Contains(t.keys, key) {
				missing = append(missing, key)
				break
			}
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		db.hints = append(db.hints, fmt.Sprintf(
			"some tables have no column for the keys %s: elements without other known keys are missing (osm2pgsql -k keeps all tags)",
			strings.Join(missing, ", ")))
	}
}

// findDate reads the date of the data, if osm2pgsql has recorded it.
func (db *Database) findDate(ctx context.Context) error {
	for _, noted := range []struct{ table, sql string }{
		{"osm2pgsql_properties", `SELECT value FROM osm2pgsql_properties WHERE property = 'current_timestamp'`},
		{"planet_osm_replication_status",
			`SELECT to_char(importdate AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM planet_osm_replication_status`},
	} {
		doing := "looking for the date of the data"
		rows, err := db.query(ctx, doing,
			`SELECT 1 FROM pg_class WHERE oid = to_regclass($1) AND has_table_privilege(oid, 'SELECT')`, noted.table)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		if rows, err = db.query(ctx, doing, noted.sql); err != nil {
			return err
		}
		if len(rows) > 0 && rows[0][0] != "" {
			db.date = rows[0][0]
			return nil
		}
	}
	return nil
}
