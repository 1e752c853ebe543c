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
	// covered has a bit for each layer in which a relation covers the inside of a ring: the way of the ring
	// often repeats the relation's tags and would fill its holes.
	covered  map[ringKey]uint16
	untagged *untaggedAreas

	featureParts
	classes, lines, areas []schema.Class
	filler                ringFiller
}

func newFeatureWriter(reader *featureReader, s *tiler.Writer) *featureWriter {
	c := schema.NewClassifier()
	return &featureWriter{reader: reader, classifier: c, out: s, covered: map[ringKey]uint16{}, untagged: newUntaggedAreas(c)}
}

// finish writes what had to wait for other features.
func (w *featureWriter) finish() error {
	if err := w.untagged.write(w.out, &w.filler); err != nil {
		return err
	}
	w.reader.stats.CrossingWays = w.filler.repaired
	return w.out.Flush()
}

// write writes a feature.
func (w *featureWriter) write(f *Feature) error {
	if err := w.read(f); err != nil {
		return err
	}
	stats := &w.reader.stats
	stats.Unplaced += w.unplaced
	if census := w.reader.nodes; census != nil {
		for _, at := range w.at {
			census.add(at)
		}
	}
	if len(w.parts) == 0 {
		return nil
	}
	switch f.ID.Type() {
	case osm.TypeNode:
		stats.Nodes++
		if w.classes = w.classifier.Classify(w.classes[:0], schema.Point, f.Tags); len(w.classes) == 0 {
			return nil
		}
		return w.out.Disc(w.classes, w.parts[0][0])
	case osm.TypeWay:
		stats.Ways++
		return w.writeWay(f.Tags)
	case osm.TypeRelation:
		stats.Relations++
		return w.writeRelation(f.Tags)
	}
	return fmt.Errorf("feature %v is of no known type", f.ID)
}

// isRing reports whether a part ends where it begins.
func isRing(part []grid.Location) bool { return len(part) >= 4 && part[0] == part[len(part)-1] }

// writeWay writes the lines and areas of a way, as wayWriter does.
func (w *featureWriter) writeWay(tags osm.Tags) error {
	shape := schema.OpenWay
	if isRing(w.parts[0]) {
		shape = schema.ClosedWay
	}
	if slices.Contains(tags, osm.Tag{Key: "natural", Value: "coastline"}) {
		w.keepCoast()
	}
	w.classes = w.classifier.Classify(w.classes[:0], shape, tags)
	w.lines, w.areas = w.lines[:0], w.areas[:0]
	for _, c := range w.classes {
		if c.Kind == loc2vec.KindLine {
			w.lines = append(w.lines, c)
		} else {
			w.areas = append(w.areas, c)
		}
	}
	if len(w.lines) > 0 {
		for _, part := range w.parts {
			if err := w.out.Line(w.lines, part); err != nil {
				return err
			}
		}
	}
	if len(w.parts) == 1 && w.untagged.take(w.parts[0], tags, w.areas) {
		return nil
	}
	return w.fillWay()
}

// fillWay writes the areas of a way that no relation covers.
func (w *featureWriter) fillWay() error {
	if len(w.areas) == 0 {
		return nil
	}
	if covered := w.covered[ringKeyOf(w.parts[0])]; covered != 0 {
		w.areas = slices.DeleteFunc(w.areas, func(c schema.Class) bool { return covered&(1<<c.Layer) != 0 })
		if len(w.areas) == 0 {
			return nil
		}
	}
	if len(w.parts) == 1 {
		return w.filler.fill(w.out, w.areas, w.parts[0][:len(w.parts[0])-1])
	}
	made := w.filler.assembler.Assemble(multipolygon.Outline{Lines: w.parts})
	for _, p := range made.Polygons {
		if err := w.out.Polygon(w.areas, p.Rings); err != nil {
			return err
		}
	}
	return nil
}

// keepCoast keeps a coastline. The location of a node stands for its id.
func (w *featureWriter) keepCoast() {
	for _, part := range w.parts {
		way := sea.Way{ID: int64(len(w.reader.coast))}
		for _, at := range part {
			id := int64(at.Lat)<<32 | int64(uint32(at.Lon))
			if at.Lon == -180e7 { // the same place as 180 degrees
				id = int64(at.Lat)<<32 | 180e7
			}
			way.Nodes = append(way.Nodes, id)
			way.Points = append(way.Points, at.LatLon().Point())
		}
		if len(way.Nodes) > 1 {
			w.reader.coast = append(w.reader.coast, way)
		}
	}
}

// writeRelation writes a relation from its rings. One without tags waits for its ways.
func (w *featureWriter) writeRelation(tags osm.Tags) error {
	kind := lastValue(tags, "type") // not every database keeps it
	if kind != "" && kind != "multipolygon" && kind != "boundary" {
		return nil
	}
	w.classes = w.classifier.Classify(w.classes[:0], schema.Area, tags)
	untagged := kind == "multipolygon" && isUntagged(tags)
	if len(w.classes) == 0 && !untagged {
		return nil
	}
	made := w.filler.assembler.Assemble(multipolygon.Outline{Lines: w.parts, Complete: true})
	w.reader.stats.Areas.count(untagged, len(made.Polygons), made.Open)
	if made.Repaired {
		w.reader.stats.Areas.Repaired++
	}
	layers := uint16(0)
	for _, c := range w.classes {
		layers |= 1 << c.Layer
	}
	for _, p := range made.Polygons {
		if untagged {
			w.untagged.add(p)
			continue
		}
		w.covered[ringKeyOf(p.Rings[0])] |= layers
		if err := w.out.Polygon(w.classes, p.Rings); err != nil {
			return err
		}
	}
	return nil
}
