package activation

import (
	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// tape holds the maps of one picture on its way through a stack. Not safe for concurrent use. Maps are [row][column][channel].
type tape struct {
	*Stack
	tiles    kernel.Tiles
	inputs   [][]float32 // of each layer, with its margin
	convs    [][]float32 // output of each convolution
	response [][]float32 // after pooling, with the bias
	gradient [][]float32 // of each response
	dz       []float32   // gradient of the output of a convolution, with a margin of zeros
}

func (s *Stack) newTape() *tape {
	t := &tape{Stack: s}
	var largest int
	for i := range s.layers {
		l := &s.layers[i]
		edge := l.inSize + 2*l.margin
		t.inputs = append(t.inputs, kernel.Aligned(edge*edge*l.in))
		t.convs = append(t.convs, kernel.Aligned(l.convSize*l.convSize*l.out))
		t.response = append(t.response, kernel.Aligned(l.size*l.size*l.out))
		t.gradient = append(t.gradient, kernel.Aligned(l.size*l.size*l.out))
		largest = max(largest, (l.inSize+2)*(l.inSize+2)*l.out)
	}
	t.dz = kernel.Aligned(largest)
	return t
}

// setPicture sets the input to a picture [C][H][W] of values from 0 to 1.
func (t *tape) setPicture(picture []float32) {
	l := &t.layers[0]
	plane, edge := t.pixels*t.pixels, t.pixels+2*l.margin
	for y := range t.pixels {
		for x := range t.pixels {
			to := t.inputs[0][((y+l.margin)*edge+x+l.margin)*l.in:]
			for c := range loc2vec.NumLayers {
				to[c] = picture[c*plane+y*t.pixels+x]
			}
		}
	}
}

// setRaster sets the input to a raster [C][H][W].
func (t *tape) setRaster(raster []uint8) {
	picture := make([]float32, len(raster))
	for i, v := range raster {
		picture[i] = float32(v) * encoder.InputScale
	}
	t.setPicture(picture)
}

// forward computes the responses of all layers up to the last one given.
func (t *tape) forward(last int) {
	for i := range last + 1 {
		l := &t.layers[i]
		g := &kernel.Conv3{In: l.in, Out: l.out, Width: l.convSize, SrcRow: (l.inSize + 2*l.margin) * l.in, DstRow: l.convSize * l.out}
		t.isa.Conv3(t.convs[i], t.inputs[i], l.forward, l.convSize, g, &t.tiles)
		l.poolInto(t.response[i], t.convs[i])
		if i < last {
			t.activate(i)
		}
	}
}

// poolInto pools the output of the convolution and adds the bias.
func (l *layer) poolInto(dst, conv []float32) {
	for y := range l.size {
		for x := range l.size {
			to := dst[(y*l.size+x)*l.out:][:l.out]
			if !l.pool {
				copy(to, conv[(y*l.size+x)*l.out:])
			} else {
				for c := range to {
					to[c] = conv[l.fullest(conv, y, x, c)]
				}
			}
			for c, b := range l.bias {
				to[c] += b
			}
		}
	}
}

// fullest returns the index of the largest of the four values that are pooled to one, the first of equals.
func (l *layer) fullest(conv []float32, y, x, c int) int {
	corner := (2*y*l.convSize+2*x)*l.out + c
	best := corner
	for _, at := range [3]int{corner + l.out, corner + l.convSize*l.out, corner + (l.convSize+1)*l.out} {
		if conv[at] > conv[best] {
			best = at
		}
	}
	return best
}

// activate makes the input of layer i+1 from the responses of layer i.
func (t *tape) activate(i int) {
	l, next := &t.layers[i], &t.layers[i+1]
	edge, row := l.size+2*next.margin, l.size*l.out
	for y := range l.size {
		to := t.inputs[i+1][((y+next.margin)*edge+next.margin)*l.out:][:row]
		for k, v := range t.response[i][y*row:][:row] {
			to[k] = max(v, l.slope*v)
		}
	}
}

// backward fills dst [C][H][W] with the gradient of the picture, from the gradient of the responses of the last layer,
// which gradient[last] holds. forward must have gone as far.
func (t *tape) backward(dst []float32, last int) {
	for i := last; i >= 0; i-- {
		l := &t.layers[i]
		t.unpool(i)
		edge := l.inSize + 2
		g := &kernel.Conv3{In: l.out, Out: l.in, Width: l.inSize, SrcRow: edge * l.out, DstRow: l.inSize * l.in}
		if i == 0 {
			dx := kernel.Aligned(l.inSize * l.inSize * l.in)
			t.isa.Conv3(dx, t.dz, l.backward, l.inSize, g, &t.tiles)
			t.planes(dst, dx)
			return
		}
		before := &t.layers[i-1]
		t.isa.Conv3(t.gradient[i-1], t.dz, l.backward, l.inSize, g, &t.tiles)
		for k, v := range t.response[i-1] {
			if v <= 0 {
				t.gradient[i-1][k] *= before.slope
			}
		}
	}
}

// unpool fills dz with the gradient of the output of convolution i, with a margin: the convolution back reads three rows
// for each row of the input.
func (t *tape) unpool(i int) {
	l := &t.layers[i]
	margin, edge := 2-l.margin, l.inSize+2
	clear(t.dz[:edge*edge*l.out])
	for y := range l.size {
		for x := range l.size {
			for c, v := range t.gradient[i][(y*l.size+x)*l.out:][:l.out] {
				if v == 0 {
					continue
				}
				row, column := y, x
				if l.pool {
					at := l.fullest(t.convs[i], y, x, c) / l.out
					row, column = at/l.convSize, at%l.convSize
				}
				t.dz[((row+margin)*edge+column+margin)*l.out+c] = v
			}
		}
	}
}

// planes converts [H][W][channel] to [C][H][W].
func (t *tape) planes(dst, src []float32) {
	channels, plane := t.layers[0].in, t.pixels*t.pixels
	for i := range plane {
		for c := range loc2vec.NumLayers {
			dst[c*plane+i] = src[i*channels+c]
		}
	}
}
