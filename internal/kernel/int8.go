package kernel

import (
	"fmt"
	"math"
)

// Int8 is one implementation of the integer loops of a quantised network: unsigned bytes of activations
// times signed bytes of weights, summed in 32 bits without saturation and requantised to bytes. All
// implementations give the same integers. Safe for concurrent use.
type Int8 struct {
	name  string
	kind  int8Kind
	lanes int // output channels of a tile
	// tiles lists the numbers of neighbouring pixels that dot computes at once, descending to 1.
	tiles       []int
	weightBytes int  // size of a packed weight
	headBytes   int  // size of the head of a packed block, before its weights
	goOutput    bool // requantises in portable Go
}

// int8Kind selects the implementation of pack, dot and requantise by direct calls, which keep their
// arguments on the stack.
type int8Kind int

const (
	int8Portable int8Kind = iota
	int8AVX2
	int8VNNI
	int8NEON
	int8NEONDot
)

// int8Dot are the arguments of a tile. The assembly uses the offsets of the fields.
type int8Dot struct {
	acc         *int32 // [pixels][lanes]
	src         *uint8
	weights     *byte // packed
	pixelStride int   // bytes between neighbouring pixels
	rowStride   int   // bytes between rows of the window
	rows        int   // rows of the window
	quads       int   // groups of four bytes in a row of the window
	pixels      int
}

// int8Requantise are the arguments of one row of outputs. The assembly uses the offsets of the fields.
type int8Requantise struct {
	dst       *uint8 // [n], dstStride bytes apart
	acc0      *int32 // sums of the row, [n][lanes], or [2n][lanes] when pooling
	acc1      *int32 // sums of the row below; acc0 without pooling
	bias      *int32 // [lanes]
	scale     *float32
	dstStride int
	next      int     // bytes from the first sum of an output to that of the next; pooling reads two sums
	n         int     // outputs
	low, high float32 // bounds of the value before the zero point is added
	zero      int32
	_         int32
	second    int // bytes from a sum to that of the pixel to the right; 0 without pooling
}

// Name returns the name of the implementation: the instructions that it uses.
func (k *Int8) Name() string { return k.name }

// Lanes returns the number of output channels of a block.
func (k *Int8) Lanes() int { return k.lanes }

// Int8Kernels returns the implementations that this machine can run, fastest first. The last one is
// portable Go.
func Int8Kernels() []*Int8 {
	return append(nativeInt8(), &Int8{name: "portable", lanes: 16, tiles: []int{1}, weightBytes: 1, goOutput: true})
}

