package hosttest

import (
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
	"github.com/loc2vec/loc2vec/bindings/internal/elfcheck"
)

// TestLibrary: the library that the tests use, linked for another system, also obeys Android's rules.
func TestLibrary(t *testing.T) {
	h := build(t)
	f, err := os.Open(filepath.Join(h.library, binding.LibraryFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	machine := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]
	if err := elfcheck.Check(f, elfcheck.Linux(machine, binding.LibraryFile)); err != nil {
		t.Error(err)
	}
}
