package quantise

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// openORT loads a model into ONNX Runtime. It skips the test if ONNX Runtime is not installed.
func openORT(t testing.TB, model []byte, pixels int) *sdk.Encoder {
	t.Helper()
	path := os.Getenv("LOC2VEC_ONNXRUNTIME")
	if path == "" {
		path = filepath.Join("..", "..", "..", "build", "onnxruntime",
			runtime.GOOS+"-"+runtime.GOARCH, "libonnxruntime.so.1")
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			t.Skip("needs ONNX Runtime: not fetched (.ci/get-onnxruntime.sh)")
		}
	}
	e, err := sdk.OpenEncoder(model, pixels, sdk.Options{Engine: sdk.ORT, ORTLibrary: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func quantise(t *testing.T, rng *rand.Rand, net *encoder.Network, opts Options) *Model {
	t.Helper()
	q, err := Network(net, rasters(rng, 8, net.Pixels), opts)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func embed(t *testing.T, e interface {
	Embed(context.Context, []float32, []uint8) error
}, raster []uint8) []float32 {
	t.Helper()
	dst := make([]float32, loc2vec.Dimension)
	if err := e.Embed(t.Context(), dst, raster); err != nil {
		t.Fatal(err)
	}
	return dst
}

// TestEnginesAgree: the engine in Go gives the bits that ONNX Runtime gives, on every kernel.
func TestEnginesAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, net := range architectures(rng, 128) {
		t.Run(net.Architecture, func(t *testing.T) {
			q := quantise(t, rng, net, Options{})
			model := q.ONNX()
			runtime := openORT(t, model, net.Pixels)
			inputs := append(rasters(rng, 4, net.Pixels), noise(rng, net.Pixels), make([]uint8, len(noise(rng, net.Pixels))))
			for _, k := range kernel.Int8Kernels() {
				ours, err := sdk.OpenEncoder(model, net.Pixels, sdk.Options{Engine: sdk.Go, Kernel: k.Name()})
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range inputs {
					if got, want := embed(t, ours, r), embed(t, runtime, r); !slices.Equal(got, want) {
						t.Fatalf("%s, raster %d:\n%v, want\n%v", k.Name(), i, got, want)
					}
				}
			}
		})
	}
}

// noise returns a raster of random bytes, whose activations are far outside of those in calibration.
func noise(rng *rand.Rand, pixels int) []uint8 {
	r := make([]uint8, loc2vec.NumLayers*pixels*pixels)
	for i := range r {
		r[i] = uint8(rng.IntN(256))
	}
	return r
}

// TestForwardEqualsEngine: Model.Forward computes the embeddings of the ONNX model.
func TestForwardEqualsEngine(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	net := architectures(rng, 64)[2]
	q := quantise(t, rng, net, Options{})
	read, err := onnx.Unmarshal(q.ONNX())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, q.Net) {
		t.Fatal("the network read differs from the one written")
	}
	batch := slices.Concat(rasters(rng, 3, net.Pixels)...)
	got := make([]float32, 3*loc2vec.Dimension)
	if err := q.Forward(got, batch); err != nil {
		t.Fatal(err)
	}
	e, err := int8net.New(read, kernel.Int8Kernels()[0])
	if err != nil {
		t.Fatal(err)
	}
	for b := range 3 {
		want := embed(t, e.NewRunner(1), batch[b*len(batch)/3:][:len(batch)/3])
		if !slices.Equal(got[b*loc2vec.Dimension:][:loc2vec.Dimension], want) {
			t.Errorf("vector %d: %v, want %v", b, got, want)
		}
	}
	if q.Forward(got, batch[1:]) == nil {
		t.Error("no error for a batch with an incomplete raster")
	}
}

// TestInt8IsCloseToFloat: quantisation preserves the direction of the vectors, even for random weights, which are harder
// to quantise than trained ones.
func TestInt8IsCloseToFloat(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, net := range architectures(rng, 64) {
		const n = 6
		inputs := rasters(rng, n, net.Pixels)
		want := make([]float32, n*loc2vec.Dimension)
		if err := net.Forward(want, slices.Concat(inputs...)); err != nil {
			t.Fatal(err)
		}
		q := quantise(t, rng, net, Options{})
		e, err := int8net.New(q.Net, kernel.Int8Kernels()[0])
		if err != nil {
			t.Fatal(err)
		}
		var worst, sum = 1.0, 0.0
		for i, r := range inputs {
			c := cosine(embed(t, e.NewRunner(1), r), want[i*loc2vec.Dimension:][:loc2vec.Dimension])
			worst, sum = min(worst, c), sum+c
		}
		t.Logf("%s: cosine to float %.4f on average, %.4f at worst", net.Architecture, sum/n, worst)
		if sum/n < 0.98 {
			t.Errorf("%s: cosine to float %.4f on average", net.Architecture, sum/n)
		}
	}
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}

// TestCheckerAccepts: the models pass the ONNX checker with full shape inference.
func TestCheckerAccepts(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import onnx").Run(); err != nil {
		t.Skip("needs python3-onnx: not installed")
	}
	rng := rand.New(rand.NewPCG(9, 10))
	for _, net := range architectures(rng, 64) {
		path := filepath.Join(t.TempDir(), "model.onnx")
		if err := os.WriteFile(path, quantise(t, rng, net, Options{}).ONNX(), 0o600); err != nil {
			t.Fatal(err)
		}
		const script = "import onnx,sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)"
		if out, err := exec.Command(python, "-c", script, path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", net.Architecture, err, out)
		}
	}
}
