package onnx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// models names the files in testdata, which quantise.TestModelsAreTheSame writes: three architectures, and
// one that averages over rotations.
func models() []string { return []string{"lite", "classic", "pooled", "rotations"} }

func readModel(t testing.TB, name string) []byte {
	t.Helper()
	model, err := os.ReadFile(filepath.Join("testdata", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// TestRoundTrip: a model that is read and written again has the same bytes.
func TestRoundTrip(t *testing.T) {
	for _, name := range models() {
		model := readModel(t, name)
		n, err := Unmarshal(model)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(Marshal(n), model) {
			t.Errorf("%s: the model has changed", name)
		}
	}
}

// TestUnmarshalTruncated: a model that ends early is an error, at every length.
func TestUnmarshalTruncated(t *testing.T) {
	for _, name := range models() {
		model := readModel(t, name)
		step := 1
		if testing.Short() {
			step = 97
		}
		for n := 0; n < len(model); n += step {
			if _, err := Unmarshal(model[:n]); !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
				t.Fatalf("%s cut to %d bytes: %v", name, n, err)
			}
		}
	}
}

func TestUnmarshalUnknownOperator(t *testing.T) {
	model := strings.Replace(string(readModel(t, "lite")), "LeakyRelu", "LeakyRolu", 1)
	_, err := Unmarshal([]byte(model))
	if !errors.Is(err, loc2vec.ErrVersion) || !strings.Contains(err.Error(), "LeakyRolu") {
		t.Errorf("error %v, want one that names the operator", err)
	}
}

func TestCheckRefusesRotations(t *testing.T) {
	n, err := Unmarshal(readModel(t, "lite"))
	if err != nil {
		t.Fatal(err)
	}
	for _, rotations := range []int{0, 2, 3, 5, -1} {
		n.Rotations = rotations
		if n.Check() == nil {
			t.Errorf("no error for %d rotations", rotations)
		}
	}
}

// FuzzUnmarshal: no bytes cause a panic or take more than a budget of their number, no network takes more multiply-adds
// than is allowed, and a network that is read survives writing and reading.
func FuzzUnmarshal(f *testing.F) {
	for _, name := range models() {
		f.Add(readModel(f, name))
	}
	f.Add(Marshal(heavy()))
	f.Add(wire.AppendBytes(nil, modelGraph, bytes.Repeat([]byte{graphInput<<3 | 2, 0}, 1<<10)))
	m := budget.New(budget.Limit{Memory: 1 << 20, MemoryPerByte: 16, Time: 50 * time.Millisecond, TimePerByte: time.Microsecond})
	f.Fuzz(func(t *testing.T, model []byte) {
		var n *Network
		var err error
		m.Check(t, len(model), func() { n, err = Unmarshal(model) })
		if err != nil {
			return
		}
		if work := n.Work(); work > maxWork {
			t.Errorf("%d multiply-adds", work)
		}
		back, err := Unmarshal(Marshal(n))
		if err != nil {
			t.Fatalf("reading a model that was written: %v", err)
		}
		if !reflect.DeepEqual(back, n) {
			t.Error("the network has changed")
		}
	})
}
