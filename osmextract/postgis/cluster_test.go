//go:build linux

package postgis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
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

// cluster is a PostgreSQL server with its data in a temporary directory, reachable by a socket there.
type cluster struct {
	once    sync.Once
	err     error // wraps errNotInstalled if programs are missing
	dir     string
	process *exec.Cmd
	drained chan struct{} // closed after the end of the server's log

	template    sync.Once
	templateErr error

	mu     sync.Mutex
	loaded map[string]error // databases
}

var errNotInstalled = errors.New("not installed")

// start returns the running server. It skips the test if PostgreSQL, PostGIS or osm2pgsql is missing.
func (c *cluster) start(t testing.TB) *cluster {
	t.Helper()
	c.once.Do(func() { c.err = c.launch() })
	if errors.Is(c.err, errNotInstalled) {
		t.Skip("needs PostgreSQL with PostGIS, and osm2pgsql: ", c.err)
	}
	if c.err != nil {
		t.Fatal("starting PostgreSQL: ", c.err)
	}
	return c
}

func (c *cluster) launch() error {
	bin, err := findPrograms()
	if err != nil {
		return err
	}
	if c.dir, err = os.MkdirTemp("", "loc2vec-pg-"); err != nil {
		return err
	}
	attributes := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		// PostgreSQL refuses to run as root.
		if attributes.Credential, err = unprivileged(); err != nil {
			return err
		}
		if err := os.Chown(c.dir, int(attributes.Credential.Uid), int(attributes.Credential.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(c.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attributes, c.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// One role needs a password.
	hba := filepath.Join(data, "pg_hba.conf")
	rules, err := os.ReadFile(hba)
	if err == nil {
		err = os.WriteFile(hba, append([]byte("local all guarded scram-sha-256\n"), rules...), 0o600)
	}
	if err != nil {
		return err
	}
	c.process = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", c.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=20", "-c", "shared_buffers=64MB")
	c.process.Dir = c.dir
	c.process.SysProcAttr = &syscall.SysProcAttr{Credential: attributes.Credential, Pdeathsig: syscall.SIGQUIT}
	log, err := c.process.StderrPipe()
	if err != nil {
		return err
	}
	if err := c.process.Start(); err != nil {
		return err
	}
	return c.readLog(bufio.NewScanner(log))
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

// readLog reads the server's log. It reports when the server is ready, and continues to read.
func (c *cluster) readLog(log *bufio.Scanner) error {
	var lines []string
	for log.Scan() {
		lines = append(lines, log.Text())
		if strings.Contains(log.Text(), "ready to accept connections") {
			c.drained = make(chan struct{})
			go func() {
				defer close(c.drained)
				for log.Scan() {
				}
			}()
			return nil
		}
	}
	return fmt.Errorf("the server ended:\n%s", strings.Join(lines, "\n"))
}

func (c *cluster) stop() error {
	if c.dir == "" {
		return nil
	}
	var err error
	if c.drained != nil {
		err = c.process.Process.Signal(syscall.SIGQUIT) // immediately: no data needs to be kept
		<-c.drained
		_ = c.process.Wait() // ended by a signal
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}

// findPrograms returns the directory of PostgreSQL's programs.
func findPrograms() (string, error) {
	if _, err := exec.LookPath("osm2pgsql"); err != nil {
		return "", fmt.Errorf("osm2pgsql: %w", errNotInstalled)
	}
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // on Debian
	slices.Reverse(candidates)
	if path, err := exec.LookPath("initdb"); err == nil {
		candidates = append(candidates, path)
	}
	if len(candidates) == 0 {
		return "", fmt.Errorf("initdb: %w", errNotInstalled)
	}
	for _, initdb := range candidates {
		version := filepath.Base(filepath.Dir(filepath.Dir(initdb)))
		if _, err := os.Stat(filepath.Join("/usr/share/postgresql", version, "extension/postgis.control")); err == nil {
			return filepath.Dir(initdb), nil
		}
	}
	return "", fmt.Errorf("the extension postgis: %w", errNotInstalled)
}

// unprivileged returns the user that runs the server if the tests run as root.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
	}
	return nil, fmt.Errorf("a user for the server: %w", errNotInstalled)
}

// dsn returns the connection string of a database for a role.
func (c *cluster) dsn(role, database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s", c.dir, role, database)
}

// exec runs SQL as the superuser.
func (c *cluster) exec(t testing.TB, database, sql string) {
	t.Helper()
	if err := c.try(database, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (c *cluster) try(database, sql string) error {
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, c.dsn("postgres", database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql).ReadAll()
	return err
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
	if err := c.create(name); err != nil {
		return err
	}
	args = append([]string{"-H", c.dir, "-U", "postgres", "-d", name, "--create"}, append(args, pbf)...)
	if out, err := exec.Command("osm2pgsql", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("osm2pgsql: %w\n%s", err, out)
	}
	return nil
}

// create creates a database with the extensions.
func (c *cluster) create(name string) error {
	c.template.Do(func() {
		if c.templateErr = c.try("postgres", "CREATE DATABASE blank"); c.templateErr == nil {
			c.templateErr = c.try("blank", "CREATE EXTENSION postgis; CREATE EXTENSION hstore")
		}
	})
	if c.templateErr != nil {
		return c.templateErr
	}
	return c.try("postgres", "CREATE DATABASE "+name+" TEMPLATE blank STRATEGY file_copy")
}
