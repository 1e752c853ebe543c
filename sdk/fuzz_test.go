package sdk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/internal/onnx/onnxtest"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk"
)

// bundleBudget is what opening a bundle may take, for each byte of its file and of its entries: limits bound what those
// expand to.
func bundleBudget() budget.Limit {
	return budget.Limit{Memory: 24 << 20, MemoryPerByte: 40, Time: 100 * time.Millisecond, TimePerByte: time.Microsecond}
}

// embedBudget is what the self-test and an embedding may take, for each byte of the golden vectors and each 1000
// multiply-adds of the network: the slowest kernel takes half a microsecond for so many. Its buffers may have some megabytes.
func embedBudget() budget.Limit {
	return budget.Limit{Memory: 24 << 20, MemoryPerByte: 4, Time: 100 * time.Millisecond, TimePerByte: 3 * time.Microsecond}
}

// maxFuzzedWork is the number of multiply-adds of all golden vectors beyond which a fuzzed bundle is opened and not tested.
const maxFuzzedWork = 1 << 28

// mostFuzzed is the number of bytes of a model, and of golden vectors, beyond which writing a bundle would take longer than
// all the rest. FuzzNetwork of int8net reads larger models.
const mostFuzzed = 1 << 18

// FuzzBundle opens bundles, tests them and embeds a place. Their models are those of onnxtest.Network with one changed
// byte; checksums are right. The window has any size, the manifest any value, and the golden vectors any number.
func FuzzBundle(f *testing.F) {
	usual := []byte{31, 1, 4, 7, 0x17, 7, 20, 30, 0x33, 7, 20, 30, 0x33, 0, 20, 30}
	large := []byte{255, 2, 0x80, 7, 0x00, 3, 20, 30, 0x00, 7, 20, 30, 0x00, 7, 20, 30}
	f.Add(usual, uint32(0), byte(0), uint16(200), uint8(3), []byte("{}"))
	f.Add(usual, uint32(100), byte(1), uint16(1600), uint8(64), []byte("[[[[[]]]]]"))
	f.Add(large, uint32(0), byte(0), uint16(10_000), uint8(1), []byte(`"\u001b[2J"`))
	good := testworld.Bundle(f, "pooled")
	region := testworld.Pack(f, "west", testworld.Schema, testworld.West())
	opening, embedding := budget.New(bundleBudget()), budget.New(embedBudget())
	f.Fuzz(func(t *testing.T, program []byte, at uint32, flip byte, metres uint16, golden uint8, value []byte) {
		n := onnxtest.Network(program)
		if n == nil || !json.Valid(value) {
			return
		}
		b := &bundle.Bundle{Manifest: good.Manifest, Model: onnx.Marshal(n)}
		b.Model[int(at)%len(b.Model)] ^= flip
		b.Manifest.Raster = raster.Spec{Metres: float64(metres), Pixels: n.Pixels}
		b.Manifest.Input.Shape = []int{-1, loc2vec.NumLayers, n.Pixels, n.Pixels}
		b.Manifest.Evaluation = map[string]any{"value": json.RawMessage(value)}
		size := loc2vec.NumLayers * n.Pixels * n.Pixels
		if len(b.Model) > mostFuzzed {
			return
		}
		for i := range min(int(golden), bundle.MaxGolden(&b.Manifest), 1+mostFuzzed/size) {
			b.Golden = append(b.Golden, bundle.Golden{Raster: noise(size, byte(i)), Embedding: make([]float32, loc2vec.Dimension)})
		}
		var file bytes.Buffer
		if err := bundle.Write(&file, b); err != nil {
			return // a window that no bundle may have
		}
		data := file.Bytes()
		var m *sdk.Model
		opening.Check(t, len(data)+len(b.Model)+len(value), func() {
			var err error
			if m, err = sdk.OpenBytes(data, sdk.Options{Engine: sdk.Go}); err != nil && !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
				t.Fatal(err)
			}
		})
		if m == nil {
			return
		}
		defer m.Close()
		work := n.Work() * int64(len(b.Golden)+1)
		if work > maxFuzzedWork {
			return
		}
		embedding.Check(t, len(b.Golden)*size+int(work/1000), func() { testAndEmbed(t, m, region) })
	})
}

// noise returns bytes that do not repeat, which a compressor passes quickly.
func noise(n int, seed byte) []byte {
	b := make([]byte, n)
	x := uint32(seed)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// testAndEmbed tests a model and embeds a place in the region.
func testAndEmbed(t *testing.T, m *sdk.Model, region []byte) {
	if _, err := m.SelfTest(t.Context()); err != nil && !errors.Is(err, sdk.ErrSelfTest) {
		t.Fatal(err)
	}
	p, err := pack.Open(bytes.NewReader(region), int64(len(region)))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.AddPack(p); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Embed(t.Context(), testworld.At(testworld.West(), 3000, 4000)); err != nil {
		t.Fatal(err)
	}
}
