package loc2vec

// A tile of a pack is a Mapbox vector tile of version 2.1. Its schema, as far as it is used here:
//
//	message Tile    { repeated Layer layers = 3; }
//	message Layer   { uint32 version = 15; string name = 1; repeated Feature features = 2;
//	                  repeated string keys = 3; repeated Value values = 4; uint32 extent = 5; }
//	message Feature { repeated uint32 tags = 2 [packed]; GeomType type = 3;
//	                  repeated uint32 geometry = 4 [packed]; }
//	message Value   { uint64 uint_value = 5; … }
const (
	mvtTileLayer = 3

	mvtLayerName    = 1
	mvtLayerFeature = 2
	mvtLayerKey     = 3
	mvtLayerValue   = 4
	mvtLayerExtent  = 5
	mvtLayerVersion = 15

	mvtFeatureTags     = 2
	mvtFeatureType     = 3
	mvtFeatureGeometry = 4

	mvtValueUint = 5
)

// The attributes that features carry: a line's width and a disc's radius in decimetres.
const (
	mvtWidth  = "width"
	mvtRadius = "radius"
)

// Commands of a geometry. A command integer is the command in its low three bits and how often it
// is repeated in the others.
const (
	mvtMoveTo    = 1
	mvtLineTo    = 2
	mvtClosePath = 7
)

// Wire types of protocol buffers.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// attribute returns the name of the kind's attribute, empty for an area.
func (k Kind) attribute() string {
	switch k {
	case KindDisc:
		return mvtRadius
	case KindLine:
		return mvtWidth
	}
	return ""
}

// doubleArea returns the shoelace sum of a ring: twice its area, positive when the ring turns
// clockwise on a screen, where Y points down.
func doubleArea(ring []TilePoint) int64 {
	var sum int64
	previous := ring[len(ring)-1]
	for _, p := range ring {
		sum += int64(previous.X)*int64(p.Y) - int64(p.X)*int64(previous.Y)
		previous = p
	}
	return sum
}
