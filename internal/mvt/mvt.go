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

// The attributes that features carry: a line's width and a disc's radius in decimetres, and loc2vec.SeaArea for an
// area of the sea.
const (
	AttributeSea    = "sea"
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

// Limits of a tile, for readers and writers alike. The densest of 134,615 tiles of 76 extracts, in the east of
// Baltimore, has 154,530 bytes, 8,825 parts and 59,388 points. A tile within the limits is decoded in some
// milliseconds.
const (
	// MaxBytes is the size, compressed as well as uncompressed: 13 times as much.
	MaxBytes = 2 << 20
	// MaxParts is the number of points, lines and rings: 15 times as many.
	MaxParts = 1 << 17
	// MaxPoints is the number of points of all parts: nine times as many.
	MaxPoints = 1 << 19
)

// MaxExpanded returns how many bytes the contents of a tile of that many compressed bytes may have, so that the work for a
// pack is bounded by its size: 4 KiB and 16 times as many, where deflate reaches 1032. Of the same tiles none expands to
// more than 2 KiB and 1.6 times as many.
func MaxExpanded(compressed int) int { return min(MaxBytes, 4<<10+16*compressed) }

// Closing is the layer of the lines that bound areas of the sea without being coast, loc2vec.KindLine without a size.
// Decoders skip it unless they are told to read it.
const Closing = loc2vec.Layer(loc2vec.NumLayers)

const closingName = "closing"

func layerName(l loc2vec.Layer) string {
	if l == Closing {
		return closingName
	}
	return l.String()
}

// attribute returns the name of the attribute that features of a kind carry, those of a size other than 0.
func attribute(k loc2vec.Kind) string {
	switch k {
	case loc2vec.KindDisc:
		return AttributeRadius
	case loc2vec.KindLine:
		return AttributeWidth
	}
	return AttributeSea
}
