// Package kernel holds the hot loops of the encoder: convolution tiles and the elementwise passes
// around them, in assembly where the processor has it and in plain Go everywhere.
//
// # Layout
//
// Feature maps are channel-last: [H][W][C] float32, C the fastest. A map that feeds a 3x3
// convolution with "same" padding carries a halo of zeros one pixel wide, [H+2][W+2][C], so that no
// kernel knows about edges. Weights are packed in panels of PanelWidth output channels.
//
// One outer-product tile, Product, serves the forward pass, the gradient of the input (the same
// product with flipped weights) and the gradient of the weights of every layer: only strides differ.
// 3x3 convolutions come to it by way of Winograd's transforms (Conv3), but for the first, which leaves
// out empty channels instead (Band).
//
// # Lanes
//
// Each kernel is a method of Lane and exists in assembly for every lane but Portable. Lanes agree up
// to rounding: the assembly fuses multiply and add, and products have the same bits on all of its
// lanes; Portable rounds in between and gives the same bits on every processor. One lane always
// gives the same bits for the same input: the sum over k runs in order, whatever tile a row falls in.
//
// Int8 holds the loops of quantised networks. They are integers, come in instruction sets of their
// own and agree exactly.
package kernel

//go:generate go run ./float32gen
