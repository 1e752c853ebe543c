// Package qemutest builds the tests of a package for another processor, to be run under QEMU's user
// mode emulation. Only tests import it.
package qemutest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Binary compiles the tests of the package in the working directory for Linux on arch, a GOARCH, and
// returns the path of the binary. CGO is disabled unless env, which is appended to the environment of
// the build, enables it.
func Binary(t testing.TB, arch string, env ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "package.test")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Env = append(append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0"), env...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("compiling the tests for %s: %v\n%s", arch, err, out)
	}
	return binary
}

// ARM64 compiles the tests for arm64 and returns the emulator to run them with. It skips the test in
// short mode, on an arm64 machine, and when qemu-aarch64 is not installed.
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
