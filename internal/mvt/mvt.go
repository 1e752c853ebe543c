// Package mvt encodes and decodes the vector tiles of a region pack.
//
// It follows the Mapbox Vector Tile specification 2.1.
package mvt

import (
	"github.com/loc2vec/loc2vec"
)

// A tile of a pack is a Mapbox vector tile of version 2.1. Its schema, as far as it is used here:
//
//	message Tile    { repeated Layer layers = 3; }
//	message Layer   { uint32 version = 15; string name = 1; repeated Feature features = 2;
//	                  repeated string keys = 3; repeated Value values = 4; uint32 extent = 5; }
//	message Feature { repeated uint32 tags = 2 [packed]; GeomType type = 3;
//	                  repeated uint32 geometry = 4 [packed]; }
//	message Value   { uint64 uint_value = 5; … }
const (
	fieldTileLayer = 3

	fieldLayerName    = 1
	fieldLayerFeature = 2
	fieldLayerKey     = 3
	fieldLayerValue   = 4
	fieldLayerExtent  = 5
	fieldLayerVersion = 15

	fieldFeatureTags     = 2
	fieldFeatureType     = 3
	fieldFeatureGeometry = 4

	fieldValueUint = 5
)

// The attributes that features carry: a line's width and a disc's radius in decimetres.
const (
	AttributeWidth  = "width"
	AttributeRadius = "radius"
)

// Commands of a geometry. A command integer is the command in its low three bits and how often it
// is repeated in the others.
const (
	commandMoveTo    = 1
	commandLineTo    = 2
	commandClosePath = 7
)

// MaxBytes bounds a tile, compressed as well as uncompressed. The densest city tiles take a few
// hundred kilobytes.
const MaxBytes = 16 << 20

// attribute returns the name of the attribute that features of a kind carry: none for an area.
func attribute(k loc2vec.Kind) string {
	switch k {
	case loc2vec.KindDisc:
		return AttributeRadius
	case loc2vec.KindLine:
		return AttributeWidth
	}
	return ""
}
