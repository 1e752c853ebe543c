package osmextract

import "github.com/loc2vec/loc2vec"

// Stats tells what became of the objects of an extract.
type Stats struct {
	// Objects read.
	Nodes, Ways, Relations int
	// Repeated objects were in more than one file and were used once.
	Repeated int
	// Shapes drawn, by layer name. A shape of two layers counts in both, one of several tiles once.
	Shapes map[string]int
	// Outside counts shapes left out because they do not reach into the covered area.
	Outside int
	// Unmapped counts tiles inside the files' boxes that the pack leaves out, since the extract was cut
	// along a border that leaves them empty.
	Unmapped int
	// MissingNodes counts nodes that drawn ways refer to and no file holds. Lines are broken there,
	// areas are drawn without them.
	MissingNodes int
	// BrokenWays counts ways left out for having too few known nodes.
	BrokenWays int
	// Unplaced counts nodes left out because their coordinates are not on Earth.
	Unplaced int

	Areas AreaStats
	Sea   SeaStats
	// Pack describes the pack, PackBytes is its size.
	Pack      loc2vec.PackMetadata
	PackBytes int64
}

// add adds the counts that ways have.
func (s *Stats) add(o *Stats) {
	s.Ways += o.Ways
	s.Repeated += o.Repeated
	s.MissingNodes += o.MissingNodes
	s.BrokenWays += o.BrokenWays
}

// AreaStats tells what became of multipolygon and boundary relations that have something to draw.
type AreaStats struct {
	Complete     int // drawn from a closed outline
	Open         int // drawn in part: the outline has gaps
	Empty        int // left out: no ring is closed
	OldStyle     int // of all these, those whose tags were looked for on their outer ways
	MissingWays  int // members that no file holds
	MissingNodes int // nodes of members that no file holds
}

func (s *AreaStats) count(r *relation, polygons int, open bool) {
	switch {
	case polygons == 0:
		s.Empty++
	case open:
		s.Open++
	default:
		s.Complete++
	}
	if r.bare {
		s.OldStyle++
	}
}

func (s *AreaStats) add(o *AreaStats) {
	s.Complete += o.Complete
	s.Open += o.Open
	s.Empty += o.Empty
	s.OldStyle += o.OldStyle
	s.MissingWays += o.MissingWays
	s.MissingNodes += o.MissingNodes
}
