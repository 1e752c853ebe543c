// Package onnx holds the ONNX form of the quantised encoder: what it consists of, how it is written
// and how it is read back.
//
// # The form
//
// A model is written in the QDQ form: float operators between pairs of QuantizeLinear and
// DequantizeLinear, which every runtime can compute and which ONNX Runtime turns into integer
// operators. [Marshal] writes one fixed sequence of operators for a [Network], and [Unmarshal] accepts
// that sequence and no other. A model of the form can therefore be computed without a general ONNX
// interpreter: package int8net does, with the bits that ONNX Runtime gives.
//
//	raster       uint8 [N][C][H][W]
//	rotations    the raster and its clockwise rotations by 90, 180 and 270 degrees, [4*N][C][H][W],
//	             when the embedding is averaged over four rotations
//	conv1, ...   convolution, 2x2 max pooling, LeakyReLU
//	coverage     square roots of the sums of the raster's bytes under masks, times a factor
//	dense1, ...  fully connected layers; the first one adds a product of the coverage features
//	embedding    float32 [N][D], the mean over the rotations if there are any
//
// Pooling precedes the LeakyReLU. Both are monotone, so the result is the same, and a quarter of the
// look-ups remains.
//
// B, C, H, W and D are the letters of package loc2vec; N is the batch of the model.
package onnx
