package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// naiveConv3 returns the 3x3 convolution of a map [h+2][w+2][in] by weights [out][in][3][3].
func naiveConv3(src, weight []float32, in, out, h, w int) []float32 {
	dst := make([]float32, h*w*out)
	for y := range h {
		for x := range w {
			for o := range out {
				var sum float64
				for i := range in {
					for t := range 9 {
						sum += float64(weight[(o*in+i)*9+t]) * float64(src[((y+t/3)*(w+2)+x+t%3)*in+i])
					}
				}
				dst[(y*w+x)*out+o] = float32(sum)
			}
		}
	}
	return dst
}

// naiveConv3Weights returns the gradient of the weights of naiveConv3.
func naiveConv3Weights(src, dy []float32, in, out, h, w int) []float32 {
	dw := make([]float32, out*in*9)
	for o := range out {
		for i := range in {
			for t := range 9 {
				var sum float64
				for y := range h {
					for x := range w {
						sum += float64(dy[(y*w+x)*out+o]) * float64(src[((y+t/3)*(w+2)+x+t%3)*in+i])
					}
				}
				dw[(o*in+i)*9+t] = float32(sum)
			}
		}
	}
	return dw
}

func TestConv3(t *testing.T) {
	const in, out, h, w = 32, 64, 4, 14
	rng := rand.New(rand.NewPCG(7, 8))
	src, weight, dy := uniform(rng, (h+2)*(w+2)*in), uniform(rng, out*in*9), uniform(rng, h*w*out)
	panels := make([]float32, Conv3PanelsSize(in, out))
	g := &Conv3{In: in, Out: out, Width: w, SrcRow: (w + 2) * in, DstRow: w * out}
	for _, isa := range ISAs() {
		var tiles Tiles
		PackConv3(panels, weight, in, out)
		got := make([]float32, h*w*out)
		isa.Conv3(got, src, panels, h, g, &tiles)
		requireClose(t, fmt.Sprint(isa, " conv3"), got, naiveConv3(src, weight, in, out, h, w), 9*in)
		half := make([]float32, h/2*w*out)
		isa.Conv3(half, src, panels, h/2, g, &tiles)
		requireSame(t, fmt.Sprint(isa, " conv3 of half the rows"), half, got[:len(half)])

		for _, calls := range []int{1, 2, 11} { // 11: more tiles than are collected at once
			clear(panels)
			var collected WeightTiles
			for call := range calls {
				y := call % 2 * (h / 2)
				rows := h / min(calls, 2)
				isa.Conv3Weights(panels, src[y*g.SrcRow:], dy[y*g.DstRow:], rows, g, &collected)
			}
			isa.AddTo(panels, g, &collected)
			isa.AddTo(panels, g, &collected) // nothing is left to add
			dw := make([]float32, len(weight))
			for o := 0; o < out; o += PanelWidth {
				UnpackConv3(dw, panels, in, o)
			}
			want := naiveConv3Weights(src, dy, in, out, h, w)
			if calls > 2 {
				top := naiveConv3Weights(src, dy, in, out, h/2, w)
				for i := range want {
					want[i] = float32(calls/2)*want[i] + top[i]
				}
			}
			requireClose(t, fmt.Sprint(isa, " conv3 weights in ", calls), dw, want, calls*h*w)
		}
	}
}

