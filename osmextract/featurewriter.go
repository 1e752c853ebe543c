package osmextract

import (
	"fmt"
	"slices"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/internal/multipolygon"
	"github.com/loc2vec/loc2vec/osmextract/internal/sea"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// featureWriter writes the features of a FeatureSource. It reuses its buffers and is not safe for
// concurrent use.
type featureWriter struct {
	reader     *featureReader
	classifier *schema.Classifier
	out        *tiler.Writer
	// drawn has a bit for each layer in which a relation covers the inside of a ring: the way of the ring
	// often repeats the relation's tags and would fill its holes.
	drawn    map[ringKey]uint16
	untagged *untaggedAreas

	featureParts
	classes, lines, areas []schema.Class
	filler                ringFiller
}

func newFeatureWriter(reader *featureReader, s *tiler.Writer) *featureWriter {
	c := schema.NewClassifier()
	return &featureWriter{reader: reader, classifier: c, out: s, drawn: map[ringKey]uint16{}, untagged: newUntaggedAreas(c)}
}

// finish writes what had to wait for other features.
func (d *featureWriter) finish() error {
	if err := d.untagged.write(d.out); err != nil {
		return err
	}
	return d.out.Flush()
}

// write writes a feature.
func (d *featureWriter) write(f *Feature) error {
	if err := d.read(f); err != nil {
		return err
	}
	stats := &d.reader.stats
	stats.Unplaced += d.unplaced
	if census := d.reader.nodes; census != nil {
		for _, at := range d.at {
			census.add(at)
		}
	}
	if len(d.parts) == 0 {
		return nil
	}
	switch f.ID.Type() {
	case osm.TypeNode:
		stats.Nodes++
		if d.classes = d.classifier.Classify(d.classes[:0], schema.Point, f.Tags); len(d.classes) == 0 {
			return nil
		}
		return d.out.Disc(d.classes, d.parts[0][0])
	case osm.TypeWay:
		stats.Ways++
		return d.writeWay(f.Tags)
	case osm.TypeRelation:
		stats.Relations++
		return d.writeRelation(f.Tags)
	}
	return fmt.Errorf("feature %v is of no known type", f.ID)
}

// isRing reports whether a part ends where it begins.
func isRing(part []grid.Location) bool { return len(part) >= 4 && part[0] == part[len(part)-1] }

// writeWay writes the lines and areas of a way, as wayWriter does.
func (d *featureWriter) writeWay(tags osm.Tags) error {
	shape := schema.OpenWay
	if isRing(d.parts[0]) {
		shape = schema.ClosedWay
	}
	if slices.Contains(tags, osm.Tag{Key: "natural", Value: "coastline"}) {
		d.keepCoast()
	}
	d.classes = d.classifier.Classify(d.classes[:0], shape, tags)
	d.lines, d.areas = d.lines[:0], d.areas[:0]
	for _, c := range d.classes {
		if c.Kind == loc2vec.KindLine {
			d.lines = append(d.lines, c)
		} else {
			d.areas = append(d.areas, c)
		}
	}
	if len(d.lines) > 0 {
		for _, part := range d.parts {
			if err := d.out.Line(d.lines, part); err != nil {
				return err
			}
		}
	}
	if len(d.parts) == 1 && d.untagged.take(d.parts[0], tags, d.areas) {
		return nil
	}
	return d.fillWay()
}

// fillWay writes the areas of a way that no relation covers.
func (d *featureWriter) fillWay() error {
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
		return d.filler.fill(d.out, d.areas, d.parts[0][:len(d.parts[0])-1])
	}
	polygons, _ := multipolygon.Assemble(d.parts)
	for _, p := range polygons {
		if err := d.out.Polygon(d.areas, p.Rings); err != nil {
			return err
		}
	}
	return nil
}

// keepCoast keeps a coastline. The location of a node stands for its id.
func (d *featureWriter) keepCoast() {
	for _, part := range d.parts {
		way := sea.Way{ID: int64(len(d.reader.coast))}
		for _, at := range part {
			way.Nodes = append(way.Nodes, int64(at.Lat)<<32|int64(uint32(at.Lon)))
			way.Points = append(way.Points, at.LatLon().Point())
		}
		if len(way.Nodes) > 1 {
			d.reader.coast = append(d.reader.coast, way)
		}
	}
}

// writeRelation writes a relation from its rings. One without tags waits for its ways.
func (d *featureWriter) writeRelation(tags osm.Tags) error {
	kind := lastValue(tags, "type") // not every database keeps it
	if kind != "" && kind != "multipolygon" && kind != "boundary" {
		return nil
	}
	d.classes = d.classifier.Classify(d.classes[:0], schema.Area, tags)
	untagged := kind == "multipolygon" && isUntagged(tags)
	if len(d.classes) == 0 && !untagged {
		return nil
	}
	polygons, open := multipolygon.Assemble(d.parts)
	d.reader.stats.Areas.count(untagged, len(polygons), open)
	layers := uint16(0)
	for _, c := range d.classes {
		layers |= 1 << c.Layer
	}
	for _, p := range polygons {
		if untagged {
			d.untagged.add(p)
			continue
		}
		d.drawn[ringKeyOf(p.Rings[0])] |= layers
		if err := d.out.Polygon(d.classes, p.Rings); err != nil {
			return err
		}
	}
	return nil
}
