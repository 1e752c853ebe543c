package int8net

import (
	"math"
	"slices"

	"github.com/loc2vec/loc2vec/internal/kernel"
)

// Map is a square feature map of bytes, [Size][Size][Channels], inside a border of Halo pixels
// that hold the zero point.
type Map struct {
	Size, Channels, Halo int
	data                 []uint8
}

func newMap(size, channels, halo int, zero uint8) *Map {
	m := &Map{Size: size, Channels: channels, Halo: halo}
	edge := size + 2*halo
	m.data = make([]uint8, edge*edge*channels)
	if zero != 0 {
		for i := range m.data {
			m.data[i] = zero
		}
	}
	return m
}

// stride returns the bytes from one row to the next.
func (m *Map) stride() int { return (m.Size + 2*m.Halo) * m.Channels }

// pixels returns the map from the pixel at column x of row y on.
func (m *Map) pixels(x, y int) []uint8 {
	return m.data[(y+m.Halo)*m.stride()+(x+m.Halo)*m.Channels:]
}

// Fill sets the map to the layers of a raster, [Channels][Size][Size], and returns it.
func (m *Map) Fill(raster []uint8) *Map {
	interleave(m, raster, ascending(m.Channels), 0, m.Size)
	return m
}

// Copy sets the map to another one of the same size, whatever their borders, and returns it.
func (m *Map) Copy(src *Map) *Map {
	for y := range m.Size {
		copy(m.pixels(0, y), src.pixels(0, y)[:m.Size*m.Channels])
	}
	return m
}

// Stage is one convolution of a network, ready to run on feature maps of one size. Safe for
// concurrent use.
type Stage struct {
	conv    *Conv
	in, out int // edges of the maps
	zero    uint8
	weights *kernel.Int8Weights
	output  kernel.Int8Output
}

// NewStage prepares a convolution of a checked network for input maps of size x size pixels.
func NewStage(k *kernel.Int8, c *Conv, size int, in Quant) *Stage {
	s := &Stage{conv: c, in: size, out: c.outputSize(size), zero: in.Zero}
	s.output = kernel.Int8Output{
		Bias:  foldZero(c.Bias, c.Weight, in.Zero),
		Scale: outputScale(in, c.WeightScale, c.Sum.Scale),
		Zero:  c.Sum.Zero,
		Table: leakyTable(c.Sum, c.Slope, c.Output),
	}
	s.weights = k.NewWeights(c.Out, c.Size, c.Size*c.In)
	s.weights.Pack(appendWindows(nil, c, ascending(c.In)))
	return s
}

// NewInput returns a map to be filled for Run.
func (s *Stage) NewInput() *Map {
	return newMap(s.in, s.conv.In, s.halo(), s.zero)
}

func (s *Stage) halo() int {
	if s.conv.Same {
		return s.conv.Size / 2
	}
	return 0
}

// OutputSize returns the edge of the output.
func (s *Stage) OutputSize() int { return s.out }

// scratch returns how many sums convolve needs: two rows of one block, before pooling.
func (s *Stage) scratch() int { return 2 * s.Width() * s.weights.Lanes() }

// Window fills dst [In][Size][Size] with the bytes of src, less their zero point, that the pixel at column x of
// row y of the output sums up, before pooling.
func (s *Stage) Window(dst []float64, src *Map, x, y int) {
	size := s.conv.Size
	for dy := range size {
		for dx := range size {
			pixel := src.pixels(x+dx-src.Halo, y+dy-src.Halo)
			for c := range s.conv.In {
				dst[(c*size+dy)*size+dx] = float64(int(pixel[c]) - int(s.zero))
			}
		}
	}
}

// Run returns the output for src, a map as NewInput makes them.
func (s *Stage) Run(src *Map) *Map {
	dst := newMap(s.out, s.conv.Out, 0, 0)
	s.convolve(s.weights, dst, src, make([]int32, s.scratch()), 0, s.out)
	return dst
}

// convolve fills the rows of dst from one up to another. The weights may leave out input channels, as
// src does. acc is scratch.
func (s *Stage) convolve(w *kernel.Int8Weights, dst, src *Map, acc []int32, from, to int) {
	s.rows(w, src, acc, from, to, func(block, y int, row, below []int32) {
		w.Requantise(dst.pixels(0, y)[block*w.Lanes():], dst.Channels, s.out, block, row, below, &s.output)
	})
}

