package osmextract

import (
	"github.com/loc2vec/loc2vec/osmextract/internal/sea"
	"github.com/loc2vec/loc2vec/pack"
)

// Stats counts what Extract has read and written.
type Stats struct {
	// Nodes, Ways and Relations count the elements read.
	Nodes     int `json:"nodes"`
	Ways      int `json:"ways"`
	Relations int `json:"relations"`
	// Repeated counts elements that an earlier source holds as well; Extract uses them once.
	Repeated int `json:"repeated"`
	// Differing counts repeated elements of which the sources hold other coordinates, nodes, members or
	// classes. Extract uses those of the first source.
	Differing int `json:"differing"`
	// Joined counts, of these, ways of which the sources hold different parts, which Extract joins.
	// Areas.Joined counts such relations.
	Joined int `json:"joined"`
	// Shapes counts features by layer name. A feature of two layers counts in both, one of several tiles
	// counts once.
	Shapes map[string]int `json:"shapes"`
	// Outside counts features left out because they do not reach into the covered area.
	Outside int `json:"outside"`
	// Unmapped counts tiles at the edges of the boxes of the sources that the pack leaves out, because they hold
	// neither buildings nor roads, few nodes, no sea and no area that covers whole tiles: extracts are cut along
	// borders.
	Unmapped int `json:"unmapped_tiles"`
	// MissingNodes counts references of ways to nodes that no source holds on Earth. A line breaks there; an
	// area goes without the node.
	MissingNodes int `json:"missing_nodes"`
	// BrokenWays counts ways left out because too few of their nodes are known.
	BrokenWays int `json:"broken_ways"`
	// CrossingWays counts areas of single ways whose outline crosses itself: Extract draws what the parts of the
	// outline enclose.
	CrossingWays int `json:"crossing_ways"`
	// Small counts features left out because they are smaller than a step of the grid, a quarter of a metre.
	Small int `json:"small"`
	// Unplaced counts nodes left out because their coordinates are not on Earth.
	Unplaced int `json:"unplaced_nodes"`

	Areas AreaStats `json:"areas"`
	Sea   SeaStats  `json:"sea"`
	// Pack is the metadata of the pack, PackBytes its size.
	Pack      pack.Metadata `json:"pack"`
	PackBytes int64         `json:"pack_bytes"`
}

// add adds the counts of ways.
func (s *Stats) add(o *Stats) {
	s.Ways += o.Ways
	s.Repeated += o.Repeated
	s.Differing += o.Differing
	s.Joined += o.Joined
	s.MissingNodes += o.MissingNodes
	s.BrokenWays += o.BrokenWays
	s.CrossingWays += o.CrossingWays
}

// AreaStats counts multipolygon and boundary relations with a class, or with tags on their outer ways.
type AreaStats struct {
	Complete     int `json:"complete"`      // with a closed outline
	Open         int `json:"open"`          // with gaps in the outline: the closed parts are used
	Empty        int `json:"empty"`         // without a closed ring: left out
	Closed       int `json:"closed"`        // of those with gaps, closed beyond the box of the extract
	OldStyle     int `json:"old_style"`     // of all these, with the tags on the outer ways
	Repaired     int `json:"repaired"`      // with lines that repeat, a short gap, or rings that cross
	Joined       int `json:"joined"`        // from members that different sources hold
	MissingWays  int `json:"missing_ways"`  // member ways that no source holds
	MissingNodes int `json:"missing_nodes"` // nodes of member ways that no source holds
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
	s.Repaired += o.Repaired
	s.Joined += o.Joined
	s.MissingWays += o.MissingWays
	s.MissingNodes += o.MissingNodes
}

// SeaStats tells what the sea was made from.
type SeaStats = sea.Stats
