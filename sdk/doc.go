// Package sdk computes embeddings of places from a model bundle and region packs, on the device.
//
// A Model is an opened bundle; AddRegion adds the map of a region. Embed draws the map around a coordinate
// as the raster that the model was trained on, and computes its vector. EmbedMany does this for many
// places, a Follower for a moving position, and Explain measures how much each map layer contributes to
// a vector. Vectors are comparable only within the space of one model: Distance compares two, Classes
// recognises kinds of places from a few examples, and an Index finds the saved places that are most alike.
//
// Package sdk/store keeps bundles and regions on the disk and checks their signatures.
//
// Two engines compute the model: ONNX Runtime, a shared library that is loaded at run time, and an engine
// in Go without dependencies. Both give the same bits on every processor. SelfTest checks this on the
// device, and Status reports everything about a model in one call.
//
// The package starts no timers and opens no connections, and its goroutines end with the call that started
// them. Models share the library of ONNX Runtime only: a process loads one and keeps it. A model that
// names another library returns an error, or uses the engine in Go if its engine is Auto.
package sdk
