package postgis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/loc2vec/loc2vec/pack"
)

// Options says what to read from a database.
type Options struct {
	// Tables are the tables or views of nodes, ways and relations, with a schema if the search path does
	// not lead to them. By default Open looks for the names that osm2pgsql gives.
	Tables Tables
}

// Tables names the three tables of a database.
type Tables struct {
	Points   string // nodes
	Lines    string // ways, closed ways included
	Polygons string // relations, with a negative id, and closed ways, with a positive id
}

// Database is an open database. It has one connection in a read-only transaction, so all that it reads is
// of the same moment, whatever updates the tables meanwhile. It is not safe for concurrent use.
type Database struct {
	conn   *pgconn.PgConn
	secret string // the password
	schema string // of the PostGIS extension, quoted
	tables tableSet
	date   string
	hints  []string
}

// Open connects to a database and finds its tables. The connection string is a URL or a list of settings,
// as for psql. Settings that it omits come from the PG* environment variables and the files of libpq; it
// may be empty. Errors never contain the string or the password.
func Open(ctx context.Context, connection string, opts Options) (_ *Database, err error) {
	config, err := pgconn.ParseConfig(connection)
	if err != nil {
		// The error of the parser quotes the string.
		return nil, errors.New("the connection string is not valid: it is neither postgres://user@host:port/database nor a list of settings such as host=… dbname=…")
	}
	config.RuntimeParams["client_encoding"] = "UTF8"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "loc2vec"
	}
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelPatience}
	}
	db := &Database{secret: config.Password}
	if db.conn, err = pgconn.ConnectConfig(ctx, config); err != nil {
		return nil, db.failure(ctx, "connecting to the database", err)
	}
	defer func() {
		if err != nil {
			db.Close()
		}
	}()
	// Roles for reading often have a limit on the time of a statement.
	const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
		SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`
	if _, err := db.conn.Exec(ctx, begin).ReadAll(); err != nil {
		return nil, db.failure(ctx, "starting a transaction", err)
	}
	if err := db.inspect(ctx, opts.Tables); err != nil {
		return nil, err
	}
	return db, nil
}

// cancelPatience is the time that a server has to cancel a query before the connection is cut.
const cancelPatience = time.Second

// Close ends the connection.
func (db *Database) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), cancelPatience)
	defer cancel()
	_ = db.conn.Close(ctx)
}

// Source describes the database in the metadata of a pack: the date of its data, but not its address.
func (db *Database) Source() pack.Source {
	return pack.Source{Name: "postgis", Date: db.date}
}

// Hints returns what could be improved in the database, one sentence each, for people.
func (db *Database) Hints() []string { return db.hints }

// failure returns an error for what failed, while doing something. Of an error of the driver it keeps the
// text only, because the error holds the settings of the connection.
func (db *Database) failure(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	}
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		err = connecting.Unwrap() // without user and database
	}
	text := err.Error()
	var refused *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &refused):
		text = fmt.Sprintf("the server says: %s (SQLSTATE %s)", refused.Message, refused.Code)
	case connecting == nil && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.As(err, &network)):
		text = "the connection was lost: " + text
	}
	if db.secret != "" {
		text = strings.ReplaceAll(text, db.secret, "***")
	}
	return fmt.Errorf("%s: %s", doing, strings.ReplaceAll(text, "\n", "; "))
}

// query returns the rows of a small result. Null becomes the empty string.
func (db *Database) query(ctx context.Context, doing, sql string, args ...string) ([][]string, error) {
	var values [][]byte
	for _, arg := range args {
		values = append(values, []byte(arg))
	}
	result := db.conn.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, db.failure(ctx, doing, result.Err)
	}
	var rows [][]string
	for _, row := range result.Rows {
		var texts []string
		for _, value := range row {
			texts = append(texts, string(value))
		}
		rows = append(rows, texts)
	}
	return rows, nil
}
