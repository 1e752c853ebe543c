package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// naiveDot returns the definition of Dot for one output channel and one window.
func naiveDot(src []uint8, w []int8, rows, run, rowStride int) int32 {
	var sum int32
	for r := range rows {
		for i := range run {
			sum += int32(src[r*rowStride+i]) * int32(w[r*run+i])
		}
	}
	return sum
}

// int8Case is one shape of a convolution.
type int8Case struct{ out, rows, run, pixels, pixelStride, rowStride int }

func int8Cases() []int8Case {
	return []int8Case{
		{32, 3, 36, 128, 12, 130 * 12}, // first convolution
		{32, 3, 12, 20, 4, 130 * 4},
		{64, 3, 96, 30, 32, 32 * 32},
		{33, 1, 64, 6, 64, 0}, // a last block that is not full
		{16, 1, 1024, 1, 0, 0},
		{7, 2, 4, 3, 4, 20},
		{96, 3, 24, 13, 8, 200},
	}
}

func TestInt8DotEqualsDefinition(t *testing.T) {
	for _, k := range Int8Kernels() {
		for _, c := range int8Cases() {
			t.Run(fmt.Sprintf("%s/%v", k.Name(), c), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(3, 4))
				weights := make([]int8, c.out*c.rows*c.run)
				for i := range weights {
					weights[i] = int8(rng.IntN(256) - 128)
				}
				// Activations near the maximum, where sums of products would saturate first.
				src := make([]uint8, (c.pixels-1)*c.pixelStride+(c.rows-1)*c.rowStride+c.run)
				for i := range src {
					if rng.IntN(4) > 0 {
						src[i] = uint8(255 - rng.IntN(1+rng.IntN(256)))
					}
				}
				w := k.NewWeights(c.out, c.rows, c.run)
				w.Pack(weights)
				acc := make([]int32, c.pixels*k.Lanes())
				for block := range w.Blocks() {
					w.Dot(acc, block, src, Int8Window{c.pixels, c.pixelStride, c.rowStride})
					for p := range c.pixels {
						for lane := range k.Lanes() {
							o, want := block*k.Lanes()+lane, int32(0)
							if o < c.out {
								want = naiveDot(src[p*c.pixelStride:], weights[o*c.rows*c.run:], c.rows, c.run, c.rowStride)
							}
							if got := acc[p*k.Lanes()+lane]; got != want {
								t.Fatalf("pixel %d, channel %d: %d, want %d", p, o, got, want)
							}
						}
					}
				}
			})
		}
	}
}

// TestInt8RequantiseEqualsDefinition compares Requantise with Requantised, and that with float64 arithmetic.
func TestInt8RequantiseEqualsDefinition(t *testing.T) {
	for _, k := range Int8Kernels() {
		for _, pool := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/pool=%v", k.Name(), pool), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(5, 6))
				const n, stride = 9, 70
				out := 2*k.Lanes() + 5
				o := &Int8Output{Zero: 37, Table: new([256]uint8)}
				for i := range o.Table {
					o.Table[i] = uint8(i) ^ 0x5a
				}
				for range out {
					o.Bias = append(o.Bias, int32(rng.IntN(2000)-1000))
					o.Scale = append(o.Scale, float32(math.Exp(rng.NormFloat64()-6)))
				}
				o.Scale[0] = 0.5 // ties
				rows := [2][]int32{make([]int32, 2*n*k.Lanes()), make([]int32, 2*n*k.Lanes())}
				for _, r := range rows {
					for i := range r {
						r[i] = int32(rng.IntN(1<<rng.IntN(20)+1) - 1<<rng.IntN(14))
					}
				}
				below := rows[1]
				if !pool {
					below = nil
				}
				w := k.NewWeights(out, 1, 4)
				dst := make([]uint8, n*stride+out)
				want := slices.Clone(dst)
				for block := range w.Blocks() {
					first := block * k.Lanes()
					w.Requantise(dst[first:], block, &Int8Row{Sums: rows[0], Below: below, Outputs: n, Stride: stride}, o)
					for p := range n {
						for lane := range min(k.Lanes(), out-first) {
							sum := rows[0][p*k.Lanes()+lane]
							if pool {
								i := 2*p*k.Lanes() + lane
								sum = max(rows[0][i], rows[0][i+k.Lanes()], rows[1][i], rows[1][i+k.Lanes()])
							}
							c := first + lane
							x := float32(sum+o.Bias[c]) * o.Scale[c]
							q := min(max(math.RoundToEven(float64(x))+float64(o.Zero), 0), 255)
							want[p*stride+c] = o.Table[uint8(q)]
						}
					}
				}
				if !slices.Equal(dst, want) {
					t.Fatalf("got  %v\nwant %v", dst, want)
				}
			})
		}
	}
}

func TestInt8KernelByName(t *testing.T) {
	for _, k := range Int8Kernels() {
		got, err := Int8Kernel(k.Name())
		if err != nil || got.Name() != k.Name() {
			t.Errorf("%s: %v, %v", k.Name(), got, err)
		}
	}
	if _, err := Int8Kernel("abacus"); err == nil {
		t.Error("no error for a kernel that does not exist")
	}
}
