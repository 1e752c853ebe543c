package int8net

import (
	"os/exec"
	"testing"

	"github.com/loc2vec/loc2vec/internal/qemutest"
)

// TestGoldenVectorsOnOtherProcessors runs TestGoldenVectors and TestThreads on emulated processors:
// phones old and new, and PCs without the newest vector instructions or without any.
func TestGoldenVectorsOnOtherProcessors(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for other processors")
	}
	for _, c := range []struct {
		arch, emulator string
		models         []string
	}{
		{"arm64", "qemu-aarch64", []string{"max", "cortex-a53"}},
		{"amd64", "qemu-x86_64", []string{"Haswell", "Nehalem"}},
	} {
		emulator, err := exec.LookPath(c.emulator)
		if err != nil {
			t.Logf("needs qemu-user: %s is not installed", c.emulator)
			continue
		}
		binary := qemutest.Binary(t, c.arch)
		for _, model := range c.models {
			out, err := exec.Command(emulator, "-cpu", model, binary, "-test.short", "-test.run=^Test(GoldenVectors|Threads)$").CombinedOutput()
			if err != nil {
				t.Errorf("%s %s: %v\n%s", c.arch, model, err, out)
			}
		}
	}
}
