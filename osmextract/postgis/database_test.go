//go:build linux

package postgis

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
)

const secret = "hunter2-is-the-password"

// emptyDatabase creates a database with the extensions, runs SQL in it, and returns its connection string.
func emptyDatabase(t *testing.T, c *cluster, name, sql string) string {
	t.Helper()
	if err := c.Create(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	c.exec(t, name, sql)
	return c.DSN("postgres", name)
}

// threeTables creates the customary tables of the flex output with a building and a road.
const threeTables = `
	CREATE TABLE points (id int8, tags jsonb, geom geometry(Point, 4326));
	CREATE TABLE lines (id int8, tags jsonb, geom geometry(LineString, 4326));
	CREATE TABLE polygons (id int8, tags jsonb, geom geometry(MultiPolygon, 4326));
	INSERT INTO points VALUES (1, '{"shop": "bakery"}', ST_GeomFromText('POINT(7.005 50.005)', 4326));
	INSERT INTO lines VALUES
		(2, '{"building": "yes"}', ST_GeomFromText('LINESTRING(7 50, 7.0002 50, 7.0002 50.0002, 7 50.0002, 7 50)', 4326)),
		(3, '{"highway": "primary"}', ST_GeomFromText('LINESTRING(7 50, 7.01 50.01)', 4326));
	CREATE INDEX ON points USING gist (geom); CREATE INDEX ON lines USING gist (geom); CREATE INDEX ON polygons USING gist (geom);
`

func TestOpenErrors(t *testing.T) {
	c := server.start(t)
	c.exec(t, "postgres", "CREATE ROLE guarded LOGIN PASSWORD '"+secret+"x'; CREATE ROLE stranger LOGIN")
	monaco := c.load(t, "monaco_pgsql", osmtestdata.Path(t, "monaco"), pgsqlStyle...)
	tests := []struct {
		name, dsn string
		tables    Tables
		want      string
	}{
		{"no server", "host=" + c.Dir() + "/nowhere password=" + secret, Tables{}, "connecting to the database"},
		{"no string", "postgres://me:" + secret + "@host:port:twice/", Tables{}, "not valid"},
		{"no settings", "password=" + secret + " port=sideways", Tables{}, "not valid"},
		{"wrong password", c.DSN("guarded", monaco) + " password=" + secret, Tables{}, "password authentication failed"},
		{"no such database", c.DSN("postgres", "atlantis") + " password=" + secret, Tables{}, `database "atlantis" does not exist`},
		{"no extension", c.DSN("postgres", "template1"), Tables{}, "CREATE EXTENSION postgis"},
		{"no tables", emptyDatabase(t, c, "empty", ""), Tables{}, "no table planet_osm_point, planet_osm_line, planet_osm_polygon"},
		{"one table missing", emptyDatabase(t, c, "two", threeTables+"DROP TABLE polygons"), Tables{}, "no table polygons"},
		{"names that lead nowhere", c.DSN("postgres", monaco), Tables{"planet_osm_point", "planet_osm_road", "planet_osm_polygon"}, "no table planet_osm_road"},
		{"two names", c.DSN("postgres", monaco), Tables{Points: "a", Lines: "b"}, "all three"},
		{"no rights", c.DSN("stranger", monaco), Tables{}, "GRANT SELECT ON public.planet_osm_point"},
		{"nothing in them", emptyDatabase(t, c, "nothing", threeTables+"TRUNCATE points, lines"), Tables{}, "hold nothing"},
		{"another projection", emptyDatabase(t, c, "utm", threeTables+
			"ALTER TABLE lines ALTER geom TYPE geometry(LineString, 25832) USING ST_Transform(geom, 25832)"), Tables{}, "EPSG:25832"},
		{"no geometry", emptyDatabase(t, c, "flat", threeTables+"ALTER TABLE points DROP geom"), Tables{}, "no column of type geometry"},
		{"no number", emptyDatabase(t, c, "nameless", threeTables+"ALTER TABLE points DROP id"), Tables{}, "no column osm_id or id"},
		{"no tags", emptyDatabase(t, c, "tagless", threeTables+"ALTER TABLE points DROP tags"), Tables{}, "no tags"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db, err := Open(t.Context(), test.dsn, Options{Tables: test.tables})
			if err == nil {
				db.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q does not say %q", err, test.want)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), secret) || strings.Contains(e.Error(), test.dsn) {
					t.Errorf("%q gives the connection string away", e)
				}
			}
			t.Log(err)
		})
	}
}

