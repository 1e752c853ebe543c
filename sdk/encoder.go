package sdk

import (
	"context"
	"fmt"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

// Engine names what computes the model.
type Engine string

const (
	// Auto is ONNX Runtime where it can be loaded, and the engine in Go otherwise.
	Auto Engine = ""
	// ORT is ONNX Runtime, a shared library that is loaded at run time. See HasONNXRuntime.
	ORT Engine = "ort"
	// Go is the engine in Go. It computes the same integers, and so the same bits.
	Go Engine = "go"
)

// HasONNXRuntime reports whether this build can load ONNX Runtime, which needs cgo. Without it Auto is Go,
// and ORT is an error.
func HasONNXRuntime() bool { return hasORT }

// Encoder computes embeddings of rasters. Safe for concurrent use.
type Encoder struct {
	description string
	size        int // bytes of a raster
	sessions    *pool[session]
	close       func() error // keeps the engine alive until it is called
}

// inference is a model that an engine has loaded.
type inference interface {
	newSession() (session, error)
	// describe names the engine, its version and its instruction set.
	describe() string
	close() error
}

// session holds the buffers to compute one raster at a time.
type session interface {
	// embed fills dst [D] from a raster [C][H][W]. It returns soon after the context has ended.
	embed(ctx context.Context, dst []float32, raster []uint8) error
	close() error
}

// OpenEncoder loads a model: the bytes of a bundle's encoder.onnx, for rasters of pixels x pixels. Every engine gets
// the network that was read from the bytes and checked, never the bytes: one set of models for all. Errors
// wrap loc2vec.ErrCorrupt or loc2vec.ErrVersion, or say what is missing for the engine in opts.
func OpenEncoder(model []byte, pixels int, opts Options) (*Encoder, error) {
	net, err := readNetwork(model, pixels)
	if err != nil {
		return nil, err
	}
	return openNetwork(net, opts)
}

// readNetwork reads and checks a model for rasters of pixels x pixels.
func readNetwork(model []byte, pixels int) (*onnx.Network, error) {
	net, err := onnx.Unmarshal(model)
	if err != nil {
		return nil, err
	}
	if net.Pixels != pixels {
		return nil, fmt.Errorf("%w: model for rasters of %d pixels, want %d", loc2vec.ErrCorrupt, net.Pixels, pixels)
	}
	return net, nil
}

// openNetwork loads a network that has been checked.
func openNetwork(net *onnx.Network, opts Options) (*Encoder, error) {
	engine, err := openEngine(net, opts)
	if err != nil {
		return nil, err
	}
	sessions := newPool(engine.newSession)
	return &Encoder{
		description: engine.describe(), size: loc2vec.NumLayers * net.Pixels * net.Pixels, sessions: sessions,
		close: sync.OnceValue(func() error { return sessions.close(session.close, engine.close) }),
	}, nil
}

func openEngine(net *onnx.Network, opts Options) (inference, error) {
	switch opts.Engine {
	case Go:
		return openGo(net, opts)
	case ORT:
		return openORT(net, opts)
	case Auto:
		return openAuto(net, opts)
	}
	return nil, fmt.Errorf("unknown engine %q: want ort, go or an empty string", opts.Engine)
}

func openAuto(net *onnx.Network, opts Options) (inference, error) {
	if !hasORT {
		return openGo(net, opts)
	}
	engine, err := openORT(net, opts)
	if err == nil {
		return engine, nil
	}
	fallback, goErr := openGo(net, opts)
	if goErr != nil {
		return nil, goErr
	}
	if opts.Log != nil {
		opts.Log(fmt.Sprintf("using the engine in Go: %v", err))
	}
	return fallback, nil
}

// Describe says what computes the model, such as "go (avx512vnni)".
func (e *Encoder) Describe() string { return e.description }

// Embed fills dst [D] with the embedding of a raster, uint8 [C][H][W]. Errors wrap that of the context, at which
// the engine in Go looks before each row of a layer and ONNX Runtime before each operator.
func (e *Encoder) Embed(ctx context.Context, dst []float32, raster []uint8) error {
	if len(dst) != loc2vec.Dimension || len(raster) != e.size {
		return fmt.Errorf("embedding: raster of %d bytes, want %d", len(raster), e.size)
	}
	s, err := e.sessions.get(ctx)
	if err != nil {
		return fmt.Errorf("embedding: %w", err)
	}
	defer e.sessions.put(s)
	if err := (*s).embed(ctx, dst, raster); err != nil {
		return fmt.Errorf("embedding: %w", err)
	}
	return nil
}

// Close releases the model at once or, if there are running computations, when the last one ends. It does not wait for
// them. Later calls of Embed return an error that wraps os.ErrClosed. Calling Close again does nothing.
func (e *Encoder) Close() error { return e.close() }

// goEngine is the engine in Go.
type goEngine struct {
	*int8net.Engine
	threads int
}

func openGo(net *onnx.Network, opts Options) (inference, error) {
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

func (e goEngine) newSession() (session, error) { return goSession{e.NewRunner(e.threads)}, nil }
func (e goEngine) describe() string             { return fmt.Sprintf("go (%s)", e.Kernel()) }
func (e goEngine) close() error                 { return nil }

type goSession struct{ *int8net.Runner }

func (s goSession) embed(ctx context.Context, dst []float32, raster []uint8) error {
	return s.Embed(ctx, dst, raster)
}

func (s goSession) close() error { return nil }
