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
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

var againstTorch = flag.Int("torch", 0, "number of rounds of TestSpeedAgainstTorch")

const (
	benchPixels   = 128
	stepBatch     = 120 // rasters of a training step
	forwardBatch  = 32  // rasters of a forward pass, about as many as in evaluation
	forwardPasses = 16  // passes in a row: after a single one, PyTorch's idle thread would still spin during the other side's pass
)

// The targets: speeds relative to PyTorch, and that of AVX2 relative to AVX512.
var (
	trainingBar = map[string]float64{Lite: 3.3, Classic: 3, Pooled: 3.3, Wide: 3.3}
	forwardBar  = 3.5
	avx2Bar     = 0.65
)

// TestSpeedAgainstTorch compares the training step and the forward pass with PyTorch, and the instruction sets with each
// other. The sides take steps alternately, so that other load on the machine affects all alike:
//
//	go test ./trainer/internal/net -run SpeedAgainstTorch -torch 5 -v
func TestSpeedAgainstTorch(t *testing.T) {
	if *againstTorch < 1 {
		t.Skip("a benchmark: ask for it with -torch ROUNDS")
	}
	needTorch(t)
	isas := []kernel.ISA{kernel.BestISA()}
	if kernel.BestISA() == kernel.AVX512 {
		isas = append(isas, kernel.AVX2)
	}
	for _, architecture := range []string{Lite, Classic, Pooled, Wide} {
		t.Run(architecture, func(t *testing.T) {
			var trainers []*Trainer
			for _, isa := range isas {
				trainers = append(trainers, newTest(t, Config{Architecture: architecture, Pixels: benchPixels, Batch: stepBatch, ISA: isa}))
			}
			torch := startTorch(t, trainers[0].net)
			defer torch.stop(t)
			for _, input := range []struct {
				name    string
				rasters []uint8
			}{
				{"maps", mapLike(rand.New(rand.NewPCG(2, 2)), stepBatch, benchPixels)},
				{"full", noise(rand.New(rand.NewPCG(2, 2)), stepBatch, benchPixels)},
			} {
				compareSteps(t, torch, trainers, input.name, input.rasters)
				compareForward(t, torch, trainers[0], input.name, input.rasters)
			}
		})
	}
}

// compareSteps compares training steps of PyTorch and of trainers with different instruction sets.
func compareSteps(t *testing.T, torch *torchBench, trainers []*Trainer, input string, rasters []uint8) {
	t.Helper()
	sides := []func() side{func() side { return torch.run(t, "train", stepBatch, 1) }}
	for _, tr := range trainers {
		sides = append(sides, func() side { return timed(t, func() { step(t, tr, rasters) }) })
	}
	m := takeTurns(*againstTorch, sides)
	architecture := trainers[0].net.config.Architecture
	torch.log(t, fmt.Sprintf("%s, training step of %d, %s", architecture, stepBatch, input), stepBatch, m[0], m[1], trainingBar[architecture])
	for i, tr := range trainers[1:] {
		t.Logf("%s, training step of %d, %s: isa %v is %.2f times as fast as %v by wall time, %.2f by CPU time (wanted: %v)",
			architecture, stepBatch, input, tr.net.config.ISA, m[1].wall/m[2+i].wall, trainers[0].net.config.ISA, m[1].cpu/m[2+i].cpu, avx2Bar)
	}
}

// compareForward compares forward passes for inference.
func compareForward(t *testing.T, torch *torchBench, tr *Trainer, input string, rasters []uint8) {
	t.Helper()
	plan, err := tr.Network().Plan()
	if err != nil {
		t.Fatal(err)
	}
	rasters = rasters[:len(rasters)/stepBatch*forwardBatch]
	dst := make([]float32, forwardBatch*loc2vec.Dimension)
	m := takeTurns(*againstTorch, []func() side{
		func() side { return torch.run(t, "forward", forwardBatch, forwardPasses) },
		func() side {
			return timed(t, func() {
				for range forwardPasses {
					if err := plan.Forward(dst, rasters); err != nil {
						t.Fatal(err)
					}
				}
			})
		},
	})
	torch.log(t, fmt.Sprintf("%s, forward passes of %d, %s", tr.net.config.Architecture, forwardBatch, input), forwardPasses*forwardBatch, m[0], m[1], forwardBar)
}

// side is the time of one side of a comparison, in seconds.
type side struct{ wall, cpu float64 }

func timed(t *testing.T, f func()) side {
	t.Helper()
	wall, cpu := time.Now(), cpuTime(t)
	f()
	return side{time.Since(wall).Seconds(), (cpuTime(t) - cpu).Seconds()}
}

// takeTurns runs the sides alternately for that many rounds, after one to warm up, and returns the medians of wall and
// CPU time of each side.
func takeTurns(rounds int, sides []func() side) []side {
	wall, cpu := make([][]float64, len(sides)), make([][]float64, len(sides))
	for round := range rounds + 1 {
		for i, run := range sides {
			if s := run(); round > 0 {
				wall[i], cpu[i] = append(wall[i], s.wall), append(cpu[i], s.cpu)
			}
		}
	}
	medians := make([]side, len(sides))
	for i := range sides {
		slices.Sort(wall[i])
		slices.Sort(cpu[i])
		medians[i] = side{wall[i][rounds/2], cpu[i][rounds/2]}
	}
	return medians
}

// torchBench is a running torch_bench.py.
type torchBench struct {
	version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// startTorch starts PyTorch with a network of the same architecture.
func startTorch(t *testing.T, n *network) *torchBench {
	t.Helper()
	extra := 0
	if n.pooled != nil {
		extra = n.pooled.extra
	}
	b := &torchBench{cmd: exec.Command(systemPython, "testdata/torch_bench.py", n.config.Architecture,
		fmt.Sprint(n.config.Pixels), fmt.Sprint(extra), fmt.Sprint(runtime.GOMAXPROCS(0)))}
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
		t.Fatalf("torch_bench.py printed %q: %v", line, err)
	}
	want := parameters(t, n.config.Architecture)
	for _, norm := range n.norms {
		want -= 2 * norm.channels // Keras includes the running statistics
	}
	if count != want {
		t.Errorf("the PyTorch network has %d parameters, want %d", count, want)
	}
	return b
}

// run runs a task that many times in a row.
func (b *torchBench) run(t *testing.T, task string, batch, times int) side {
	t.Helper()
	if _, err := fmt.Fprintln(b.in, task, batch, times); err != nil {
		t.Fatal(err)
	}
	var s side
	if _, err := fmt.Fscanln(b.out, &s.wall, &s.cpu); err != nil {
		t.Fatal(err)
	}
	return s
}

// log logs the speed of both sides for that many images.
func (b *torchBench) log(t *testing.T, what string, images int, theirs, ours side, bar float64) {
	t.Helper()
	t.Logf("%s, %d threads: PyTorch %s %.1f images/s, here %.1f: %.2f x by wall time, %.2f x by CPU time (wanted: %v)",
		what, runtime.GOMAXPROCS(0), b.version, float64(images)/theirs.wall, float64(images)/ours.wall,
		theirs.wall/ours.wall, theirs.cpu/ours.cpu, bar)
}

func (b *torchBench) stop(t *testing.T) {
	if err := b.in.Close(); err != nil {
		t.Error(err)
	}
	if err := b.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
