package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec/trainer/internal/nearest"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// haystack is where similar places are searched.
type haystack interface {
	// fill adds the places and vectors to the store.
	fill(ctx context.Context, s *similarity) error
	// columns are those of the values.
	columns() []table.Column
	// values returns the values of some rows.
	values(ctx context.Context, s *similarity, rows map[int64][]any) error
}

// storeRows takes the rows of a table to search among.
type storeRows struct {
	store   *nearest.Store
	columns []table.Column
}

func (r *storeRows) begin(columns []table.Column) error {
	r.columns = columns
	return nil
}

func (r *storeRows) add(row *table.Row) error {
	if row.Vector == nil {
		return nil
	}
	item := nearest.Item{Row: row.Number, Place: row.Place}
	copy(item.Vector[:], row.Vector)
	return r.store.Add(&item)
}

// amongTable is a table to search among.
type amongTable struct {
	source tableSource
	rows   storeRows
}

func (a *amongTable) columns() []table.Column { return a.rows.columns }

func (a *amongTable) fill(ctx context.Context, s *similarity) error {
	a.rows.store = s.store
	if err := s.readTable(ctx, a.source, &a.rows); err != nil {
		return fmt.Errorf("reading --among %s: %w", a.source.file, err)
	}
	return nil
}

// values reads the table again: only the rows of answers are kept in memory.
func (a *amongTable) values(ctx context.Context, s *similarity, rows map[int64][]any) (err error) {
	input, err := a.source.open(ctx, s.std)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, input.Close()) }()
	for left := len(rows); left > 0; {
		row, err := input.Next()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("reading %s again: %w", a.source.file, err)
		}
		if _, wanted := rows[row.Number]; wanted {
			rows[row.Number] = cloneValues(row.Values)
			left--
		}
	}
	return nil
}

// amongGrid is a grid over the packs to search among.
type amongGrid struct {
	areas *areaFlags
	plan  *cellPlan
}

func (a *amongGrid) columns() []table.Column { return cellColumns() }

func (a *amongGrid) fill(ctx context.Context, s *similarity) (err error) {
	if a.plan, err = a.areas.plan(ctx, s.model, s.std.err); err != nil {
		return err
	}
	e := areaEmbedding{
		failures: rowErrors{verb: "similar", leftOut: true, messages: s.std.err}, model: s.model, plain: true,
		expected: int64(a.plan.places), out: rowSink{&storeRows{store: s.store}},
	}
	e.bar = progress.New(s.std.err, "embedding", e.expected, progress.Items)
	err = e.gridCells(ctx, a.plan)
	e.bar.Close()
	if ctx.Err() == nil {
		e.report()
	}
	return err
}

// values walks the grid again.
func (a *amongGrid) values(ctx context.Context, _ *similarity, rows map[int64][]any) error {
	n, left := int64(0), len(rows)
	for cell := range a.plan.grid.Cells(a.plan.within...) {
		if n++; left == 0 {
			return nil
		}
		if n%blockRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if _, wanted := rows[n]; wanted {
			rows[n] = []any{cell.ID, cell.Centre.Lat, cell.Centre.Lon}
			left--
		}
	}
	return nil
}

// cloneValues returns values that outlive their reader's next row.
func cloneValues(values []any) []any {
	kept := make([]any, len(values))
	for i, value := range values {
		if b, ok := value.([]byte); ok {
			value = slices.Clone(b)
		}
		kept[i] = value
	}
	return kept
}