// Int8Kernel returns the implementation of that name, or the fastest one if the name is empty.
func Int8Kernel(name string) (*Int8, error) {
	for _, k := range Int8Kernels() {
		if name == "" || k.name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("int8 kernel %q: unknown, or not available on this machine", name)
}

// Int8Weights are the weights of a convolution in the order of one implementation. They are safe for
// concurrent use, except that Pack must not run at the same time as another method.
type Int8Weights struct {
	kernel           *Int8
	rows, quads, out int
	perLane          int    // weights of an output channel
	block            []int8 // scratch memory of Pack: [lanes][perLane]
	data             []byte // packed blocks of bytesPerBlock bytes
	bytesPerBlock    int
}

// NewWeights returns weights of zero for out output channels and windows of rows x run bytes. run is a
// multiple of four.
func (k *Int8) NewWeights(out, rows, run int) *Int8Weights {
	if out <= 0 || rows <= 0 || run <= 0 || run%4 != 0 {
		panic(fmt.Sprintf("kernel: int8 weights of shape %d x %d x %d", out, rows, run))
	}
	w := &Int8Weights{kernel: k, rows: rows, quads: run / 4, out: out, perLane: rows * run}
	w.block = make([]int8, k.lanes*w.perLane)
	w.bytesPerBlock = k.headBytes + len(w.block)*k.weightBytes
	w.data = make([]byte, w.Blocks()*w.bytesPerBlock)
	return w
}

// Blocks returns the number of blocks of Lanes output channels. The last one is padded with zeros.
func (w *Int8Weights) Blocks() int { return (w.out + w.kernel.lanes - 1) / w.kernel.lanes }

// Pack sets the weights from src, [out][rows][run].
func (w *Int8Weights) Pack(src []int8) {
	if len(src) != w.out*w.perLane {
		panic(fmt.Sprintf("kernel: %d int8 weights, want %d", len(src), w.out*w.perLane))
	}
	for b := range w.Blocks() {
		first := b * len(w.block)
		n := copy(w.block, src[first:])
		clear(w.block[n:])
		w.kernel.pack(w.data[b*w.bytesPerBlock:][:w.bytesPerBlock], w.block, w.rows*w.quads)
	}
}

// Int8Window is the geometry of the windows of neighbouring pixels.
type Int8Window struct {
	Pixels      int // number of windows
	PixelStride int // bytes between neighbouring windows
	RowStride   int // bytes between the rows of a window
}

// Dot fills acc [Pixels][Lanes] with the sums of src * weights over windows, the first of which starts at
// src[0], for one block of output channels.
func (w *Int8Weights) Dot(acc []int32, block int, src []uint8, win Int8Window) {
	if win.Pixels <= 0 {
		return
	}
	k := w.kernel
	last := (win.Pixels-1)*win.PixelStride + (w.rows-1)*win.RowStride + 4*w.quads
	_ = src[last-1]
	_ = acc[win.Pixels*k.lanes-1]
	a := int8Dot{
		weights:     &w.data[block*w.bytesPerBlock],
		pixelStride: win.PixelStride, rowStride: win.RowStride, rows: w.rows, quads: w.quads,
	}
	for x := 0; x < win.Pixels; x += a.pixels {
		for _, a.pixels = range k.tiles {
			if a.pixels <= win.Pixels {
				break
			}
		}
		// The last tile moves back over finished pixels instead of past the end.
		x = min(x, win.Pixels-a.pixels)
		a.acc, a.src = &acc[x*k.lanes], &src[x*win.PixelStride]
		k.dot(&a)
	}
}

// Int8Output describes how sums become bytes: Table[Zero + round(clamp((sum + Bias) * Scale))], rounded to
// nearest even.
type Int8Output struct {
	Bias  []int32   // [out]
	Scale []float32 // [out], positive
	Zero  uint8
	Table *[256]uint8
}

// Int8Row is a row of sums that becomes a row of outputs.
type Int8Row struct {
	Sums    []int32 // of a row of pixels, from Dot
	Below   []int32 // of the next row when each output is the maximum of 2x2 pixels, otherwise nil
	Outputs int     // number of outputs
	Stride  int     // bytes between neighbouring outputs
}

// Requantise writes a row of outputs to dst: the Lanes channels of a block, fewer in the last block.
func (w *Int8Weights) Requantise(dst []uint8, block int, row *Int8Row, o *Int8Output) {
	n := row.Outputs
	if n <= 0 {
		return
	}
	lanes := w.kernel.lanes
	first := block * lanes
	channels := min(lanes, w.out-first)
	_ = dst[(n-1)*row.Stride+channels-1]
	bias, scale := o.Bias[first:first+channels], o.Scale[first:first+channels]
	if w.kernel.goOutput || channels < lanes {
		portable := Int8Output{bias, scale, o.Zero, o.Table}
		portableRequantise(dst, lanes, row, &portable)
		return
	}
	a := int8Requantise{
		dst: &dst[0], acc0: &row.Sums[0], acc1: &row.Sums[0], bias: &bias[0], scale: &scale[0],
		dstStride: row.Stride, next: 4 * lanes, n: n,
		low: -float32(o.Zero), high: 255 - float32(o.Zero), zero: int32(o.Zero),
	}
	pixels := n
	if row.Below != nil {
		pixels = 2 * n
		a.acc1, a.next, a.second = &row.Below[0], 8*lanes, 4*lanes
		_ = row.Below[pixels*lanes-1]
	}
	_ = row.Sums[pixels*lanes-1]
	w.kernel.requantise(&a)
	for p := range n {
		line := dst[p*row.Stride:][:channels]
		for i, v := range line {
			line[i] = o.Table[v]
		}
	}
}

// portableRequantise is Requantise for any number of channels of a block of that many lanes.
func portableRequantise(dst []uint8, lanes int, row *Int8Row, o *Int8Output) {
	sums, below := row.Sums, row.Below
	for p := range row.Outputs {
		line := dst[p*row.Stride:][:len(o.Bias)]
		for c := range line {
			var sum int32
			if below == nil {
				sum = sums[p*lanes+c]
			} else {
				i := 2*p*lanes + c
				sum = max(sums[i], sums[i+lanes], below[i], below[i+lanes])
			}
			line[c] = o.Table[Requantised(sum+o.Bias[c], o.Scale[c], o.Zero)]
		}
	}
}

// At returns the sum of channel c of output p in a block of that many lanes: the maximum of 2x2 pixels if Below is set.
func (r *Int8Row) At(p, c, lanes int) int32 {
	if r.Below == nil {
		return r.Sums[p*lanes+c]
	}
	i := 2*p*lanes + c
	return max(r.Sums[i], r.Sums[i+lanes], r.Below[i], r.Below[i+lanes])
}

// Requantised returns zero + round(sum * scale), ties to even, clamped to a byte.
func Requantised(sum int32, scale float32, zero uint8) uint8 {
	v := float32(sum) * scale
	v = min(max(v, -float32(zero)), 255-float32(zero))
	return uint8(int32(math.RoundToEven(float64(v))) + int32(zero))
}

// Lanes returns the number of output channels of a block.
func (w *Int8Weights) Lanes() int { return w.kernel.lanes }
