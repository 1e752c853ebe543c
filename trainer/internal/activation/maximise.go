package activation

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Settings of the ascent. They are the same for all layers, so that layers can be compared.
const (
	steps = 48
	rate  = 0.12 // of a step, times the gradient over its root mean square
	// decay pulls every value towards 0, "nothing mapped", so that what does not matter vanishes, and blurring takes away
	// patterns of single pixels, which no map has, unless they matter (Yosinski et al., Understanding Neural Networks
	// Through Deep Visualization, 2015, L2 decay and Gaussian blur). The last step is not blurred.
	decay      = 0.05
	blurCentre = 0.5 // weight of the pixel itself along an axis; its two neighbours share the rest
	// The start is dim noise: an empty picture has no gradient where all filters are level.
	startLow, startHigh = 0.2, 0.5
)

// Maximise returns the picture [C][H][W], values from 0 to 1, to which a filter responds most strongly, by gradient ascent
// on the picture (Erhan, Bengio, Courville and Vincent, Visualizing Higher-Layer Features of a Deep Network, 2009) with
// decay and blur, and the mean response of the filter's units to it, which the ascent maximises.
func (s *Stack) Maximise(layer, filter int, rng *rand.Rand) ([]float32, float64, error) {
	if layer < 0 || layer >= len(s.layers) || filter < 0 || filter >= s.layers[layer].filters {
		return nil, 0, fmt.Errorf("maximising filter %d of layer %d: there is none", filter, layer)
	}
	t := s.newTape()
	picture, slope := make([]float32, s.values()), make([]float32, s.values())
	for i := range picture {
		picture[i] = startLow + (startHigh-startLow)*rng.Float32()
	}
	for step := range steps {
		t.meanResponse(picture, layer, filter)
		t.ascent(slope, layer, filter)
		var square float64
		for _, g := range slope {
			square += float64(g) * float64(g)
		}
		if square == 0 {
			break // no weight is above or below 0
		}
		scale := float32(rate / math.Sqrt(square/float64(len(slope))))
		for i, g := range slope {
			picture[i] = min(max((1-decay)*picture[i]+scale*g, 0), 1)
		}
		if step < steps-1 {
			s.blur(picture)
		}
	}
	return picture, t.meanResponse(picture, layer, filter), nil
}

// meanResponse returns the mean response to a picture of a filter's units.
func (t *tape) meanResponse(picture []float32, layer, filter int) float64 {
	t.setPicture(picture)
	t.forward(layer)
	var sum float64
	l := &t.layers[layer]
	for u := range l.size * l.size {
		sum += float64(t.response[layer][u*l.out+filter])
	}
	return sum / float64(l.size*l.size)
}

// ascent fills dst with the gradient of meanResponse with respect to the picture that it was called with.
func (t *tape) ascent(dst []float32, layer, filter int) {
	clear(t.gradient[layer])
	l := &t.layers[layer]
	for u := range l.size * l.size {
		t.gradient[layer][u*l.out+filter] = 1 / float32(l.size*l.size)
	}
	t.backward(dst, layer)
}

// blur blurs all channels of a picture along both axes.
func (s *Stack) blur(picture []float32) {
	n := s.pixels
	line := make([]float32, n)
	along := func(start, stride int) {
		for k := range line {
			line[k] = picture[start+k*stride]
		}
		for k := range line {
			before, after := line[max(k-1, 0)], line[min(k+1, n-1)]
			picture[start+k*stride] = blurCentre*line[k] + (1-blurCentre)/2*(before+after)
		}
	}
	for plane := 0; plane < len(picture); plane += n * n {
		for i := range n {
			along(plane+i*n, 1)
			along(plane+i, n)
		}
	}
}
