package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/showcase"
)

// readPlaces reads the places of --places. Rows without a place are left out of the page, which says so.
func (o *reportFlags) readPlaces(ctx context.Context, std stdio, page *report.Page) (places []showcase.Place, err error) {
	if o.places == "" {
		return nil, nil
	}
	input, err := (&tableSource{file: o.places}).open(ctx, std)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, input.Close()) }()
	name, err := nameColumn(input.Columns(), "")
	if err != nil {
		return nil, err
	}
	bad, first := 0, error(nil)
	for {
		row, err := input.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading places from %s: %w", o.places, err)
		}
		if row.Err != nil {
			if bad++; first == nil {
				first = fmt.Errorf("row %d: %w", row.Number, row.Err)
			}
			continue
		}
		places = append(places, showcase.Place{Name: rowName(row, name), At: row.Place})
	}
	if len(places) == 0 {
		return nil, fmt.Errorf("reading places from %s: no place in it", o.places)
	}
	if bad > 0 {
		page.Omitted = append(page.Omitted, report.Omission{What: fmt.Sprintf("%d rows of the table of places", bad), Why: "They have no place. " + first.Error() + "."})
	}
	return places, nil
}