// Width returns the edge of the output before pooling.
func (s *Stage) Width() int {
	if s.conv.Same {
		return s.in
	}
	return s.in - s.conv.Size + 1
}

// rows calls emit with the sums of each block and of rows of the output: [wide][lanes], and those of
// the row below when two by two pixels are pooled.
func (s *Stage) rows(w *kernel.Int8Weights, src *Map, acc []int32, from, to int, emit func(block, y int, row, below []int32)) {
	wide := s.Width()
	lanes := w.Lanes()
	row, below := acc[:wide*lanes], []int32(nil)
	step := 1
	if s.conv.Pool {
		step, below = 2, acc[wide*lanes:][:wide*lanes]
	}
	window := kernel.Int8Window{Pixels: wide, PixelStride: src.Channels, RowStride: src.stride()}
	for block := range w.Blocks() {
		for y := from; y < to; y++ {
			w.Dot(row, block, src.pixels(-src.Halo, step*y-src.Halo), window)
			if below != nil {
				w.Dot(below, block, src.pixels(-src.Halo, step*y+1-src.Halo), window)
			}
			emit(block, y, row, below)
		}
	}
}

// Sums appends the convolution's sums with their bias, [H][W][Out] after pooling, to dst.
func (s *Stage) Sums(dst []int32, src *Map) []int32 {
	lanes := s.weights.Lanes()
	out, base := s.conv.Out, len(dst)
	dst = slices.Grow(dst, s.out*s.out*out)[:base+s.out*s.out*out]
	acc := make([]int32, s.scratch())
	s.rows(s.weights, src, acc, 0, s.out, func(block, y int, row, below []int32) {
		for x := range s.out {
			for lane := range min(lanes, out-block*lanes) {
				var sum int32
				if below == nil {
					sum = row[x*lanes+lane]
				} else {
					i := 2*x*lanes + lane
					sum = max(row[i], row[i+lanes], below[i], below[i+lanes])
				}
				c := block*lanes + lane
				dst[base+(y*s.out+x)*out+c] = sum + s.output.Bias[c]
			}
		}
	})
	return dst
}

// appendWindows appends a convolution's weights for these input channels to dst, in the order of
// the bytes in a window of a map, [Out][Size][Size][channels]. A channel of -1 has zero weights.
func appendWindows(dst []int8, c *Conv, channels []int) []int8 {
	area := c.Size * c.Size
	for o := range c.Out {
		for p := range area {
			for _, channel := range channels {
				var w int8
				if channel >= 0 {
					w = c.Weight[(o*c.In+channel)*area+p]
				}
				dst = append(dst, w)
			}
		}
	}
	return dst
}

// ascending returns 0 to n-1.
func ascending(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// foldZero returns bias - zero * sum of each output's weights: with it, the sum over bytes is the
// sum over bytes less their zero point. Like all sums it wraps around at 32 bits.
func foldZero(bias []int32, weights []int8, zero uint8) []int32 {
	folded := make([]int32, len(bias))
	per := len(weights) / len(bias)
	for o, b := range bias {
		var sum int32
		for _, w := range weights[o*per:][:per] {
			sum += int32(w)
		}
		folded[o] = b - int32(zero)*sum
	}
	return folded
}

// outputScale returns in * weight / out of each channel, in the runtime's order of operations.
func outputScale(in Quant, weight []float32, out float32) []float32 {
	scale := make([]float32, len(weight))
	for c, w := range weight {
		scale[c] = float32(in.Scale*w) / out
	}
	return scale
}

// leakyTable returns the LeakyReLU from bytes to bytes.
func leakyTable(in Quant, slope float32, out Quant) *[256]uint8 {
	var table [256]uint8
	for q := range table {
		table[q] = out.Quantise(leaky(in.Scale*float32(q-int(in.Zero)), slope))
	}
	return &table
}

func leaky(x, slope float32) float32 {
	if x >= 0 {
		return x
	}
	return slope * x
}

// Quantise returns the byte nearest to a real number, ties to even.
func (q Quant) Quantise(x float32) uint8 {
	v := float32(x / q.Scale)
	v = min(max(v, -float32(q.Zero)), 255-float32(q.Zero))
	return uint8(int32(math.RoundToEven(float64(v))) + int32(q.Zero))
}
