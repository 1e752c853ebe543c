package osmextract

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// databaseSource draws the objects of a Database. It holds none of them longer than it takes to draw
// it, but for the coastlines.
type databaseSource struct {
	database Database
	box      *loc2vec.Bounds // nil for all of the database
	report   *reporter

	area  *coveredArea
	nodes *nodeCensus
	coast []coastWay
	stats Stats
}

func newDatabaseSource(database Database, box *loc2vec.Bounds) (*databaseSource, error) {
	if box != nil {
		if err := errors.Join(box.Min.Validate(), box.Max.Validate()); err != nil {
			return nil, fmt.Errorf("box: %w", err)
		}
		if box.Min.Lat >= box.Max.Lat || box.Min.Lon == box.Max.Lon {
			return nil, errors.New("box: it has no area")
		}
	}
	return &databaseSource{database: database, box: box}, nil
}

func (s *databaseSource) close() error  { return nil } // the database is the caller's
func (s *databaseSource) counts() Stats { return s.stats }

func (s *databaseSource) describe() ([]pack.Source, error) {
	return []pack.Source{s.database.Source()}, nil
}

// survey takes the box for what is covered or, without one, reads the whole database to see where
// its objects are.
func (s *databaseSource) survey(ctx context.Context, report *reporter) (*coveredArea, error) {
	s.report = report
	if s.box != nil {
		s.area = boxArea(*s.box)
		return s.area, nil
	}
	report.start("survey", "", s.database.Count())
	nodes := newNodeCensus(boxArea(loc2vec.Bounds{Min: loc2vec.LatLon{Lat: -90, Lon: -180}, Max: loc2vec.LatLon{Lat: 90, Lon: 180}}))
	progress := steps{report: report}
	err := s.database.Objects(ctx, Query{Untagged: true}, func(o *Object) error {
		progress.add()
		for _, part := range o.Parts {
			for _, ll := range part {
				if at, ok := locationOf(ll); ok {
					nodes.add(at)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.area = dataArea(nodes); s.area == nil {
		return nil, errors.New("the database holds nothing to tell which area it covers")
	}
	return s.area, nil
}

// mappedArea trims the box, as it does that of a file. A box in the middle of a wood or of the sea has
// no node and yet holds something. How many objects were read says nothing: databases may hand over such
// as lie elsewhere.
func (s *databaseSource) mappedArea(t *tiler) (*coveredArea, error) {
	if s.box == nil {
		return s.area, nil
	}
	if len(s.nodes.tiles) == 0 && t.store.empty() && t.sea.empty() {
		return nil, ErrEmptyBox
	}
	return s.area.trimmed(s.nodes, t.settled, t.sea), nil
}

func (s *databaseSource) coastlines() ([]coastWay, []loc2vec.Bounds) {
	if s.box == nil {
		return s.coast, nil
	}
	return s.coast, []loc2vec.Bounds{*s.box}
}

// draw draws what touches the covered tiles.
func (s *databaseSource) draw(ctx context.Context, t *tiler) error {
	q := Query{}
	total := s.database.Count()
	if s.box != nil {
		q.Within = s.area.boxes()
		s.nodes = newNodeCensus(s.area)
		total = 0
	}
	s.report.start("objects", "", total)
	progress := steps{report: s.report}
	d := newObjectDrawer(s, t.newShaper())
	err := s.database.Objects(ctx, q, func(o *Object) error {
		progress.add()
		return d.draw(o)
	})
	if err != nil {
		return err
	}
	return d.finish()
}

// steps reports every so many objects.
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

// nodeCensus counts nodes as they come with the objects that they are part of: places, in fact, since
// the nodes themselves are not known.
type nodeCensus struct {
	*degreeBins
	finder *tileFinder
	// tiles holds the different places in each tile, no more of them than make a tile mapped.
	tiles map[tileKey][]location
}

func newNodeCensus(area *coveredArea) *nodeCensus {
	return &nodeCensus{degreeBins: newDegreeBins(), finder: newTileFinder(area), tiles: map[tileKey][]location{}}
}

func (c *nodeCensus) add(at location) {
	c.degreeBins.add(at)
	k, ok := c.finder.find(at)
	if !ok {
		return
	}
	if places := c.tiles[k]; len(places) < mappedNodes && !slices.Contains(places, at) {
		c.tiles[k] = append(places, at)
	}
}

// countIn counts places up to mappedNodes.
func (c *nodeCensus) countIn(area *coveredArea) map[tileKey]int {
	counts := map[tileKey]int{}
	for k, places := range c.tiles {
		if area.contains(k.column(), k.row()) {
			counts[k] = len(places)
		}
	}
	return counts
}
