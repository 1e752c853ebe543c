// Package emulated builds the tests of a package for other processors, so that they can be run where
// one is only emulated. Tests alone use it.
package emulated

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Binary compiles the tests of the package in the working directory for Linux on a processor, without
// cgo unless env, which comes last, says otherwise.
func Binary(t testing.TB, arch string, env ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "package.test")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Env = append(append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0"), env...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", arch, err, out)
	}
	return binary
}

// ARM64 compiles the tests for arm64 and returns the emulator to run them with. It skips the test
// where there is none, or no need of one.
func ARM64(t testing.TB) (emulator, binary string) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles for another processor")
	}
	if runtime.GOARCH == "arm64" {
		t.Skip("needs no emulation: this is an arm64 processor")
	}
	emulator, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		t.Skip("needs qemu-aarch64 (qemu-user): not installed")
	}
	return emulator, Binary(t, "arm64")
}
