//go:build cgo

package sdk

import (
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// TestORTCandidatesAreAbsolute: no library comes from the working directory, whatever the environment says.
func TestORTCandidatesAreAbsolute(t *testing.T) {
	if runtime.GOOS == "android" || runtime.GOOS == "ios" {
		t.Skip("libraries of an app have names only")
	}
	t.Chdir(t.TempDir())
	for _, searchPath := range []string{"", ".", ":", "relative::/absolute:..", "/absolute:"} {
		t.Setenv("LD_LIBRARY_PATH", searchPath)
		for _, library := range []string{"", "libonnxruntime.so", "./x.so", filepath.Join("lib", "x.so"), "/lib/x.so"} {
			for _, variable := range []bool{false, true} {
				argument := library
				t.Setenv("LOC2VEC_ONNXRUNTIME", "")
				if variable {
					t.Setenv("LOC2VEC_ONNXRUNTIME", library)
					argument = ""
				}
				got, err := ortCandidates(argument)
				if err != nil || len(got) == 0 || slices.ContainsFunc(got, func(path string) bool { return !filepath.IsAbs(path) }) {
					t.Errorf("%q, search path %q: %q, %v", library, searchPath, got, err)
				}
			}
		}
	}
}

func TestORTDirectories(t *testing.T) {
	for goos, want := range map[string][]string{
		"windows": {"/app"},
		"darwin":  {"/app", "/opt/homebrew/lib", "/usr/local/lib"},
		"linux":   {"/app", "/mine", "/usr/local/lib", "/usr/lib64", "/usr/lib", "/usr/lib/aarch64-linux-gnu"},
	} {
		if got := ortDirectories(goos, "arm64", "/app", ":/mine:."); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", goos, got, want)
		}
	}
	if got := ortDirectories("windows", "amd64", ".", ""); len(got) != 0 {
		t.Errorf("without an executable: %q", got)
	}
}
