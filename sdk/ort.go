//go:build cgo

package sdk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/onnx"
)

const hasORT = true

// ortVersion is the oldest ONNX Runtime with the interface that this build needs (API 24).
const ortVersion = "1.24"

// ortLibrary is the shared library of this process. The wrapper keeps it in global variables, so all
// encoders share it, and it is never unloaded.
var ortLibrary struct {
	sync.Mutex
	path string
}

// loadORT loads ONNX Runtime from the first candidate that can be loaded, unless it is loaded already.
func loadORT(library string) (path string, err error) {
	ortLibrary.Lock()
	defer ortLibrary.Unlock()
	if ort.IsInitialized() {
		if library != "" && library != ortLibrary.path {
			return "", fmt.Errorf("ONNX Runtime %s: %s is already loaded", library, ortLibrary.path)
		}
		return ortLibrary.path, nil
	}
	var reasons []string
	for _, candidate := range ortCandidates(library) {
		if filepath.Base(candidate) != candidate { // otherwise the system searches for it
			if _, err := os.Stat(candidate); err != nil {
				reasons = append(reasons, ortReason(candidate, err))
				continue
			}
		}
		ort.SetSharedLibraryPath(candidate)
		err := ort.InitializeEnvironment(ort.WithLogLevelError())
		if err == nil {
			ortLibrary.path = candidate
			return candidate, nil
		}
		reasons = append(reasons, ortReason(candidate, err))
	}
	return "", fmt.Errorf("ONNX Runtime %s or newer is needed: %s", ortVersion, strings.Join(reasons, "; "))
}

// ortReason describes why a file could not be loaded.
func ortReason(path string, err error) string {
	// The wrapper has no other sign for a library without the interface.
	if strings.Contains(err.Error(), "setting ORT API base") {
		return path + " is too old"
	}
	cause := err
	for u := errors.Unwrap(cause); u != nil; u = errors.Unwrap(cause) {
		cause = u
	}
	message := cause.Error()
	if i := strings.LastIndex(message, "\": "); i >= 0 {
		message = message[i+3:] // the path is added below
	}
	if message == "" {
		message = "not ONNX Runtime" // a library without the entry point: the loader gives no reason
	}
	if !strings.HasPrefix(message, path) {
		message = path + ": " + message
	}
	return message
}

// ortCandidates returns the files to try. If a file is named, it is the only one.
func ortCandidates(library string) []string {
	if library == "" {
		library = os.Getenv("LOC2VEC_ONNXRUNTIME")
	}
	if library != "" {
		return []string{library}
	}
	names := []string{"libonnxruntime.so.1", "libonnxruntime.so"}
	switch runtime.GOOS {
	case "windows":
		names = []string{"onnxruntime.dll"}
	case "darwin", "ios":
		names = []string{"libonnxruntime.dylib"}
	case "android":
		names = []string{"libonnxruntime.so"}
	}
	var candidates []string
	if exe, err := os.Executable(); err == nil {
		for _, name := range names {
			path := filepath.Join(filepath.Dir(exe), name)
			if _, err := os.Stat(path); err == nil {
				candidates = append(candidates, path)
			}
		}
	}
	return append(candidates, names...)
}

// ortEngine is a model loaded by ONNX Runtime.
type ortEngine struct {
	runtime *ort.DynamicAdvancedSession
	path    string
	pixels  int
}

func openORT(model []byte, pixels int, opts Options) (inference, error) {
	path, err := loadORT(opts.ORTLibrary)
	if err != nil {
		return nil, err
	}
	e := &ortEngine{path: path, pixels: pixels}
	if e.runtime, err = newRuntimeSession(model, opts.threads()); err != nil {
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
	edge := int64(e.pixels)
	if s.input, err = ort.NewTensor(ort.NewShape(1, loc2vec.NumLayers, edge, edge), raster); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if s.output, err = ort.NewTensor(ort.NewShape(1, loc2vec.Dimension), vector); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *ortSession) embed(dst []float32, raster []uint8) error {
	copy(s.input.GetData(), raster)
	if err := s.runtime.Run([]ort.Value{s.input}, []ort.Value{s.output}); err != nil {
		return fmt.Errorf("ONNX Runtime: %w", err)
	}
	copy(dst, s.output.GetData())
	return nil
}

func (s *ortSession) close() error {
	var err error
	if s.input != nil {
		err = s.input.Destroy()
	}
	if s.output != nil {
		err = errors.Join(err, s.output.Destroy())
	}
	s.pinner.Unpin()
	return err
}
