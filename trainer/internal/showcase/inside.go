package showcase

import (
	"cmp"
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/progress"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// inside shows the space as a whole, how it tells modes of transport apart, and what the network's filters respond to.
func (s *scene) inside(ctx context.Context, page *report.Page) error {
	space, err := s.tiles(ctx)
	if err != nil {
		return err
	}
	if shown(page, "The embedding space", space.LeftOut) {
		page.Space = space
	}
	modes, err := s.modes(ctx)
	if err != nil {
		return err
	}
	if shown(page, "Modes of transport", modes.LeftOut) {
		page.Modes = modes
	}
	filters, err := s.filters(ctx)
	if err != nil {
		return err
	}
	if shown(page, "What the filters look for", filters.LeftOut) {
		page.Filters = filters
	}
	return nil
}

// shown reports whether a part is on the page; if it is left out, the page says why.
func shown(page *report.Page, what, why string) bool {
	if why != "" {
		page.Omitted = append(page.Omitted, report.Omission{What: what, Why: why + "."})
	}
	return why == ""
}

// counter returns a function that shows the progress of a task, and one that ends it.
func (s *scene) counter(task string) (show func(done, total int), end func()) {
	bar := progress.New(s.Messages, task, 0, progress.Items)
	show = func(done, total int) {
		bar.SetTotal(int64(total))
		bar.Set(int64(done), "")
	}
	return show, func() { bar.Close() }
}

// tiles lays out the places as tiles.
func (s *scene) tiles(ctx context.Context) (*report.Space, error) {
	show, end := s.counter("space")
	defer end()
	return report.DrawSpace(ctx, report.SpaceOptions{
		Places: s.places, Tiles: s.Region.Tiles, Spec: s.spec, Dimension: loc2vec.Dimension, Metric: s.Bundle.Manifest.Distance, Seed: s.Seed,
		Embed: func(dst []float32, pixels []uint8) error { return s.Encoder.Embed(ctx, dst, pixels) }, Progress: show,
	})
}

// modes tells modes of transport apart.
func (s *scene) modes(ctx context.Context) (*report.Modes, error) {
	show, end := s.counter("transport")
	defer end()
	model := eval.Method{
		Name: fmt.Sprintf("this model (%d)", loc2vec.Dimension), Role: eval.Model, Dimension: loc2vec.Dimension, Metric: s.Bundle.Manifest.Distance,
	}
	return report.DrawModes(ctx, report.ModesOptions{
		Region: s.Region.Evaluated(s.spec, nil), Tiles: s.Region.Tiles, Spec: s.spec, Seed: s.Seed, Progress: show,
		Model: eval.Encoder(model, pipeline.NewForwarder(s.Encoder, s.spec)),
	})
}

// filters draws what the filters respond to. A bundle holds no float32 network, but its bytes stand for one.
func (s *scene) filters(ctx context.Context) (*report.Filters, error) {
	network, err := pipeline.Dequantised(s.Bundle)
	if err != nil {
		return &report.Filters{LeftOut: fmt.Sprintf("the weights of the model cannot be read: %v", err)}, nil
	}
	o := report.FiltersOptions{
		Network: network, Weights: "the weights of the int8 network", Spec: s.spec, Tiles: s.Region.Tiles, Places: s.places, Seed: s.Seed,
	}
	if len(s.places) > 0 {
		o.Place = s.places[0]
		o.Name = coordinate(o.Place)
	}
	for _, p := range s.Places {
		inside, err := s.Region.Tiles.Contains(p.At)
		if err != nil {
			return nil, err
		}
		if inside {
			o.Place, o.Name = p.At, cmp.Or(p.Name, coordinate(p.At))
			break
		}
	}
	show, end := s.counter("filters")
	defer end()
	o.Progress = show
	return report.DrawFilters(ctx, o)
}
