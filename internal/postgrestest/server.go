//go:build linux

package postgrestest

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

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrNotInstalled is in the error of Start where PostgreSQL or PostGIS is missing.
var ErrNotInstalled = errors.New("not installed")

// Server is a PostgreSQL server with its data in a temporary directory, reachable by a socket there. The role postgres needs
// no password, the role guarded does. Safe for concurrent use.
type Server struct {
	dir     string
	process *exec.Cmd
	drained chan struct{} // closed after the end of the server's log

	template    sync.Once
	templateErr error
}

// Start starts a server. It returns when the server accepts connections. The caller stops it, which ends with the program
// at the latest.
func Start() (*Server, error) {
	s := &Server{}
	if err := s.launch(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting PostgreSQL: %w", err), s.Stop())
	}
	return s, nil
}

func (s *Server) launch() error {
	bin, err := findPrograms()
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "loc2vec-pg-"); err != nil {
		return err
	}
	attributes := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		// PostgreSQL refuses to run as root.
		if attributes.Credential, err = unprivileged(); err != nil {
			return err
		}
		if err := os.Chown(s.dir, int(attributes.Credential.Uid), int(attributes.Credential.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attributes, s.dir
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
	s.process = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", s.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=20", "-c", "shared_buffers=64MB")
	s.process.Dir = s.dir
	s.process.SysProcAttr = &syscall.SysProcAttr{Credential: attributes.Credential, Pdeathsig: syscall.SIGQUIT}
	log, err := s.process.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return err
	}
	return s.readLog(bufio.NewScanner(log))
}

// readLog reads the server's log. It reports when the server is ready, and continues to read.
func (s *Server) readLog(log *bufio.Scanner) error {
	var lines []string
	for log.Scan() {
		lines = append(lines, log.Text())
		if strings.Contains(log.Text(), "ready to accept connections") {
			s.drained = make(chan struct{})
			go func() {
				defer close(s.drained)
				for log.Scan() {
				}
			}()
			return nil
		}
	}
	return fmt.Errorf("the server ended:\n%s", strings.Join(lines, "\n"))
}

// Stop ends the server and removes its data.
func (s *Server) Stop() error {
	if s.dir == "" {
		return nil
	}
	var err error
	if s.drained != nil {
		err = s.process.Process.Signal(syscall.SIGQUIT) // immediately: no data needs to be kept
		<-s.drained
		_ = s.process.Wait() // ended by a signal
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// findPrograms returns the directory of PostgreSQL's programs.
func findPrograms() (string, error) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // on Debian
	slices.Reverse(candidates)
	if path, err := exec.LookPath("initdb"); err == nil {
		candidates = append(candidates, path)
	}
	if len(candidates) == 0 {
		return "", fmt.Errorf("initdb: %w", ErrNotInstalled)
	}
	for _, initdb := range candidates {
		version := filepath.Base(filepath.Dir(filepath.Dir(initdb)))
		if _, err := os.Stat(filepath.Join("/usr/share/postgresql", version, "extension/postgis.control")); err == nil {
			return filepath.Dir(initdb), nil
		}
	}
	return "", fmt.Errorf("the extension postgis: %w", ErrNotInstalled)
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
	return nil, fmt.Errorf("a user for the server: %w", ErrNotInstalled)
}

// Dir returns the directory of the socket: the host of a connection.
func (s *Server) Dir() string { return s.dir }

// DSN returns the connection string of a database for a role.
func (s *Server) DSN(role, database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s", s.dir, role, database)
}

// Exec runs SQL as the superuser.
func (s *Server) Exec(ctx context.Context, database, sql string) error {
	conn, err := pgconn.Connect(ctx, s.DSN("postgres", database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql).ReadAll()
	return err
}

// Create creates a database with the extensions postgis and hstore.
func (s *Server) Create(ctx context.Context, database string) error {
	s.template.Do(func() {
		if s.templateErr = s.Exec(ctx, "postgres", "CREATE DATABASE blank"); s.templateErr == nil {
			s.templateErr = s.Exec(ctx, "blank", "CREATE EXTENSION postgis; CREATE EXTENSION hstore")
		}
	})
	if s.templateErr != nil {
		return s.templateErr
	}
	return s.Exec(ctx, "postgres", "CREATE DATABASE "+database+" TEMPLATE blank STRATEGY file_copy")
}
