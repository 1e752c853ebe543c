package osmextract

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/internal/multipolygon"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// relation is a multipolygon or boundary that becomes a feature.
type relation struct {
	id      int64
	members []relationMember
	others  []relationMember // in later sources that hold the relation with other members
	classes []schema.Class
	// untagged marks an old-style multipolygon, whose outer ways carry the tags.
	untagged bool
}

type relationMember struct {
	way   int64
	inner bool // its role
}

// memberWay is a way that is a member of a relation. Its lines are written like those of any way; its
// areas wait until the relations are written.
type memberWay struct {
	found bool
	nodes []int64
	parts [][]int64 // runs of further nodes in later sources
	// classes are those of the way as an area, for an open way as if it were closed.
	classes []schema.Class
	tags    uint64 // hash of the tags that rules mention, 0 without classes
	// covered has a bit for each layer in which a relation covers the inside of the way.
	covered uint16
}

// newRelation returns a relation that becomes a feature, and false for others.
func newRelation(c *schema.Classifier, r *osm.Relation) (*relation, bool) {
	kind := lastValue(r.Tags, "type")
	if kind != "multipolygon" && kind != "boundary" {
		return nil, false
	}
	classes := c.Classify(nil, schema.Area, r.Tags)
	untagged := kind == "multipolygon" && isUntagged(r.Tags)
	if len(classes) == 0 && !untagged {
		return nil, false
	}
	rel := &relation{id: int64(r.ID), classes: classes, untagged: untagged}
	for i := range r.Members {
		if m := &r.Members[i]; m.Type == osm.TypeWay {
			rel.members = append(rel.members, relationMember{way: m.Ref, inner: m.Role == "inner"})
		}
	}
	// A mapper may have added a way twice by mistake; its segments would cancel each other.
	slices.SortStableFunc(rel.members, func(a, b relationMember) int { return cmp.Compare(a.way, b.way) })
	rel.members = slices.CompactFunc(rel.members, func(a, b relationMember) bool { return a.way == b.way })
	return rel, true
}

// lastValue returns the value of a key, "" without it. If a broken file repeats the key, the last
// value counts.
func lastValue(tags osm.Tags, key string) string {
	value := ""
	for _, tag := range tags {
		if tag.Key == key {
			value = tag.Value
		}
	}
	return value
}

// isUntagged reports whether tags do not say what a relation is, as those of old-style multipolygons.
func isUntagged(tags osm.Tags) bool {
	for _, tag := range tags {
		key, _, _ := strings.Cut(tag.Key, ":")
		switch key {
		case "type", "name", "alt_name", "created_by", "source", "note", "fixme", "FIXME", "description", "comment",
			"attribution", "wikidata", "wikipedia", "website", "ref", "area":
		default:
			return false
		}
	}
	return true
}

// tagHash hashes the tags that rules mention, in any order.
func tagHash(c *schema.Classifier, seed maphash.Seed, tags osm.Tags) uint64 {
	sum := uint64(0)
	for _, tag := range tags {
		if c.Mentions(tag.Key) {
			sum += maphash.String(seed, tag.Key+"="+tag.Value)
		}
	}
	return sum
}

// writeRelations writes the relations, and then the areas that they leave of their ways.
func (s *survey) writeRelations(ctx context.Context, found *ways, t *tiler.Tiler) error {
	s.report.start("relations", "", int64(len(s.relations)))
	var mu sync.Mutex
	tables := s.tables(s.inputs[0])
	boxes, all := s.fittingBoxes()
	if !all {
		boxes = nil
	}
	err := parallel(ctx, s.procs, len(s.relations), func() func(int) error {
		writer := relationWriter{out: t.NewWriter(), finder: newNodeFinder(tables...), ways: s.members, boxes: boxes, mu: &mu}
		return func(i int) error {
			writer.stats = AreaStats{}
			err := writer.write(s.relations[i])
			s.report.add(1)
			s.mu.Lock()
			s.stats.Areas.add(&writer.stats)
			s.mu.Unlock()
			return errors.Join(err, writer.out.Flush())
		}
	})
	if err != nil {
		return err
	}
	w := &wayWriter{ways: found, out: t.NewWriter(), finder: newNodeFinder(tables...)}
	for _, way := range s.members {
		if err := w.writeMember(way); err != nil {
			return err
		}
	}
	return w.EndBlock()
}

