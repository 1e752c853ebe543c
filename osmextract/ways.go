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
	parts []wayPart
}

// writeWays reads the ways and writes their features.
func (s *survey) writeWays(ctx context.Context, t *tiler.Tiler) (*ways, error) {
	s.start("ways")
	found := &ways{survey: s}
	ids := newIDSet(len(s.inputs))
	for _, in := range s.inputs {
		err := s.each(ctx, in, Ways, func() Visitor {
			return &wayWriter{ways: found, out: t.NewWriter(), finder: newNodeFinder(s.tables(in)...), ids: ids, in: in}
		})
		if err != nil {
			return nil, err
		}
	}
	if err := found.joinParts(ctx, t, ids); err != nil {
		return nil, err
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
	in     *input // nil for ways of several sources

	// Of the block at work.
	stats   Stats
	coast   []sea.Way
	members []foundWay
	parts   []wayPart

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

func (w *wayWriter) Visit(o osm.Object) error {
	if o, ok := o.(*osm.Way); ok {
		return w.write(o)
	}
	return nil
}

// write writes a way: its lines, and its areas unless it is a member of a relation.
func (w *wayWriter) write(way *osm.Way) error {
	w.stats.Ways++
	s := w.ways.survey
	member := s.members[int64(way.ID)]
	isCoast := slices.Contains(way.Tags, osm.Tag{Key: "natural", Value: "coastline"})
	shape := schema.OpenWay
	if len(way.Tags) > 0 && w.isRing(way.Nodes) {
		shape = schema.ClosedWay
	}
	w.classes = s.classifier.Classify(w.classes[:0], shape, way.Tags)
	if len(w.classes) == 0 && member == nil && !isCoast || !w.isNew(way, isCoast) {
		return nil
	}
	w.lines, w.areas = w.lines[:0], w.areas[:0]
	for _, c := range w.classes {
		if c.Kind == loc2vec.KindLine {
			w.lines = append(w.lines, c)
		} else {
			w.areas = append(w.areas, c)
		}
	}
	if isCoast {
		w.coast = append(w.coast, sea.NewWays(int64(way.ID), idsOf(way.Nodes), func(i int) (loc2vec.Point, bool) {
			at, ok := w.locate(&way.Nodes[i])
			return at.LatLon().Point(), ok
		})...)
	}
	if member != nil {
		w.members = append(w.members, foundWay{member, w.memberOf(way, shape)})
		w.areas = w.areas[:0]
	}
	if err := w.writeLines(way.Nodes); err != nil {
		return err
	}
	return w.writeArea(way.Nodes, w.areas)
}

// memberOf returns what relations need to know about a way with the classes w.areas.
func (w *wayWriter) memberOf(way *osm.Way, shape schema.Shape) memberWay {
	s := w.ways.survey
	if shape == schema.OpenWay {
		// It is part of an outline, which may take its tags from it.
		w.areas = s.classifier.Classify(w.areas, schema.ClosedWay, way.Tags)
		w.areas = slices.DeleteFunc(w.areas, func(c schema.Class) bool { return c.Kind != loc2vec.KindArea })
	}
	m := memberWay{found: true, nodes: idsOf(way.Nodes), classes: slices.Clone(w.areas)}
	if len(w.areas) > 0 {
		m.tags = tagHash(s.classifier, s.seed, way.Tags)
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

// isRing reports whether a way ends at the node, or at the location, at which it begins.
func (w *wayWriter) isRing(nodes osm.WayNodes) bool {
	if n := len(nodes); n < 4 || isClosed(nodes) {
		return n >= 4
	}
	first, ok := w.locate(&nodes[0])
	if !ok {
		return false
	}
	last, ok := w.locate(&nodes[len(nodes)-1])
	return ok && first == last
}

// locate returns the location of a node of a way: the node's own or that of the node table.
func (w *wayWriter) locate(n *osm.WayNode) (grid.Location, bool) {
	if at, ok := locationOf(n); ok {
		return at, true
	}
	return w.finder.find(int64(n.ID))
}

// isNew reports whether no earlier source holds the way, which has the classes w.classes.
func (w *wayWriter) isNew(way *osm.Way, isCoast bool) bool {
	if w.ids.ids == nil {
		return true
	}
	c := wayContents(way.Nodes, w.classes)
	w.ways.mu.Lock()
	known, isNew := w.ids.add(Ways, int64(way.ID), c)
	w.ways.mu.Unlock()
	if isNew {
		return true
	}
	w.stats.count(known, c)
	if known.shape != c.shape {
		lines := slices.DeleteFunc(slices.Clone(w.classes), func(c schema.Class) bool { return c.Kind != loc2vec.KindLine })
		w.parts = append(w.parts, wayPart{w.in, int64(way.ID), slices.Clone(way.Nodes), lines, isCoast})
	}
	return false
}

// writeLines writes a way as a line, which breaks where nodes are missing: a line across the gap
// would be a road that nobody has mapped.
func (w *wayWriter) writeLines(nodes osm.WayNodes) error {
	if len(w.lines) == 0 {
		return nil
	}
	w.at, w.runs = w.at[:0], w.runs[:0]
	start := 0
	endRun := func() {
		if len(w.at)-start >= 2 {
			w.runs = append(w.runs, w.at[start:])
		}
		start = len(w.at)
	}
	for i := range nodes {
		at, ok := w.locate(&nodes[i])
		if !ok {
			w.stats.MissingNodes++
			endRun()
			continue
		}
		w.at = append(w.at, at)
	}
	endRun()
	if len(w.runs) == 0 {
		w.stats.BrokenWays++
	}
	for _, run := range w.runs {
		if err := w.out.Line(w.lines, run); err != nil {
			return err
		}
	}
	return nil
}

// writeArea writes a closed way as an area without its missing nodes.
func (w *wayWriter) writeArea(nodes osm.WayNodes, classes []schema.Class) error {
	if len(classes) == 0 {
		return nil
	}
	nodes = nodes[:len(nodes)-1]
	w.at = w.at[:0]
	for i := range nodes {
		at, ok := w.locate(&nodes[i])
		if !ok {
			w.stats.MissingNodes++
			continue
		}
		w.at = append(w.at, at)
	}
	if len(w.at) < 3 {
		w.stats.BrokenWays++
		return nil
	}
	return w.filler.fill(w.out, classes, w.at)
}

// ringFiller writes the areas inside single rings. It reuses its buffers.
type ringFiller struct {
	sorted    []uint64 // locations as one number
	assembler multipolygon.Assembler
	repaired  int // rings that cross themselves
}

// fill writes a ring whose first location is not repeated at its end.
func (f *ringFiller) fill(s *tiler.Writer, classes []schema.Class, ring []grid.Location) error {
	if !f.repeats(ring) && !f.assembler.Crosses(ring) {
		return s.Polygon(classes, [][]grid.Location{ring})
	}
	// A ring that passes a location twice, or crosses itself, may be several rings, some of them holes.
	made := f.assembler.Assemble(multipolygon.Outline{Lines: [][]grid.Location{append(slices.Clone(ring), ring[0])}})
	if made.Repaired {
		f.repaired++
	}
	for _, p := range made.Polygons {
		if err := s.Polygon(classes, p.Rings); err != nil {
			return err
		}
	}
	return nil
}

// repeats reports whether a location occurs twice.
func (f *ringFiller) repeats(at []grid.Location) bool {
	f.sorted = f.sorted[:0]
	for _, l := range at {
		f.sorted = append(f.sorted, uint64(uint32(l.Lat))<<32|uint64(uint32(l.Lon)))
	}
	slices.Sort(f.sorted)
	for i := 1; i < len(f.sorted); i++ {
		if f.sorted[i] == f.sorted[i-1] {
			return true
		}
	}
	return false
}

// writeMember writes the areas of a closed member way that no relation has covered.
func (w *wayWriter) writeMember(way *memberWay) error {
	w.nodes = w.nodes[:0]
	for _, id := range way.nodes {
		w.nodes = append(w.nodes, osm.WayNode{ID: osm.NodeID(id)})
	}
	if len(way.classes) == 0 || !w.isRing(w.nodes) {
		return nil
	}
	w.areas = w.areas[:0]
	for _, c := range way.classes {
		if way.covered&(1<<c.Layer) == 0 {
			w.areas = append(w.areas, c)
		}
	}
	return w.writeArea(w.nodes, w.areas)
}

// EndBlock adds the block to the ways and flushes its features.
func (w *wayWriter) EndBlock() error {
	s := w.ways
	s.visited(w.stats.Ways)
	s.mu.Lock()
	for _, f := range w.members {
		*f.memberWay = f.value
	}
	s.coast = append(s.coast, w.coast...)
	w.stats.CrossingWays, w.filler.repaired = w.filler.repaired, 0
	s.parts = append(s.parts, w.parts...)
	s.stats.add(&w.stats)
	s.mu.Unlock()
	w.members, w.coast, w.parts, w.stats = w.members[:0], nil, nil, Stats{}
	return w.out.Flush()
}
