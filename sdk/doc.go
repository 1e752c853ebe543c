// Package sdk is the engine for Go programs: a model bundle and map regions in, embeddings of
// places out, all on the device.
//
// A Model is an opened bundle; AddRegion gives it the map of a region. Embed draws the map around a
// coordinate as the raster that the model was trained on, and computes its vector. Vectors of one
// model, and of it alone, can be compared with Distance.
//
// Two engines compute the model: ONNX Runtime, a shared library that is loaded where it is found,
// and one in Go that needs nothing. Both give the same bits on every processor. SelfTest checks
// that on the device at hand.
package sdk
