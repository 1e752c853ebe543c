package osmextract

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/internal/sea"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
	"github.com/loc2vec/loc2vec/pack"
)

// featureReader reads a FeatureSource. It keeps no feature longer than it takes to write it, except
// coastlines and old-style multipolygons.
type featureReader struct {
	source FeatureSource
	box    *loc2vec.Bounds // nil for all of the source
	report *reporter

	nodes *nodeCensus // of the box, nil without one
	coast []sea.Way
	stats Stats
}

func newFeatureReader(source FeatureSource, box *loc2vec.Bounds, report *reporter) (*featureReader, error) {
	if box != nil {
		if err := errors.Join(box.Min.Validate(), box.Max.Validate()); err != nil {
			return nil, fmt.Errorf("box: %w", err)
		}
		if box.Min.Lat >= box.Max.Lat || box.Min.Lon == box.Max.Lon {
			return nil, errors.New("box: it has no area")
		}
	}
	return &featureReader{source: source, box: box, report: report}, nil
}

// read writes the features through the tiler that newTiler makes for the area.
func (r *featureReader) read(ctx context.Context, newTiler func(*grid.Area) *tiler.Tiler) (*extracted, error) {
	area, err := r.area(ctx)
	if err != nil {
		return nil, err
	}
	t := newTiler(area)
	if err := r.write(ctx, area, t); err != nil {
		return nil, err
	}
	e := &extracted{
		tiler: t, area: area, coast: r.coast, stats: r.stats,
		describe: func() ([]pack.Source, error) { return []pack.Source{r.source.Source()}, nil },
		mapped:   func(water *sea.Map) (*grid.Area, error) { return r.mapped(area, t, water) },
	}
	if r.box != nil {
		e.boxes = []loc2vec.Bounds{*r.box}
	}
	return e, nil
}

// area returns the tiles of the box. Without a box it reads the source to see where the features are.
func (r *featureReader) area(ctx context.Context) (*grid.Area, error) {
	if r.box != nil {
		return grid.BoxArea(*r.box), nil
	}
	r.report.start("survey", "", r.source.Count())
	world := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -90, Lon: -180}, Max: loc2vec.LatLon{Lat: 90, Lon: 180}}
	nodes := newNodeCensus(grid.BoxArea(world))
	progress := steps{report: r.report}
	var parts featureParts
	err := r.source.Features(ctx, Query{Untagged: true}, func(f *Feature) error {
		progress.add()
		if err := parts.read(f); err != nil {
			return err
		}
		for _, at := range parts.at {
			nodes.add(at)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	area := dataArea(nodes)
	if area == nil {
		return nil, errors.New("the database holds nothing to tell which area it covers")
	}
	return area, nil
}

// mapped trims the box like the box of a file. A box in the middle of a wood or of the sea has no node
// and still holds something. The number of features says nothing: a source may add features that lie
// elsewhere.
func (r *featureReader) mapped(area *grid.Area, t *tiler.Tiler, water *sea.Map) (*grid.Area, error) {
	if r.box == nil {
		return area, nil
	}
	if len(r.nodes.tiles) == 0 && t.Empty() && water.Empty() {
		return nil, ErrEmptyBox
	}
	return trimmed(area, r.nodes.countIn(area), t.BuiltUp, isCovered(t, water)), nil
}

// write writes the features that touch the area.
func (r *featureReader) write(ctx context.Context, area *grid.Area, t *tiler.Tiler) error {
	q := Query{}
	total := r.source.Count()
	if r.box != nil {
		q.Within = area.Boxes()
		r.nodes = newNodeCensus(area)
		total = 0
	}
	r.report.start("objects", "", total)
	progress := steps{report: r.report}
	w := newFeatureWriter(r, t.NewWriter())
	err := r.source.Features(ctx, q, func(f *Feature) error {
		progress.add()
		return w.write(f)
	})
	if err != nil {
		return err
	}
	return w.finish()
}

// steps reports progress in steps of many features.
type steps struct {
	report *reporter
	n      int64
}

func (s *steps) add() {
	const every = 1024
	if s.n++; s.n%every == 0 {
		s.report.add(every)
	}
}

// nodeCensus counts the nodes of features. It takes each location for a node: features do not tell the
// nodes themselves.
type nodeCensus struct {
	*degreeBins
	finder *grid.TileFinder
	// tiles holds the distinct locations in each tile, up to mappedNodes.
	tiles map[grid.TileKey][]grid.Location
}

func newNodeCensus(area *grid.Area) *nodeCensus {
	return &nodeCensus{degreeBins: newDegreeBins(), finder: grid.NewTileFinder(area), tiles: map[grid.TileKey][]grid.Location{}}
}

func (c *nodeCensus) add(at grid.Location) {
	c.degreeBins.add(at)
	k, ok := c.finder.Find(at)
	if !ok {
		return
	}
	if places := c.tiles[k]; len(places) < mappedNodes && !slices.Contains(places, at) {
		c.tiles[k] = append(places, at)
	}
}

// countIn counts distinct locations, up to mappedNodes for each tile.
func (c *nodeCensus) countIn(area *grid.Area) map[grid.TileKey]int {
	counts := map[grid.TileKey]int{}
	for k, places := range c.tiles {
		if area.Contains(k.Column(), k.Row()) {
			counts[k] = len(places)
		}
	}
	return counts
}
