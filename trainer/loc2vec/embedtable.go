package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

const (
	// blockRows is the number of rows embedded at once: enough for both the tiles and the processors to be shared well.
	blockRows = 8192
	// firstRows is the size of the first block, small enough for the first vectors to appear soon.
	firstRows = 256
	// maxToldAreas is the number of boxes of regions that are told.
	maxToldAreas = 5
)

// encoder embeds places: *sdk.Model.
type encoder interface {
	EmbedMany(ctx context.Context, places []loc2vec.LatLon) ([]sdk.Outcome, error)
}

// tableEmbedding embeds the rows of a table.
type tableEmbedding struct {
	failures rowErrors
	model    encoder
	regions  []*pack.Metadata
	input    *tableInput
	space    string // added as a last value of each row; empty: not added
	places   bool   // latitude and longitude are added before the others
	// coverages: the shares that layers cover are added.
	coverages bool
	bar       *progress.Bar

	rows, outside, swapped int
}

// write writes the rows of the table, in their order, with their vectors. Every row of the input is one of the output.
func (e *tableEmbedding) write(ctx context.Context, w table.Writer) error {
	size, block := firstRows, []table.Row(nil)
	for more := true; more; size = blockRows {
		block = block[:0]
		for len(block) < size {
			row, err := e.input.Next()
			if errors.Is(err, io.EOF) {
				more = false
				break
			}
			if err != nil {
				return fmt.Errorf("reading row %d: %w", e.rows+len(block)+1, err)
			}
			block = append(block, e.keep(row))
		}
		if err := e.embed(ctx, block); err != nil {
			return err
		}
		for i := range block {
			if err := w.Write(&block[i]); err != nil {
				return err
			}
		}
		e.rows += len(block)
		if e.failures.rows < e.rows {
			if err := w.Flush(); err != nil {
				return err
			}
		}
		if e.bar != nil {
			e.bar.SetTotal(e.input.total(int64(e.rows)))
			e.bar.Set(int64(e.rows), "")
		}
	}
	e.report()
	if e.failures.rows == e.rows {
		return errors.New("no place has a vector")
	}
	return nil
}

// keep returns a row that outlives its reader's next one, with room for the added values.
func (e *tableEmbedding) keep(row *table.Row) table.Row {
	kept := *row
	added := len(placeColumns()) + len(addedColumns(e.coverages))
	if e.space != "" {
		added++
	}
	kept.Values = make([]any, len(row.Values), len(row.Values)+added)
	for i, value := range row.Values {
		if b, ok := value.([]byte); ok {
			value = slices.Clone(b)
		}
		kept.Values[i] = value
	}
	switch {
	case !e.places:
	case row.Err != nil:
		kept.Values = append(kept.Values, nil, nil)
	default:
		kept.Values = append(kept.Values, row.Place.Lat, row.Place.Lon)
	}
	kept.Geometry = slices.Clone(row.Geometry)
	return kept
}

// embed sets the vectors and the added values of rows.
func (e *tableEmbedding) embed(ctx context.Context, rows []table.Row) error {
	var places []loc2vec.LatLon
	for i := range rows {
		if rows[i].Err == nil {
			places = append(places, rows[i].Place)
		}
	}
	outcomes, err := e.model.EmbedMany(ctx, places)
	if err != nil {
		return err
	}
	for i := range rows {
		row := &rows[i]
		err := row.Err
		var result *sdk.Result
		if err == nil {
			o := &outcomes[0]
			outcomes = outcomes[1:]
			result, err = &o.Result, o.Err
		}
		if err != nil {
			row.Values = append(row.Values, make([]any, len(addedColumns(e.coverages))-1)...)
			row.Values = append(row.Values, e.fail(row, err))
		} else {
			row.Vector = result.Vector.Values[:]
			row.Values = append(row.Values, result.Mapped, result.Unmapped)
			if e.coverages {
				row.Values = appendCoverages(row.Values, result.Coverage)
			}
			row.Values = append(row.Values, addedCell(e.failures.format, result.Region), nil)
		}
		if e.space != "" {
			row.Values = append(row.Values, e.space)
		}
	}
	return nil
}

// fail counts a row without a vector, and returns the value of its column "error".
func (e *tableEmbedding) fail(row *table.Row, err error) string {
	if row.Err == nil && errors.Is(err, loc2vec.ErrNoCoverage) {
		e.outside++
		if e.covers(loc2vec.LatLon{Lat: row.Place.Lon, Lon: row.Place.Lat}) {
			e.swapped++
		}
	}
	return e.failures.add(row.Number, err)
}

// covers reports whether a region covers a place.
func (e *tableEmbedding) covers(place loc2vec.LatLon) bool {
	return slices.ContainsFunc(e.regions, func(m *pack.Metadata) bool {
		return slices.ContainsFunc(m.Area, func(b loc2vec.Bounds) bool { return b.Contains(place) })
	})
}

// report tells how many rows have no vector, and why that may be.
func (e *tableEmbedding) report() {
	e.failures.report(e.rows)
	switch {
	case 2*e.outside <= e.rows:
	case 2*e.swapped > e.outside:
		fmt.Fprintf(e.failures.messages, "%s: latitude and longitude look swapped: %d rows outside every region lie in one the other way round\n", e.failures.verb, e.swapped)
	default:
		fmt.Fprintf(e.failures.messages, "%s: %d rows are outside every region; the regions cover (latitude,longitude): %s\n", e.failures.verb, e.outside, coveredBoxes(e.regions))
	}
}
