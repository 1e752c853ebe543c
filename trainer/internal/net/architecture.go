package net

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// The architectures, described in the documentation of the package.
const (
	Classic = "classic"
	Lite    = "lite"
	Pooled  = "pooled"
	Wide    = "wide" // Pooled with twice the hidden units
)

// The defaults of Config and of a training run: the ones that did best at equal time.
const (
	DefaultArchitecture = Wide
	DefaultPixels       = 64
)

// Architectures lists the architectures, the default first.
func Architectures() []string { return []string{Wide, Pooled, Lite, Classic} }

// UsesGlobalPooling reports whether the dense layer of an architecture reads the means of the feature maps and
// the coverage features. That of other architectures reads every pixel of the maps.
func UsesGlobalPooling(architecture string) bool {
	return architecture == Pooled || architecture == Wide
}

// CanInitFrom reports whether a network of an architecture can take the weights of another one without changing
// its output.
func CanInitFrom(architecture, from string) bool {
	return architecture == from || architecture == Wide && from == Pooled
}

// convSpec describes a 3x3 convolution and the pooling that follows it.
type convSpec struct {
	in, out int
	same    bool
	pool    bool
}

// architecture is the shape of a network for one size of raster.
type architecture struct {
	name   string
	convs  []convSpec
	hidden int // units of the dense layer and of both 1x1 convolutions
	extra  int // coverage features, with global pooling
	size   int // H and W of the last feature map
	joined int // inputs of the dense layer
}

// CheckPixels returns an error if an architecture does not support rasters of pixels x pixels.
func CheckPixels(name string, pixels int) error {
	_, err := newArchitecture(name, pixels, 0)
	return err
}

// newArchitecture returns the shape of the architecture of that name, with extra coverage features if it uses
// global pooling.
func newArchitecture(name string, pixels, extra int) (*architecture, error) {
	a := &architecture{name: name, hidden: 64, size: pixels}
	sizes := "a multiple of 32"
	channels := []int{loc2vec.NumLayers, 32, 32, 64, 64, 256}
	switch name {
	case Classic:
		sizes = "a multiple of 16, at least 48"
		channels = []int{loc2vec.NumLayers, 32, 32, 64, 64, 128}
	case Lite, Pooled:
	case Wide:
		a.hidden = 128
	default:
		return nil, fmt.Errorf("unknown architecture %q, want one of %v", name, Architectures())
	}
	for i, out := range channels[1:] {
		c := convSpec{in: channels[i], out: out, same: name != Classic, pool: name != Classic || i > 0}
		if !c.same {
			a.size -= 2
		}
		if a.size < 2 || (c.pool || i > 0) && a.size%2 != 0 { // tiles and pooling take 2x2 pixels
			return nil, fmt.Errorf("rasters of %d pixels for architecture %s, want %s", pixels, name, sizes)
		}
		if c.pool {
			a.size /= 2
		}
		a.convs = append(a.convs, c)
	}
	a.joined = a.hidden * a.size * a.size
	if UsesGlobalPooling(name) {
		a.extra, a.joined = extra, a.hidden+extra
	}
	return a, nil
}

// lastChannels returns the number of feature maps before the 1x1 convolutions.
func (a *architecture) lastChannels() int { return a.convs[len(a.convs)-1].out }

// layerShape is the number of outputs of a layer and of the weights of each.
type layerShape struct{ out, weights int }

// layers returns the shapes of all layers with weights, in order.
func (a *architecture) layers() []layerShape {
	var s []layerShape
	for _, c := range a.convs {
		s = append(s, layerShape{c.out, kernel.Conv3Size(c.in, c.out) / c.out})
	}
	return append(s, layerShape{a.hidden, a.lastChannels()}, layerShape{a.hidden, a.hidden},
		layerShape{a.hidden, a.joined}, layerShape{loc2vec.Dimension, a.hidden})
}
