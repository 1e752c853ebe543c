package sdk

import "runtime"

// Options say how a model is computed. The zero value is ready.
type Options struct {
	Engine Engine
	// ORTLibrary is the file of ONNX Runtime's shared library. If it is empty, the environment variable
	// LOC2VEC_ONNXRUNTIME names the file; without that, or if it is a name without a directory, the library is
	// looked for next to the executable, and except on Windows then in the absolute directories of
	// LD_LIBRARY_PATH (Linux), /opt/homebrew/lib (macOS), /usr/local/lib, and /usr/lib64, /usr/lib and
	// /usr/lib/*-linux-gnu (Linux). On Android the name is that of a library of the app.
	ORTLibrary string
	// Kernel forces the instruction set of the Go engine: "avx512vnni", "avx2", "neondot", "neon" or
	// "portable", if the processor has it.
	Kernel string
	// Threads is how many threads compute one embedding: 0 means one, and GOMAXPROCS is the maximum.
	// One is right for most programs: a phone embeds in about a millisecond, waking more cores for
	// that costs battery, and EmbedMany uses all of them anyway. The bits do not depend on it. The Go
	// engine starts its goroutines for each embedding; ONNX Runtime keeps threads until Close.
	Threads int
	// Log receives the reason why Auto uses the Go engine, at most once per encoder. It is not called
	// in builds without ONNX Runtime.
	Log func(message string)
	// TileCache is how many decoded tiles each worker keeps for further places nearby: 0 means the
	// default, a negative number none.
	TileCache int
	// RasterCache is the memory in bytes that keeps vectors by their rasters, for grids and tables, where many places
	// have the same raster as others: open water, woods, fields. 0 means none.
	RasterCache int
	// Coverage makes embeddings tell the coverage of each layer, Result.Coverage, for some microseconds each.
	Coverage bool
}

// defaultTileCache holds a window with all its neighbours. A tile of a dense city takes half a megabyte.
const defaultTileCache = 9

// threads returns Threads within its bounds.
func (o *Options) threads() int { return max(1, min(o.Threads, runtime.GOMAXPROCS(0))) }
