//go:build cgo

package sdk_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
)

// ortLibrary returns the path of ONNX Runtime, or skips the test. Variant "-old" is a version that is too
// old.
func ortLibrary(t testing.TB, variant string) string {
	t.Helper()
	if path := os.Getenv("LOC2VEC_ONNXRUNTIME"); path != "" && variant == "" {
		return path
	}
	path := filepath.Join("..", "build", "onnxruntime", runtime.GOOS+"-"+runtime.GOARCH+variant, "libonnxruntime.so.1")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skip("needs ONNX Runtime: not fetched (.ci/get-onnxruntime.sh old)")
	}
	return path
}

// TestEnginesGiveTheSameBits compares vectors of places and golden vectors between both engines.
func TestEnginesGiveTheSameBits(t *testing.T) {
	library := ortLibrary(t, "")
	for _, model := range []string{"lite", "classic", "pooled", "rotations"} {
		packs := [][]byte{testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "east", testworld.Schema, east)}
		native := open(t, model, sdk.Options{Engine: sdk.Go}, packs...)
		foreign := open(t, model, sdk.Options{Engine: sdk.ORT, ORTLibrary: library}, packs...)
		if !strings.HasPrefix(foreign.Describe(), "ort 1.") {
			t.Errorf("engine %q", foreign.Describe())
		}
		for i := range 20 {
			place := border.Offset(float64(i*41%500-250), float64(i*67%500-250))
			if got, want := embed(t, native, place), embed(t, foreign, place); got != want {
				t.Fatalf("%s at %v: %+v, ONNX Runtime %+v", model, place, got, want)
			}
		}
		if report, err := foreign.SelfTest(t.Context()); err != nil {
			t.Errorf("%+v: %v", report, err)
		}
	}
}

func TestThreadsORT(t *testing.T) {
	sameForAnyThreads(t, sdk.Options{Engine: sdk.ORT, ORTLibrary: ortLibrary(t, "")})
}

func TestManyGoroutinesORT(t *testing.T) {
	manyGoroutines(t, sdk.Options{Engine: sdk.ORT, ORTLibrary: ortLibrary(t, "")})
}

// TestEndedRunLeavesTheSession: a run that ends with its context does not disturb the next one.
func TestEndedRunLeavesTheSession(t *testing.T) {
	m := open(t, "classic", sdk.Options{Engine: sdk.ORT, ORTLibrary: ortLibrary(t, "")})
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if _, err := m.SelfTest(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		cancel()
		if _, err := m.SelfTest(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWithoutRuntime: if ONNX Runtime cannot be loaded, the error says what was tried and what is needed,
// and Auto logs once that it uses the Go engine. Each case runs in a process of its own, because a loaded
// library stays loaded.
func TestWithoutRuntime(t *testing.T) {
	if library, ok := os.LookupEnv("LOC2VEC_TEST_LIBRARY"); ok {
		tryLibrary(t, library)
		return
	}
	noLibrary := writeFile(t, "text.so", []byte("no library"))
	for name, library := range map[string]func(t *testing.T) string{
		"absent":       func(t *testing.T) string { return filepath.Join(t.TempDir(), "absent.so") },
		"no library":   func(t *testing.T) string { return noLibrary },
		"of something": func(t *testing.T) string { return "libc.so.6" },
		"too old":      func(t *testing.T) string { return ortLibrary(t, "-old") },
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestWithoutRuntime$", "-test.v")
			cmd.Env = append(os.Environ(), "LOC2VEC_TEST_LIBRARY="+library(t))
			out, err := cmd.CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func tryLibrary(t *testing.T, library string) {
	b := testworld.Bundle(t, "lite")
	_, err := sdk.OpenBundle(b, sdk.Options{Engine: sdk.ORT, ORTLibrary: library})
	if err == nil {
		t.Fatalf("%s was loaded", library)
	}
	t.Log(err)
	for _, part := range []string{library, "1.24"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not name %q", part)
		}
	}
	if strings.Contains(library, "old") != strings.Contains(err.Error(), "too old") {
		t.Error("too old or not: the error is wrong")
	}
	var log []string
	t.Setenv("LOC2VEC_ONNXRUNTIME", library)
	m, err := sdk.OpenBundle(b, sdk.Options{Log: func(message string) { log = append(log, message) }})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	addPack(t, m, testworld.Pack(t, "west", testworld.Schema, west))
	for range 3 {
		embed(t, m, testworld.At(west, 3000, 3000))
	}
	if !strings.HasPrefix(m.Describe(), "go ") || len(log) != 1 || !strings.Contains(log[0], library) {
		t.Errorf("engine %q, said %q", m.Describe(), log)
	}
}
