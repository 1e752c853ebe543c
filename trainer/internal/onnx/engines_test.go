package onnx

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// ortLibrary returns ONNX Runtime's shared library, or skips the test.
func ortLibrary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("LOC2VEC_ONNXRUNTIME"); path != "" {
		return path
	}
	path := filepath.Join("..", "..", "..", "build", "onnxruntime",
		runtime.GOOS+"-"+runtime.GOARCH, "libonnxruntime.so.1")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skip("needs ONNX Runtime: not fetched (.ci/get-onnxruntime.sh)")
	}
	return path
}

// TestEnginesAgree: the engine in Go gives the bits that ONNX Runtime gives.
func TestEnginesAgree(t *testing.T) {
	library := ortLibrary(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, net := range layouts(rng, 128) {
		t.Run(net.Layout, func(t *testing.T) {
			q, err := Quantise(net, rasters(rng, 8, net.Pixels), Options{})
			if err != nil {
				t.Fatal(err)
			}
			model := q.ONNX()
			t.Logf("%d bytes", len(model))
			reference, err := sdk.OpenEncoder(model, net.Pixels, sdk.EncoderOptions{Engine: sdk.ORT, ORTLibrary: library})
			if err != nil {
				t.Fatal(err)
			}
			defer reference.Close()
			ours, err := sdk.OpenEncoder(model, net.Pixels, sdk.EncoderOptions{Engine: sdk.Go})
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range append(rasters(rng, 20, net.Pixels), make([]uint8, len(rasters(rng, 1, net.Pixels)[0]))) {
				want, got := make([]float32, loc2vec.Dimension), make([]float32, loc2vec.Dimension)
				if err := reference.Embed(want, r); err != nil {
					t.Fatal(err)
				}
				if err := ours.Embed(got, r); err != nil {
					t.Fatal(err)
				}
				for d := range want {
					if want[d] != got[d] {
						t.Fatalf("raster %d:\n%v, want\n%v", i, got, want)
					}
				}
			}
		})
	}
}
