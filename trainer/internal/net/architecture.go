package net

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// The layouts.
const (
	Classic = "classic"
	Lite    = "lite"
	Pooled  = "pooled"
	Wide    = "wide" // Pooled with twice the hidden units
)

// The defaults of Config and of a training run: what did best at equal time.
const (
	DefaultArchitecture = Wide
	DefaultPixels       = 64
)

// Architectures lists the architectures, the default first.
func Architectures() []string { return []string{Wide, Pooled, Lite, Classic} }

// Pools reports whether a layout reads means of feature maps, joined by coverages, where the others read
// every pixel.
func UsesGlobalPooling(architecture string) bool {
	return architecture == Pooled || architecture == Wide
}

// Takes reports whether a network of a layout can start from one of another: it computes then what that
// one does.
func CanInitFrom(architecture, from string) bool {
	return architecture == from || architecture == Wide && from == Pooled
}

// convSpec is a 3x3 convolution with what follows it.
type convSpec struct {
	in, out int
	same    bool
	pool    bool
}

// layout is a network's shape for one size of raster.
type architecture struct {
	name   string
	convs  []convSpec
	hidden int // units of the dense layer and of both 1x1 convolutions
	extra  int // coverage features, of a layout that pools
	size   int // H and W of the last feature map
	joined int // numbers that the dense layer reads
}

// CheckPixels returns an error unless a layout has rasters of so many pixels along an edge.
func CheckPixels(name string, pixels int) error {
	_, err := newArchitecture(name, pixels, 0)
	return err
}

// newLayout works out a layout; extra is the number of coverage features of one that pools.
func newArchitecture(name string, pixels, extra int) (*architecture, error) {
	l := &architecture{name: name, hidden: 64, size: pixels}
	sizes := "multiples of 32"
	channels := []int{loc2vec.NumLayers, 32, 32, 64, 64, 256}
	switch name {
	case Classic:
		sizes = "multiples of 16 from 48 on"
		channels = []int{loc2vec.NumLayers, 32, 32, 64, 64, 128}
	case Lite, Pooled:
	case Wide:
		l.hidden = 128
	default:
		return nil, fmt.Errorf("net: no architecture is named %q; there are %v", name, Architectures())
	}
	for i, out := range channels[1:] {
		c := convSpec{in: channels[i], out: out, same: name != Classic, pool: name != Classic || i > 0}
		if !c.same {
			l.size -= 2
		}
		if l.size < 2 || (c.pool || i > 0) && l.size%2 != 0 { // tiles and pooling take 2x2 pixels
			return nil, fmt.Errorf("net: rasters of %d pixels do not fit architecture %s: %s do", pixels, name, sizes)
		}
		if c.pool {
			l.size /= 2
		}
		l.convs = append(l.convs, c)
	}
	l.joined = l.hidden * l.size * l.size
	if UsesGlobalPooling(name) {
		l.extra, l.joined = extra, l.hidden+extra
	}
	return l, nil
}

// lastChannels is the number of feature maps before the 1x1 convolutions.
func (l *architecture) lastChannels() int { return l.convs[len(l.convs)-1].out }

// layerShape is how many outputs a layer has and how many weights each of them.
type layerShape struct{ out, weights int }

// layers lists the shapes of all layers with weights, in order.
func (l *architecture) layers() []layerShape {
	var s []layerShape
	for _, c := range l.convs {
		s = append(s, layerShape{c.out, kernel.Conv3Size(c.in, c.out) / c.out})
	}
	return append(s, layerShape{l.hidden, l.lastChannels()}, layerShape{l.hidden, l.hidden},
		layerShape{l.hidden, l.joined}, layerShape{loc2vec.Dimension, l.hidden})
}
