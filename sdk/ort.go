//go:build cgo

package sdk

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

const hasORT = true

// ortEngine is a model loaded by ONNX Runtime.
type ortEngine struct {
	runtime *ort.DynamicAdvancedSession
	path    string
	pixels  int
}

// openORT gives ONNX Runtime the model that is written from the network: nothing of a file reaches it that the strict reader
// does not know.
func openORT(net *onnx.Network, opts Options) (inference, error) {
	path, err := loadORT(opts.ORTLibrary)
	if err != nil {
		return nil, err
	}
	e := &ortEngine{path: path, pixels: net.Pixels}
	if e.runtime, err = newRuntimeSession(onnx.Marshal(net), opts.threads()); err != nil {
		return nil, fmt.Errorf("%w: ONNX Runtime: %w", loc2vec.ErrCorrupt, err)
	}
	return e, nil
}

func newRuntimeSession(model []byte, threads int) (session *ort.DynamicAdvancedSession, err error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	err = errors.Join(
		options.SetIntraOpNumThreads(threads),
		options.SetInterOpNumThreads(1),
		// Exact sums also where the processor's products of bytes saturate. Without it, x86 processors
		// before VNNI compute different vectors.
		options.AddSessionConfigEntry("session.x64quantprecision", "1"),
	)
	if err != nil {
		return nil, err
	}
	return ort.NewDynamicAdvancedSessionWithONNXData(model, []string{onnx.InputName}, []string{onnx.OutputName}, options)
}

func (e *ortEngine) describe() string {
	return fmt.Sprintf("ort %s (%s)", ort.GetVersion(), e.path)
}

func (e *ortEngine) close() error { return e.runtime.Destroy() }

// ortSession holds the tensors that the runtime reads and writes.
type ortSession struct {
	runtime *ort.DynamicAdvancedSession
	options *ort.RunOptions // ends a run
	input   *ort.Tensor[uint8]
	output  *ort.Tensor[float32]
	pinner  runtime.Pinner
}

func (e *ortEngine) newSession() (session, error) {
	s := &ortSession{runtime: e.runtime}
	raster := make([]uint8, loc2vec.NumLayers*e.pixels*e.pixels)
	vector := make([]float32, loc2vec.Dimension)
	// The tensors keep these addresses after the calls that make them.
	s.pinner.Pin(&raster[0])
	s.pinner.Pin(&vector[0])
	var err error
	if s.options, err = ort.NewRunOptions(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	edge := int64(e.pixels)
	if s.input, err = ort.NewTensor(ort.NewShape(1, loc2vec.NumLayers, edge, edge), raster); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if s.output, err = ort.NewTensor(ort.NewShape(1, loc2vec.Dimension), vector); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *ortSession) embed(ctx context.Context, dst []float32, raster []uint8) error {
	copy(s.input.GetData(), raster)
	if err := s.run(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("ONNX Runtime: %w", err)
	}
	copy(dst, s.output.GetData())
	return nil
}

// run computes the output. ONNX Runtime looks for the end of the context before each operator.
func (s *ortSession) run(ctx context.Context) error {
	inputs, outputs := []ort.Value{s.input}, []ort.Value{s.output}
	if ctx.Done() == nil {
		return s.runtime.Run(inputs, outputs)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var terminateErr error
	terminated := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(terminated)
		terminateErr = s.options.Terminate()
	})
	err := s.runtime.RunWithOptions(inputs, outputs, s.options)
	if stop() {
		return err
	}
	// The session is used again.
	<-terminated
	return errors.Join(ctx.Err(), terminateErr, s.options.UnsetTerminate())
}

func (s *ortSession) close() error {
	var err error
	if s.options != nil {
		err = s.options.Destroy()
	}
	if s.input != nil {
		err = errors.Join(err, s.input.Destroy())
	}
	if s.output != nil {
		err = errors.Join(err, s.output.Destroy())
	}
	s.pinner.Unpin()
	return err
}