// relationWriter writes relations. It is not safe for concurrent use; writers share the ways.
type relationWriter struct {
	out    *tiler.Writer
	finder nodeFinder
	ways   map[int64]*memberWay
	boxes  []loc2vec.Bounds // at which the extract was cut, nil if that is unknown
	mu     *sync.Mutex      // guards memberWay.covered
	stats  AreaStats

	assembler multipolygon.Assembler
	inner     []bool // the roles of a relation's lines, a buffer
}

// write assembles a relation and writes its polygons.
func (w *relationWriter) write(r *relation) error {
	made := w.assemble(r.members)
	if made.partial && len(r.others) > 0 {
		// An outline without gaps shows that the sources hold parts of one relation, not two versions of it.
		if all := w.assemble(r.allMembers()); !all.partial {
			made = all
			made.stats.Joined++
		}
	}
	made.stats.count(r.untagged, len(made.polygons), made.partial)
	w.stats.add(&made.stats)
	for _, p := range made.polygons {
		if err := w.writePolygon(r, p, made.members); err != nil {
			return err
		}
	}
	return nil
}

// assembledRelation is what members of a relation make.
type assembledRelation struct {
	polygons []multipolygon.Polygon
	members  []relationMember // by index of Polygon.Ways
	partial  bool             // a member is missing, or the outline has gaps
	stats    AreaStats        // of members and outline
}

// assemble assembles members of a relation.
func (w *relationWriter) assemble(from []relationMember) assembledRelation {
	var lines [][]grid.Location
	var members []relationMember
	var stats AreaStats
	incomplete := false
	for _, m := range from {
		way := w.ways[m.way]
		if !way.found {
			stats.MissingWays++
			incomplete = true
			continue
		}
		lines, members = append(lines, w.lineOf(way.nodes, &stats)), append(members, m)
		for _, part := range way.parts {
			lines, members = append(lines, w.lineOf(part, &stats)), append(members, m)
		}
	}
	if incomplete {
		if gap, at, ok := multipolygon.CloseOutside(lines, w.boxes); ok {
			stats.Closed++
			lines, members = append(lines, gap), append(members, members[at])
		}
	}
	w.inner = w.inner[:0]
	for _, m := range members {
		w.inner = append(w.inner, m.inner)
	}
	made := w.assembler.Assemble(multipolygon.Outline{
		Lines: lines, Inner: w.inner, Complete: !incomplete && stats.MissingNodes == 0,
	})
	polygons, open := made.Polygons, made.Open
	if open || incomplete {
		// The missing part may be the ring around an inner one, so only roles tell what is outer.
		polygons = slices.DeleteFunc(polygons, func(p multipolygon.Polygon) bool {
			return !slices.ContainsFunc(p.Ways[0], func(i int32) bool { return !members[i].inner })
		})
	}
	if made.Repaired {
		stats.Repaired++
	}
	return assembledRelation{polygons, members, open || incomplete, stats}
}

// lineOf returns the locations of the known nodes and counts the others.
func (w *relationWriter) lineOf(nodes []int64, stats *AreaStats) []grid.Location {
	var line []grid.Location
	for _, id := range nodes {
		at, ok := w.finder.find(id)
		if !ok {
			stats.MissingNodes++
			continue
		}
		line = append(line, at)
	}
	return line
}

func (w *relationWriter) writePolygon(r *relation, p multipolygon.Polygon, members []relationMember) error {
	classes := r.classes
	if r.untagged {
		classes = nil
		for _, i := range p.Ways[0] {
			for _, c := range w.ways[members[i].way].classes {
				if !slices.ContainsFunc(classes, func(have schema.Class) bool { return have.Layer == c.Layer }) {
					classes = append(classes, c)
				}
			}
		}
	}
	if len(classes) == 0 {
		return nil
	}
	w.markCovered(r, p, members, classes)
	return w.out.Polygon(classes, p.Rings)
}

// markCovered notes the layers of a polygon on its outer ways: they often repeat the tags of the
// relation, and as areas of their own would fill its holes. The same goes for inner ways of an
// old-style multipolygon that repeat the tags of an outer one.
func (w *relationWriter) markCovered(r *relation, p multipolygon.Polygon, members []relationMember, classes []schema.Class) {
	layers := uint16(0)
	for _, c := range classes {
		layers |= 1 << c.Layer
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range p.Ways[0] {
		w.ways[members[i].way].covered |= layers
	}
	if !r.untagged {
		return
	}
	for _, inner := range p.Ways[1:] {
		for _, i := range inner {
			way := w.ways[members[i].way]
			for _, o := range p.Ways[0] {
				if w.ways[members[o].way].tags == way.tags {
					way.covered |= layers
				}
			}
		}
	}
}
