package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/area"
	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/internal/geojson"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/areafile"
	"github.com/loc2vec/loc2vec/trainer/internal/cells"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
	"github.com/loc2vec/loc2vec/trainer/internal/zonal"
)

// areaEmbedding embeds cells or polygons, and writes a row for each.
type areaEmbedding struct {
	failures  rowErrors
	model     *sdk.Model
	plain     bool // a vector for the centre of each cell; otherwise the summary of a sample
	coverages bool // the shares that layers cover are added
	out       table.Writer
	bar       *progress.Bar

	block  []areaRow // whose places are not embedded yet
	places []loc2vec.LatLon

	rows               int
	embedded, expected int64 // places; expected 0: unknown
}

// areaRow is a row with its places.
type areaRow struct {
	row    table.Row
	places int
	err    error // why it has no vector
}

// cellColumns are the columns of cells.
func cellColumns() []table.Column {
	return append([]table.Column{{Name: "cell", Type: table.Text}}, placeColumns()...)
}

// columns are the columns that rows get besides the vector.
func (e *areaEmbedding) columns() []table.Column {
	if e.plain {
		return addedColumns(e.coverages)
	}
	columns := []table.Column{
		{Name: "count", Type: table.Int}, {Name: "spread", Type: table.Float},
		{Name: "mapped", Type: table.Float}, {Name: "unmapped_share", Type: table.Float},
	}
	if e.coverages {
		columns = append(columns, coverageColumns()...)
	}
	return append(columns, table.Column{Name: "nearest_lat", Type: table.Float}, table.Column{Name: "nearest_lon", Type: table.Float},
		table.Column{Name: "error", Type: table.Text})
}

// gridCells embeds the cells of a plan.
func (e *areaEmbedding) gridCells(ctx context.Context, p *cellPlan) error {
	for cell := range p.grid.Cells(p.within...) {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := table.Row{Number: int64(e.rows + len(e.block) + 1), Place: cell.Centre, Values: []any{cell.ID, cell.Centre.Lat, cell.Centre.Lon}}
		if hasGeometries(e.failures.format) {
			row.Area = &table.Area{WKB: cells.WKB(cell.Ring), Bounds: cell.Box}
		}
		places := []loc2vec.LatLon{cell.Centre}
		if !e.plain {
			if sample, zoom := cells.Sample(cells.SampleOptions{Box: cell.Box, Contains: cell.Contains, Zoom: p.zoom}); zoom <= p.zoom && len(sample) > 0 {
				places = sample
			} // else the cell is smaller than the distance: its centre
		}
		if err := e.add(ctx, areaRow{row: row}, places); err != nil {
			return err
		}
	}
	if err := e.flush(ctx); err != nil {
		return err
	}
	if e.rows == 0 {
		return errors.New("no cell has its centre in the area: smaller cells may")
	}
	return e.checkVectors()
}

// polygons embeds the polygons of a file.
func (e *areaEmbedding) polygons(ctx context.Context, in *polygonInput) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading feature %d: %w", e.rows+len(e.block)+1, err)
		}
		one, places := in.sample(row, hasGeometries(e.failures.format))
		if err := e.add(ctx, one, places); err != nil {
			return err
		}
	}
	if err := e.flush(ctx); err != nil {
		return err
	}
	return e.checkVectors()
}

// checkVectors returns an error if no row has a vector.
func (e *areaEmbedding) checkVectors() error {
	if e.failures.rows == e.rows {
		return errors.New("no cell or polygon has a vector")
	}
	return nil
}

// add adds a row, and embeds those of a full block.
func (e *areaEmbedding) add(ctx context.Context, row areaRow, places []loc2vec.LatLon) error {
	row.places = len(places)
	e.block, e.places = append(e.block, row), append(e.places, places...)
	if len(e.places) < blockRows && len(e.block) < blockRows {
		return nil
	}
	return e.flush(ctx)
}

// flush embeds the places of the block, and writes its rows.
func (e *areaEmbedding) flush(ctx context.Context) error {
	outcomes, err := e.model.EmbedMany(ctx, e.places)
	if err != nil {
		return err
	}
	places := e.places
	for i := range e.block {
		r := &e.block[i]
		e.finish(r, places[:r.places], outcomes[:r.places])
		places, outcomes = places[r.places:], outcomes[r.places:]
		if err := e.out.Write(&r.row); err != nil {
			return err
		}
	}
	e.rows += len(e.block)
	e.embedded += int64(len(e.places))
	if e.embedded > e.expected && e.expected > 0 {
		e.expected = e.embedded // which was an estimate
		e.bar.SetTotal(e.expected)
	}
	e.bar.Set(e.embedded, fmt.Sprintf("%d rows", e.rows))
	e.block, e.places = e.block[:0], e.places[:0]
	if e.failures.rows == e.rows {
		return nil // a file that has no vector at all should not begin
	}
	return e.out.Flush()
}

