package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/nearest"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// similarQuery is a place whose like is searched.
type similarQuery struct {
	nearest.Query
	row  int64 // among the rows of all --to, from 1
	name string
}

// readQueries reads the places of --to and --not with their vectors.
func (s *similarity) readQueries(ctx context.Context) (err error) {
	if s.queries, err = s.readPlaces(ctx, placeList{"--to", s.flags.to, s.flags.name}); err != nil {
		return err
	}
	s.not, err = s.readPlaces(ctx, placeList{"--not", s.flags.not, ""})
	return err
}

// placeList are the values of a flag: places and tables of places.
type placeList struct {
	flag   string
	values []string
	name   string // column that names places; empty: by its name
}

// readPlaces reads places with their vectors.
func (s *similarity) readPlaces(ctx context.Context, given placeList) ([]similarQuery, error) {
	var all []similarQuery
	before := int64(0) // rows of the tables and places so far
	for _, text := range given.values {
		if isPlace(text) {
			one, err := s.embedPlace(ctx, given.flag, text)
			if err != nil {
				return nil, err
			}
			before++
			one.row = before
			all = append(all, one)
			continue
		}
		rows := &queryRows{before: before, name: given.name, queries: all}
		if err := s.readTable(ctx, s.flags.table(text), rows); err != nil {
			return nil, fmt.Errorf("reading %s %s: %w", given.flag, text, err)
		}
		all, before = rows.queries, before+rows.rows
	}
	return all, nil
}

// isPlace reports whether a text is two numbers and not the name of a file.
func isPlace(text string) bool {
	numbers := strings.Split(text, ",")
	return len(numbers) == 2 && !slices.ContainsFunc(numbers, func(n string) bool {
		_, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
		return err != nil
	})
}

// embedPlace returns the query of a place.
func (s *similarity) embedPlace(ctx context.Context, flag, text string) (q similarQuery, err error) {
	if q.Place, err = parsePlace(text); err != nil {
		return q, usagef("%s: %w", flag, err)
	}
	if len(s.flags.packs) == 0 {
		return q, usagef("%s %s: --pack is needed, to compute its vector", flag, text)
	}
	result, err := s.model.Embed(ctx, q.Place)
	if errors.Is(err, loc2vec.ErrNoCoverage) {
		return q, fmt.Errorf("%s %s: %w; the regions cover (latitude,longitude): %s", flag, text, err, coveredBoxes(s.model.Regions()))
	}
	if err != nil {
		return q, err
	}
	q.Vector, q.name = result.Vector.Values, placeName(q.Place)
	return q, nil
}

// placeName names a place by its coordinate.
func placeName(place loc2vec.LatLon) string { return fmt.Sprintf("%.5f,%.5f", place.Lat, place.Lon) }

// rowWriter takes the rows of a table with their vectors. The columns are those of the table; a row may have further values.
type rowWriter interface {
	begin(columns []table.Column) error
	add(row *table.Row) error
}

// readTable passes the rows of a table on, with the vectors that it has, or else with computed ones.
func (s *similarity) readTable(ctx context.Context, source tableSource, to rowWriter) (err error) {
	input, err := source.open(ctx, s.std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, input.Close()) }()
	if err := to.begin(input.Columns()); err != nil {
		return err
	}
	failures := rowErrors{verb: "similar", leftOut: true, messages: s.std.err}
	if input.stored {
		r := storedRows{input: input, failures: failures, space: s.model.Manifest().SpaceID, name: source.file}
		if input.space == "" {
			fmt.Fprintf(s.std.err, "similar: %s names no embedding space: its vectors are taken for those of %s\n",
				printable.Text(source.file), printable.Text(s.flags.bundle))
		}
		return r.pass(ctx, to)
	}
	if len(s.flags.packs) == 0 {
		return usagef("it has no vectors: --pack is needed, to compute them")
	}
	e := tableEmbedding{failures: failures, model: s.model, regions: s.model.Regions(), input: input}
	e.bar = progress.New(s.std.err, "embedding", input.total(0), progress.Items)
	defer e.bar.Close()
	return e.write(ctx, rowSink{to})
}

