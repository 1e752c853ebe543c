package osmextract

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// survey is what the first pass over the sources finds: where nodes are, which of them become
// features, and the relations to assemble.
type survey struct {
	inputs     []*input
	classifier *schema.Classifier
	seed       maphash.Seed // of tag hashes
	procs      int
	report     *reporter
	inBytes    bool // whether progress counts bytes rather than elements

	points    []pointFeature
	relations []*relation
	// relationsByID is empty for a single source.
	relationsByID map[int64]*relation
	members       map[int64]*memberWay
	stats         Stats

	mu sync.Mutex // guards the fields above it, and the inputs, while visitors run
}

// input is one of the sources with its nodes.
type input struct {
	Source
	info   Info
	nodes  *nodeTable
	chunks []nodeChunk // of nodes, before the table is made
	inBox  int         // nodes inside the box
	newest time.Time   // the latest timestamp, kept if the source states no date
}

// pointFeature is a node that becomes a feature.
type pointFeature struct {
	id      int64
	at      grid.Location
	classes []schema.Class
}

// surveySources reads the nodes and relations of the sources.
func surveySources(ctx context.Context, sources []Source, procs int, report *reporter) (*survey, error) {
	s := &survey{
		classifier: schema.NewClassifier(), seed: maphash.MakeSeed(), procs: procs, report: report,
		members: map[int64]*memberWay{}, relationsByID: map[int64]*relation{},
	}
	for _, source := range sources {
		s.inputs = append(s.inputs, &input{Source: source, info: source.Info()})
	}
	s.start("nodes and relations")
	ids := newIDSet(len(s.inputs))
	known := 0
	for _, in := range s.inputs {
		if err := s.surveySource(ctx, in, ids); err != nil {
			return nil, err
		}
		in.nodes, in.chunks = newNodeTable(in.chunks), nil
		if box := in.info.Box; box != nil && in.info.LocatedWays {
			in.inBox = in.nodes.countInBox(*box) // visitors count a node again in each way
		}
		known += in.nodes.len()
	}
	if known == 0 {
		return nil, s.errNoNodes()
	}
	for _, r := range s.relations {
		for _, m := range r.allMembers() {
			if s.members[m.way] == nil {
				s.members[m.way] = &memberWay{}
			}
		}
	}
	return s, nil
}

// errNoNodes says why no node is known.
func (s *survey) errNoNodes() error {
	var names []string
	for _, in := range s.inputs {
		names = append(names, in.info.Name)
	}
	name := strings.Join(names, ", ")
	if n := s.stats.Unplaced; n > 0 {
		return fmt.Errorf("%s: none of %d nodes has coordinates on Earth", name, n)
	}
	return fmt.Errorf("%s: the extract holds no nodes", name)
}

// surveySource reads nodes and relations of an input, and its ways if they carry coordinates.
func (s *survey) surveySource(ctx context.Context, in *input, ids *idSet) error {
	newVisitor := func() Visitor { return &surveyor{survey: s, in: in, ids: ids} }
	types := Nodes | Relations
	if in.info.LocatedWays {
		types |= Ways
	}
	if err := s.each(ctx, in, types, newVisitor); err != nil {
		return err
	}
	if in.info.LocatedWays || !in.Source.Info().LocatedWays {
		return nil
	}
	in.info.LocatedWays = true // as the pass has found
	return in.Each(ctx, Pass{Types: Ways, Procs: s.procs, Progress: func(int64) {}}, newVisitor)
}

// start starts to report a pass over the sources: in bytes, if all of them state their size, or else in
// elements.
func (s *survey) start(stage string) {
	total := int64(0)
	s.inBytes = true
	for _, in := range s.inputs {
		total += in.info.Bytes
		s.inBytes = s.inBytes && in.info.Bytes > 0
	}
	if s.inBytes {
		s.report.start(stage, "B", total)
	} else {
		s.report.start(stage, "", 0)
	}
}

// visited reports elements, if progress counts them.
func (s *survey) visited(elements int) {
	if !s.inBytes {
		s.report.add(int64(elements))
	}
}

// each reads an input once. Progress ends at the size of the source, whatever it reports.
func (s *survey) each(ctx context.Context, in *input, types Types, newVisitor func() Visitor) error {
	var mu sync.Mutex
	left := in.info.Bytes
	progress := func(n int64) {
		if !s.inBytes {
			return
		}
		mu.Lock()
		n = min(n, left)
		left -= n
		mu.Unlock()
		s.report.add(n)
	}
	if err := in.Each(ctx, Pass{Types: types, Procs: s.procs, Progress: progress}, newVisitor); err != nil {
		return err
	}
	progress(in.info.Bytes)
	return nil
}

