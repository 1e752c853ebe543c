package activation

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

const pixels = 16

// conv returns a convolution with random weights.
func conv(rng *rand.Rand, in, out int, same, pool bool) encoder.Layer {
	l := encoder.Layer{Kind: encoder.Conv3, In: in, Out: out, Same: same, Pool: pool, Slope: 0.01, Weight: make([]float32, in*out*9), Bias: make([]float32, out)}
	for i := range l.Weight {
		l.Weight[i] = float32(rng.NormFloat64() * math.Sqrt(2/float64(9*in)))
	}
	for i := range l.Bias {
		l.Bias[i] = float32(0.3 * rng.NormFloat64())
	}
	return l
}

// network completes convolutions to a network that can be planned.
func network(convs ...encoder.Layer) *encoder.Network {
	size := pixels
	for _, l := range convs {
		if !l.Same {
			size -= 2
		}
		if l.Pool {
			size /= 2
		}
	}
	in := convs[len(convs)-1].Out * size * size
	dense := encoder.Layer{Kind: encoder.Dense, In: in, Out: loc2vec.Dimension, Slope: 1, Weight: make([]float32, in*loc2vec.Dimension), Bias: make([]float32, loc2vec.Dimension)}
	return &encoder.Network{Pixels: pixels, Rotations: 1, Convs: convs, Dense: []encoder.Layer{dense}}
}

// networks returns one with padding and one without, like the architectures.
func networks(rng *rand.Rand) map[string]*encoder.Network {
	return map[string]*encoder.Network{
		"padded":   network(conv(rng, loc2vec.NumLayers, 32, true, true), conv(rng, 32, 64, true, true), conv(rng, 64, 32, true, true)),
		"unpadded": network(conv(rng, loc2vec.NumLayers, 32, false, false), conv(rng, 32, 32, false, true), conv(rng, 32, 64, false, true)),
	}
}

