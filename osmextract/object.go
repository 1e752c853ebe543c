package osmextract

import (
	"context"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// Database is a source of map objects that come with their geometry, such as package postgis. Its
// methods are called one at a time.
type Database interface {
	// Objects calls visit for each object that the query asks for, relations before ways and nodes.
	// It stops at the first error and returns it.
	Objects(ctx context.Context, q Query, visit func(*Object) error) error
	// Count is about how many objects there are in all, 0 when that is not known.
	Count() int64
	// Source describes the database for the pack's metadata.
	Source() pack.Source
}

// Query says which objects of a Database are wanted.
type Query struct {
	// Within are boxes, none of which crosses the antimeridian: objects that reach into one of them are
	// wanted, all objects when there are none. Others do no harm.
	Within []loc2vec.Bounds
	// Untagged says that tags are not looked at and may be left out.
	Untagged bool
}

// Object is a map object with its geometry. It is valid until the function that gets it returns.
type Object struct {
	Kind ObjectKind
	Tags osm.Tags
	// Parts are the place of a node; the nodes of a way, in the way's direction, the first one repeated
	// at the end when it is closed; or the rings of a relation, each with its first point repeated at
	// the end, in any order and direction. A way kept as a polygon has its rings, outer ones
	// counter-clockwise: the direction of coastlines around islands.
	Parts [][]loc2vec.LatLon
}

// ObjectKind is what an object is in OpenStreetMap.
type ObjectKind uint8

const (
	NodeObject ObjectKind = iota
	WayObject
	RelationObject // a multipolygon or boundary
)