// The transforms are the matrices of conv.go, with the same bits in every instruction set.
func TestTransforms(t *testing.T) {
	const n, channels, pad = 3, 32, 16
	spreadMatrix := [][]float64{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}}
	gatherMatrix := [][]float64{{1, 1, 1, 0}, {0, 1, -1, 1}}
	gradientMatrix := [][]float64{{1, 0}, {1, 1}, {1, -1}, {0, 1}} // its transpose
	s := &spread{n: n, channels: channels, pixel: channels + pad, row: (2*n + 2) * (channels + pad), tile: channels + pad, plane: n*(channels+pad) + pad}
	rng := rand.New(rand.NewPCG(9, 9))
	maps, planes := uniform(rng, 4*s.row), uniform(rng, tilePlaces*s.plane)
	for _, isa := range ISAs() {
		for _, c := range []struct {
			name   string
			t      transform
			matrix [][]float64
		}{{"spreadInput", spreadInput, spreadMatrix}, {"spreadGradient", spreadGradient, gradientMatrix}, {"gatherOutput", gatherOutput, gatherMatrix}} {
			gotMaps, gotPlanes := append([]float32(nil), maps...), append([]float32(nil), planes...)
			c.t.apply(isa, gotMaps, gotPlanes, s)
			wantMaps, wantPlanes := append([]float32(nil), maps...), append([]float32(nil), planes...)
			for tile := range n {
				for ch := range channels {
					pixel := func(m []float32, y, x int) *float32 { return &m[y*s.row+(2*tile+x)*s.pixel+ch] }
					place := func(m []float32, y, x int) *float32 { return &m[(4*y+x)*s.plane+tile*s.tile+ch] }
					from, to, src, dst := pixel, place, maps, wantPlanes
					if c.t == gatherOutput {
						from, to, src, dst = place, pixel, planes, wantMaps
					}
					for i, left := range c.matrix {
						for j, right := range c.matrix {
							var sum float64
							for y, a := range left {
								for x, b := range right {
									sum += a * b * float64(*from(src, y, x))
								}
							}
							*to(dst, i, j) = float32(sum)
						}
					}
				}
			}
			requireClose(t, fmt.Sprint(isa, c.name, " maps"), gotMaps, wantMaps, 16)
			requireClose(t, fmt.Sprint(isa, c.name, " planes"), gotPlanes, wantPlanes, 16)
			portableMaps, portablePlanes := append([]float32(nil), maps...), append([]float32(nil), planes...)
			c.t.apply(Portable, portableMaps, portablePlanes, s)
			requireSame(t, fmt.Sprint(isa, c.name, " maps"), gotMaps, portableMaps)
			requireSame(t, fmt.Sprint(isa, c.name, " planes"), gotPlanes, portablePlanes)
		}
	}
}

func TestConv3WantsWholeTiles(t *testing.T) {
	for _, c := range []struct{ width, rows int }{{3, 2}, {4, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("no panic for %d rows of %d pixels", c.rows, c.width)
				}
			}()
			g := &Conv3{In: 32, Out: 32, Width: c.width, SrcRow: 6 * 32, DstRow: 4 * 32}
			BestISA().Conv3(make([]float32, 8*32*4), make([]float32, 6*6*32), make([]float32, Conv3PanelsSize(32, 32)), c.rows, g, new(Tiles))
		}()
	}
}

// requireSame fails unless got and want have the same bits.
func requireSame(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s[%d] = %v, want exactly %v", what, i, got[i], want[i])
		}
	}
}

// The gradient of the input is the convolution of the padded gradient with the transposed panels:
// <conv(x), dy> = <x, back(dy)> for every x and dy.
func TestPackConv3TransposedIsAdjoint(t *testing.T) {
	const in, out, s = 32, 64, 6
	rng := rand.New(rand.NewPCG(9, 10))
	x, weight, dy := uniform(rng, s*s*in), uniform(rng, out*in*9), uniform(rng, s*s*out)
	pad := func(m []float32, c int) []float32 {
		p := make([]float32, (s+2)*(s+2)*c)
		for y := range s {
			copy(p[((y+1)*(s+2)+1)*c:], m[y*s*c:][:s*c])
		}
		return p
	}
	dot := func(a, b []float32) (sum float64) {
		for i := range a {
			sum += float64(a[i]) * float64(b[i])
		}
		return sum
	}
	y := naiveConv3(pad(x, in), weight, in, out, s, s)
	panels := make([]float32, Conv3PanelsSize(out, in))
	PackConv3Transposed(panels, weight, in, out)
	dx := make([]float32, s*s*in)
	BestISA().Conv3(dx, pad(dy, out), panels, s, &Conv3{In: out, Out: in, Width: s, SrcRow: (s + 2) * out, DstRow: s * in}, new(Tiles))
	a, b := dot(y, dy), dot(x, dx)
	requireClose(t, "adjoint", []float32{float32(a)}, []float32{float32(b)}, 9*in*s)
}

