package net

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
)

var againstTorch = flag.Int("torch", 0, "rounds of TestTrainStepAgainstTorch: one step of PyTorch, one of ours, in turn")

// mapLike makes rasters as sparse as those of towns: of the twelve layers five to seven hold
// anything, in patches.
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
		{Layout: Lite, Pixels: 128}, {Layout: Classic, Pixels: 128}, {Layout: Pooled, Pixels: 128}, {Layout: Pooled, Pixels: 64},
	} {
		for _, input := range []string{"maps", "full"} {
			b.Run(fmt.Sprintf("%s_%dx%d_%s", c.Layout, batch, c.Pixels, input), func(b *testing.B) {
				c.Batch = batch
				rasters, tr := inputs[input](rand.New(rand.NewPCG(1, 1)), batch, c.Pixels), newTest(b, c)
				benchmarkSteps(b, tr, rasters)
			})
		}
	}
}

// What quantisation-aware training costs: without its operations, with them off, and on.
func BenchmarkQuantisedStep(b *testing.B) {
	for _, mode := range []string{"without", "off", "on"} {
		b.Run(mode, func(b *testing.B) {
			c := Config{Layout: Pooled, Pixels: 64, Batch: 120, Quantise: mode != "without"}
			tr := newTest(b, c)
			tr.Quantise(mode == "on")
			benchmarkSteps(b, tr, mapLike(rand.New(rand.NewPCG(1, 1)), c.Batch, c.Pixels))
		})
	}
}

// benchmarkSteps measures steps on one batch; a first one touches the memory.
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

// cpuTime is what this process has used so far.
func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// One training step of each in turn, so that whatever else the machine does hits both alike:
//
//	go test ./trainer/internal/net -run TrainStepAgainstTorch -torch 7 -v
func TestTrainStepAgainstTorch(t *testing.T) {
	if *againstTorch < 1 {
		t.Skip("a benchmark: ask for it with -torch ROUNDS")
	}
	const batch = 120
	for _, layout := range []string{Lite, Classic} {
		t.Run(layout, func(t *testing.T) {
			torch := startTorch(t, layout, batch)
			defer torch.stop(t)
			for _, input := range []struct {
				name    string
				rasters []uint8
			}{
				{"maps", mapLike(rand.New(rand.NewPCG(2, 2)), batch, defaultPixels)},
				{"full", noise(rand.New(rand.NewPCG(2, 2)), batch, defaultPixels)},
			} {
				theirs, ours := takeTurns(t, torch, newTest(t, Config{Layout: layout, Batch: batch}), input.rasters)
				t.Logf("%s 120x128 %s, %d threads: %s %.1f images/s, here %.1f: %.2f x by wall time, %.2f x by CPU time (medians of %d)",
					layout, input.name, runtime.GOMAXPROCS(0), torch.version, batch/theirs.wall, batch/ours.wall,
					theirs.wall/ours.wall, theirs.cpu/ours.cpu, *againstTorch)
			}
		})
	}
}

// takeTurns returns the median times of a step of both.
func takeTurns(t *testing.T, torch *torchBench, tr *Trainer, rasters []uint8) (theirs, ours side) {
	t.Helper()
	var a, b sides
	for round := range *againstTorch + 1 {
		first := torch.step(t)
		wall, cpu := time.Now(), cpuTime(t)
		step(t, tr, rasters)
		if round > 0 { // the first warms up
			a, b = append(a, first), append(b, side{time.Since(wall).Seconds(), (cpuTime(t) - cpu).Seconds()})
		}
	}
	return a.median(), b.median()
}

// side is the time of one step, in seconds.
type side struct{ wall, cpu float64 }

type sides []side

// median of wall and CPU time, each for itself.
func (s sides) median() side {
	var wall, cpu []float64
	for _, v := range s {
		wall, cpu = append(wall, v.wall), append(cpu, v.cpu)
	}
	slices.Sort(wall)
	slices.Sort(cpu)
	return side{wall[len(wall)/2], cpu[len(cpu)/2]}
}

// torchBench is a running torch_bench.py.
type torchBench struct {
	version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startTorch(t *testing.T, layout string, batch int) *torchBench {
	t.Helper()
	needTorch(t)
	b := &torchBench{cmd: exec.Command(systemPython, "testdata/torch_bench.py", layout,
		fmt.Sprint(batch), fmt.Sprint(defaultPixels), fmt.Sprint(runtime.GOMAXPROCS(0)))}
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.out = bufio.NewReader(out)
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var count int
	line, err := b.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(line, "PyTorch %s %d", &b.version, &count); err != nil {
		t.Fatalf("torch_bench.py said %q: %v", line, err)
	}
	b.version = "PyTorch " + b.version
	// What can be trained: Keras counts the running statistics too.
	if want := 305_040 - 2*map[string]int{Lite: 640, Classic: 512}[layout]; count != want {
		t.Errorf("the PyTorch network has %d parameters, want %d", count, want)
	}
	return b
}

func (b *torchBench) step(t *testing.T) side {
	t.Helper()
	if _, err := fmt.Fprintln(b.in); err != nil {
		t.Fatal(err)
	}
	var s side
	if _, err := fmt.Fscanln(b.out, &s.wall, &s.cpu); err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *torchBench) stop(t *testing.T) {
	if err := b.in.Close(); err != nil {
		t.Error(err)
	}
	if err := b.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
