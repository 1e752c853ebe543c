package sdk_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
)

// TestNoRegion: without a region the error says so, and with one that the place is outside.
func TestNoRegion(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	_, err := m.Embed(context.Background(), testworld.At(west, 10, 10))
	if !errors.Is(err, loc2vec.ErrNoCoverage) || !strings.Contains(err.Error(), "the model has no region") {
		t.Errorf("without a region: %v", err)
	}
	addPack(t, m, testworld.Pack(t, "west", testworld.Schema, west))
	_, err = m.Embed(context.Background(), loc2vec.LatLon{Lat: 80, Lon: 80})
	if !errors.Is(err, loc2vec.ErrNoCoverage) || strings.Contains(err.Error(), "no region") {
		t.Errorf("outside: %v", err)
	}
}
