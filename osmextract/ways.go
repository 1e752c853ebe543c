package osmextract

import (
	"cmp"
	"context"
	"slices"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/internal/multipolygon"
	"github.com/loc2vec/loc2vec/osmextract/internal/sea"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// ways is what the second pass finds, besides the features that it writes.
type ways struct {
	*survey
	coast []sea.Way
}

// writeWays reads the ways and writes their features.
func (s *survey) writeWays(ctx context.Context, t *tiler.Tiler) (*ways, error) {
	s.start("ways")
	found := &ways{survey: s}
	ids := newIDSet(len(s.inputs))
	for _, in := range s.inputs {
		err := s.each(ctx, in, Ways, func() Visitor {
			return &wayWriter{ways: found, out: t.NewWriter(), finder: newNodeFinder(s.tables(in)...), ids: ids}
		})
		if err != nil {
			return nil, err
		}
	}
	// Goroutines found them in any order.
	slices.SortStableFunc(found.coast, func(a, b sea.Way) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

// wayWriter writes the features of ways. It reuses its buffers and is not safe for concurrent use.
type wayWriter struct {
	ways   *ways
	out    *tiler.Writer
	finder nodeFinder
	ids    *idSet

	// Of the block at work.
	stats   Stats
	coast   []sea.Way
	members []foundWay

	// Buffers.
	classes, lines, areas []schema.Class
	at                    []grid.Location
	runs                  [][]grid.Location
	nodes                 osm.WayNodes
	filler                ringFiller
}

// foundWay is a way that is a member of relations.
type foundWay struct {
	*memberWay
	value memberWay
}

func (d *wayWriter) Visit(o osm.Object) error {
	if w, ok := o.(*osm.Way); ok {
		return d.write(w)
	}
	return nil
}

// write writes a way: its lines, and its areas unless it is a member of a relation.
func (d *wayWriter) write(w *osm.Way) error {
	d.stats.Ways++
	s := d.ways.survey
	member := s.members[int64(w.ID)]
	isCoast := slices.Contains(w.Tags, osm.Tag{Key: "natural", Value: "coastline"})
	shape := schema.OpenWay
	if isClosed(w.Nodes) {
		shape = schema.ClosedWay
	}
	d.classes = s.classifier.Classify(d.classes[:0], shape, w.Tags)
	if len(d.classes) == 0 && member == nil && !isCoast || !d.isNew(int64(w.ID)) {
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
		d.coast = append(d.coast, sea.NewWays(int64(w.ID), idsOf(w.Nodes), func(i int) (loc2vec.Point, bool) {
			at, ok := d.locate(&w.Nodes[i])
			return at.LatLon().Point(), ok
		})...)
	}
	if member != nil {
		d.members = append(d.members, foundWay{member, d.memberOf(w, shape)})
		d.areas = d.areas[:0]
	}
	if err := d.writeLines(w.Nodes); err != nil {
		return err
	}
	return d.writeArea(w.Nodes, d.areas)
}

// memberOf returns what relations need to know about a way with the classes d.areas.
func (d *wayWriter) memberOf(w *osm.Way, shape schema.Shape) memberWay {
	s := d.ways.survey
	if shape == schema.OpenWay {
		// It is part of an outline, which may take its tags from it.
		d.areas = s.classifier.Classify(d.areas, schema.ClosedWay, w.Tags)
		d.areas = slices.DeleteFunc(d.areas, func(c schema.Class) bool { return c.Kind != loc2vec.KindArea })
	}
	m := memberWay{found: true, nodes: idsOf(w.Nodes), classes: slices.Clone(d.areas)}
	if len(d.areas) > 0 {
		m.tags = tagHash(s.classifier, s.seed, w.Tags)
	}
	return m
}

// idsOf returns the ids of nodes, which outlive the way.
func idsOf(nodes osm.WayNodes) []int64 {
	ids := make([]int64, len(nodes))
	for i := range nodes {
		ids[i] = int64(nodes[i].ID)
	}
	return ids
}

func isClosed(nodes osm.WayNodes) bool {
	n := len(nodes)
	return n >= 4 && nodes[0].ID == nodes[n-1].ID
}

// locate returns the location of a node of a way: the node's own or that of the node table.
func (d *wayWriter) locate(n *osm.WayNode) (grid.Location, bool) {
	if isLocated(n) {
		return grid.LocationOf(n.Lat, n.Lon)
	}
	return d.finder.find(int64(n.ID))
}

// isNew reports whether no earlier source holds the way.
func (d *wayWriter) isNew(id int64) bool {
	if d.ids.ids == nil {
		return true
	}
	d.ways.mu.Lock()
	defer d.ways.mu.Unlock()
	ok := d.ids.add(Ways, id)
	if !ok {
		d.stats.Repeated++
	}
	return ok
}

// writeLines writes a way as a line, which breaks where nodes are missing: a line across the gap
// would be a road that nobody has mapped.
func (d *wayWriter) writeLines(nodes osm.WayNodes) error {
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
	for i := range nodes {
		at, ok := d.locate(&nodes[i])
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
		if err := d.out.Line(d.lines, run); err != nil {
			return err
		}
	}
	return nil
}

// writeArea writes a closed way as an area without its missing nodes.
func (d *wayWriter) writeArea(nodes osm.WayNodes, classes []schema.Class) error {
	if len(classes) == 0 {
		return nil
	}
	nodes = nodes[:len(nodes)-1]
	d.at = d.at[:0]
	for i := range nodes {
		at, ok := d.locate(&nodes[i])
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
	return d.filler.fill(d.out, classes, d.at)
}

// ringFiller writes the areas inside single rings. It reuses its buffer.
type ringFiller struct {
	sorted []grid.Location
}

// fill writes a ring whose first location is not repeated at its end.
func (f *ringFiller) fill(s *tiler.Writer, classes []schema.Class, ring []grid.Location) error {
	if !f.repeats(ring) {
		return s.Polygon(classes, [][]grid.Location{ring})
	}
	// A ring that passes a location twice may be several rings, some of them holes.
	polygons, _ := multipolygon.Assemble([][]grid.Location{append(slices.Clone(ring), ring[0])})
	for _, p := range polygons {
		if err := s.Polygon(classes, p.Rings); err != nil {
			return err
		}
	}
	return nil
}

// repeats reports whether a location occurs twice.
func (f *ringFiller) repeats(at []grid.Location) bool {
	f.sorted = append(f.sorted[:0], at...)
	slices.SortFunc(f.sorted, func(a, b grid.Location) int { return cmp.Or(cmp.Compare(a.Lat, b.Lat), cmp.Compare(a.Lon, b.Lon)) })
	for i := 1; i < len(f.sorted); i++ {
		if f.sorted[i] == f.sorted[i-1] {
			return true
		}
	}
	return false
}

// writeMember writes the areas of a closed member way that no relation has drawn.
func (d *wayWriter) writeMember(w *memberWay) error {
	d.nodes = d.nodes[:0]
	for _, id := range w.nodes {
		d.nodes = append(d.nodes, osm.WayNode{ID: osm.NodeID(id)})
	}
	if !isClosed(d.nodes) {
		return nil
	}
	d.areas = d.areas[:0]
	for _, c := range w.classes {
		if w.drawn&(1<<c.Layer) == 0 {
			d.areas = append(d.areas, c)
		}
	}
	return d.writeArea(d.nodes, d.areas)
}

// EndBlock adds the block to the ways and flushes its features.
func (d *wayWriter) EndBlock() error {
	s := d.ways
	s.mu.Lock()
	for _, f := range d.members {
		*f.memberWay = f.value
	}
	s.coast = append(s.coast, d.coast...)
	s.stats.add(&d.stats)
	s.mu.Unlock()
	d.members, d.coast, d.stats = d.members[:0], nil, Stats{}
	return d.out.Flush()
}
