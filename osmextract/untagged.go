package osmextract

import (
	"hash/maphash"
	"slices"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/internal/multipolygon"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// untaggedAreas are the polygons of old-style multipolygons, whose outer ways carry the tags. They wait
// until all ways have been read, and so do the ways of inner rings: one with the tags of an outer way
// is the edge of a hole and nothing else. relationWriter does the same from the members of a relation;
// features do not tell members, so segments tell which ways belong to a ring.
type untaggedAreas struct {
	classifier *schema.Classifier
	seed       maphash.Seed // of tag hashes
	areas      []*untaggedArea
	// Areas by the segments of their outer and inner rings.
	outer, inner map[segmentKey][]*untaggedArea
	innerWays    []innerWay
}

type untaggedArea struct {
	rings   [][]grid.Location
	classes []schema.Class
	tags    []uint64 // hashes of the tags of the outer ways
}

// innerWay is a way of inner rings that may be an area itself.
type innerWay struct {
	ring    []grid.Location
	classes []schema.Class
	tags    uint64
	areas   []*untaggedArea
}

func newUntaggedAreas(c *schema.Classifier) *untaggedAreas {
	return &untaggedAreas{
		classifier: c, seed: maphash.MakeSeed(),
		outer: map[segmentKey][]*untaggedArea{}, inner: map[segmentKey][]*untaggedArea{},
	}
}

// add adds a polygon and keeps its rings.
func (b *untaggedAreas) add(p multipolygon.Polygon) {
	area := &untaggedArea{rings: p.Rings}
	b.areas = append(b.areas, area)
	for i, ring := range p.Rings {
		index := b.inner
		if i == 0 {
			index = b.outer
		}
		for k, at := range ring {
			key := segmentKeyOf(at, ring[(k+1)%len(ring)])
			index[key] = append(index[key], area)
		}
	}
}

// take takes a way with its classes as an area. It reports whether the way is part of a ring; the
// caller must not write its areas then.
func (b *untaggedAreas) take(way []grid.Location, tags osm.Tags, classes []schema.Class) bool {
	if len(b.areas) == 0 || len(way) < 2 {
		return false
	}
	outer, inner := areasAlong(way, b.outer), areasAlong(way, b.inner)
	if len(outer)+len(inner) == 0 {
		return false
	}
	hash := tagHash(b.classifier, b.seed, tags)
	for _, area := range outer {
		area.tags = append(area.tags, hash)
		for _, c := range b.classifier.Classify(nil, schema.ClosedWay, tags) {
			if c.Kind == loc2vec.KindArea && !hasLayer(area.classes, c.Layer) {
				area.classes = append(area.classes, c)
			}
		}
	}
	if len(outer) == 0 && len(classes) > 0 {
		b.innerWays = append(b.innerWays, innerWay{slices.Clone(way[:len(way)-1]), slices.Clone(classes), hash, inner})
	}
	return true
}

// areasAlong returns the areas that have all segments of a way. A neighbour has only some of them.
func areasAlong(way []grid.Location, index map[segmentKey][]*untaggedArea) []*untaggedArea {
	var along []*untaggedArea
	for i := 1; i < len(way); i++ {
		if way[i-1] == way[i] {
			continue
		}
		here := index[segmentKeyOf(way[i-1], way[i])]
		if along == nil {
			along = slices.Clone(here)
		} else {
			along = slices.DeleteFunc(along, func(a *untaggedArea) bool { return !slices.Contains(here, a) })
		}
		if len(along) == 0 {
			return nil
		}
	}
	return along
}

func hasLayer(classes []schema.Class, l loc2vec.Layer) bool {
	return slices.ContainsFunc(classes, func(c schema.Class) bool { return c.Layer == l })
}

// write writes what has been waiting.
func (b *untaggedAreas) write(s *tiler.Writer, filler *ringFiller) error {
	for _, area := range b.areas {
		if len(area.classes) == 0 {
			continue
		}
		if err := s.Polygon(area.classes, area.rings); err != nil {
			return err
		}
	}
	for _, way := range b.innerWays {
		for _, area := range way.areas {
			if slices.Contains(area.tags, way.tags) {
				way.classes = slices.DeleteFunc(way.classes, func(c schema.Class) bool { return hasLayer(area.classes, c.Layer) })
			}
		}
		if len(way.classes) == 0 {
			continue
		}
		if err := filler.fill(s, way.classes, way.ring); err != nil {
			return err
		}
	}
	return nil
}
