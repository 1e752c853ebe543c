// Package kernel holds the hot loops of the encoder: matrix products, convolutions and the elementwise
// passes around them, in assembly for amd64 and arm64 and in portable Go everywhere.
//
// # Layout
//
// Feature maps are channel-last: [H][W][C] float32, C varying fastest. A map that is read by a 3x3
// convolution with "same" padding has a halo of zeros one pixel wide, [H+2][W+2][C], so that no kernel
// treats edges. Weights are packed in panels of PanelWidth output channels.
//
// One outer-product tile, Product, serves the forward pass, the gradient of the input (the same
// product with flipped weights) and the gradient of the weights of every layer; only strides differ.
// 3x3 convolutions reach it through Winograd's transforms (Conv3), except for the first one, which
// omits empty channels instead (Band).
//
// # Instruction sets
//
// Each float32 kernel is a method of ISA and exists in assembly for every value but Portable. The
// values agree up to rounding: the assembly fuses multiply and add, and its products have the same bits
// with every instruction set; Portable rounds products separately and gives the same bits on every
// processor. With one instruction set, equal input always gives equal bits: the sum over k runs in
// order, whichever tile a row falls in.
//
// Int8 holds the loops of quantised networks. They compute with integers, have instruction sets of
// their own, and agree exactly.
package kernel

//go:generate go run ./float32gen
