package demo

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// drawMap colours the city by its embedding.
func (d *demo) drawMap(ctx context.Context, path string) error {
	d.say("map: the city coloured by the first three principal components of the embedding")
	b, err := bundle.OpenFile(path)
	if err != nil {
		return err
	}
	engine, err := sdk.OpenEncoder(b.Model, b.Manifest.Raster.Pixels, sdk.Options{Engine: sdk.Go})
	if err != nil {
		return err
	}
	defer engine.Close()
	bar := progress.New(d.Messages, "map", mapPoints, progress.Items)
	defer bar.Close()
	d.page.Map, err = report.DrawMap(ctx, report.MapOptions{
		Bounds: d.city.view, Points: mapPoints, Spec: b.Manifest.Raster, Tile: d.pipeline.Region.Tiles.Tile, Contains: d.pipeline.Region.Tiles.Contains,
		Embed: func(dst []float32, rasters []uint8) error { return engine.Embed(ctx, dst, rasters) }, Dimension: loc2vec.Dimension,
		Progress: func(done, total int) {
			bar.SetTotal(int64(total))
			bar.Set(int64(done), "")
		},
	})
	if err != nil {
		return err
	}
	d.page.Map.Caption = fmt.Sprintf("One embedding every %.0f m. Places of one colour are similar to the encoder, wherever they are.", d.page.Map.Metres)
	return nil
}

// mapLink is the place on openstreetmap.org.
func mapLink(ll loc2vec.LatLon) string {
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%.5f&mlon=%.5f#map=17/%.5f/%.5f", ll.Lat, ll.Lon, ll.Lat, ll.Lon)
}
