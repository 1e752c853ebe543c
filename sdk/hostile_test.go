package sdk_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/internal/wire"
	"github.com/loc2vec/loc2vec/sdk"
)

// TestEnginesRefuseTheSameModels: no engine is given a model that the strict reader refuses, such as one with a tensor
// whose bytes are those of another file.
func TestEnginesRefuseTheSameModels(t *testing.T) {
	good := testworld.Bundle(t, "lite")
	external := wire.AppendBytes(nil, 8, []byte("w")) // TensorProto: name, external_data
	external = wire.AppendBytes(external, 13, wire.AppendBytes(wire.AppendBytes(nil, 1, []byte("location")), 2, []byte("secret.txt")))
	for name, model := range map[string][]byte{
		// Fields of one message that occurs twice are merged.
		"external data": wire.AppendBytes(bytes.Clone(good.Model), 7, wire.AppendBytes(nil, 5, external)),
		"operator":      bytes.Replace(good.Model, []byte("LeakyRelu"), []byte("Identity2"), 1),
		"nothing":       nil,
	} {
		b := *good
		b.Model = model
		var file bytes.Buffer
		if err := bundle.Write(&file, &b); err != nil {
			t.Fatal(err)
		}
		for _, engine := range []sdk.Engine{sdk.Auto, sdk.Go, sdk.ORT} {
			m, err := sdk.OpenBytes(file.Bytes(), sdk.Options{Engine: engine, ORTLibrary: "/absent"})
			if err == nil {
				m.Close()
			}
			if !errors.Is(err, loc2vec.ErrCorrupt) && !errors.Is(err, loc2vec.ErrVersion) {
				t.Errorf("%s, engine %q: %v", name, engine, err)
			}
		}
	}
}

// doneContext is a context that ends after Err was called some times.
type doneContext struct {
	context.Context
	left int
	end  context.CancelFunc
}

func (c *doneContext) Err() error {
	if c.left--; c.left == 0 {
		c.end()
	}
	return c.Context.Err()
}

// TestSelfTestIsCancelled: a self-test ends in the middle of its vectors, of a network too.
func TestSelfTestIsCancelled(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	for after := range 12 {
		ctx, cancel := context.WithCancel(t.Context())
		report, err := m.SelfTest(&doneContext{ctx, after + 1, cancel})
		if !errors.Is(err, context.Canceled) || report.Vectors > 1 {
			t.Errorf("after %d looks: %+v, %v", after, report, err)
		}
		cancel()
	}
	if _, err := m.SelfTest(t.Context()); err != nil {
		t.Error(err)
	}
}
