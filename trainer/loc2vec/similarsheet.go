package main

import (
	"context"
	"fmt"
	"image/png"
	"io"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

const (
	// sheetQueries is the number of places that a sheet shows with their answers.
	sheetQueries = 30
	// sheetAnswers is the number of answers to each that a sheet shows.
	sheetAnswers = 20
)

// writeSheet writes the picture of the first queries beside their answers.
func (t *similarTeller) writeSheet(ctx context.Context) error {
	shown := min(len(t.queries), sheetQueries)
	if shown < len(t.queries) || t.flags.k > sheetAnswers {
		fmt.Fprintf(t.std.err, "similar: %s shows up to %d places with up to %d answers\n", printable.Text(t.flags.sheet), sheetQueries, sheetAnswers)
	}
	block, err := t.complete(ctx, 0, t.queries[:shown])
	if err != nil {
		return err
	}
	var rows [][]picture.Captioned
	for i := range block {
		row, err := t.sheetRow(&t.queries[i], block[i][:min(len(block[i]), sheetAnswers)])
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	sheet, err := picture.Gallery(rows, t.attribution())
	if err != nil {
		return err
	}
	return output.Write(t.flags.sheet, func(w io.Writer) error { return png.Encode(w, sheet) })
}

// sheetRow draws a query and its answers.
func (t *similarTeller) sheetRow(q *similarQuery, answers []similarAnswer) ([]picture.Captioned, error) {
	spec := raster.Spec{Metres: t.model.Manifest().Raster.Metres, Pixels: picture.GalleryEdge}
	drawer := t.view.Tiles.Drawer(spec)
	pixels := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	var row []picture.Captioned
	add := func(place loc2vec.LatLon, captions ...string) error {
		if err := drawer.Draw(pixels, raster.Pose{Place: place}); err != nil {
			return err
		}
		captions = slices.DeleteFunc(captions, func(text string) bool { return text == "" })
		row = append(row, picture.Captioned{Image: picture.Composite(pixels, spec.Pixels), Captions: captions})
		return nil
	}
	if err := add(q.Place, q.name); err != nil {
		return nil, err
	}
	for i := range answers {
		a := &answers[i]
		name := a.name
		if name == "" {
			name = placeName(a.Place)
		}
		err := add(a.Place, fmt.Sprintf("%d: distance %.2f, %.1f km", a.rank, a.Distance, a.metres()/1000), name, a.shared)
		if err != nil {
			return nil, err
		}
	}
	return row, nil
}

// attribution names the sources of the map.
func (t *similarTeller) attribution() string {
	var names []string
	for _, m := range t.view.Metadata() {
		if !slices.Contains(names, m.Attribution) {
			names = append(names, m.Attribution)
		}
	}
	return "Map data: " + strings.Join(names, "; ")
}
