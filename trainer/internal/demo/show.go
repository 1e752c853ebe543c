package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
	"github.com/loc2vec/loc2vec/trainer/internal/showcase"
)

// show fills the page with pictures of the city, and prints the vectors of its spots.
func (d *demo) show(ctx context.Context, path string) error {
	if err := selfTest(ctx, path); err != nil {
		return err
	}
	b, err := bundle.OpenFile(path)
	if err != nil {
		return err
	}
	encoder, err := sdk.OpenEncoder(b.Model, b.Manifest.Raster.Pixels, sdk.Options{Engine: sdk.Go})
	if err != nil {
		return fmt.Errorf("opening the model of %s: %w", path, err)
	}
	defer encoder.Close()
	d.say("pictures: the city as the model sees it, with the engine %s and no native library", encoder.Describe())
	var spots []showcase.Place
	for _, s := range d.city.spots {
		spots = append(spots, showcase.Place{Name: s.name, At: s.place})
	}
	if err := showcase.Fill(ctx, &d.page, showcase.Options{
		Bundle: b, Encoder: encoder, Region: d.pipeline.Region, Places: spots, View: d.city.view,
		Seed: d.pipeline.Config.Seed, Messages: d.Messages,
	}); err != nil {
		return err
	}
	for _, n := range d.page.Neighbours {
		d.print(&n)
	}
	return nil
}

// selfTest tests the bundle as a phone does.
func selfTest(ctx context.Context, path string) error {
	model, err := sdk.Open(path, sdk.Options{Engine: sdk.Go})
	if err != nil {
		return err
	}
	defer model.Close()
	_, err = model.SelfTest(ctx)
	return err
}

// print prints the vector of a place and its neighbours.
func (d *demo) print(n *report.Neighbourhood) {
	fmt.Fprintf(d.Output, "\n%s\n  %s\n", n.Place.Name, numbers(n.Vector))
	for _, near := range n.Near {
		fmt.Fprintf(d.Output, "  %.3f away: %s, %.1f km off: %s\n", near.Distance, near.Name, near.Metres/1000, near.Words)
	}
}

// numbers prints a vector.
func numbers(v []float32) string {
	var b strings.Builder
	for i, x := range v {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%+.2f", x)
	}
	return b.String()
}
