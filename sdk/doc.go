// Package sdk is the engine for Go programs: a model bundle and map regions in, embeddings of
// places out, all on the device.
//
// A Model is an opened bundle; AddRegion gives it the map of a region. Embed draws the map around a
// coordinate as the raster that the model was trained on, and computes its vector; EmbedMany does so
// for many places, a Follower for one that moves, and Explain says which layers a vector comes from.
// Vectors of one model, and of it alone, can be compared: with Distance, by Classes that know kinds of
// places from a few examples, and in an Index of saved places.
//
// A Store keeps bundles and regions on the disk, checks them when they are installed, and refuses what
// is not signed when the app gives it a key.
//
// Two engines compute the model: ONNX Runtime, a shared library that is loaded where it is found,
// and one in Go that needs nothing. Both give the same bits on every processor. SelfTest checks
// that on the device at hand, and Status says all that there is to know in one call.
//
// Nothing here starts a timer or opens a connection; goroutines end with the call that started them.
// The one thing that models share is the library of ONNX Runtime: a process loads one and keeps it, and
// a model that names another one is an error, or with Auto left to the engine in Go.
package sdk
