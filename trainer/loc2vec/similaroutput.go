package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/likeness"
	"github.com/loc2vec/loc2vec/trainer/internal/nearest"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

const (
	// typicalPlaces is the number of places that tell what is typical where is searched.
	typicalPlaces = 512
	// togetherQueries is the number of places whose answers are looked at together, on all processors.
	togetherQueries = 64
)

// similarAnswer is an answer with what is told of it.
type similarAnswer struct {
	nearest.Answer
	query  *similarQuery
	rank   int
	shared string // what both places have in common; empty: unknown
	values []any  // of the columns searched among
	name   string
}

// metres returns the distance on the ground.
func (a *similarAnswer) metres() float64 { return a.query.Place.DistanceTo(a.Place) }

// tell writes the answers.
func (s *similarity) tell(ctx context.Context) (err error) {
	values := map[int64][]any{}
	for _, found := range s.answers {
		for _, a := range found {
			values[a.Row] = nil
		}
	}
	if len(values) == 0 {
		return errors.New("no place is an answer")
	}
	if err := s.among.values(ctx, s, values); err != nil {
		return err
	}
	view, err := s.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, view.Close()) }()
	t := similarTeller{similarity: s, view: view, values: values, nameAt: s.answerName()}
	t.bar = progress.New(s.std.err, "answers", int64(len(s.queries)), progress.Items)
	if s.flags.format == textFormat {
		err = t.text(ctx)
	} else {
		err = t.table(ctx)
	}
	t.bar.Close()
	if err != nil || s.flags.sheet == "" {
		return err
	}
	return t.writeSheet(ctx)
}

// answerName returns the column that names answers, -1 for none.
func (s *similarity) answerName() int {
	if s.flags.among == "" {
		return -1 // the names of cells tell nothing
	}
	at, err := nameColumn(s.among.columns(), s.flags.name)
	if err != nil { // that of --to is another one
		at, _ = nameColumn(s.among.columns(), "")
	}
	return at
}

// mapView draws the map around places.
type mapView struct {
	*pipeline.Region // nil: there is no map
	typical          likeness.Typical
}

// openView opens the map, and looks at what is typical of it.
func (s *similarity) openView(ctx context.Context) (*mapView, error) {
	v := &mapView{}
	if len(s.flags.packs) == 0 {
		return v, nil
	}
	region, err := pipeline.OpenRegionFor(s.model.Manifest(), s.flags.packs)
	if err != nil {
		return nil, err
	}
	v.Region = region
	sample, err := s.store.Sample(typicalPlaces)
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	places := make([]loc2vec.LatLon, len(sample))
	for i := range sample {
		places[i] = sample[i].Place
	}
	found, err := likeness.OfPlaces(ctx, v.Tiles, s.model.Manifest().Raster, places)
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	var coverages []likeness.Coverage
	for _, c := range found {
		if c != nil {
			coverages = append(coverages, *c)
		}
	}
	v.typical = likeness.NewTypical(coverages)
	return v, nil
}

// Close closes the map.
func (v *mapView) Close() error {
	if v.Region == nil {
		return nil
	}
	return v.Region.Close()
}

// similarTeller tells the answers.
type similarTeller struct {
	*similarity
	view   *mapView
	values map[int64][]any // of answers, by row
	nameAt int             // column of names
	bar    *progress.Bar
}

// each visits the answers to each query.
func (t *similarTeller) each(ctx context.Context, visit func(q *similarQuery, answers []similarAnswer) error) error {
	for first := 0; first < len(t.queries); first += togetherQueries {
		queries := t.queries[first:min(first+togetherQueries, len(t.queries))]
		block, err := t.complete(ctx, first, queries)
		if err != nil {
			return err
		}
		for i := range queries {
			if err := visit(&queries[i], block[i]); err != nil {
				return err
			}
		}
		t.bar.Set(int64(first+len(queries)), "")
	}
	return nil
}

// complete returns the answers to some queries with what both places have in common.
func (t *similarTeller) complete(ctx context.Context, first int, queries []similarQuery) ([][]similarAnswer, error) {
	block := make([][]similarAnswer, len(queries))
	var places []loc2vec.LatLon // each query, followed by its answers
	for i := range queries {
		places = append(places, queries[i].Place)
		for rank, found := range t.answers[first+i] {
			a := similarAnswer{Answer: found, query: &queries[i], rank: rank + 1, values: t.values[found.Row]}
			if t.nameAt >= 0 && a.values[t.nameAt] != nil {
				a.name = fmt.Sprint(a.values[t.nameAt])
			}
			block[i] = append(block[i], a)
			places = append(places, found.Place)
		}
	}
	if t.view.Region == nil {
		return block, nil
	}
	coverages, err := likeness.OfPlaces(ctx, t.view.Tiles, t.model.Manifest().Raster, places)
	if err != nil {
		return nil, err
	}
	for i := range block {
		here := coverages[0]
		for j, there := range coverages[1 : 1+len(block[i])] {
			if here != nil && there != nil {
				block[i][j].shared = t.view.typical.Words(*here, *there)
			}
		}
		coverages = coverages[1+len(block[i]):]
	}
	return block, nil
}

// similarColumns are the columns that an answer gets.
func similarColumns() []table.Column {
	return []table.Column{
		{Name: "query_row", Type: table.Int}, {Name: "query", Type: table.Text}, {Name: "rank", Type: table.Int},
		{Name: "distance", Type: table.Float}, {Name: "km", Type: table.Float}, {Name: "shared", Type: table.Text},
	}
}

// table writes the answers as a table.
func (t *similarTeller) table(ctx context.Context) error {
	columns := t.among.columns()
	out := tableOutput{
		format: t.flags.format, path: t.flags.out, out: t.std.data, verb: "similar", single: true, space: t.model.Manifest().SpaceID,
		places: t.flags.lat == "" && needsPlaces(t.flags.format, columns), messages: t.std.err,
	}
	schema := out.schema(columns, similarColumns())
	// Ours go first: they say what a row is.
	schema.Columns = slices.Concat(schema.Columns[len(columns):], schema.Columns[:len(columns)])
	schema.Dimensions = 0 // no vectors
	return out.write(schema, func(w table.Writer) error {
		number := int64(0)
		return t.each(ctx, func(q *similarQuery, answers []similarAnswer) error {
			for i := range answers {
				number++
				row := table.Row{Number: number, Place: answers[i].Place, Values: t.row(&answers[i], out.places)}
				if err := w.Write(&row); err != nil {
					return err
				}
			}
			return w.Flush()
		})
	})
}

// row returns the values of an answer.
func (t *similarTeller) row(a *similarAnswer, places bool) []any {
	var row []any
	if places {
		row = append(row, a.Place.Lat, a.Place.Lon)
	}
	var shared any
	if a.shared != "" {
		shared = a.shared
	}
	row = append(row, a.query.row, addedCell(t.flags.format, a.query.name), int64(a.rank), a.Distance, a.metres()/1000, shared)
	return append(row, a.values...)
}

// text prints the answers for people.
func (t *similarTeller) text(ctx context.Context) error {
	var text bytes.Buffer
	p := answerPrinter{out: &text, width: terminalWidth(t.std.out)}
	if t.flags.out != "" {
		p.width = 0
	}
	err := t.each(ctx, func(q *similarQuery, answers []similarAnswer) error {
		p.print(q, answers)
		if t.flags.out == "" {
			_, err := text.WriteTo(t.std.out)
			return err
		}
		return nil
	})
	if err != nil || t.flags.out == "" {
		return err
	}
	return output.WriteBytes(t.flags.out, text.Bytes())
}
