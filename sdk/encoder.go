package sdk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// Engine names what computes the model.
type Engine string

const (
	// Auto takes ONNX Runtime where it is found, and the engine in Go otherwise.
	Auto Engine = ""
	// ORT is ONNX Runtime, a shared library that is loaded at run time. Builds without cgo do not
	// have it.
	ORT Engine = "ort"
	// Go is the engine in Go: it computes the model's integers, and so the same bits.
	Go Engine = "go"
)

// Encoder computes embeddings of rasters. Safe for concurrent use.
type Encoder struct {
	description string
	size        int // bytes of a raster
	slots       *pool[slot]
	close       func() error // holds the engine until it is called
}

// inference is a model that one of the engines has loaded.
type inference interface {
	// newSlot returns the buffers of one computation at a time.
	newSlot() (slot, error)
	// describe says what computes: engine, version, instructions.
	describe() string
	close() error
}

// slot computes one raster at a time.
type slot interface {
	// embed fills dst [D] from a raster [C][H][W].
	embed(dst []float32, raster []uint8) error
	close() error
}

// OpenEncoder loads a model: the bytes of the bundle's encoder.onnx.
func OpenEncoder(model []byte, pixels int, opts Options) (*Encoder, error) {
	engine, err := openEngine(model, pixels, opts)
	if err != nil {
		return nil, err
	}
	slots := newPool(engine.newSlot)
	return &Encoder{
		description: engine.describe(), size: loc2vec.NumLayers * pixels * pixels, slots: slots,
		close: sync.OnceValue(func() error { return errors.Join(slots.close(slot.close), engine.close()) }),
	}, nil
}

func openEngine(model []byte, pixels int, opts Options) (inference, error) {
	switch opts.Engine {
	case Go:
		return openGo(model, pixels, opts)
	case ORT:
		return openORT(model, pixels, opts)
	case Auto:
		engine, err := openORT(model, pixels, opts)
		if err == nil {
			return engine, nil
		}
		fallback, goErr := openGo(model, pixels, opts)
		if goErr != nil {
			return nil, goErr
		}
		if opts.Log != nil {
			opts.Log(fmt.Sprintf("using the engine in Go: %v", err))
		}
		return fallback, nil
	}
	return nil, fmt.Errorf("engine %q: want ort, go or none", opts.Engine)
}

// Describe says what computes the model, such as "go (avx512vnni)".
func (e *Encoder) Describe() string { return e.description }

// Embed fills dst [D] with the embedding of a raster, uint8 [C][H][W].
func (e *Encoder) Embed(dst []float32, raster []uint8) error {
	if len(dst) != loc2vec.Dimension || len(raster) != e.size {
		return fmt.Errorf("embed: raster of %d bytes, want %d", len(raster), e.size)
	}
	s, err := e.slots.get(context.Background())
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	defer e.slots.put(s)
	if err := (*s).embed(dst, raster); err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	return nil
}

// Close waits for running computations and releases the model. Calls of Embed that come later fail
// with an error that wraps os.ErrClosed; another Close does nothing.
func (e *Encoder) Close() error { return e.close() }

// goEngine is the engine in Go.
type goEngine struct {
	*int8net.Engine
	threads int
}

func openGo(model []byte, pixels int, opts Options) (inference, error) {
	net, err := int8net.ReadONNX(model)
	if err != nil {
		return nil, err
	}
	if net.Pixels != pixels {
		return nil, fmt.Errorf("%w: model for rasters of %d pixels, want %d", loc2vec.ErrCorrupt, net.Pixels, pixels)
	}
	k, err := kernel.Int8Kernel(opts.Kernel)
	if err != nil {
		return nil, err
	}
	engine, err := int8net.New(net, k)
	if err != nil {
		return nil, err
	}
	return goEngine{engine, opts.threads()}, nil
}

func (e goEngine) newSlot() (slot, error) { return goSlot{e.NewRunner(e.threads)}, nil }
func (e goEngine) describe() string       { return fmt.Sprintf("go (%s)", e.Kernel()) }
func (e goEngine) close() error           { return nil }

type goSlot struct{ *int8net.Runner }

func (s goSlot) embed(dst []float32, raster []uint8) error { return s.Embed(dst, raster) }
func (s goSlot) close() error                              { return nil }
