//go:build linux

package postgis

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec/internal/postgrestest"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if err := server.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
		status = 1
	}
	os.Exit(status)
}

// server is the PostgreSQL server that the tests share. The first test that needs it starts it.
var server cluster

// cluster is a PostgreSQL server with databases that osm2pgsql has loaded.
type cluster struct {
	once sync.Once
	*postgrestest.Server
	err error // of the start

	mu     sync.Mutex
	loaded map[string]error // databases
}

// start returns the running server. It skips the test if PostgreSQL, PostGIS or osm2pgsql is missing.
func (c *cluster) start(t testing.TB) *cluster {
	t.Helper()
	if _, err := exec.LookPath("osm2pgsql"); err != nil {
		t.Skip("needs osm2pgsql: not installed")
	}
	c.once.Do(func() { c.Server, c.err = postgrestest.Start() })
	if errors.Is(c.err, postgrestest.ErrNotInstalled) {
		t.Skip("needs PostgreSQL with PostGIS: ", c.err)
	}
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c
}

func (c *cluster) stop() error {
	if c.Server == nil {
		return nil
	}
	return c.Stop()
}

// await waits until a condition is true on the server. It fails the test if that takes too long.
func (c *cluster) await(t testing.TB, condition string) {
	t.Helper()
	c.exec(t, "postgres", `DO $$ BEGIN
		FOR i IN 1..600 LOOP
			PERFORM pg_stat_clear_snapshot();
			IF `+condition+` THEN RETURN; END IF;
			PERFORM pg_sleep(0.05);
		END LOOP;
		RAISE EXCEPTION 'not within half a minute';
	END $$`)
}

// exec runs SQL as the superuser.
func (c *cluster) exec(t testing.TB, database, sql string) {
	t.Helper()
	if err := c.Exec(context.Background(), database, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// load returns the name of a database into which osm2pgsql has loaded a file. Tests share it and must not
// change it.
func (c *cluster) load(t testing.TB, name, pbf string, args ...string) string {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	err, ok := c.loaded[name]
	if !ok {
		err = c.fill(name, pbf, args)
		if c.loaded == nil {
			c.loaded = map[string]error{}
		}
		c.loaded[name] = err
	}
	if err != nil {
		t.Fatalf("loading database %s: %v", name, err)
	}
	return name
}

func (c *cluster) fill(name, pbf string, args []string) error {
	if err := c.Create(context.Background(), name); err != nil {
		return err
	}
	args = append([]string{"-H", c.Dir(), "-U", "postgres", "-d", name, "--create"}, append(args, pbf)...)
	if out, err := exec.Command("osm2pgsql", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("osm2pgsql: %w\n%s", err, out)
	}
	return nil
}
