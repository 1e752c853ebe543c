package kernel

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// TestEmulatedProcessor is what TestDetection runs on other processors: every kernel of every lane
// that Lanes offers there, an illegal instruction if it offers too much.
func TestEmulatedProcessor(t *testing.T) {
	fmt.Println("lanes:", Lanes())
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
		"Nehalem": "lanes: [portable]\n",      // no AVX
		"Haswell": "lanes: [portable avx2]\n", // no AVX-512
	} {
		out, err := exec.Command(qemu, "-cpu", processor, self, "-test.run", "^TestEmulatedProcessor$", "-test.v").CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("on %s: want %q, got %v\n%s", processor, want, err, out)
		}
	}
}