// surveyor is the visitor of the first pass.
type surveyor struct {
	survey  *survey
	in      *input
	ids     *idSet
	block   surveyedBlock
	classes []schema.Class // a buffer
}

// surveyedBlock is what the first pass takes from a block of elements.
type surveyedBlock struct {
	chunks    []nodeChunk
	wayNodes  []placedNode // of ways that carry coordinates
	points    []pointFeature
	relations []*relation
	nodes     int
	read      int // relations
	inBox     int
	unplaced  int
	newest    time.Time
}

func (v *surveyor) Visit(o osm.Object) error {
	switch o := o.(type) {
	case *osm.Node:
		v.dated(o.Timestamp)
		v.node(o)
	case *osm.Way:
		v.way(o)
	case *osm.Relation:
		v.dated(o.Timestamp)
		v.block.read++
		if r, ok := newRelation(v.survey.classifier, o); ok {
			v.block.relations = append(v.block.relations, r)
		}
	}
	return nil
}

func (v *surveyor) dated(t time.Time) {
	if v.in.info.Date.IsZero() && t.After(v.block.newest) {
		v.block.newest = t
	}
}

func (v *surveyor) node(n *osm.Node) {
	at, ok := grid.LocationOf(n.Lat, n.Lon)
	if !ok {
		v.block.unplaced++
		return
	}
	v.block.nodes++
	if box := v.in.info.Box; box != nil && box.Contains(at.LatLon()) {
		v.block.inBox++
	}
	v.block.chunks = appendNode(v.block.chunks, int64(n.ID), at)
	if len(n.Tags) == 0 {
		return
	}
	v.classes = v.survey.classifier.Classify(v.classes[:0], schema.Point, n.Tags)
	if len(v.classes) > 0 {
		v.block.points = append(v.block.points, pointFeature{int64(n.ID), at, slices.Clone(v.classes)})
	}
}

// way takes the nodes of a way that carries their coordinates.
func (v *surveyor) way(w *osm.Way) {
	for i := range w.Nodes {
		n := &w.Nodes[i]
		if at, ok := locationOf(n); ok {
			v.block.wayNodes = append(v.block.wayNodes, placedNode{int64(n.ID), at})
		}
	}
}

// locationOf returns the location that a node of a way carries, and whether it carries one. Null Island
// stands for none, and so does a place off the Earth.
func locationOf(n *osm.WayNode) (grid.Location, bool) {
	if n.Lat == 0 && n.Lon == 0 {
		return grid.Location{}, false
	}
	return grid.LocationOf(n.Lat, n.Lon)
}

// EndBlock adds the block to the survey. Chunks end with the block: other goroutines may have visited
// the elements between this block and the next one.
func (v *surveyor) EndBlock() error {
	b := &v.block
	b.chunks = appendSorted(b.chunks, b.wayNodes)
	for i := range b.chunks {
		b.chunks[i].trim()
	}
	s := v.survey
	s.visited(b.nodes + b.unplaced + b.read)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Nodes += b.nodes
	s.stats.Relations += b.read
	s.stats.Unplaced += b.unplaced
	v.in.inBox += b.inBox
	v.in.chunks = append(v.in.chunks, b.chunks...)
	if b.newest.After(v.in.newest) {
		v.in.newest = b.newest
	}
	for _, p := range b.points {
		if known, isNew := v.ids.add(Nodes, p.id, p.contents()); isNew {
			s.points = append(s.points, p)
		} else {
			s.stats.count(known, p.contents())
		}
	}
	for _, r := range b.relations {
		s.addRelation(r, v.ids)
	}
	*b = surveyedBlock{}
	return nil
}

// tables returns the node tables of all inputs, that of the given input first.
func (s *survey) tables(first *input) []*nodeTable {
	tables := []*nodeTable{first.nodes}
	for _, in := range s.inputs {
		if in != first {
			tables = append(tables, in.nodes)
		}
	}
	return tables
}

// fittingBoxes returns the boxes of the inputs that fit the nodes, and whether all of them have one.
func (s *survey) fittingBoxes() (boxes []loc2vec.Bounds, all bool) {
	all = true
	for _, in := range s.inputs {
		if in.boxFits() {
			boxes = append(boxes, *in.info.Box)
		} else {
			all = false
		}
	}
	return boxes, all
}

// writePoints writes the nodes that become features.
func (s *survey) writePoints(t *tiler.Tiler) error {
	out := t.NewWriter()
	for _, p := range s.points {
		if err := out.Disc(p.classes, p.at); err != nil {
			return err
		}
	}
	s.points = nil
	return out.Flush()
}
