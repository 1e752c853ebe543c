package quantise

import (
	"context"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// Model is a quantised encoder with the engine that computes it.
type Model struct {
	Net    *onnx.Network
	engine *int8net.Engine
}

// ONNX returns the encoder as an ONNX model.
func (m *Model) ONNX() []byte { return onnx.Marshal(m.Net) }

// Forward fills dst [B][D] with the embeddings of rasters, uint8 [B][C][H][W], which are the ones that every engine
// computes from the ONNX model. Safe for concurrent use.
func (m *Model) Forward(dst []float32, rasters []uint8) error {
	size := loc2vec.NumLayers * m.Net.Pixels * m.Net.Pixels
	if len(rasters)%size != 0 || len(dst) != len(rasters)/size*loc2vec.Dimension {
		return fmt.Errorf("embedding rasters of %d bytes in %d numbers, want %d numbers for each %d bytes", len(rasters), len(dst), loc2vec.Dimension, size)
	}
	r := m.engine.NewRunner(1)
	for b := range len(rasters) / size {
		to := dst[b*loc2vec.Dimension:][:loc2vec.Dimension]
		if err := r.Embed(context.Background(), to, rasters[b*size:][:size]); err != nil {
			return fmt.Errorf("embedding raster %d: %w", b, err)
		}
	}
	return nil
}
