package osmextract

import (
	"context"
	"io"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// A Source reads the elements of a map extract. Extract reads it twice: nodes and relations first,
// ways second.
//
// The interface pushes elements to visitors rather than being pulled, as an osm.Scanner is: Extract
// classifies, projects and clips on the goroutines that decode. Scan makes a Source from any
// osm.Scanner.
type Source interface {
	// Info describes the extract. It is safe for concurrent use with Each.
	Info() Info
	// Each calls visitors with the elements of the types in the pass, each element once. newVisitor is
	// called once on each goroutine, up to pass.Procs of them. Each stops at the first error and
	// returns it, and stops soon after ctx ends. Errors that the source itself meets name it and the
	// position; damaged input wraps loc2vec.ErrCorrupt. Calls must not overlap.
	Each(ctx context.Context, pass Pass, newVisitor func() Visitor) error
}

// SourceCloser is a Source that holds a file open.
type SourceCloser interface {
	Source
	io.Closer
}

// A Hasher is a Source that can tell the SHA-256 of its data in hexadecimal digits. Extract calls
// it while it reads the elements and records the sum in the pack.
type Hasher interface {
	Hash(ctx context.Context) (string, error)
}

// Info describes a Source.
type Info struct {
	// Name is the path of the file, or another name. Messages quote it; the pack records its last
	// element.
	Name string
	// Box is the box at which the extract was cut, nil if the source states none. Extract ignores a box
	// that does not fit the nodes.
	Box *loc2vec.Bounds
	// Date is the time of the data. If it is zero, Extract takes the latest Timestamp of a node or
	// relation.
	Date time.Time
	// Bytes is the size of the source, 0 if it is unknown.
	Bytes int64
	// SHA256 is the checksum of the source in hexadecimal digits, empty if it is unknown. A Hasher
	// leaves it empty.
	SHA256 string
	// LocatedWays says that ways may carry the coordinates of their nodes, as Overpass writes them with
	// "out geom" and osmium with add-locations-to-ways. The nodes need not be elements of the source
	// then. A source that finds out while it reads states it from then on.
	LocatedWays bool
}

// Pass says how to read a Source once.
type Pass struct {
	// Types are the types of element to visit.
	Types Types
	// Procs is the greatest number of goroutines, at least 1.
	Procs int
	// Progress is called with the number of bytes that have been read or skipped since the last call.
	// It is safe for concurrent use.
	Progress func(bytes int64)
}

// Types is a set of element types.
type Types uint8

// The element types of OpenStreetMap.
const (
	Nodes Types = 1 << iota
	Ways
	Relations
)

// A Visitor receives elements on one goroutine.
type Visitor interface {
	// Visit receives a *osm.Node, *osm.Way or *osm.Relation, which is valid until Visit returns. The
	// strings in it may be kept. Visit ignores other objects.
	Visit(o osm.Object) error
	// EndBlock is called after a run of elements that are adjacent in the source, and after the last
	// element.
	EndBlock() error
}

// A FeatureSource reads features, which have a geometry, such as those of a PostGIS database
// (package postgis). Calls must not overlap.
type FeatureSource interface {
	// Features calls visit with each feature that the query asks for, relations before ways and nodes.
	// It stops at the first error and returns it.
	Features(ctx context.Context, q Query, visit func(*Feature) error) error
	// Count estimates the number of features, 0 if that is unknown.
	Count() int64
	// Source describes the source for the pack's metadata.
	Source() pack.Source
}

// Query selects features.
type Query struct {
	// Within are boxes that do not cross the antimeridian: features that intersect one of them are
	// selected, or all features if there are none. A source may add others.
	Within []loc2vec.Bounds
	// Untagged says that tags may be left out.
	Untagged bool
}

// Feature is an element with its geometry in WGS84 degrees. It is valid until the function that
// receives it returns.
type Feature struct {
	ID   osm.FeatureID
	Tags osm.Tags
	// Geometry is a point for a node. A way has a line of its nodes in its direction, or a polygon. A
	// relation, which is a multipolygon or boundary, has a polygon or several. Collections are read as
	// the sum of their members. The rings of a relation may have any order and direction.
	Geometry orb.Geometry
}