// finish sets the vector and the added values of a row.
func (e *areaEmbedding) finish(r *areaRow, places []loc2vec.LatLon, outcomes []sdk.Outcome) {
	row := &r.row
	if e.plain && outcomes[0].Err == nil {
		o := &outcomes[0]
		row.Vector = o.Vector.Values[:]
		row.Values = append(row.Values, o.Mapped, o.Unmapped)
		if e.coverages {
			row.Values = appendCoverages(row.Values, o.Coverage)
		}
		row.Values = append(row.Values, addedCell(e.failures.format, o.Region), nil)
		return
	}
	var s zonal.Summary
	switch {
	case r.err != nil:
	case e.plain:
		r.err = outcomes[0].Err
	default:
		s, r.err = zonal.Summarise(places, outcomes)
	}
	if r.err == nil {
		row.Vector = s.Mean.Values[:]
		row.Values = append(row.Values, int64(s.Count), s.Spread, s.Mapped, s.Unmapped)
		if e.coverages {
			row.Values = appendCoverages(row.Values, s.Coverage)
		}
		row.Values = append(row.Values, s.Nearest.Lat, s.Nearest.Lon, nil)
		return
	}
	row.Values = append(row.Values, make([]any, len(e.columns())-1)...)
	row.Values = append(row.Values, e.failures.add(row.Number, r.err))
}

// report tells what was embedded.
func (e *areaEmbedding) report() {
	e.failures.report(e.rows)
	if e.embedded > 0 {
		repeated := e.model.RepeatedRasters()
		fmt.Fprintf(e.failures.messages, "%s: %d rows of %d places; %d (%.1f %%) had the raster of another one, computed once\n",
			e.failures.verb, e.rows, e.embedded, repeated, 100*float64(repeated)/float64(e.embedded))
	}
}

// polygonInput are the polygons of a file.
type polygonInput struct {
	table.Reader
	file   *os.File
	metres float64 // distance of the places of a sample
}

// openPolygons opens a file of polygons, whose reading ends with the context.
func openPolygons(ctx context.Context, path string, metres float64) (*polygonInput, error) {
	if _, err := cells.ZoomFor(metres, 0); err != nil {
		return nil, usagef("--sample: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading polygons: %w", err)
	}
	in := &polygonInput{file: f, metres: metres}
	in.Reader, err = table.NewGeoJSON(func() (io.ReadCloser, error) {
		_, err := f.Seek(0, io.SeekStart)
		return io.NopCloser(contextio.NewReader(ctx, f)), err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading polygons from %s: %w", path, err), f.Close())
	}
	return in, nil
}

// Close closes the file.
func (p *polygonInput) Close() error { return errors.Join(p.Reader.Close(), p.file.Close()) }

// sample returns a row that outlives its reader's next one, with the places of its sample.
func (p *polygonInput) sample(row *table.Row, geometry bool) (areaRow, []loc2vec.LatLon) {
	kept := *row
	kept.Values, kept.Geometry = slices.Clone(row.Values), nil
	if geometry {
		kept.Geometry = slices.Clone(row.Geometry)
	}
	one := areaRow{row: kept}
	within, err := polygonOf(row.Geometry)
	if err != nil {
		one.err = err
		return one, nil
	}
	one.row.Err, one.row.Place = nil, within.Corners()[0]
	box := boxAround(within.Boxes())
	if geometry {
		one.row.Area = &table.Area{WKB: areafile.WKB(within), Bounds: box}
	}
	zoom, err := cells.SampleZoom(p.metres, within.SquareMetres(), within.MiddleLat())
	if err != nil {
		one.err = err
		return one, nil
	}
	places, _ := cells.Sample(cells.SampleOptions{Box: box, Contains: within.Contains, Zoom: zoom})
	if len(places) == 0 {
		one.err = errors.New("the polygon is too small: no place lies in it")
	}
	return one, places
}

// polygonOf returns the area of a GeoJSON geometry.
func polygonOf(text json.RawMessage) (*area.Area, error) {
	var g geojson.Geometry
	if len(text) > 0 {
		if err := json.Unmarshal(text, &g); err != nil {
			return nil, errors.New("its geometry is not GeoJSON")
		}
	}
	return areafile.FromGeometry(g)
}

// boxAround returns a box around boxes, over all longitudes if one of several crosses the antimeridian.
func boxAround(boxes []loc2vec.Bounds) loc2vec.Bounds {
	around := boxes[0]
	for _, b := range boxes[1:] {
		around.Min.Lat, around.Max.Lat = min(around.Min.Lat, b.Min.Lat), max(around.Max.Lat, b.Max.Lat)
		if around.Min.Lon > around.Max.Lon || b.Min.Lon > b.Max.Lon {
			around.Min.Lon, around.Max.Lon = -180, 180
		} else {
			around.Min.Lon, around.Max.Lon = min(around.Min.Lon, b.Min.Lon), max(around.Max.Lon, b.Max.Lon)
		}
	}
	return around
}
