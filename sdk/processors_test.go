//go:build cgo

package sdk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec/internal/qemutest"
)

// TestEnginesOnOtherProcessors runs TestEnginesGiveTheSameBits on emulated processors: those of arm64 phones,
// and an x86 processor whose products of bytes saturate.
func TestEnginesOnOtherProcessors(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for other processors")
	}
	for _, c := range []struct {
		name, arch, compiler string
		emulator             []string
	}{
		{"Haswell", "amd64", "gcc", []string{"qemu-x86_64", "-cpu", "Haswell"}},
		{"max", "arm64", "aarch64-linux-gnu-gcc", []string{"qemu-aarch64", "-cpu", "max", "-L", "/usr/aarch64-linux-gnu"}},
		{"cortex-a72", "arm64", "aarch64-linux-gnu-gcc", []string{"qemu-aarch64", "-cpu", "cortex-a72", "-L", "/usr/aarch64-linux-gnu"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, program := range []string{c.compiler, c.emulator[0]} {
				if _, err := exec.LookPath(program); err != nil {
					t.Skipf("needs %s: not installed", program)
				}
			}
			library := filepath.Join("..", "build", "onnxruntime", "linux-"+c.arch, "libonnxruntime.so.1")
			if _, err := os.Stat(library); err != nil {
				t.Skip("needs ONNX Runtime: not fetched (.ci/get-onnxruntime.sh)")
			}
			binary := qemutest.Binary(t, c.arch, "CGO_ENABLED=1", "CC="+c.compiler)
			args := append(c.emulator[1:], binary, "-test.run=^TestEnginesGiveTheSameBits$")
			run := exec.Command(c.emulator[0], args...)
			run.Env = append(os.Environ(), "LOC2VEC_ONNXRUNTIME="+library)
			if out, err := run.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
