package sdk_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

var (
	west   = testworld.West()
	east   = testworld.East()
	border = testworld.Border()
)

// open returns a model with regions.
func open(t testing.TB, model string, opts sdk.Options, packs ...[]byte) *sdk.Model {
	t.Helper()
	m, err := sdk.OpenBundle(testworld.Bundle(t, model), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, p := range packs {
		addPack(t, m, p)
	}
	return m
}

func addPack(t testing.TB, m *sdk.Model, data []byte) {
	t.Helper()
	if err := m.AddPack(openPack(t, data)); err != nil {
		t.Fatal(err)
	}
}

func openPack(t testing.TB, data []byte) *pack.Reader {
	t.Helper()
	p, err := pack.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// writeFile writes a file of the test and returns its path.
func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