func TestAllZero(t *testing.T) {
	for n := range 200 {
		b := make([]uint8, n)
		if !AllZero(b) {
			t.Errorf("%d zeros are not all zero", n)
		}
		for i := range b {
			b[i] = 1
			if AllZero(b) {
				t.Errorf("%d bytes with a one at %d are all zero", n, i)
			}
			b[i] = 0
		}
	}
}

// A band without its empty channels gives exactly the bits of one with all channels.
func TestBandSkipsOnlyZeros(t *testing.T) {
	const channels, size, out = 12, 20, 32
	rng := rand.New(rand.NewPCG(11, 12))
	for halo := range 2 {
		r := &Raster{Channels: channels, Height: size, Width: size, Halo: halo, Scale: 1 / 255.0}
		raster := make([]uint8, channels*size*size)
		for _, c := range []int{1, 4, 5, 11} {
			for i := range size * size / (1 + c%3) {
				raster[c*size*size+i] = uint8(rng.IntN(256))
			}
		}
		n := r.OutHeight()
		src := make([]float32, (n+2)*(n+2)*channels)
		for c := range channels {
			for y := range size {
				for x := range size {
					src[((y+halo)*(n+2)+x+halo)*channels+c] = float32(raster[(c*size+y)*size+x]) * (1 / 255.0)
				}
			}
		}
		weight, dy := uniform(rng, out*channels*9), uniform(rng, n*n*out)
		panels := make([]float32, Conv3Size(channels, out))
		PackFirst(panels, weight, channels, out)
		for _, isa := range ISAs() {
			var b Band
			got, sum := make([]float32, n*n*out), make([]float32, len(panels))
			for y := 0; y < n; y += 6 {
				rows := min(6, n-y)
				isa.Cut(&b, raster, r, y, y+rows)
				isa.Conv(got[y*n*out:], &b, panels, rows, out, r)
				isa.ConvWeights(sum, &b, dy[y*n*out:], rows, out, r)
			}
			requireClose(t, fmt.Sprint(isa, " first"), got, naiveConv3(src, weight, channels, out, n, n), 9*channels)
			dw := make([]float32, len(weight))
			UnpackFirst(dw, sum, channels, 0)
			requireClose(t, fmt.Sprint(isa, " first weights"), dw, naiveConv3Weights(src, dy, channels, out, n, n), n*n)

			// The same bits with every channel.
			isa.Cut(&b, raster, r, 0, n)
			keepAll(&b, raster, r)
			all := make([]float32, n*n*out)
			isa.Conv(all, &b, panels, n, out, r)
			for i := range all {
				if all[i] != got[i] {
					t.Fatalf("%v: output %d is %v with the empty channels, %v without", isa, i, all[i], got[i])
				}
			}
		}
	}
}

// keepAll gives every channel to a band that was cut for the whole raster.
func keepAll(b *Band, raster []uint8, r *Raster) {
	b.channels = b.channels[:0]
	pitch := r.pitch()
	b.data = make([]float32, (r.Height+2*r.Halo)*r.Channels*pitch)
	for c := range r.Channels {
		b.channels = append(b.channels, c)
		for y := range r.Height {
			row := b.data[((y+r.Halo)*r.Channels+c)*pitch+r.Halo:]
			for x := range r.Width {
				row[x] = float32(raster[(c*r.Height+y)*r.Width+x]) * r.Scale
			}
		}
	}
}

func TestBandWithoutAnything(t *testing.T) {
	r := &Raster{Channels: 12, Height: 8, Width: 8, Halo: 1, Scale: 1}
	raster, panels := make([]uint8, 12*64), make([]float32, Conv3Size(12, 32))
	var b Band
	BestISA().Cut(&b, raster, r, 0, 8)
	dst := uniform(rand.New(rand.NewPCG(1, 1)), 64*32)
	BestISA().Conv(dst, &b, panels, 8, 32, r)
	for i, v := range dst {
		if v != 0 {
			t.Fatalf("output %d of an empty raster is %v", i, v)
		}
	}
	BestISA().ConvWeights(panels, &b, dst, 8, 32, r)
}
