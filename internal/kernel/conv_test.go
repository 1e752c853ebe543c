package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// naiveConv3 is the 3x3 convolution of a map [h+2][w+2][in] by weights [out][in][3][3].
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

// naiveConv3Weights is the gradient of the weights of naiveConv3.
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
	panels := make([]float32, Conv3Size(in, out))
	g := &Conv3{In: in, Out: out, Width: w, SrcRow: (w + 2) * in, DstRow: w * out}
	for _, l := range Lanes() {
		PackConv3(panels, weight, in, out)
		got := make([]float32, h*w*out)
		l.Conv3(got, src, panels, h, g)
		requireClose(t, fmt.Sprint(l, " conv3"), got, naiveConv3(src, weight, in, out, h, w), 9*in)

		clear(panels)
		for y := 0; y < h; y += 2 {
			l.Conv3Weights(panels, src[y*g.SrcRow:], dy[y*g.DstRow:], 2, g)
		}
		dw := make([]float32, len(weight))
		for o := 0; o < out; o += PanelWidth {
			UnpackConv3(dw, panels, in, o)
		}
		requireClose(t, fmt.Sprint(l, " conv3 weights"), dw, naiveConv3Weights(src, dy, in, out, h, w), h*w)
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
	panels := make([]float32, Conv3Size(out, in))
	PackConv3Transposed(panels, weight, in, out)
	dx := make([]float32, s*s*in)
	Best().Conv3(dx, pad(dy, out), panels, s, &Conv3{In: out, Out: in, Width: s, SrcRow: (s + 2) * out, DstRow: s * in})
	a, b := dot(y, dy), dot(x, dx)
	requireClose(t, "adjoint", []float32{float32(a)}, []float32{float32(b)}, 9*in*s)
}

// A band without its empty channels must give what the whole raster gives, and exactly so.
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
		for _, l := range Lanes() {
			var b Band
			got, sum := make([]float32, n*n*out), make([]float32, len(panels))
			for y := 0; y < n; y += 6 {
				rows := min(6, n-y)
				l.Cut(&b, raster, r, y, y+rows)
				l.Conv(got[y*n*out:], &b, panels, rows, out, r)
				l.ConvWeights(sum, &b, dy[y*n*out:], rows, out, r)
			}
			requireClose(t, fmt.Sprint(l, " first"), got, naiveConv3(src, weight, channels, out, n, n), 9*channels)
			dw := make([]float32, len(weight))
			UnpackFirst(dw, sum, channels, 0)
			requireClose(t, fmt.Sprint(l, " first weights"), dw, naiveConv3Weights(src, dy, channels, out, n, n), n*n)

			// Same bits with every channel kept.
			l.Cut(&b, raster, r, 0, n)
			keepAll(&b, raster, r)
			all := make([]float32, n*n*out)
			l.Conv(all, &b, panels, n, out, r)
			for i := range all {
				if all[i] != got[i] {
					t.Fatalf("%v: output %d is %v with the empty channels, %v without", l, i, all[i], got[i])
				}
			}
		}
	}
}

// keepAll makes a band that was cut for the whole raster hold every channel.
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
	Best().Cut(&b, raster, r, 0, 8)
	dst := uniform(rand.New(rand.NewPCG(1, 1)), 64*32)
	Best().Conv(dst, &b, panels, 8, 32, r)
	for i, v := range dst {
		if v != 0 {
			t.Fatalf("output %d of an empty raster is %v", i, v)
		}
	}
	Best().ConvWeights(panels, &b, dst, 8, 32, r)
}
