package net

import (
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/qemutest"
)

// Every instruction set trains like Portable up to rounding, and with the same bits for any number of workers. If a
// gradient is zero up to rounding, rounding decides its sign and Adam moves the parameter by the full rate, so that
// losses drift apart: here by 0.3% of their decrease after three steps.
func TestISAsTrainAlike(t *testing.T) {
	for _, architecture := range []string{Lite, Pooled} {
		t.Run(architecture, func(t *testing.T) {
			want := lossesOn(t, kernel.Portable, architecture, 2)
			for _, isa := range kernel.ISAs()[1:] {
				t.Run(isa.String(), func(t *testing.T) {
					got := lossesOn(t, isa, architecture, 1)
					if math.Abs(got[0]-want[0]) > 1e-4*math.Abs(want[0]) {
						t.Errorf("the loss of fresh weights is %v, portable gives %v", got[0], want[0])
					}
					last := len(want) - 1
					if way := want[0] - want[last]; way < 1 || math.Abs(got[last]-want[last]) > 0.01*way {
						t.Errorf("losses are %v, portable gives %v", got, want)
					}
					if several := lossesOn(t, isa, architecture, 3); !slices.Equal(several, got) {
						t.Errorf("losses are %v with one worker, %v with several", got, several)
					}
				})
			}
		})
	}
}

// lossesOn returns the losses of three steps on one batch of two groups of images.
func lossesOn(t *testing.T, isa kernel.ISA, architecture string, workers int) []float64 {
	const batch, pixels = groupSize + 1, 32
	tr := newTest(t, Config{Architecture: architecture, Pixels: pixels, Batch: batch, Seed: 6, ISA: isa, Workers: workers})
	rasters := noise(rand.New(rand.NewPCG(5, 5)), batch, pixels)
	losses := make([]float64, 3)
	for i := range losses {
		var err error
		if losses[i], err = tr.Step(rasters, 1e-4); err != nil {
			t.Fatal(err)
		}
	}
	return losses
}

// TestOnARM64 trains with the NEON kernels on an emulated arm64 processor, and compares the blocks with the reference
// there.
func TestOnARM64(t *testing.T) {
	qemu, binary := qemutest.ARM64(t)
	for run, want := range map[string]string{
		"^TestISAsTrainAlike$/^pooled$":   "--- PASS: TestISAsTrainAlike/pooled/neon ",
		"^TestLinearBlock$":               "--- PASS: TestLinearBlock ",
		"^TestConvBlock$/./^[46]$/^neon$": "/4/neon ", // the small shapes: the others take a minute in emulation
	} {
		out, err := exec.Command(qemu, binary, "-test.v", "-test.run", run).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", run, err, out)
		}
	}
}
