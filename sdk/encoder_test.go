package sdk_test

import (
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
)

// TestAutoIsSilentWithoutCgo: a build that cannot have ONNX Runtime does not mention it.
func TestAutoIsSilentWithoutCgo(t *testing.T) {
	if sdk.HasONNXRuntime() {
		t.Skip("for builds without cgo")
	}
	m, err := sdk.OpenBundle(testworld.Bundle(t, "lite"), sdk.Options{Log: func(message string) { t.Errorf("logged %q", message) }})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if !strings.HasPrefix(m.Describe(), "go ") {
		t.Errorf("engine %q", m.Describe())
	}
	if _, err := sdk.OpenBundle(testworld.Bundle(t, "lite"), sdk.Options{Engine: sdk.ORT}); err == nil || !strings.Contains(err.Error(), "cgo") {
		t.Errorf("ORT: error %v", err)
	}
}
