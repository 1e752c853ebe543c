package osmextract

import (
	"cmp"
	"context"
	"slices"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/sea"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// idSet remembers the elements of several sources, of which Extract uses each once.
type idSet struct {
	ids map[elementID]contents // nil for a single source, in which an element occurs once
}

type elementID struct {
	kind Types
	id   int64
}

// contents stands for what Extract takes from an element.
type contents struct {
	shape   uint32 // hash of the location, the nodes or the members
	classes uint32 // hash of the classes
}

func newIDSet(sources int) *idSet {
	if sources < 2 {
		return &idSet{}
	}
	return &idSet{ids: map[elementID]contents{}}
}

// add adds an element, unless it is in the set. It returns the contents in the set and whether the
// element is new.
func (s *idSet) add(kind Types, id int64, c contents) (known contents, isNew bool) {
	if s.ids == nil {
		return c, true
	}
	key := elementID{kind, id}
	if known, ok := s.ids[key]; ok {
		return known, false
	}
	s.ids[key] = c
	return c, true
}

// count counts a repeated element.
func (s *Stats) count(known, c contents) {
	s.Repeated++
	if known != c {
		s.Differing++
	}
}

// contents returns the contents of a node.
func (p *pointFeature) contents() contents {
	return contents{uint32(mixLocation(p.at)), hashClasses(p.classes)}
}

// contents returns the contents of a relation.
func (r *relation) contents() contents {
	sum := uint64(0)
	for _, m := range r.members {
		sum = mix(sum + uint64(m.way))
		if m.inner {
			sum++
		}
	}
	return contents{uint32(sum), hashClasses(r.classes)}
}

// wayContents returns the contents of a way.
func wayContents(nodes osm.WayNodes, classes []schema.Class) contents {
	sum := uint64(0)
	for i := range nodes {
		sum = mix(sum + uint64(nodes[i].ID))
	}
	return contents{uint32(sum), hashClasses(classes)}
}

func hashClasses(classes []schema.Class) uint32 {
	sum := uint64(0)
	for _, c := range classes {
		sum = mix(sum + (uint64(c.Layer)<<32 | uint64(c.Kind)<<16 | uint64(c.Size)))
	}
	return uint32(sum)
}

// wayPart is a way that an earlier source holds with other nodes. Some programs leave out what lies beyond
// the border of an extract, so that two extracts hold two parts of one way.
type wayPart struct {
	in      *input
	id      int64
	nodes   osm.WayNodes
	lines   []schema.Class
	isCoast bool
}

// joinParts writes of repeated ways what earlier sources lack, if the nodes look like parts of one way. The
// ways of earlier sources are read once more.
func (w *ways) joinParts(ctx context.Context, t *tiler.Tiler, ids *idSet) error {
	if len(w.parts) == 0 {
		return nil
	}
	slices.SortStableFunc(w.parts, func(a, b wayPart) int { return cmp.Compare(a.id, b.id) }) // sources stay in order
	known := map[int64][]osm.WayNodes{}
	for _, p := range w.parts {
		known[p.id] = nil
	}
	for _, in := range w.inputs[:len(w.inputs)-1] {
		pass := Pass{Types: Ways, Procs: w.procs, Progress: func(int64) {}}
		if err := in.Each(ctx, pass, func() Visitor { return &usedWays{ways: w, ids: ids, known: known} }); err != nil {
			return err
		}
	}
	for i := range w.parts {
		p := &w.parts[i]
		lacking := lackingRuns(known[p.id], p.nodes)
		if len(lacking) == 0 {
			continue
		}
		known[p.id] = append(known[p.id], p.nodes)
		writer := &wayWriter{ways: w, out: t.NewWriter(), finder: newNodeFinder(w.tables(p.in)...)}
		if err := writer.writeRuns(p, lacking); err != nil {
			return err
		}
	}
	w.parts = nil
	return nil
}

// writeRuns writes runs of nodes of a part.
func (w *wayWriter) writeRuns(p *wayPart, runs []osm.WayNodes) error {
	w.stats.Joined++
	w.lines = p.lines
	member := w.ways.members[p.id]
	for _, run := range runs {
		if err := w.writeLines(run); err != nil {
			return err
		}
		if member != nil {
			member.parts = append(member.parts, idsOf(run))
		}
		if p.isCoast {
			w.coast = append(w.coast, sea.NewWays(p.id, idsOf(run), func(i int) (loc2vec.Point, bool) {
				at, ok := w.locate(&run[i])
				return at.LatLon().Point(), ok
			})...)
		}
	}
	return w.EndBlock()
}

// usedWays visits the ways of known and notes the nodes with which Extract has used them.
type usedWays struct {
	ways  *ways
	ids   *idSet
	known map[int64][]osm.WayNodes
}

func (v *usedWays) Visit(o osm.Object) error {
	way, ok := o.(*osm.Way)
	if !ok {
		return nil
	}
	v.ways.mu.Lock()
	defer v.ways.mu.Unlock()
	id := int64(way.ID)
	if known, ok := v.known[id]; ok && known == nil && wayContents(way.Nodes, nil).shape == v.ids.ids[elementID{Ways, id}].shape {
		v.known[id] = []osm.WayNodes{slices.Clone(way.Nodes)}
	}
	return nil
}

func (v *usedWays) EndBlock() error { return nil }

// lackingRuns returns the runs of nodes that the known parts of a way lack, nil if the nodes do not look
// like a further part of the way.
func lackingRuns(known []osm.WayNodes, nodes osm.WayNodes) []osm.WayNodes {
	if len(known) == 0 {
		return nil
	}
	runs := []osm.WayNodes{nodes}
	for _, part := range known {
		var left []osm.WayNodes
		for _, run := range runs {
			rest, ok := lackingRun(part, run)
			if !ok {
				return nil
			}
			left = append(left, rest...)
		}
		runs = left
	}
	return runs
}

// lackingRun returns the runs of nodes that a known part of a way lacks. Two parts of one way have no node
// in common, or a run of nodes from an end of each, or one holds the other. It returns false for others: a
// way that has been edited, or one that is closed.
func lackingRun(known, nodes osm.WayNodes) (runs []osm.WayNodes, ok bool) {
	index := make(map[osm.NodeID]int, len(known))
	for i := range known {
		if _, twice := index[known[i].ID]; twice {
			return nil, false
		}
		index[known[i].ID] = i
	}
	first, end := -1, -1 // the run in common
	for i := range nodes {
		at, common := index[nodes[i].ID]
		switch {
		case !common:
		case first < 0:
			first, end = i, i+1
		case i != end || at != index[nodes[first].ID]+i-first:
			return nil, false
		default:
			end++
		}
	}
	if first < 0 {
		return []osm.WayNodes{nodes}, true
	}
	begins, ends := index[nodes[first].ID] == 0, index[nodes[end-1].ID] == len(known)-1
	if first > 0 && !begins || end < len(nodes) && !ends {
		return nil, false
	}
	if first > 0 {
		runs = append(runs, nodes[:first+1])
	}
	if end < len(nodes) {
		runs = append(runs, nodes[end-1:])
	}
	return runs, true
}

// addRelation adds a relation, or the members of one that an earlier source holds with others.
func (s *survey) addRelation(r *relation, ids *idSet) {
	known, isNew := ids.add(Relations, r.id, r.contents())
	if isNew {
		s.relations = append(s.relations, r)
		if len(s.inputs) > 1 {
			s.relationsByID[r.id] = r
		}
		return
	}
	s.stats.count(known, r.contents())
	if known.shape == r.contents().shape {
		return
	}
	first := s.relationsByID[r.id]
	first.others = append(first.others, r.members...)
}

// allMembers returns the members of a relation in all sources.
func (r *relation) allMembers() []relationMember {
	all := slices.Concat(r.members, r.others)
	slices.SortStableFunc(all, func(a, b relationMember) int { return cmp.Compare(a.way, b.way) })
	return slices.CompactFunc(all, func(a, b relationMember) bool { return a.way == b.way })
}
