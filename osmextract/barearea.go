package osmextract

import (
	"hash/maphash"
	"slices"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// bareAreas are the polygons of old-style multipolygons, whose tags are on their outer ways. They
// wait until all ways have been seen, and so do the ways inside of them: one that has the tags of an
// outer way is the edge of a hole and nothing more. This is what relationDrawer does where a file
// tells which ways are members; here the ways are known by their segments.
type bareAreas struct {
	classifier *schema.Classifier
	seed       maphash.Seed // of tag hashes
	areas      []*bareArea
	// The areas by the segments of their outer and of their inner rings.
	outer, inner map[segmentKey][]*bareArea
	innerWays    []innerWay
}

type bareArea struct {
	rings   [][]location
	classes []schema.Class
	tags    []uint64 // hashes of those of the outer ways
}

// innerWay is a way inside of areas that may be one by itself.
type innerWay struct {
	ring    []location
	classes []schema.Class
	tags    uint64
	areas   []*bareArea
}

func newBareAreas(c *schema.Classifier) *bareAreas {
	return &bareAreas{
		classifier: c, seed: maphash.MakeSeed(),
		outer: map[segmentKey][]*bareArea{}, inner: map[segmentKey][]*bareArea{},
	}
}

// add adds a polygon. It keeps the rings.
func (b *bareAreas) add(p polygon) {
	area := &bareArea{rings: p.rings}
	b.areas = append(b.areas, area)
	for i, ring := range p.rings {
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

// take takes a way with the classes that it has as an area. It reports whether the way is part of
// an outline, and is not to be filled by anybody else.
func (b *bareAreas) take(way []location, tags osm.Tags, classes []schema.Class) bool {
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

// areasAlong returns the areas that have all segments of a way: neighbours share some of them.
func areasAlong(way []location, index map[segmentKey][]*bareArea) []*bareArea {
	var along []*bareArea
	for i := 1; i < len(way); i++ {
		if way[i-1] == way[i] {
			continue
		}
		here := index[segmentKeyOf(way[i-1], way[i])]
		if along == nil {
			along = slices.Clone(here)
		} else {
			along = slices.DeleteFunc(along, func(a *bareArea) bool { return !slices.Contains(here, a) })
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

// draw draws what has been waiting.
func (b *bareAreas) draw(s *shaper) error {
	for _, area := range b.areas {
		if len(area.classes) == 0 {
			continue
		}
		if err := s.polygon(area.classes, area.rings); err != nil {
			return err
		}
	}
	var filler ringFiller
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
