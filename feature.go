package loc2vec

// Kind says how a feature is drawn. Its values are those of a Mapbox vector tile's GeomType.
type Kind uint8

const (
	// KindDisc is drawn as a disc around each of its points.
	KindDisc Kind = 1
	// KindLine is drawn as a stroke with butt ends and bevel joins along each of its parts.
	KindLine Kind = 2
	// KindArea is filled: its parts are rings, outer ones positive and inner ones negative.
	KindArea Kind = 3
)

// String returns "disc", "line" or "area".
func (k Kind) String() string {
	switch k {
	case KindDisc:
		return "disc"
	case KindLine:
		return "line"
	case KindArea:
		return "area"
	}
	return "unknown"
}

// Feature is one shape of one layer within one tile.
type Feature struct {
	Layer Layer
	Kind  Kind
	// Size in decimetres on the ground: a line's whole width, a disc's radius. SeaArea for an area of the sea, 0 for
	// any other area.
	Size uint16
	// Parts are points, lines or rings, in tile coordinates within 0..Extent. A ring's first
	// point is not repeated at its end. Rings are oriented as in the vector tile specification 2.1,
	// section 4.3.3.3: with Y pointing down, the shoelace sum of an outer ring is positive and that of
	// an inner ring negative, and each inner ring follows its outer ring.
	Parts [][]TilePoint
}

// SeaArea is the Size of areas of the sea, which packs bound by coast or, where a coast leaves their data, by lines of
// their own.
const SeaArea = 1

// Part is one part of a feature, as a decoder of vector tiles emits it.
type Part struct {
	Layer Layer
	Kind  Kind
	// Size as in Feature.
	Size uint16
	// Points belong to the decoder and are valid until emit returns.
	Points []TilePoint
}

// Outer reports whether the part is the outer ring of an area.
func (p *Part) Outer() bool {
	return p.Kind == KindArea && len(p.Points) > 0 && DoubleArea(p.Points) > 0
}

// DoubleArea returns the shoelace sum of a ring: twice its area, positive for an outer ring, which runs
// clockwise where Y points down. The first point must not be repeated at the end. An empty ring has area 0.
func DoubleArea(ring []TilePoint) int64 {
	if len(ring) == 0 {
		return 0
	}
	var sum int64
	previous := ring[len(ring)-1]
	for _, p := range ring {
		sum += int64(previous.X)*int64(p.Y) - int64(p.X)*int64(previous.Y)
		previous = p
	}
	return sum
}
