package sample

import (
	"bytes"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/osmextract"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// TestMonaco draws places and batches from a real extract: places are where something is mapped, and
// the views of a place look alike while other places look different.
func TestMonaco(t *testing.T) {
	var out bytes.Buffer
	options := osmextract.Options{Files: []string{osmtestdata.Path(t, "monaco")}, TempDir: t.TempDir()}
	if _, err := osmextract.Extract(t.Context(), &out, options); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	tiles := NewTiles([]*pack.Reader{p}, 64<<20)
	places, report, err := Draw(t.Context(), tiles, DefaultDraw(500, 1))
	if err != nil {
		t.Fatal(err)
	}
	if len(places) != 500 || report.Sites < 500 || report.RoadMetres < 30e3 || report.Empty > 5 {
		t.Errorf("%d places, unlikely for Monaco: %+v", len(places), report)
	}

	c := Config{
		Tiles: tiles, Places: places, Spec: raster.Spec{Metres: 200, Pixels: 32},
		Batch: DefaultBatchConfig(), Seed: 1, Workers: 2, Ahead: 2,
	}
	c.Batch.Places, c.Batch.HardNegativeShare = 8, 0 // more hardly fit 200 m apart
	for _, b := range take(t, c, 3) {
		own, other := 0.0, 0.0 // mean difference of the layers' coverage
		size := len(b.Rasters) / len(b.Labels)
		rows := 1 + c.Batch.Positives
		for row := range b.Labels {
			anchor := row - row%rows
			view := b.Rasters[row*size : (row+1)*size]
			own += coverageGap(view, b.Rasters[anchor*size:(anchor+1)*size])
			next := (anchor + rows) % len(b.Labels)
			other += coverageGap(view, b.Rasters[next*size:(next+1)*size])
		}
		if own > 0.7*other {
			t.Errorf("batch %d: views differ by %.3f from their own anchor and by %.3f from another", b.Index,
				own/float64(len(b.Labels)), other/float64(len(b.Labels)))
		}
	}
}

// coverageGap returns the sum over layers of the difference in mean coverage.
func coverageGap(a, b []uint8) float64 {
	plane := len(a) / loc2vec.NumLayers
	gap := 0.0
	for layer := range loc2vec.NumLayers {
		sum := 0
		for i := layer * plane; i < (layer+1)*plane; i++ {
			sum += int(a[i]) - int(b[i])
		}
		gap += float64(max(sum, -sum)) / float64(255*plane)
	}
	return gap
}
