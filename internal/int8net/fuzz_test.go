package int8net

import (
	"context"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/internal/onnx/onnxtest"
)

// networkBudget is what reading and preparing a model may take. The feature maps and masks of a small one may have some
// megabytes (onnx.Network.Check), and a weight takes up to 16 bytes where a kernel computes 16 outputs together.
func networkBudget() budget.Limit {
	return budget.Limit{Memory: 24 << 20, MemoryPerByte: 40, Time: 100 * time.Millisecond, TimePerByte: time.Microsecond}
}

// fuzzedWork is the number of multiply-adds that computeBudget counts as one. Some kernels take a microsecond for 50,000;
// the portable one, for 1500.
const fuzzedWork = 1000

func computeBudget() budget.Limit {
	return budget.Limit{Memory: 1 << 20, Time: 50 * time.Millisecond, TimePerByte: 3 * time.Microsecond}
}

// modelMeter reads, prepares and computes models within the budgets.
type modelMeter struct{ read, compute *budget.Meter }

func newModelMeter() modelMeter {
	return modelMeter{budget.New(networkBudget()), budget.New(computeBudget())}
}

// use fails the test if a model that can be read cannot be computed, or anything takes too much.
func (m modelMeter) use(t *testing.T, model []byte) {
	var runner *Runner
	m.read.Check(t, len(model), func() {
		n, err := onnx.Unmarshal(model)
		if err != nil {
			return
		}
		e, err := New(n, kernel.Int8Kernels()[0])
		if err != nil {
			t.Fatalf("preparing a network that was read: %v", err)
		}
		runner = e.NewRunner(1)
	})
	if runner == nil || runner.e.net.Work() > maxFuzzedWork {
		return
	}
	n := runner.e.net
	raster := make([]uint8, loc2vec.NumLayers*n.Pixels*n.Pixels)
	for i := range raster {
		raster[i] = uint8(i)
	}
	dst := make([]float32, loc2vec.Dimension)
	m.compute.Check(t, int(n.Work()/fuzzedWork), func() {
		if err := runner.Embed(context.Background(), dst, raster); err != nil {
			t.Fatal(err)
		}
	})
}

// maxFuzzedWork is the number of multiply-adds of a network beyond which it is read and not computed: time follows their
// number, which onnx limits.
const maxFuzzedWork = 1 << 28

// FuzzModel: whatever the bytes of a model are, it is read, prepared and computed within the budgets.
func FuzzModel(f *testing.F) {
	for _, name := range models() {
		f.Add(readModel(f, name))
	}
	m := newModelMeter()
	f.Fuzz(func(t *testing.T, model []byte) { m.use(t, model) })
}

// FuzzNetwork is FuzzModel for models of any shape, which onnxtest.Network makes of a program, with one changed byte.
func FuzzNetwork(f *testing.F) {
	for _, program := range hostileNetworks() {
		f.Add(program, uint32(0), byte(0))
	}
	m := newModelMeter()
	f.Fuzz(func(t *testing.T, program []byte, at uint32, flip byte) {
		n := onnxtest.Network(program)
		if n == nil {
			return
		}
		model := onnx.Marshal(n)
		model[int(at)%len(model)] ^= flip
		m.use(t, model)
	})
}

// hostileNetworks are programs of a usual network, of one of the largest rasters with few weights, of one with many masks
// and of one with the most layers.
func hostileNetworks() [][]byte {
	usual := []byte{31, 1, 4, 7, 0x17, 7, 20, 30, 0x33, 7, 20, 30, 0x33, 0, 20, 30}
	large := []byte{255, 2, 0x80, 7, 0x00, 3, 20, 30, 0x00, 7, 20, 30, 0x00, 7, 20, 30}
	masks := []byte{255, 2, 15, 7, 0x00, 7, 20, 30, 0x00, 7, 20, 30, 0x00, 7, 20, 30, 0xff, 0, 20, 30}
	deep := []byte{15, 15, 0, 7}
	for range 30 {
		deep = append(deep, 0x03, 2, 20, 30)
	}
	return [][]byte{usual, large, masks, deep}
}

// TestHostileNetworks: the networks that FuzzNetwork begins with can be read.
func TestHostileNetworks(t *testing.T) {
	for i, program := range hostileNetworks() {
		n := onnxtest.Network(program)
		if n == nil {
			t.Fatalf("program %d: no network", i)
		}
		_, err := onnx.Unmarshal(onnx.Marshal(n))
		t.Logf("program %d: %d multiply-adds, %v", i, n.Work(), err)
		if err != nil {
			t.Errorf("program %d: %v", i, err)
		}
	}
}