// rowSink is a table.Writer that passes rows on.
type rowSink struct{ to rowWriter }

// Write implements table.Writer.
func (r rowSink) Write(row *table.Row) error { return r.to.add(row) }

// Flush implements table.Writer.
func (rowSink) Flush() error { return nil }

// Finish implements table.Writer.
func (rowSink) Finish() error { return nil }

// Close implements table.Writer.
func (rowSink) Close() error { return nil }

// storedRows reads rows that have vectors.
type storedRows struct {
	input    *tableInput
	failures rowErrors
	space    string // of the model
	name     string // of the file
}

// pass passes the rows on that have a place and a vector.
func (r *storedRows) pass(ctx context.Context, to rowWriter) error {
	if err := r.checkSpace(r.input.space); err != nil {
		return err
	}
	spaceAt := slices.IndexFunc(r.input.Columns(), func(c table.Column) bool { return c.Name == "space" })
	rows := 0
	for ; ; rows++ {
		if rows%blockRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		row, err := r.input.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading row %d: %w", rows+1, err)
		}
		if spaceAt >= 0 {
			if space, ok := row.Values[spaceAt].(string); ok {
				if err := r.checkSpace(space); err != nil {
					return fmt.Errorf("row %d: %w", row.Number, err)
				}
			}
		}
		switch {
		case row.Err != nil:
		case row.Vector == nil:
			row.Err = errors.New("the table has no vector of it")
		case slices.ContainsFunc(row.Vector, func(v float32) bool { return !(math.Abs(float64(v)) <= math.MaxFloat32) }):
			row.Err = errors.New("its vector has NaN or infinite numbers")
		}
		if row.Err != nil {
			r.failures.add(row.Number, row.Err)
			row.Vector = nil
		}
		if err := to.add(row); err != nil {
			return fmt.Errorf("reading row %d: %w", row.Number, err)
		}
	}
	r.failures.report(rows)
	if r.failures.rows == rows {
		return errors.New("no place has a vector")
	}
	return nil
}

// checkSpace returns an error for vectors of another space than that of the model. An empty space is unknown.
func (r *storedRows) checkSpace(space string) error {
	if space != "" && space != r.space {
		return fmt.Errorf("%w: its vectors are of the space %q, those of the model of %q: embed the places again", loc2vec.ErrSpaceMismatch, space, r.space)
	}
	return nil
}

// queryRows takes the rows of a table as queries.
type queryRows struct {
	before  int64  // rows of tables before
	name    string // column of names; empty: by its name
	nameAt  int    // -1: none
	rows    int64
	queries []similarQuery
}

func (q *queryRows) begin(columns []table.Column) (err error) {
	q.nameAt, err = nameColumn(columns, q.name)
	return err
}

func (q *queryRows) add(row *table.Row) error {
	q.rows = row.Number
	if row.Vector == nil {
		return nil
	}
	one := similarQuery{row: q.before + row.Number, name: rowName(row, q.nameAt)}
	one.Place = row.Place
	copy(one.Vector[:], row.Vector)
	q.queries = append(q.queries, one)
	return nil
}

// nameColumn finds the column that names places, -1 if there is none by its name.
func nameColumn(columns []table.Column, name string) (int, error) {
	for _, known := range []string{"name", "title", "id"} {
		if name != "" {
			known = name
		}
		at := slices.IndexFunc(columns, func(c table.Column) bool { return c.Name == known || name == "" && strings.EqualFold(c.Name, known) })
		if at >= 0 {
			return at, nil
		}
	}
	if name != "" {
		return -1, fmt.Errorf("--name: it has no column %q", name)
	}
	return -1, nil
}

// rowName names a row by a column, or else by its place.
func rowName(row *table.Row, column int) string {
	if column < 0 || row.Values[column] == nil {
		return placeName(row.Place)
	}
	return fmt.Sprint(row.Values[column])
}
