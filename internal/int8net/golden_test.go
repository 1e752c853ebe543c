package int8net

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

var update = flag.Bool("update", false, "write testdata/golden.txt")

// models names the model files of the tests: three architectures, and one that averages over rotations.
func models() []string { return []string{"lite", "classic", "pooled", "rotations"} }

func readModel(t testing.TB, name string) []byte {
	t.Helper()
	model, err := os.ReadFile(filepath.Join("..", "onnx", "testdata", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// TestGoldenVectors: every kernel on every processor gives these bits. Each line of the file has the name
// of a model, the number of a raster, and the bits of its vector in hexadecimal.
func TestGoldenVectors(t *testing.T) {
	path := filepath.Join("testdata", "golden.txt")
	var lines []string
	for _, k := range kernel.Int8Kernels() {
		got := goldenLines(t, k)
		if lines == nil {
			lines = got
		}
		if !slices.Equal(got, lines) {
			t.Fatalf("kernel %s:\n%s\nwant, from %s:\n%s", k.Name(), strings.Join(got, "\n"),
				kernel.Int8Kernels()[0].Name(), strings.Join(lines, "\n"))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var want []string
	for s := bufio.NewScanner(f); s.Scan(); {
		want = append(want, s.Text())
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func goldenLines(t *testing.T, k *kernel.Int8) []string {
	t.Helper()
	rng := rand.New(rand.NewPCG(21, 22))
	var lines []string
	for _, name := range models() {
		n, err := onnx.Unmarshal(readModel(t, name))
		if err != nil {
			t.Fatal(err)
		}
		e, err := New(n, k)
		if err != nil {
			t.Fatal(err)
		}
		r := e.NewRunner(1)
		for i := range 4 {
			dst := make([]float32, loc2vec.Dimension)
			if err := r.Embed(context.Background(), dst, randomRaster(rng, n.Pixels)); err != nil {
				t.Fatal(err)
			}
			line := fmt.Sprintf("%s %d", name, i)
			for _, v := range dst {
				line += fmt.Sprintf(" %08x", math.Float32bits(v))
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// TestFlippedBits: a model with a flipped bit gives an error or a network that every kernel computes alike.
func TestFlippedBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for _, name := range models() {
		model := readModel(t, name)
		for range 60 {
			changed := slices.Clone(model)
			changed[rng.IntN(len(changed))] ^= 1 << rng.IntN(8)
			computeModel(t, changed)
		}
	}
}

// computeModel reads a model and computes it, unless it is large.
func computeModel(t *testing.T, model []byte) {
	t.Helper()
	n, err := onnx.Unmarshal(model)
	if err != nil {
		if !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
			t.Fatalf("error %v wraps neither ErrCorrupt nor ErrVersion", err)
		}
		return
	}
	if n.Pixels > 64 {
		return
	}
	kernels := kernel.Int8Kernels()
	raster := randomRaster(rand.New(rand.NewPCG(25, 26)), n.Pixels)
	var first []float32
	for _, k := range []*kernel.Int8{kernels[0], kernels[len(kernels)-1]} {
		e, err := New(n, k)
		if err != nil {
			t.Fatalf("preparing a network that was read: %v", err)
		}
		dst := make([]float32, loc2vec.Dimension)
		if err := e.NewRunner(1).Embed(context.Background(), dst, raster); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = dst
		}
		for d := range dst {
			if math.Float32bits(dst[d]) != math.Float32bits(first[d]) {
				t.Fatalf("kernel %s gives %v, %s gives %v", k.Name(), dst, kernels[0].Name(), first)
			}
		}
	}
}
