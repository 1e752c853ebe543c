package net

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
)

// mapLike returns rasters as sparse as those of towns: five to seven of the twelve layers contain patches, the others
// are empty.
func mapLike(rng *rand.Rand, batch, pixels int) []uint8 {
	plane := pixels * pixels
	r := make([]uint8, batch*loc2vec.NumLayers*plane)
	for b := range batch {
		for _, c := range rng.Perm(loc2vec.NumLayers)[:5+rng.IntN(3)] {
			m := r[(b*loc2vec.NumLayers+c)*plane:][:plane]
			for range 1 + rng.IntN(6) {
				y0, x0 := rng.IntN(pixels), rng.IntN(pixels)
				h, w := 1+rng.IntN(pixels/2), 1+rng.IntN(pixels/2)
				for y := y0; y < min(y0+h, pixels); y++ {
					for x := x0; x < min(x0+w, pixels); x++ {
						m[y*pixels+x] = 255
					}
				}
			}
		}
	}
	return r
}

func BenchmarkTrainStep(b *testing.B) {
	const batch = 120
	inputs := map[string]func(rng *rand.Rand, batch, pixels int) []uint8{"maps": mapLike, "full": noise}
	for _, c := range []Config{
		{Architecture: Lite, Pixels: 128}, {Architecture: Classic, Pixels: 128}, {Architecture: Pooled, Pixels: 128}, {Architecture: Pooled, Pixels: 64},
		{Architecture: Wide, Pixels: 64},
	} {
		for _, input := range []string{"maps", "full"} {
			b.Run(fmt.Sprintf("%s_%dx%d_%s", c.Architecture, batch, c.Pixels, input), func(b *testing.B) {
				c.Batch = batch
				rasters, tr := inputs[input](rand.New(rand.NewPCG(1, 1)), batch, c.Pixels), newTest(b, c)
				benchmarkSteps(b, tr, rasters)
			})
		}
	}
}

// BenchmarkQuantisedStep measures the cost of quantisation-aware training: without its operations, with them switched
// off, and with them on.
func BenchmarkQuantisedStep(b *testing.B) {
	for _, mode := range []string{"without", "off", "on"} {
		b.Run(mode, func(b *testing.B) {
			c := Config{Architecture: Pooled, Pixels: 64, Batch: 120, Quantise: mode != "without"}
			tr := newTest(b, c)
			tr.Quantise(mode == "on")
			benchmarkSteps(b, tr, mapLike(rand.New(rand.NewPCG(1, 1)), c.Batch, c.Pixels))
		})
	}
}

// benchmarkSteps measures steps on one batch, after one that touches the memory.
func benchmarkSteps(b *testing.B, tr *Trainer, rasters []uint8) {
	step := func() {
		if _, err := tr.Step(rasters, 1e-3); err != nil {
			b.Fatal(err)
		}
	}
	step()
	cpu := cpuTime(b)
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	n := float64(tr.net.config.Batch * b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "images/s")
	b.ReportMetric(n/(cpuTime(b)-cpu).Seconds(), "images/cpu-s")
}

// cpuTime returns the CPU time that this process has used.
func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
