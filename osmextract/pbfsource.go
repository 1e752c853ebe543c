package osmextract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/pbf"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
)

// pbfSource reads shapes from PBF files. Each file is read twice: the first time its nodes and
// relations, the second time, when it is known where all nodes are and which ways make up
// relations, its ways.
type pbfSource struct {
	files      []*pbfInput
	classifier *schema.Classifier
	seed       maphash.Seed // of tag hashes
	procs      int
	report     *reporter
	hashes     func() ([]string, error) // waits for the files' hashes

	points    []pointShape
	relations []*relation
	members   map[int64]*memberWay
	coast     []coastWay
	stats     Stats

	mu sync.Mutex // guards all of the above while workers run

	held atomic.Int64 // bytes of inflated blocks wanted so far
}

// heldBytes is how much of the blocks with ways is kept for the second pass, which would inflate
// them again otherwise: all of a city.
const heldBytes = 64 << 20

// pbfInput is one of the files.
type pbfInput struct {
	path     string
	file     *os.File
	pbf      *pbf.File
	contents []pbf.Contents // by blob
	inflated [][]byte       // by blob, those with ways as far as heldBytes reach
	nodes    *nodeTable
	chunks   []nodeChunk // of nodes, before the table is made
	inBox    int         // nodes inside the box of the header
	newest   time.Time
}

// pointShape is a node that is drawn.
type pointShape struct {
	id      int64
	at      location
	classes []schema.Class
}

// openPBF opens the files. The caller must close the source.
func openPBF(paths []string, procs int) (*pbfSource, error) {
	s := &pbfSource{
		classifier: schema.NewClassifier(), seed: maphash.MakeSeed(), procs: procs,
		members: map[int64]*memberWay{},
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		in := &pbfInput{path: path, file: f}
		s.files = append(s.files, in)
		info, err := f.Stat()
		if err == nil {
			in.pbf, err = pbf.Open(f, info.Size())
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), s.close())
		}
		in.contents = make([]pbf.Contents, len(in.pbf.Blobs))
		in.inflated = make([][]byte, len(in.pbf.Blobs))
	}
	return s, nil
}

func (s *pbfSource) close() error {
	var err error
	for _, in := range s.files {
		err = errors.Join(err, in.file.Close())
	}
	return err
}

