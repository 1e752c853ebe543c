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

// TestEmulatedProcessor runs every kernel with every instruction set that ISAs returns. TestDetection runs it on
// emulated processors, where an instruction set too many causes an illegal instruction.
func TestEmulatedProcessor(t *testing.T) {
	fmt.Println("isas:", ISAs())
	t.Run("multiply", TestMultiplyEveryHeight)
	t.Run("elementwise", TestElementwise)
	t.Run("widen", TestWiden)
}

// ISAs must not return an instruction set that the processor, or its emulation, lacks.
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

// TestOnARM64 runs the tests of this package, and with them the NEON kernels, on emulated arm64 processors with
// and without the dot product instructions of Armv8.4.
func TestOnARM64(t *testing.T) {
	qemu, binary := qemutest.ARM64(t)
	for _, processor := range []string{"max", "cortex-a53"} {
		out, err := exec.Command(qemu, "-cpu", processor, binary, "-test.short", "-test.v").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "isas: [portable neon]\n") {
			t.Errorf("%s: %v\n%s", processor, err, out)
		}
	}
}
