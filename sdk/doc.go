// Package sdk is the engine for Go programs: a model bundle and map regions in, embeddings of
// places out, all on the device.
package sdk
