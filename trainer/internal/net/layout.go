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
)

// Layouts lists the layouts, the default first.
func Layouts() []string { return []string{Lite, Classic, Pooled} }

const (
	hiddenUnits = 64 // of the dense layer and of both 1x1 convolutions
	normCount   = 4  // parameters of batch normalisation per channel as Keras counts: scale, shift, mean, variance
)

// convSpec is a 3x3 convolution with what follows it.
type convSpec struct {
	in, out int
	same    bool
	pool    bool
}

// layout is a network's shape for one size of raster.
type layout struct {
	name   string
	convs  []convSpec
	biased bool // every hidden layer counts a bias, which batch normalisation cancels
	size   int  // H and W of the last feature map
	joined int  // numbers that the dense layer reads
}

// newLayout works out a layout; extra is the number of coverage features of Pooled.
func newLayout(name string, pixels, extra int) (*layout, error) {
	l := &layout{name: name, size: pixels}
	channels := []int{loc2vec.NumLayers, 32, 32, 64, 64, 256}
	switch name {
	case Classic:
		l.biased = true
		channels = []int{loc2vec.NumLayers, 32, 32, 64, 64, 128}
	case Lite, Pooled:
	default:
		return nil, fmt.Errorf("net: no layout is named %q; there are %v", name, Layouts())
	}
	for i, out := range channels[1:] {
		c := convSpec{in: channels[i], out: out, same: name != Classic, pool: name != Classic || i > 0}
		if !c.same {
			l.size -= 2
		}
		if l.size < 2 || c.pool && l.size%2 != 0 {
			return nil, fmt.Errorf("net: rasters of %d pixels do not fit layout %s", pixels, name)
		}
		if c.pool {
			l.size /= 2
		}
		l.convs = append(l.convs, c)
	}
	l.joined = hiddenUnits * l.size * l.size
	if name == Pooled {
		l.joined = hiddenUnits + extra
	}
	return l, nil
}

// lastChannels is the number of feature maps before the 1x1 convolutions.
func (l *layout) lastChannels() int { return l.convs[len(l.convs)-1].out }

// parameters counts as Keras does.
func (l *layout) parameters() int {
	n, bias := 0, 0
	if l.biased {
		bias = 1
	}
	layer := func(weights, out int) { n += weights + (bias+normCount)*out }
	for _, c := range l.convs {
		layer(kernel.Conv3Size(c.in, c.out), c.out)
	}
	layer(l.lastChannels()*hiddenUnits, hiddenUnits)
	layer(hiddenUnits*hiddenUnits, hiddenUnits)
	layer(l.joined*hiddenUnits, hiddenUnits)
	return n + (hiddenUnits+1)*loc2vec.Dimension
}

// Parameters counts the parameters of a layout at 128 pixels with the default masks, as Keras counts:
// four per channel of batch normalisation. The biases of Classic are counted although
// batch normalisation cancels them exactly: their gradient is zero, and they stay zero.
func Parameters(name string) (int, error) {
	l, err := newLayout(name, defaultPixels, len(DefaultMasks(defaultPixels))*loc2vec.NumLayers)
	if err != nil {
		return 0, err
	}
	return l.parameters(), nil
}
