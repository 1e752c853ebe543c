// Package showcase fills a page with pictures of what a model knows of a region.
package showcase

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/report"
)

// Options are a model, a region and what to show of them.
type Options struct {
	Bundle  *bundle.Bundle
	Encoder *sdk.Encoder // of the bundle
	Region  *pipeline.Region
	Places  []Place // whose neighbours are shown; none: places that differ much
	// View is the part of the region that the map shows; zero: where most places are.
	View     loc2vec.Bounds
	Seed     uint64
	Messages io.Writer // gets progress
}

// Place is a place with its name.
type Place struct {
	Name string // empty: its coordinate
	At   loc2vec.LatLon
}

// Fill adds to the page what can be shown, and what it leaves out with the reason.
func Fill(ctx context.Context, page *report.Page, o Options) error {
	s, err := newScene(ctx, o)
	if err != nil {
		return err
	}
	page.Attribution = attribution(o.Region)
	if page.Maps, err = s.maps(ctx); err != nil {
		return fmt.Errorf("drawing the map: %w", err)
	}
	if len(page.Maps) == 0 {
		page.Omitted = append(page.Omitted, report.Omission{What: "The map", Why: "nothing is mapped there."})
	}
	if err := s.inside(ctx, page); err != nil {
		return err
	}
	if len(s.places) < minPlaces {
		page.Omitted = append(page.Omitted, report.Omission{
			What: "Pairs, neighbours, walks, ways and sums",
			Why:  fmt.Sprintf("the packs have %d places that differ, at least %d m apart; %d are needed.", len(s.places), closeSpacing, minPlaces),
		})
		return nil
	}
	if err := s.compare(ctx, page); err != nil {
		return fmt.Errorf("comparing places: %w", err)
	}
	return nil
}

// compare shows places beside each other.
func (s *scene) compare(ctx context.Context, page *report.Page) (err error) {
	if page.Pairs, err = s.pairs(); err != nil {
		return err
	}
	hoods, omitted, err := s.neighbourhoods(ctx)
	if err != nil {
		return err
	}
	page.Neighbours, page.Omitted = hoods, append(page.Omitted, omitted...)
	if page.Walks, err = s.walks(); err != nil {
		return err
	}
	if page.Ways, err = s.ways(); err != nil {
		return err
	}
	if page.Sums, err = s.sums(); err != nil {
		return err
	}
	if page.Sums == nil {
		page.Omitted = append(page.Omitted, report.Omission{
			What: "Arithmetic", Why: fmt.Sprintf("no layer has %d places with it and %d without.", sumPlaces, sumPlaces),
		})
	}
	return ctx.Err()
}

// attribution joins the attributions of the packs.
func attribution(r *pipeline.Region) string {
	var all []string
	seen := map[string]bool{"": true}
	for _, m := range r.Metadata() {
		if !seen[m.Attribution] {
			seen[m.Attribution] = true
			all = append(all, m.Attribution)
		}
	}
	return strings.Join(all, "; ")
}
