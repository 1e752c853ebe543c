package kernel

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/qemutest"
)

// TestEmulatedProcessor is what TestDetection runs on other processors: every kernel of every lane
// that Lanes offers there, an illegal instruction if it offers too much.
func TestEmulatedProcessor(t *testing.T) {
	fmt.Println("isas:", ISAs())
	t.Run("multiply", TestMultiplyEveryHeight)
	t.Run("elementwise", TestElementwise)
	t.Run("widen", TestWiden)
}

// Detection must offer no lane that the processor, or the emulation of it, lacks.
func TestDetection(t *testing.T) {
	qemu, err := exec.LookPath("qemu-x86_64")
	if err != nil || runtime.GOARCH != "amd64" {
		t.Skip("needs qemu-x86_64 (qemu-user) on amd64: not installed")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for processor, want := range map[string]string{
		"Nehalem": "isas: [portable]\n",      // no AVX
		"Haswell": "isas: [portable avx2]\n", // no AVX-512
	} {
		out, err := exec.Command(qemu, "-cpu", processor, self, "-test.run", "^TestEmulatedProcessor$", "-test.v").CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("on %s: want %q, got %v\n%s", processor, want, err, out)
		}
	}
}

// TestOnARM64 runs the tests of this package, the kernels in NEON among them, on an arm64 processor
// that this machine emulates: with the dot products of Armv8.4 and without.
func TestOnARM64(t *testing.T) {
	qemu, binary := qemutest.ARM64(t)
	for _, processor := range []string{"max", "cortex-a53"} {
		out, err := exec.Command(qemu, "-cpu", processor, binary, "-test.short", "-test.v").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "isas: [portable neon]\n") {
			t.Errorf("%s: %v\n%s", processor, err, out)
		}
	}
}
