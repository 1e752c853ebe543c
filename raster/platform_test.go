package raster_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// TestSameBitsOnEveryPlatform draws the same windows with programs for other processors and compares the
// checksums: server and phone must draw the same bytes.
func TestSameBitsOnEveryPlatform(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs for other processors: skipped with -short")
	}
	openRegion(t, "monaco") // a real pack as well
	pack := filepath.Join(t.TempDir(), "region.pmtiles")
	if err := os.WriteFile(pack, realRegions.packs["monaco"], 0o644); err != nil {
		t.Fatal(err)
	}
	want := checksums(t, runtime.GOARCH, pack, nil)
	t.Logf("%s", want)
	for _, other := range []struct {
		arch     string
		emulator []string // nil if this machine's processor can run it
	}{
		{"arm64", []string{"qemu-aarch64"}},
		{"386", nil},
	} {
		t.Run(other.arch, func(t *testing.T) {
			if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
				t.Skip("needs Linux on amd64 to run programs for other processors")
			}
			if got := checksums(t, other.arch, pack, other.emulator); !bytes.Equal(got, want) {
				t.Errorf("rasters of %s differ from those of %s:\n%s", other.arch, runtime.GOARCH, got)
			}
		})
	}
}

// checksums returns what testdata/checksum prints on a processor.
func checksums(t *testing.T, arch, pack string, emulator []string) []byte {
	t.Helper()
	for _, program := range emulator {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s (Debian: qemu-user): not installed", program)
		}
	}
	program := filepath.Join(t.TempDir(), "checksum")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/checksum")
	build.Env = append(os.Environ(), "GOOS="+runtime.GOOS, "GOARCH="+arch, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building for %s: %v\n%s", arch, err, out)
	}
	command := append(append([]string{}, emulator...), program, pack)
	out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).Output()
	if errors.Is(err, syscall.ENOEXEC) {
		t.Skipf("needs a kernel that runs programs for %s", arch)
	}
	if err != nil {
		t.Fatalf("running %v: %v", command, err)
	}
	return out
}
