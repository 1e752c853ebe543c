package sdk

import "runtime"

// Options say how a model is computed. The zero value is ready.
type Options struct {
	Engine Engine
	// ORTLibrary is the file of ONNX Runtime's shared library. When it is empty, the environment
	// variable LOC2VEC_ONNXRUNTIME names it; without that it is looked for beside the executable
	// and then where the system looks for libraries.
	ORTLibrary string
	// Kernel forces the instructions of the Go engine by their name: one of
	// "avx512vnni", "avx2", "neondot", "neon" and "portable", as far as the machine has them.
	Kernel string
	// Threads is how many threads share the work of one embedding: 0 for one, and no more than
	// GOMAXPROCS. One suits most: a phone embeds in about a millisecond, to wake more cores for that
	// costs battery, and EmbedMany keeps all of them busy anyway. The bits are the same for any number.
	// The engine in Go starts its goroutines for each embedding; ONNX Runtime keeps threads until Close.
	Threads int
	// Log is told, at most once for each encoder, that Auto goes on with the Go engine and why.
	Log func(message string)
	// TileCache is how many decoded tiles each of the workers keeps for places that follow nearby:
	// 0 for the default, negative for none.
	TileCache int
}

// defaultTileCache holds a window with all its neighbours; a busy city tile takes half a megabyte.
const defaultTileCache = 9

// threads returns Threads within its bounds.
func (o *Options) threads() int { return max(1, min(o.Threads, runtime.GOMAXPROCS(0))) }
