package int8net

import (
	"slices"

	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// Stage is one convolution of a network, with its pooling and LeakyReLU, prepared for feature maps of
// one size. Safe for concurrent use.
type Stage struct {
	conv    *onnx.Conv
	in, out int // edges of the input and of the output
	zero    uint8
	weights *kernel.Int8Weights
	output  kernel.Int8Output
}

// NewStage prepares a convolution of a network that passed Check, for input maps of size x size pixels
// whose bytes in describes.
func NewStage(k *kernel.Int8, c *onnx.Conv, size int, in onnx.Quant) *Stage {
	s := &Stage{conv: c, in: size, out: c.OutputSize(size), zero: in.Zero}
	s.output = kernel.Int8Output{
		Bias:  foldZero(c.Bias, c.Weight, in.Zero),
		Scale: onnx.SumScales(in, c.WeightScale, c.Sum.Scale),
		Zero:  c.Sum.Zero,
		Table: leakyTable(c.Sum, c.Slope, c.Output),
	}
	s.weights = k.NewWeights(c.Out, c.Size, c.Size*c.In)
	s.weights.Pack(appendWindows(nil, c, ascending(c.In)))
	return s
}

// NewInput returns a map with the size, channels and border that Run, Sums and Window require.
func (s *Stage) NewInput() *Map {
	return newMap(s.in, s.conv.In, s.halo(), s.zero)
}

// halo returns the width of the border around the input.
func (s *Stage) halo() int {
	if s.conv.Same {
		return s.conv.Size / 2
	}
	return 0
}

// OutputSize returns the edge of the output, after pooling.
func (s *Stage) OutputSize() int { return s.out }

// scratch returns the number of sums that convolve needs room for: two rows of one block, before pooling.
func (s *Stage) scratch() int { return 2 * s.Width() * s.weights.Lanes() }

// Window fills dst [In][Size][Size] with the bytes of src, minus their zero point, that contribute to the
// pixel at column x of row y of the output before pooling.
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

// Run returns the output for src, a map made by NewInput.
func (s *Stage) Run(src *Map) *Map {
	dst := newMap(s.out, s.conv.Out, 0, 0)
	s.convolve(s.weights, dst, src, make([]int32, s.scratch()), 0, s.out, nil)
	return dst
}

// convolve fills rows from to to-1 of dst. The weights may omit input channels that src omits. acc is
// scratch memory. It returns early once done is closed.
func (s *Stage) convolve(w *kernel.Int8Weights, dst, src *Map, acc []int32, from, to int, done <-chan struct{}) {
	s.rows(w, src, acc, from, to, done, func(block, y int, row kernel.Int8Row) {
		row.Stride = dst.Channels
		w.Requantise(dst.pixels(0, y)[block*w.Lanes():], block, &row, &s.output)
	})
}

// Width returns the edge of the output before pooling.
func (s *Stage) Width() int {
	if s.conv.Same {
		return s.in
	}
	return s.in - s.conv.Size + 1
}

// rows calls emit with the sums of each block of output channels and each row of the output. It looks at
// done before each row, a nanosecond for some hundred thousand multiply-adds.
func (s *Stage) rows(w *kernel.Int8Weights, src *Map, acc []int32, from, to int, done <-chan struct{}, emit func(block, y int, row kernel.Int8Row)) {
	width := s.Width()
	row := kernel.Int8Row{Outputs: s.out, Sums: acc[:width*w.Lanes()]}
	step := 1
	if s.conv.Pool {
		step, row.Below = 2, acc[width*w.Lanes():][:width*w.Lanes()]
	}
	window := kernel.Int8Window{Pixels: width, PixelStride: src.Channels, RowStride: src.stride()}
	for block := range w.Blocks() {
		for y := from; y < to; y++ {
			select {
			case <-done:
				return
			default:
			}
			w.Dot(row.Sums, block, src.pixels(-src.Halo, step*y-src.Halo), window)
			if row.Below != nil {
				w.Dot(row.Below, block, src.pixels(-src.Halo, step*y+1-src.Halo), window)
			}
			emit(block, y, row)
		}
	}
}

// Sums appends to dst the convolution's sums with their bias, [H][W][Out] after pooling.
func (s *Stage) Sums(dst []int32, src *Map) []int32 {
	lanes := s.weights.Lanes()
	out, base := s.conv.Out, len(dst)
	dst = slices.Grow(dst, s.out*s.out*out)[:base+s.out*s.out*out]
	acc := make([]int32, s.scratch())
	s.rows(s.weights, src, acc, 0, s.out, nil, func(block, y int, row kernel.Int8Row) {
		for x := range s.out {
			for lane := range min(lanes, out-block*lanes) {
				c := block*lanes + lane
				dst[base+(y*s.out+x)*out+c] = row.At(x, lane, lanes) + s.output.Bias[c]
			}
		}
	})
	return dst
}

// appendWindows appends to dst a convolution's weights for these input channels, in the order of the
// bytes in a window of a map, [Out][Size][Size][channels]. Channel -1 has zero weights.
func appendWindows(dst []int8, c *onnx.Conv, channels []int) []int8 {
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

// foldZero returns bias - zero * (sum of the output's weights) for each output, so that sums over bytes
// need not subtract their zero point. Like all sums it wraps around at 32 bits.
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

// leakyTable returns the LeakyReLU as a table from bytes to bytes.
func leakyTable(in onnx.Quant, slope float32, out onnx.Quant) *[256]uint8 {
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