// A role needs the right to read the tables, and no time for a long statement. The pack does not reveal
// where the database is.
func TestReadOnlyRole(t *testing.T) {
	c := server.start(t)
	name := c.load(t, "monaco_pgsql", osmtestdata.Path(t, "monaco"), pgsqlStyle...)
	want, _ := extractDatabase(t, c.DSN("postgres", name), nil)
	c.exec(t, name, `CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on;
		ALTER ROLE reader SET statement_timeout = '10s';
		GRANT SELECT ON planet_osm_point, planet_osm_line, planet_osm_polygon TO reader`)
	db, err := Open(t.Context(), c.DSN("reader", name)+" password="+secret, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	limit, err := db.conn.Exec(t.Context(), "SHOW statement_timeout").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(limit[0].Rows[0][0]); got != "0" {
		t.Errorf("a statement may take %s, want no limit", got)
	}
	var b bytes.Buffer
	stats, err := osmextract.Extract(t.Context(), &b, osmextract.Options{Features: db})
	if err != nil {
		t.Fatal(err)
	}
	if g, w := stats.Pack.ContentSHA256, want.Metadata().ContentSHA256; g != w {
		t.Errorf("contents %s, for the owner %s", g, w)
	}
	metadata, err := stats.Pack.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{secret, c.Dir(), "reader", name} {
		if bytes.Contains(b.Bytes(), []byte(private)) || bytes.Contains(metadata, []byte(private)) {
			t.Errorf("the pack holds %q", private)
		}
	}
}

// Swapped latitude and longitude lead to another sea.
func TestBoxElsewhere(t *testing.T) {
	c := server.start(t)
	path := osmtestdata.Path(t, "monaco")
	db, err := Open(t.Context(), c.DSN("postgres", c.load(t, "monaco_pgsql", path, pgsqlStyle...)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	box := headerBox(t, path)
	for _, at := range []*loc2vec.LatLon{&box.Min, &box.Max} {
		at.Lat, at.Lon = at.Lon, at.Lat
	}
	var b bytes.Buffer
	if _, err := osmextract.Extract(t.Context(), &b, osmextract.Options{Features: db, Box: box}); !errors.Is(err, osmextract.ErrEmptyBox) || b.Len() > 0 {
		t.Errorf("error %v after %d bytes, want %v and none", err, b.Len(), osmextract.ErrEmptyBox)
	}
}

func TestHints(t *testing.T) {
	c := server.start(t)
	path := osmtestdata.Path(t, "monaco")
	tests := []struct {
		name, dsn string
		want      []string // a part of each hint
	}{
		{"all there", c.DSN("postgres", c.load(t, "monaco_flex", path, flexStyle...)), nil},
		{"no index", emptyDatabase(t, c, "unindexed", threeTables+"DROP INDEX lines_geom_idx"), []string{"CREATE INDEX ON public.lines USING gist (geom)"}},
		{"few columns", c.DSN("postgres", c.load(t, "monaco_columns", path)), []string{"building:part, "}},
	}
	for _, test := range tests {
		db, err := Open(t.Context(), test.dsn, Options{})
		if err != nil {
			t.Fatal(err)
		}
		hints := db.Hints()
		db.Close()
		if len(hints) != len(test.want) {
			t.Errorf("%s: %q", test.name, hints)
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(hints[i], want) {
				t.Errorf("%s: %q does not say %q", test.name, hints[i], want)
			}
		}
	}
}

// A database loaded without -k has columns for the most common keys.
func TestColumnsOnly(t *testing.T) {
	c := server.start(t)
	path := osmtestdata.Path(t, "monaco")
	box := headerBox(t, path)
	all, _ := extractDatabase(t, c.DSN("postgres", c.load(t, "monaco_pgsql", path, pgsqlStyle...)), box)
	few, stats := extractDatabase(t, c.DSN("postgres", c.load(t, "monaco_columns", path)), box)
	if stats.Sea.Ways != 0 {
		t.Errorf("%d coastlines, which osm2pgsql leaves out", stats.Sea.Ways)
	}
	want, got := marks(t, all), marks(t, few)
	total, missing := 0, 0
	for m, n := range want {
		if m.layer == loc2vec.Water {
			continue // the sea
		}
		total += n
		missing += max(0, n-got[m])
	}
	if share := float64(missing) / float64(total); share > 0.05 {
		t.Errorf("%.1f %% of %d marks are missing", 100*share, total)
	}
}

// Tables may be in any schema of the search path, or be named; the extension may be in any schema.
func TestSchemas(t *testing.T) {
	c := server.start(t)
	if err := c.Exec(t.Context(), "postgres", "CREATE DATABASE schemas"); err != nil {
		t.Fatal(err)
	}
	c.exec(t, "schemas", `CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis; CREATE SCHEMA "My map"; SET search_path = "My map", gis;`+threeTables)
	for _, test := range []struct {
		name, settings string
		tables         Tables
	}{
		{"search path", ` search_path='"My map"'`, Tables{}},
		{"names", "", Tables{`"My map".points`, `"My map".lines`, `"My map".polygons`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, err := Open(t.Context(), c.DSN("postgres", "schemas")+test.settings, Options{Tables: test.tables})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			box := boxOf(7, 50, 7.01, 50.01)
			stats, err := osmextract.Extract(t.Context(), io.Discard, osmextract.Options{Features: db, Box: &box})
			if err != nil {
				t.Fatal(err)
			}
			if stats.Shapes["building"] != 1 || stats.Shapes["major_road"] != 1 || stats.Shapes["commerce"] != 1 {
				t.Errorf("drew %v", stats.Shapes)
			}
		})
	}
}

// osm2pgsql records the date.
func TestDate(t *testing.T) {
	c := server.start(t)
	for name, sql := range map[string]string{
		"properties": `CREATE TABLE osm2pgsql_properties (property text, value text);
			INSERT INTO osm2pgsql_properties VALUES ('version', '2.0.0'), ('current_timestamp', '2026-03-01T21:21:00Z')`,
		"replication": `CREATE TABLE planet_osm_replication_status (url text, sequence int, importdate timestamptz);
			INSERT INTO planet_osm_replication_status VALUES ('', 1, '2026-03-01 22:21:00+01')`,
	} {
		db, err := Open(t.Context(), emptyDatabase(t, c, name, threeTables+sql), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := db.Source().Date; got != "2026-03-01T21:21:00Z" {
			t.Errorf("%s: date %q", name, got)
		}
		db.Close()
	}
}

// interrupted is a database to which something happens while it is read.
type interrupted struct {
	*Database
	at   osm.Type
	then func()
}

func (i *interrupted) Features(ctx context.Context, q osmextract.Query, visit func(*osmextract.Feature) error) error {
	done := false
	return i.Database.Features(ctx, q, func(f *osmextract.Feature) error {
		if f.ID.Type() == i.at && !done {
			done = true
			i.then()
		}
		return visit(f)
	})
}

func TestServerGoesAway(t *testing.T) {
	c := server.start(t)
	name := c.load(t, "monaco_pgsql", osmtestdata.Path(t, "monaco"), pgsqlStyle...)
	db, err := Open(t.Context(), c.DSN("postgres", name)+" application_name=doomed password="+secret, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var written bytes.Buffer
	_, err = osmextract.Extract(t.Context(), &written, osmextract.Options{Features: &interrupted{db, osm.TypeWay, func() {
		c.exec(t, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'")
	}}})
	if err == nil || !strings.Contains(err.Error(), "reading table planet_osm_") {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("%q gives the password away", err)
	}
	if written.Len() > 0 {
		t.Errorf("%d bytes of a pack were written", written.Len())
	}
	t.Log(err)
}

// Cancellation ends a query that would run for an hour, here and on the server.
func TestCancel(t *testing.T) {
	c := server.start(t)
	dsn := emptyDatabase(t, c, "slow", threeTables+`
		CREATE VIEW slow_lines AS SELECT id, tags, geom FROM lines
		UNION ALL SELECT id, tags, geom FROM lines WHERE pg_sleep(3600) IS NOT NULL`)
	db, err := Open(t.Context(), dsn+" application_name=patient", Options{Tables: Tables{"points", "slow_lines", "polygons"}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	extracted := make(chan error)
	go func() {
		box := boxOf(7, 50, 7.01, 50.01)
		_, err := osmextract.Extract(ctx, io.Discard, osmextract.Options{Features: db, Box: &box})
		extracted <- err
	}()
	asleep := "EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = 'patient' AND wait_event = 'PgSleep')"
	c.await(t, asleep)
	start := time.Now()
	cancel()
	if err := <-extracted; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v to stop", took)
	}
	c.await(t, "NOT "+asleep)
}

// Rows do not accumulate: a table of many takes no more memory than one of few.
func TestMemory(t *testing.T) {
	c := server.start(t)
	dsn := emptyDatabase(t, c, "many", threeTables+`
		CREATE VIEW many_points AS SELECT g AS id, '{"shop": "bakery", "name": "A bakery with a long name, so that rows add up"}'::jsonb AS tags,
			ST_SetSRID(ST_MakePoint(7 + g * 1e-7, 50), 4326) AS geom FROM generate_series(1, 300000) g`)
	db, err := Open(t.Context(), dsn, Options{Tables: Tables{"many_points", "lines", "polygons"}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	rows, before, most := 0, heap(), uint64(0)
	err = db.Features(t.Context(), osmextract.Query{}, func(f *osmextract.Feature) error {
		if rows++; rows%50000 == 0 {
			most = max(most, heap())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if rows < 300000 {
		t.Errorf("%d rows", rows)
	}
	if most > before+4<<20 {
		t.Errorf("%d KiB more in use while reading some 40 MB", (most-before)>>10)
	}
}

func boxOf(west, south, east, north float64) loc2vec.Bounds {
	return loc2vec.Bounds{Min: loc2vec.LatLon{Lat: south, Lon: west}, Max: loc2vec.LatLon{Lat: north, Lon: east}}
}
