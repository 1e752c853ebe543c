package osmextract

import (
	"github.com/loc2vec/loc2vec/osmextract/internal/sea"
	"github.com/loc2vec/loc2vec/pack"
)

// Stats tells what became of the objects of an extract.
type Stats struct {
	// Objects read.
	Nodes     int `json:"nodes"`
	Ways      int `json:"ways"`
	Relations int `json:"relations"`
	// Repeated objects were in more than one file and were used once.
	Repeated int `json:"repeated"`
	// Shapes drawn, by layer name. A shape of two layers counts in both, one of several tiles once.
	Shapes map[string]int `json:"shapes"`
	// Outside counts shapes left out because they do not reach into the covered area.
	Outside int `json:"outside"`
	// Unmapped counts tiles inside the files' boxes that the pack leaves out, since the extract was cut
	// along a border that leaves them empty.
	Unmapped int `json:"unmapped_tiles"`
	// MissingNodes counts nodes that drawn ways refer to and no file holds. Lines are broken there,
	// areas are drawn without them.
	MissingNodes int `json:"missing_nodes"`
	// BrokenWays counts ways left out for having too few known nodes.
	BrokenWays int `json:"broken_ways"`
	// Unplaced counts nodes left out because their coordinates are not on Earth.
	Unplaced int `json:"unplaced_nodes"`

	Areas AreaStats `json:"areas"`
	Sea   SeaStats  `json:"sea"`
	// Pack describes the pack, PackBytes is its size.
	Pack      pack.Metadata `json:"pack"`
	PackBytes int64         `json:"pack_bytes"`
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
	Complete     int `json:"complete"`      // drawn from a closed outline
	Open         int `json:"open"`          // drawn in part: the outline has gaps
	Empty        int `json:"empty"`         // left out: no ring is closed
	Closed       int `json:"closed"`        // of those with gaps, outlines closed outside of the extract's box
	OldStyle     int `json:"old_style"`     // of all these, those whose tags were looked for on their outer ways
	MissingWays  int `json:"missing_ways"`  // members that no file holds
	MissingNodes int `json:"missing_nodes"` // nodes of members that no file holds
}

func (s *AreaStats) count(untagged bool, polygons int, open bool) {
	switch {
	case polygons == 0:
		s.Empty++
	case open:
		s.Open++
	default:
		s.Complete++
	}
	if untagged {
		s.OldStyle++
	}
}

func (s *AreaStats) add(o *AreaStats) {
	s.Complete += o.Complete
	s.Open += o.Open
	s.Empty += o.Empty
	s.Closed += o.Closed
	s.OldStyle += o.OldStyle
	s.MissingWays += o.MissingWays
	s.MissingNodes += o.MissingNodes
}

// SeaStats tells what the sea was made from.
type SeaStats = sea.Stats
