package quantise

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// architectures returns networks of three architectures, and one that averages over rotations, with random weights that
// keep activations near one. pixels is a multiple of 32.
func architectures(rng *rand.Rand, pixels int) []*encoder.Network {
	conv := func(kind encoder.Kind, in, out int, same, pool bool) encoder.Layer {
		return randomLayer(rng, encoder.Layer{Kind: kind, In: in, Out: out, Same: same, Pool: pool, Slope: 0.1})
	}
	dense := func(in, out int, slope float32) encoder.Layer {
		return randomLayer(rng, encoder.Layer{Kind: encoder.Dense, In: in, Out: out, Slope: slope})
	}
	lite := []encoder.Layer{
		conv(encoder.Conv3, 12, 32, true, true), conv(encoder.Conv3, 32, 32, true, true),
		conv(encoder.Conv3, 32, 64, true, true), conv(encoder.Conv3, 64, 64, true, true),
		conv(encoder.Conv3, 64, 256, true, true),
		conv(encoder.Conv1, 256, 64, false, false), conv(encoder.Conv1, 64, 64, false, false),
	}
	classic := []encoder.Layer{
		conv(encoder.Conv3, 12, 32, false, false), conv(encoder.Conv3, 32, 32, false, true),
		conv(encoder.Conv3, 32, 64, false, true), conv(encoder.Conv3, 64, 64, false, true),
		conv(encoder.Conv3, 64, 128, false, true),
		conv(encoder.Conv1, 128, 64, false, false), conv(encoder.Conv1, 64, 64, false, false),
	}
	edge := pixels - 2
	for range 4 {
		edge = (edge - 2) / 2
	}
	area := pixels * pixels
	masks := [][]uint8{make([]uint8, area), make([]uint8, area)}
	for i := range area {
		x, y := i%pixels-pixels/2, i/pixels-pixels/2
		if x*x+y*y < area/16 {
			masks[0][i] = 1
		} else {
			masks[1][i] = 1
		}
	}
	features := 64 + len(masks)*loc2vec.NumLayers
	return withRotations([]*encoder.Network{
		{Architecture: "lite", Pixels: pixels, Rotations: 1, Convs: lite, Dense: []encoder.Layer{
			dense(64*area/1024, 64, 0.1), dense(64, loc2vec.Dimension, 1)}},
		{Architecture: "classic", Pixels: pixels, Rotations: 1, Convs: classic, Dense: []encoder.Layer{
			dense(64*edge*edge, 64, 0.1), dense(64, loc2vec.Dimension, 1)}},
		{Architecture: "pooled", Pixels: pixels, Rotations: 1, Convs: lite,
			Head:  encoder.Head{Pooled: true, Masks: masks, FeatureScale: slices.Repeat([]float32{2.5, 1.5, 4}, len(masks)*loc2vec.NumLayers/3)},
			Dense: []encoder.Layer{dense(features, 64, 0.1), dense(64, loc2vec.Dimension, 1)}},
	})
}

// randomLayer returns the layer with random weights and biases.
func randomLayer(rng *rand.Rand, l encoder.Layer) encoder.Layer {
	fan := l.In
	if l.Kind == encoder.Conv3 {
		fan *= 9
	}
	l.Weight, l.Bias = make([]float32, fan*l.Out), make([]float32, l.Out)
	for i := range l.Weight {
		l.Weight[i] = float32(rng.NormFloat64() * math.Sqrt(2/float64(fan)))
	}
	for i := range l.Bias {
		l.Bias[i] = float32(rng.NormFloat64() * 0.1)
	}
	return l
}

// rasters returns n rasters like those of maps: rectangles in some layers, others empty.
func rasters(rng *rand.Rand, n, pixels int) [][]uint8 {
	out := make([][]uint8, n)
	for i := range out {
		r := make([]uint8, loc2vec.NumLayers*pixels*pixels)
		for c := range loc2vec.NumLayers {
			for range rng.IntN(4) * rng.IntN(3) {
				x, y := rng.IntN(pixels), rng.IntN(pixels)
				w, h := 1+rng.IntN(pixels-x), 1+rng.IntN(pixels-y)
				v := uint8(255)
				if rng.IntN(3) == 0 {
					v = uint8(rng.IntN(256))
				}
				for yy := y; yy < y+h; yy++ {
					line := r[(c*pixels+yy)*pixels+x:][:w]
					for k := range line {
						line[k] = v
					}
				}
			}
		}
		out[i] = r
	}
	return out
}