// eachBlob runs workers over the wanted blobs of a file. make gives each worker its function.
func (s *pbfSource) eachBlob(ctx context.Context, in *pbfInput, want func(i int) bool, newWorker func() func(i int, b pbf.Blob) error) error {
	var todo []int
	for i := range in.pbf.Blobs {
		if want(i) {
			todo = append(todo, i)
		}
	}
	err := parallel(ctx, s.procs, len(todo), func() func(int) error {
		work := newWorker()
		return func(k int) error {
			b := in.pbf.Blobs[todo[k]]
			err := work(todo[k], b)
			s.report.add(b.Bytes())
			return err
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", in.path, err)
	}
	return nil
}

// survey is the first pass over the files.
func (s *pbfSource) survey(ctx context.Context, report *reporter) (*coveredArea, error) {
	s.report = report
	var paths []string
	for _, in := range s.files {
		paths = append(paths, in.path)
	}
	s.hashes = hashFiles(ctx, paths)
	if err := s.readNodes(ctx); err != nil {
		return nil, err
	}
	return s.coveredArea()
}

// readNodes is the first pass: where nodes are, which of them are drawn, and relations.
func (s *pbfSource) readNodes(ctx context.Context) error {
	s.report.start("nodes and relations", "B", s.bytes(nil))
	seen := newSeen(len(s.files))
	for _, in := range s.files {
		if err := s.readNodesOf(ctx, in, seen); err != nil {
			return err
		}
		in.nodes = newNodeTable(in.chunks)
		in.chunks = nil
	}
	if s.stats.Nodes == 0 {
		return fmt.Errorf("%s: the extract holds no nodes", s.files[0].path)
	}
	for _, r := range s.relations {
		for _, m := range r.members {
			if s.members[m.way] == nil {
				s.members[m.way] = &memberWay{}
			}
		}
	}
	return nil
}

// nodeBlock is what the first pass takes from a block.
type nodeBlock struct {
	chunks    []nodeChunk
	points    []pointShape
	relations []*relation
	nodes     int
	inBox     int
	read      int // relations
}

func (s *pbfSource) readNodesOf(ctx context.Context, in *pbfInput, seen *seen) error {
	box := in.pbf.Header.Box
	all := func(int) bool { return true }
	return s.eachBlob(ctx, in, all, func() func(int, pbf.Blob) error {
		d := pbf.Decoder{TrackTime: in.pbf.Header.Replicated.IsZero()}
		var classes []schema.Class
		return func(i int, b pbf.Blob) error {
			var block nodeBlock
			err := d.Decode(in.pbf, b, pbf.Handler{
				Node: func(n *pbf.Node) {
					block.nodes++
					at := location{n.Lat, n.Lon}
					if box != nil && box.Contains(at.latLon()) {
						block.inBox++
					}
					block.chunks = appendNode(block.chunks, n.ID, at)
					if len(n.Tags) == 0 {
						return
					}
					classes = s.classifier.Classify(classes[:0], schema.Point, n.Tags)
					if len(classes) > 0 {
						block.points = append(block.points, pointShape{n.ID, at, slices.Clone(classes)})
					}
				},
				Relation: func(r *pbf.Relation) {
					block.read++
					if rel, ok := newRelation(s.classifier, r); ok {
						block.relations = append(block.relations, rel)
					}
				},
			})
			if err != nil {
				return err
			}
			for k := range block.chunks {
				block.chunks[k].trim()
			}
			in.contents[i] = d.Found
			if d.Found.Ways && s.held.Add(int64(len(d.Content))) <= heldBytes {
				in.inflated[i] = bytes.Clone(d.Content)
			}
			s.takeNodes(in, &block, &d, seen)
			return nil
		}
	})
}

func (s *pbfSource) takeNodes(in *pbfInput, block *nodeBlock, d *pbf.Decoder, seen *seen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Nodes += block.nodes
	s.stats.Relations += block.read
	s.stats.Unplaced += d.Unplaced
	d.Unplaced = 0
	in.inBox += block.inBox
	in.chunks = append(in.chunks, block.chunks...)
	if d.Newest.After(in.newest) {
		in.newest = d.Newest
	}
	for _, p := range block.points {
		if seen.add(NodeObject, p.id) {
			s.points = append(s.points, p)
		} else {
			s.stats.Repeated++
		}
	}
	for _, r := range block.relations {
		if seen.add(RelationObject, r.id) {
			s.relations = append(s.relations, r)
		} else {
			s.stats.Repeated++
		}
	}
}

// seen remembers the objects of several files, each of which is used once.
type seen struct {
	ids map[seenObject]bool // nil for a single file
}

type seenObject struct {
	kind ObjectKind
	id   int64
}

func newSeen(files int) *seen {
	if files < 2 {
		return &seen{}
	}
	return &seen{ids: map[seenObject]bool{}}
}

// add reports whether the object is new.
func (s *seen) add(kind ObjectKind, id int64) bool {
	if s.ids == nil {
		return true
	}
	if s.ids[seenObject{kind, id}] {
		return false
	}
	s.ids[seenObject{kind, id}] = true
	return true
}

// bytes returns the size of the blobs that a pass will read.
func (s *pbfSource) bytes(want func(pbf.Contents) bool) int64 {
	sum := int64(0)
	for _, in := range s.files {
		for i, b := range in.pbf.Blobs {
			if want == nil || want(in.contents[i]) {
				sum += b.Bytes()
			}
		}
	}
	return sum
}

// tables returns the node tables of all files, that of the given file first.
func (s *pbfSource) tables(first *pbfInput) []*nodeTable {
	tables := []*nodeTable{first.nodes}
	for _, in := range s.files {
		if in != first {
			tables = append(tables, in.nodes)
		}
	}
	return tables
}

// draw hands all shapes to the tiler, and keeps the coastlines.
func (s *pbfSource) draw(ctx context.Context, t *tiler) error {
	shaper := t.newShaper()
	for _, p := range s.points {
		if err := shaper.disc(p.classes, p.at); err != nil {
			return err
		}
	}
	if err := shaper.flush(); err != nil {
		return err
	}
	s.points = nil
	if err := s.drawWays(ctx, t); err != nil {
		return err
	}
	return s.drawRelations(ctx, t)
}

// drawRelations draws the relations, and then what they left of their ways.
func (s *pbfSource) drawRelations(ctx context.Context, t *tiler) error {
	s.report.start("relations", "", int64(len(s.relations)))
	var mu sync.Mutex
	tables := s.tables(s.files[0])
	boxes := s.cutBoxes()
	err := parallel(ctx, s.procs, len(s.relations), func() func(int) error {
		d := relationDrawer{shaper: t.newShaper(), finder: newNodeFinder(tables...), ways: s.members, boxes: boxes, mu: &mu}
		return func(i int) error {
			d.stats = &AreaStats{}
			err := d.draw(s.relations[i])
			s.report.add(1)
			return errors.Join(err, d.shaper.flush(), s.addAreas(d.stats))
		}
	})
	if err != nil {
		return err
	}
	drawer := &wayDrawer{source: s, shaper: t.newShaper(), finder: newNodeFinder(tables...)}
	for _, way := range s.members {
		if err := drawer.drawMember(way); err != nil {
			return err
		}
	}
	return drawer.flush()
}

func (s *pbfSource) addAreas(stats *AreaStats) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Areas.add(stats)
	return nil
}

func (s *pbfSource) counts() Stats { return s.stats }

// coastlines returns the coast, and those of the files' boxes that can be believed.
func (s *pbfSource) coastlines() ([]coastWay, []loc2vec.Bounds) {
	var boxes []loc2vec.Bounds
	for _, in := range s.files {
		if in.boxFits() {
			boxes = append(boxes, *in.pbf.Header.Box)
		}
	}
	return s.sortedCoast(), boxes
}

// cutBoxes returns the boxes at which the files were cut, none unless that is known of all of them.
func (s *pbfSource) cutBoxes() []loc2vec.Bounds {
	var boxes []loc2vec.Bounds
	for _, in := range s.files {
		if !in.boxFits() {
			return nil
		}
		boxes = append(boxes, *in.pbf.Header.Box)
	}
	return boxes
}

// describe describes the files for the pack's metadata.
func (s *pbfSource) describe() ([]pack.Source, error) {
	hashes, err := s.hashes()
	if err != nil {
		return nil, err
	}
	var sources []pack.Source
	for i, in := range s.files {
		date := ""
		when := in.pbf.Header.Replicated
		if when.IsZero() {
			when = in.newest
		}
		if !when.IsZero() {
			date = when.Format(time.RFC3339)
		}
		sources = append(sources, pack.Source{
			Name: filepath.Base(in.path), SHA256: hashes[i], Date: date, Bytes: in.pbf.Size,
		})
	}
	return sources, nil
}
