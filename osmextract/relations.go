package osmextract

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/pbf"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// relation is a multipolygon or boundary to be drawn.
type relation struct {
	id      int64
	members []relationMember
	classes []schema.Class
	// bare marks an old-style multipolygon: the tags are on its outer ways.
	bare bool
}

type relationMember struct {
	way   int64
	inner bool // says its role
}

// memberWay is a way that some relation to be drawn has as a member. Its lines are drawn like those
// of any way; its areas wait until the relations are drawn.
type memberWay struct {
	found bool
	nodes []int64
	// classes that the way has as an area, or would have if it were closed, and a hash of the tags that
	// tell.
	classes []schema.Class
	tags    uint64
	// drawn has a bit for each layer in which a relation has drawn the ground inside of the way.
	drawn uint16
}

// newRelation returns the relation when it is one to be drawn.
func newRelation(c *schema.Classifier, r *pbf.Relation) (*relation, bool) {
	kind := ""
	for _, tag := range r.Tags {
		if tag.Key == "type" {
			kind = tag.Value
		}
	}
	if kind != "multipolygon" && kind != "boundary" {
		return nil, false
	}
	classes := c.Classify(nil, schema.Area, r.Tags)
	bare := kind == "multipolygon" && isBare(r.Tags)
	if len(classes) == 0 && !bare {
		return nil, false
	}
	rel := &relation{id: r.ID, classes: classes, bare: bare}
	for _, m := range r.Members {
		if m.Type == pbf.WayMember {
			rel.members = append(rel.members, relationMember{way: m.ID, inner: m.Role == "inner"})
		}
	}
	// A way that was added twice by mistake would cancel itself.
	slices.SortStableFunc(rel.members, func(a, b relationMember) int { return cmp.Compare(a.way, b.way) })
	rel.members = slices.CompactFunc(rel.members, func(a, b relationMember) bool { return a.way == b.way })
	return rel, true
}

// isBare reports whether tags say nothing about what the relation is, as those of old-style
// multipolygons.
func isBare(tags osm.Tags) bool {
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

// tagHash hashes those tags of an object that decide what it is.
func tagHash(c *schema.Classifier, seed maphash.Seed, tags osm.Tags) uint64 {
	sum := uint64(0)
	for _, tag := range tags {
		if c.Mentions(tag.Key) {
			sum += maphash.String(seed, tag.Key+"="+tag.Value) // in any order
		}
	}
	return sum
}

// relationDrawer draws relations. It is used by one goroutine; the ways are shared.
type relationDrawer struct {
	shaper *shaper
	finder nodeFinder
	ways   map[int64]*memberWay
	boxes  []loc2vec.Bounds // at which the extract was cut, nil when that is not known
	mu     *sync.Mutex      // guards the ways' drawn
	stats  *AreaStats
}

// draw assembles a relation and draws it.
func (d *relationDrawer) draw(r *relation) error {
	var lines [][]location
	var members []relationMember
	incomplete := false
	for _, m := range r.members {
		way := d.ways[m.way]
		if !way.found {
			d.stats.MissingWays++
			incomplete = true
			continue
		}
		var line []location
		for _, id := range way.nodes {
			at, ok := d.finder.find(id)
			if !ok {
				d.stats.MissingNodes++
				continue
			}
			line = append(line, at)
		}
		lines, members = append(lines, line), append(members, m)
	}
	if incomplete {
		if gap, at, ok := gapOutside(lines, d.boxes); ok {
			d.stats.Closed++
			lines, members = append(lines, gap), append(members, members[at])
		}
	}
	polygons, open := assemble(lines)
	if open || incomplete {
		// Part of the outline is missing, perhaps the ring around an inner one: roles have to do.
		polygons = slices.DeleteFunc(polygons, func(p polygon) bool {
			return !slices.ContainsFunc(p.ways[0], func(w int32) bool { return !members[w].inner })
		})
	}
	d.stats.count(r, len(polygons), open || incomplete)
	for _, p := range polygons {
		if err := d.drawPolygon(r, p, members); err != nil {
			return err
		}
	}
	return nil
}

func (d *relationDrawer) drawPolygon(r *relation, p polygon, members []relationMember) error {
	classes := r.classes
	if r.bare {
		classes = nil
		for _, w := range p.ways[0] {
			for _, c := range d.ways[members[w].way].classes {
				if !slices.ContainsFunc(classes, func(have schema.Class) bool { return have.Layer == c.Layer }) {
					classes = append(classes, c)
				}
			}
		}
	}
	if len(classes) == 0 {
		return nil
	}
	d.markDrawn(r, p, members, classes)
	return d.shaper.polygon(classes, p.rings)
}

// markDrawn notes on the outer ways what has been drawn, since the tags of a relation are often
// repeated on them, and drawing such a way by itself would fill the holes. The same goes for inner
// ways of an old-style multipolygon that repeat the tags of an outer one.
func (d *relationDrawer) markDrawn(r *relation, p polygon, members []relationMember, classes []schema.Class) {
	layers := uint16(0)
	for _, c := range classes {
		layers |= 1 << c.Layer
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range p.ways[0] {
		d.ways[members[w].way].drawn |= layers
	}
	if !r.bare {
		return
	}
	for _, inner := range p.ways[1:] {
		for _, i := range inner {
			way := d.ways[members[i].way]
			for _, o := range p.ways[0] {
				if d.ways[members[o].way].tags == way.tags {
					way.drawn |= layers
				}
			}
		}
	}
}
