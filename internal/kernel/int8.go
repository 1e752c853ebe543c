package kernel

import (
	"fmt"
	"math"
)

// Int8 is one implementation of the integer loops of a quantised network: unsigned bytes of
// activations times signed bytes of weights, added in 32 bits without saturation, and brought back
// to bytes. All implementations give the same integers. Safe for concurrent use.
type Int8 struct {
	name  string
	kind  int8Kind
	lanes int // output channels that one tile computes
	// tiles are the numbers of neighbouring pixels that dot computes at once, descending to 1.
	tiles       []int
	weightBytes int  // memory of one packed weight
	headBytes   int  // of a packed block, before its weights
	goOutput    bool // bytes are made in portable Go
}

// int8Kind tells the implementations apart in direct calls, which keep their arguments on the
// stack: pack, dot and requantise of each architecture.
type int8Kind int

const (
	int8Portable int8Kind = iota
	int8AVX2
	int8VNNI
	int8NEON
	int8NEONDot
)

// int8Dot are the arguments of a tile; the assembly knows the offsets of its fields.
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

// int8Requantise are the arguments of one row of outputs; the assembly knows the offsets.
type int8Requantise struct {
	dst       *uint8 // [n], dstStride bytes apart
	acc0      *int32 // the row's sums, [n][lanes], or [2n][lanes] when pooling
	acc1      *int32 // the sums of the row below; acc0 again without pooling
	bias      *int32 // [lanes]
	scale     *float32
	dstStride int
	next      int     // bytes from one output's first sum to its neighbour's: pooling reads two
	n         int     // outputs
	low, high float32 // bounds of the rounded value before the zero point is added
	zero      int32
	_         int32
	second    int // bytes from a sum to that of the pixel on its right; 0 without pooling
}

// Name returns the implementation's name: the instructions it uses.
func (k *Int8) Name() string { return k.name }

// Lanes returns how many output channels a block has.
func (k *Int8) Lanes() int { return k.lanes }

// Int8Kernels returns the implementations that this machine can run, the fastest first. The last
// one is portable Go.
func Int8Kernels() []*Int8 {
	return append(nativeInt8(), &Int8{name: "portable", lanes: 16, tiles: []int{1}, weightBytes: 1, goOutput: true})
}

// Int8Kernel returns the implementation of that name, or the fastest one for "".
func Int8Kernel(name string) (*Int8, error) {
	for _, k := range Int8Kernels() {
		if name == "" || k.name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("int8 kernel %q: not known or not for this machine", name)
}

// Int8Weights are the weights of a convolution in the order that one implementation reads them.
// Packing anew must not overlap with their use; otherwise they are safe for concurrent use.
type Int8Weights struct {
	kernel           *Int8
	rows, quads, out int
	perLane          int    // weights of an output channel
	block            []int8 // scratch of Pack: [lanes][perLane]
	data             []byte // packed blocks of bytesPerBlock
	bytesPerBlock    int
}

// NewWeights returns zero weights for windows of rows x run bytes, run a multiple of four, and out
// output channels.
func (k *Int8) NewWeights(out, rows, run int) *Int8Weights {
	if out <= 0 || rows <= 0 || run <= 0 || run%4 != 0 {
		panic(fmt.Sprintf("kernel: int8 weights %d x %d x %d", out, rows, run))
	}
	w := &Int8Weights{kernel: k, rows: rows, quads: run / 4, out: out, perLane: rows * run}
	w.block = make([]int8, k.lanes*w.perLane)
	w.bytesPerBlock = k.headBytes + len(w.block)*k.weightBytes
	w.data = make([]byte, w.Blocks()*w.bytesPerBlock)
	return w
}

// Blocks returns the number of blocks of Lanes output channels, the last one filled up with zeros.
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

// Int8Window says where the windows of neighbouring pixels lie in memory.
type Int8Window struct {
	Pixels      int // number of windows
	PixelStride int // bytes between neighbouring windows
	RowStride   int // bytes between the rows of a window
}

// Dot fills acc [Pixels][Lanes] with the sums of src * weights over the windows that begin at
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
		// The last tile moves back over pixels that are done already rather than past the end.
		x = min(x, win.Pixels-a.pixels)
		a.acc, a.src = &acc[x*k.lanes], &src[x*win.PixelStride]
		k.dot(&a)
	}
}

// Int8Output says how sums become bytes: zero + round(clamp((sum+bias) * scale)), to even, and
// then a table.
type Int8Output struct {
	Bias  []int32   // [out]
	Scale []float32 // [out], positive
	Zero  uint8
	Table *[256]uint8
}

// Requantise writes the bytes of n outputs, block's Lanes channels of each (fewer in the last
// block), to dst, stride bytes apart. acc is what Dot left for one row of pixels; with below, the
// row underneath, each output is the maximum of two by two pixels.
func (w *Int8Weights) Requantise(dst []uint8, stride, n, block int, acc, below []int32, o *Int8Output) {
	if n <= 0 {
		return
	}
	lanes := w.kernel.lanes
	first := block * lanes
	channels := min(lanes, w.out-first)
	_ = dst[(n-1)*stride+channels-1]
	bias, scale := o.Bias[first:first+channels], o.Scale[first:first+channels]
	if w.kernel.goOutput || channels < lanes {
		portable := Int8Output{bias, scale, o.Zero, o.Table}
		portableRequantise(dst, stride, n, acc, below, lanes, &portable)
		return
	}
	a := int8Requantise{
		dst: &dst[0], acc0: &acc[0], acc1: &acc[0], bias: &bias[0], scale: &scale[0],
		dstStride: stride, next: 4 * lanes, n: n,
		low: -float32(o.Zero), high: 255 - float32(o.Zero), zero: int32(o.Zero),
	}
	pixels := n
	if below != nil {
		pixels = 2 * n
		a.acc1, a.next, a.second = &below[0], 8*lanes, 4*lanes
		_ = below[pixels*lanes-1]
	}
	_ = acc[pixels*lanes-1]
	w.kernel.requantise(&a)
	for p := range n {
		line := dst[p*stride:][:channels]
		for i, v := range line {
			line[i] = o.Table[v]
		}
	}
}

// portableRequantise is Requantise for any number of channels.
func portableRequantise(dst []uint8, stride, n int, acc, below []int32, lanes int, o *Int8Output) {
	for p := range n {
		line := dst[p*stride:][:len(o.Bias)]
		for c := range line {
			var sum int32
			if below == nil {
				sum = acc[p*lanes+c]
			} else {
				i := 2*p*lanes + c
				sum = max(acc[i], acc[i+lanes], below[i], below[i+lanes])
			}
			line[c] = o.Table[Requantised(sum+o.Bias[c], o.Scale[c], o.Zero)]
		}
	}
}

// Requantised returns zero + round(sum * scale), ties to even, held within a byte.
func Requantised(sum int32, scale float32, zero uint8) uint8 {
	v := float32(sum) * scale
	v = min(max(v, -float32(zero)), 255-float32(zero))
	return uint8(int32(math.RoundToEven(float64(v))) + int32(zero))
}

// Lanes returns how many output channels a block has.
func (w *Int8Weights) Lanes() int { return w.kernel.lanes }
