package osmextract

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
)

// featureParts is the geometry of a feature as locations. It reuses its buffers.
type featureParts struct {
	at       []grid.Location
	parts    [][]grid.Location // the points, lines or rings, slices of at
	unplaced int               // positions that are not on Earth, left out
	ends     []int             // of the parts in at
}

// read converts the geometry of a feature. The only ring of a way's polygon becomes counter-clockwise,
// the direction of a coastline around an island, which the polygon has lost. With several rings the
// nesting is unknown, and no coastline is like that.
func (p *featureParts) read(f *Feature) error {
	p.at, p.parts, p.ends, p.unplaced = p.at[:0], p.parts[:0], p.ends[:0], 0
	if g, ok := f.Geometry.(orb.Polygon); ok && f.ID.Type() == osm.TypeWay && len(g) == 1 && len(g[0]) > 0 {
		if ring := g[0]; ring.Orientation() == orb.CW {
			ring = ring.Clone()
			ring.Reverse()
			p.add(ring)
		} else {
			p.add(ring)
		}
	} else if err := p.geometry(f.Geometry); err != nil {
		return fmt.Errorf("%v: %w", f.ID, err)
	}
	start := 0
	for _, end := range p.ends {
		p.parts = append(p.parts, p.at[start:end:end])
		start = end
	}
	return nil
}

// geometry adds the parts of a geometry.
func (p *featureParts) geometry(g orb.Geometry) error {
	switch g := g.(type) {
	case nil:
	case orb.Point:
		p.add([]orb.Point{g})
	case orb.MultiPoint:
		for i := range g {
			p.add(g[i : i+1])
		}
	case orb.LineString:
		p.add(g)
	case orb.MultiLineString:
		for _, line := range g {
			p.add(line)
		}
	case orb.Ring:
		p.add(g)
	case orb.Polygon:
		for _, ring := range g {
			p.add(ring)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			if err := p.geometry(polygon); err != nil {
				return err
			}
		}
	case orb.Collection:
		for _, member := range g {
			if err := p.geometry(member); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("a geometry of type %s", g.GeoJSONType())
	}
	return nil
}

// add adds a part unless all of its positions lie off the Earth.
func (p *featureParts) add(points []orb.Point) {
	start := len(p.at)
	for _, point := range points {
		if at, ok := grid.LocationOf(point.Lat(), point.Lon()); ok {
			p.at = append(p.at, at)
		} else {
			p.unplaced++
		}
	}
	if len(p.at) > start {
		p.ends = append(p.ends, len(p.at))
	}
}
