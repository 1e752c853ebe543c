package loc2vec

// Layer is one of the twelve semantic channels of a raster.
type Layer uint8

// The layers, in channel order. Their names (Layer.String) are the names of the vector tile
// layers in a region pack.
const (
	Water       Layer = iota // water, the sea included
	Vegetation               // vegetation and natural ground
	Park                     // park and recreation
	Residential              // residential land
	Commercial               // commercial and industrial land
	Building                 // buildings
	MajorRoad                // motorways to secondary roads
	MinorRoad                // tertiary to service roads
	Path                     // paths and pedestrian areas
	Transport                // rail, stops, stations, parking, runways
	Civic                    // education, health, worship, government, culture
	Commerce                 // shops and other points of interest

	// NumLayers is C, the number of layers.
	NumLayers = 12
)

func layerNames() [NumLayers]string {
	return [NumLayers]string{
		"water", "vegetation", "park", "residential", "commercial", "building",
		"major_road", "minor_road", "path", "transport", "civic", "commerce",
	}
}

// String returns the layer's name, such as "major_road".
func (l Layer) String() string {
	if l >= NumLayers {
		return "unknown"
	}
	return layerNames()[l]
}

// ParseLayer returns the layer with the given name, and false for an unknown name.
func ParseLayer(name string) (Layer, bool) {
	for l, n := range layerNames() {
		if n == name {
			return Layer(l), true
		}
	}
	return 0, false
}
