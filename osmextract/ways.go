package osmextract

import (
	"cmp"
	"context"
	"slices"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/pbf"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// drawWays is the second pass over the files.
func (s *pbfSource) drawWays(ctx context.Context, t *tiler) error {
	hasWays := func(c pbf.Contents) bool { return c.Ways }
	s.report.start("ways", "B", s.bytes(hasWays))
	seen := newSeen(len(s.files))
	for _, in := range s.files {
		want := func(i int) bool { return in.contents[i].Ways }
		err := s.eachBlob(ctx, in, want, func() func(int, pbf.Blob) error {
			var d pbf.Decoder
			drawer := &wayDrawer{source: s, shaper: t.newShaper(), finder: newNodeFinder(s.tables(in)...), seen: seen}
			var err error
			handler := pbf.Handler{Way: func(w *pbf.Way) {
				if err == nil {
					err = drawer.draw(w)
				}
			}}
			return func(i int, b pbf.Blob) error {
				var decodeErr error
				if content := in.inflated[i]; content != nil {
					decodeErr, in.inflated[i] = d.DecodeContent(content, b, handler), nil
				} else {
					decodeErr = d.Decode(in.pbf, b, handler)
				}
				if decodeErr != nil {
					return decodeErr
				}
				if err != nil {
					return err
				}
				return drawer.flush()
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// wayDrawer draws ways. It keeps its buffers and counts, and is not safe for concurrent use.
type wayDrawer struct {
	source *pbfSource
	shaper *shaper
	finder nodeFinder
	seen   *seen

	stats   Stats
	coast   []coastWay
	members []foundWay

	classes, lines, areas []schema.Class
	at                    []location
	runs                  [][]location
	filler                ringFiller
}

// foundWay is a member of relations that has been come across.
type foundWay struct {
	*memberWay
	value memberWay
}

// draw draws a way: its lines, and its areas unless a relation may draw them better.
func (d *wayDrawer) draw(w *pbf.Way) error {
	d.stats.Ways++
	member := d.source.members[w.ID]
	isCoast := slices.Contains(w.Tags, osm.Tag{Key: "natural", Value: "coastline"})
	kind := schema.OpenWay
	if n := len(w.Refs); n >= 4 && w.Refs[0] == w.Refs[n-1] {
		kind = schema.ClosedWay
	}
	d.classes = d.source.classifier.Classify(d.classes[:0], kind, w.Tags)
	if len(d.classes) == 0 && member == nil && !isCoast || !d.isNew(w.ID) {
		return nil
	}
	d.lines, d.areas = d.lines[:0], d.areas[:0]
	for _, c := range d.classes {
		if c.Kind == loc2vec.KindLine {
			d.lines = append(d.lines, c)
		} else {
			d.areas = append(d.areas, c)
		}
	}
	if isCoast {
		d.coast = append(d.coast, newCoastWays(w.ID, slices.Clone(w.Refs), d.locate)...)
	}
	if member != nil {
		if kind == schema.OpenWay {
			// Part of an outline, which may take its tags from it.
			d.areas = d.source.classifier.Classify(d.areas, schema.ClosedWay, w.Tags)
			d.areas = slices.DeleteFunc(d.areas, func(c schema.Class) bool { return c.Kind != loc2vec.KindArea })
		}
		found := memberWay{found: true, nodes: slices.Clone(w.Refs), classes: slices.Clone(d.areas)}
		if len(d.areas) > 0 {
			found.tags = tagHash(d.source.classifier, d.source.seed, w.Tags)
		}
		d.members = append(d.members, foundWay{member, found})
		d.areas = d.areas[:0]
	}
	if err := d.drawLines(w.Refs); err != nil {
		return err
	}
	return d.drawArea(w.Refs, d.areas)
}

func (d *wayDrawer) locate(node int64) (loc2vec.Point, bool) {
	at, ok := d.finder.find(node)
	return at.latLon().Point(), ok
}

// isNew reports whether the way was not in an earlier file.
func (d *wayDrawer) isNew(id int64) bool {
	if d.seen.ids == nil {
		return true
	}
	d.source.mu.Lock()
	defer d.source.mu.Unlock()
	ok := d.seen.add(WayObject, id)
	if !ok {
		d.stats.Repeated++
	}
	return ok
}

// drawLines draws the way as a line. Where nodes are missing the line is broken: a bridge across
// the gap would be a road that nobody has mapped.
func (d *wayDrawer) drawLines(nodes []int64) error {
	if len(d.lines) == 0 {
		return nil
	}
	d.at, d.runs = d.at[:0], d.runs[:0]
	start := 0
	endRun := func() {
		if len(d.at)-start >= 2 {
			d.runs = append(d.runs, d.at[start:])
		}
		start = len(d.at)
	}
	for _, id := range nodes {
		at, ok := d.finder.find(id)
		if !ok {
			d.stats.MissingNodes++
			endRun()
			continue
		}
		d.at = append(d.at, at)
	}
	endRun()
	if len(d.runs) == 0 {
		d.stats.BrokenWays++
	}
	for _, run := range d.runs {
		if err := d.shaper.line(d.lines, run); err != nil {
			return err
		}
	}
	return nil
}

// drawArea draws a closed way as an area, from those of its nodes that are known.
func (d *wayDrawer) drawArea(nodes []int64, classes []schema.Class) error {
	if len(classes) == 0 {
		return nil
	}
	nodes = nodes[:len(nodes)-1]
	d.at = d.at[:0]
	for _, id := range nodes {
		at, ok := d.finder.find(id)
		if !ok {
			d.stats.MissingNodes++
			continue
		}
		d.at = append(d.at, at)
	}
	if len(d.at) < 3 {
		d.stats.BrokenWays++
		return nil
	}
	return d.filler.fill(d.shaper, classes, d.at)
}

// ringFiller draws what single rings enclose. It keeps its buffer between them.
type ringFiller struct {
	sorted []location
}

// fill draws a ring, the first place of which is not repeated at its end.
func (f *ringFiller) fill(s *shaper, classes []schema.Class, ring []location) error {
	if !f.repeats(ring) {
		return s.polygon(classes, [][]location{ring})
	}
	// A ring that passes a place twice may be several rings, holes among them.
	polygons, _ := assemble([][]location{append(slices.Clone(ring), ring[0])})
	for _, p := range polygons {
		if err := s.polygon(classes, p.rings); err != nil {
			return err
		}
	}
	return nil
}

// repeats reports whether a place occurs twice.
func (f *ringFiller) repeats(at []location) bool {
	f.sorted = append(f.sorted[:0], at...)
	slices.SortFunc(f.sorted, func(a, b location) int { return cmp.Or(cmp.Compare(a.lat, b.lat), cmp.Compare(a.lon, b.lon)) })
	for i := 1; i < len(f.sorted); i++ {
		if f.sorted[i] == f.sorted[i-1] {
			return true
		}
	}
	return false
}

// drawMember draws what relations have left of a closed member way's areas.
func (d *wayDrawer) drawMember(w *memberWay) error {
	if n := len(w.nodes); n < 4 || w.nodes[0] != w.nodes[n-1] {
		return nil
	}
	d.areas = d.areas[:0]
	for _, c := range w.classes {
		if w.drawn&(1<<c.Layer) == 0 {
			d.areas = append(d.areas, c)
		}
	}
	return d.drawArea(w.nodes, d.areas)
}

// sortedCoast returns the coastlines in the order of their ids, since workers found them in any.
func (s *pbfSource) sortedCoast() []coastWay {
	slices.SortStableFunc(s.coast, func(a, b coastWay) int { return cmp.Compare(a.ID, b.ID) })
	return s.coast
}

// flush hands over what the drawer has gathered.
func (d *wayDrawer) flush() error {
	s := d.source
	s.mu.Lock()
	for _, f := range d.members {
		*f.memberWay = f.value
	}
	s.coast = append(s.coast, d.coast...)
	s.stats.add(&d.stats)
	s.mu.Unlock()
	d.members, d.coast, d.stats = d.members[:0], nil, Stats{}
	return d.shaper.flush()
}