func newStack(t *testing.T, n *encoder.Network) *Stack {
	t.Helper()
	s, err := NewStack(n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func randomPicture(rng *rand.Rand) []float32 {
	p := make([]float32, loc2vec.NumLayers*pixels*pixels)
	for i := range p {
		p[i] = rng.Float32()
	}
	return p
}

// responses computes the responses of the last convolution with plain loops, [filter][S][S].
func responses(n *encoder.Network, picture []float32) []float64 {
	x, size := make([]float64, len(picture)), pixels
	for i, v := range picture {
		x[i] = float64(v)
	}
	for i := range n.Convs {
		l := &n.Convs[i]
		margin, out := 0, size-2
		if l.Same {
			margin, out = 1, size
		}
		z := make([]float64, l.Out*out*out)
		for o := range l.Out {
			for at := range out * out {
				sum := float64(l.Bias[o])
				for c := range l.In {
					for tap := range 9 {
						y, x0 := at/out+tap/3-margin, at%out+tap%3-margin
						if y >= 0 && x0 >= 0 && y < size && x0 < size {
							sum += float64(l.Weight[(o*l.In+c)*9+tap]) * x[(c*size+y)*size+x0]
						}
					}
				}
				z[o*out*out+at] = sum
			}
		}
		if size = out; l.Pool {
			size /= 2
			pooled := make([]float64, l.Out*size*size)
			for k := range pooled {
				at := z[k/(size*size)*out*out+k/size%size*2*out+k%size*2:]
				pooled[k] = max(at[0], at[1], at[out], at[out+1])
			}
			z = pooled
		}
		if i == len(n.Convs)-1 {
			return z
		}
		for k, v := range z {
			z[k] = max(v, float64(l.Slope)*v)
		}
		x = z
	}
	return nil
}

func TestResponsesAgainstPlainLoops(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, n := range networks(rng) {
		s, picture := newStack(t, n), randomPicture(rng)
		last := s.Layers() - 1
		tape := s.newTape()
		tape.setPicture(picture)
		tape.forward(last)
		l := &s.layers[last]
		for k, want := range responses(n, picture) {
			filter, unit := k/(l.size*l.size), k%(l.size*l.size)
			if got := float64(tape.response[last][unit*l.out+filter]); math.Abs(got-want) > 1e-4*(1+math.Abs(want)) {
				t.Fatalf("%s: filter %d responds with %v at unit %d, want %v", name, filter, got, unit, want)
			}
		}
	}
}

// The response is linear in pieces, so that a short central difference is the gradient, up to rounding, unless it crosses
// from piece to piece.
func TestGradientByFiniteDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, n := range networks(rng) {
		s := newStack(t, n)
		for layer := range s.Layers() {
			picture, got := randomPicture(rng), make([]float32, s.values())
			filter := 5
			sum := func() float64 { // in double precision, from the definition
				cut := &encoder.Network{Convs: n.Convs[:layer+1]}
				all, size := responses(cut, picture), s.Size(layer)
				var mean float64
				for _, v := range all[filter*size*size:][:size*size] {
					mean += v / float64(size*size)
				}
				return mean
			}
			tape := s.newTape()
			tape.meanResponse(picture, layer, filter)
			tape.ascent(got, layer, filter)
			agree, checked := 0, 0
			for range 12 {
				i := rng.IntN(len(picture))
				const step = 1e-4
				before := picture[i]
				picture[i] = before + step
				up, high := sum(), picture[i]
				picture[i] = before - step
				down, low := sum(), picture[i]
				picture[i] = before
				want := (up - down) / float64(high-low)
				checked++
				if math.Abs(float64(got[i])-want) < 1e-4*(0.01+math.Abs(want)) {
					agree++
				}
			}
			if agree < checked-1 { // kinks within a step
				t.Errorf("%s, layer %d: %d of %d derivatives agree", name, layer, agree, checked)
			}
		}
	}
}

// A filter that looks for one layer gives a picture of that layer alone; its response is that to a full layer.
func TestMaximiseFindsTheLayer(t *testing.T) {
	first := encoder.Layer{Kind: encoder.Conv3, In: loc2vec.NumLayers, Out: 32, Same: true, Pool: true, Slope: 0.01,
		Weight: make([]float32, loc2vec.NumLayers*32*9), Bias: make([]float32, 32)}
	of := func(filter int, l loc2vec.Layer) []float32 {
		return first.Weight[(filter*loc2vec.NumLayers+int(l))*9:][:9]
	}
	for k := range 9 {
		of(3, loc2vec.Water)[k], of(3, loc2vec.Building)[k] = 1, -1
	}
	s := newStack(t, network(first))
	picture, response, err := s.Maximise(0, 3, rand.New(rand.NewPCG(5, 6)))
	if err != nil {
		t.Fatal(err)
	}
	if response < 8 {
		t.Errorf("the response is %v, want nearly 9", response)
	}
	for i, v := range picture {
		l := loc2vec.Layer(i / (pixels * pixels))
		if l == loc2vec.Water {
			continue
		}
		if v > 0.25 { // decayed from the start, or pushed down
			t.Fatalf("the picture has %v of %v", v, l)
		}
	}
	if again, _, _ := s.Maximise(0, 3, rand.New(rand.NewPCG(5, 6))); !slices.Equal(again, picture) {
		t.Error("the same seed gives another picture")
	}
	if _, response, err := s.Maximise(0, 4, rand.New(rand.NewPCG(5, 6))); err != nil || response != 0 {
		t.Errorf("a filter of zeros: %v, %v", response, err)
	}
	if _, _, err := s.Maximise(0, 32, rand.New(rand.NewPCG(5, 6))); err == nil {
		t.Error("no error for a filter that does not exist")
	}
}

// The maximum is above the response to random pictures.
func TestMaximiseIsStrong(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	s := newStack(t, networks(rng)["padded"])
	for layer := range s.Layers() {
		_, top, err := s.Maximise(layer, 1, rng)
		if err != nil {
			t.Fatal(err)
		}
		tape := s.newTape()
		for range 50 {
			if r := tape.meanResponse(randomPicture(rng), layer, 1); r >= top {
				t.Errorf("layer %d: a random picture gives %v, the best one %v", layer, r, top)
			}
		}
	}
}

func TestFields(t *testing.T) {
	s := newStack(t, networks(rand.New(rand.NewPCG(9, 10)))["padded"])
	for layer, want := range []int{4, 10, 22} {
		if got := s.Field(layer); got != want {
			t.Errorf("layer %d sees %d pixels, want %d", layer, got, want)
		}
	}
}

func TestSurvey(t *testing.T) {
	first := encoder.Layer{Kind: encoder.Conv3, In: loc2vec.NumLayers, Out: 32, Same: true, Pool: true, Slope: 0.01,
		Weight: make([]float32, loc2vec.NumLayers*32*9), Bias: make([]float32, 32)}
	for f := range 32 {
		first.Weight[(f*loc2vec.NumLayers+f%4)*9+4] = 1 // filter f looks at layer f mod 4, which is residential or before it
	}
	first.Bias[7] = -5 // never positive
	first.Weight[(9*loc2vec.NumLayers+1)*9+4] = 0
	first.Bias[9] = 1 // always the same
	s := newStack(t, network(first))
	rng := rand.New(rand.NewPCG(11, 12))
	var rasters [][]uint8
	for range 20 {
		r := make([]uint8, s.values())
		for i := range r[:4*pixels*pixels] {
			r[i] = uint8(rng.IntN(200) * rng.IntN(2))
		}
		if len(rasters)%2 == 0 {
			clear(r[2*pixels*pixels : 3*pixels*pixels]) // every other raster lacks layer 2
		}
		rasters = append(rasters, r)
	}
	survey, err := s.Survey(t.Context(), 0, rasters)
	if err != nil {
		t.Fatal(err)
	}
	if got := survey.Silent(); !slices.Equal(got, []int{7, 9}) {
		t.Errorf("filters %v are silent, want 7 and 9", got)
	}
	if got := survey.Active[2]; math.Abs(got-0.5) > 1e-9 {
		t.Errorf("filter 2 is active in %v of the rasters, want half", got)
	}
	if got := survey.Liveliest(8); slices.ContainsFunc(got, func(f int) bool { return f%4 != 2 }) {
		t.Errorf("the liveliest filters are %v, want those of layer 2", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Survey(ended, 0, rasters); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled survey returns %v", err)
	}
	maps := s.Maps(rasters[1])
	if len(maps) != 1 || len(maps[0]) != 32 || len(maps[0][0]) != 64 {
		t.Fatalf("maps of %d layers", len(maps))
	}
	brightest := slices.Max(rasters[1][:pixels*pixels])
	if got := slices.Max(maps[0][0]); math.Abs(float64(got)-float64(brightest)/255) > 1e-6 {
		t.Errorf("filter 0 is activated by %v at most, want %v", got, float64(brightest)/255)
	}
}

func TestNewStackChecks(t *testing.T) {
	n := networks(rand.New(rand.NewPCG(13, 14)))["padded"]
	n.Convs[1].Weight = n.Convs[1].Weight[1:]
	if _, err := NewStack(n); err == nil {
		t.Error("no error for a network whose shapes do not match")
	}
}

func TestSpectrum(t *testing.T) {
	const n = 32
	wave := func(across, down float64) []float32 {
		p := make([]float32, 2*n*n) // the second channel is flat
		for i := range n * n {
			p[i] = float32(0.5 + 0.4*math.Cos(2*math.Pi*(across*float64(i%n)+down*float64(i/n))/n))
			p[n*n+i] = 0.7
		}
		return p
	}
	for _, c := range []struct{ across, down, want float64 }{{5, 0, 5}, {0, 9, 9}, {3, 4, 5}, {16, 0, 16}} {
		s := Spectrum(wave(c.across, c.down), n)
		if got := Centroid(s); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%v cycles across and %v down have the mean frequency %v, want %v", c.across, c.down, got, c.want)
		}
		if math.Abs(s[int(c.want)]-1) > 1e-6 {
			t.Errorf("the spectrum has %v at %v cycles, want 1", s[int(c.want)], c.want)
		}
	}
	if got := Centroid(Spectrum(make([]float32, n*n), n)); !math.IsNaN(got) {
		t.Errorf("a flat picture has the mean frequency %v", got)
	}
}
