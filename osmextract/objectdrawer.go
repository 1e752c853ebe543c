package osmextract

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// objectDrawer draws objects with their geometry. It keeps its buffers between them and is not safe
// for concurrent use.
type objectDrawer struct {
	source     *databaseSource
	classifier *schema.Classifier
	shaper     *shaper
	// drawn has a bit for each layer in which a relation has drawn the ground inside a ring: the way
	// that is the ring often repeats the relation's tags, and would fill its holes.
	drawn map[ringKey]uint16
	bare  *bareAreas

	classes, lines, areas []schema.Class
	at                    []location
	parts                 [][]location
	filler                ringFiller
}

func newObjectDrawer(source *databaseSource, s *shaper) *objectDrawer {
	c := schema.NewClassifier()
	return &objectDrawer{source: source, classifier: c, shaper: s, drawn: map[ringKey]uint16{}, bare: newBareAreas(c)}
}

// finish draws what had to wait for other objects.
func (d *objectDrawer) finish() error {
	if err := d.bare.draw(d.shaper); err != nil {
		return err
	}
	return d.shaper.flush()
}

// draw draws an object.
func (d *objectDrawer) draw(o *Object) error {
	d.locate(o.Parts)
	if len(d.parts) == 0 {
		return nil
	}
	stats := &d.source.stats
	switch o.Kind {
	case NodeObject:
		stats.Nodes++
		if d.classes = d.classifier.Classify(d.classes[:0], schema.Point, o.Tags); len(d.classes) == 0 {
			return nil
		}
		return d.shaper.disc(d.classes, d.parts[0][0])
	case WayObject:
		stats.Ways++
		return d.drawWay(o.Tags)
	case RelationObject:
		stats.Relations++
		return d.drawRelation(o.Tags)
	}
	return fmt.Errorf("object of kind %d", o.Kind)
}

// locate makes d.parts of the parts, without the places that are not on Earth.
func (d *objectDrawer) locate(parts [][]loc2vec.LatLon) {
	d.at, d.parts = d.at[:0], d.parts[:0]
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	d.at = slices.Grow(d.at, n) // so that parts stay where they are
	for _, part := range parts {
		start := len(d.at)
		for _, ll := range part {
			at, ok := locationOf(ll)
			if !ok {
				d.source.stats.Unplaced++
				continue
			}
			d.at = append(d.at, at)
			if d.source.nodes != nil {
				d.source.nodes.add(at)
			}
		}
		if len(d.at) > start {
			d.parts = append(d.parts, d.at[start:len(d.at):len(d.at)])
		}
	}
}

// isRing reports whether a part comes back to its first place.
func isRing(part []location) bool { return len(part) >= 4 && part[0] == part[len(part)-1] }

// drawWay draws a way's lines and areas, as wayDrawer does.
func (d *objectDrawer) drawWay(tags osm.Tags) error {
	kind := schema.OpenWay
	if isRing(d.parts[0]) {
		kind = schema.ClosedWay
	}
	if slices.Contains(tags, osm.Tag{Key: "natural", Value: "coastline"}) {
		d.keepCoast()
	}
	d.classes = d.classifier.Classify(d.classes[:0], kind, tags)
	d.lines, d.areas = d.lines[:0], d.areas[:0]
	for _, c := range d.classes {
		switch {
		case c.Kind == loc2vec.KindLine:
			d.lines = append(d.lines, c)
		default:
			d.areas = append(d.areas, c)
		}
	}
	if len(d.lines) > 0 {
		for _, part := range d.parts {
			if err := d.shaper.line(d.lines, part); err != nil {
				return err
			}
		}
	}
	if len(d.parts) == 1 && d.bare.take(d.parts[0], tags, d.areas) {
		return nil
	}
	return d.fillWay()
}

// fillWay draws those of a way's areas that no relation has drawn.
func (d *objectDrawer) fillWay() error {
	if len(d.areas) == 0 {
		return nil
	}
	if drawn := d.drawn[ringKeyOf(d.parts[0])]; drawn != 0 {
		d.areas = slices.DeleteFunc(d.areas, func(c schema.Class) bool { return drawn&(1<<c.Layer) != 0 })
		if len(d.areas) == 0 {
			return nil
		}
	}
	if len(d.parts) == 1 {
		return d.filler.fill(d.shaper, d.areas, d.parts[0][:len(d.parts[0])-1])
	}
	polygons, _ := assemble(d.parts)
	for _, p := range polygons {
		if err := d.shaper.polygon(d.areas, p.rings); err != nil {
			return err
		}
	}
	return nil
}

// keepCoast keeps a coastline. Where ways share a node they share a place, which stands for it.
func (d *objectDrawer) keepCoast() {
	for _, part := range d.parts {
		way := coastWay{ID: int64(len(d.source.coast))}
		for _, at := range part {
			way.Nodes = append(way.Nodes, int64(at.lat)<<32|int64(uint32(at.lon)))
			way.Points = append(way.Points, at.latLon().Point())
		}
		if len(way.Nodes) > 1 {
			d.source.coast = append(d.source.coast, way)
		}
	}
}

// drawRelation draws a relation from its rings, or keeps them for later when it has no tags.
func (d *objectDrawer) drawRelation(tags osm.Tags) error {
	kind := "" // unknown where a database does not keep it, but one of these
	for _, tag := range tags {
		if tag.Key == "type" {
			kind = tag.Value
		}
	}
	if kind != "" && kind != "multipolygon" && kind != "boundary" {
		return nil
	}
	d.classes = d.classifier.Classify(d.classes[:0], schema.Area, tags)
	bare := kind == "multipolygon" && isBare(tags)
	if len(d.classes) == 0 && !bare {
		return nil
	}
	polygons, open := assemble(d.parts)
	d.source.stats.Areas.count(&relation{bare: bare}, len(polygons), open)
	layers := uint16(0)
	for _, c := range d.classes {
		layers |= 1 << c.Layer
	}
	for _, p := range polygons {
		if bare {
			d.bare.add(p)
			continue
		}
		d.drawn[ringKeyOf(p.rings[0])] |= layers
		if err := d.shaper.polygon(d.classes, p.rings); err != nil {
			return err
		}
	}
	return nil
}

// locationOf rounds a place, and reports whether it is on Earth.
func locationOf(ll loc2vec.LatLon) (location, bool) {
	if ll.Validate() != nil {
		return location{}, false
	}
	return location{lat: int32(math.Round(ll.Lat * 1e7)), lon: int32(math.Round(ll.Lon * 1e7))}, true
}
