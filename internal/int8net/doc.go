// Package int8net computes the quantised encoder in integers, with the bits that ONNX Runtime gives, on
// every processor.
//
// # Arithmetic
//
// A byte q stands for the real number scale * (q - zero). All arithmetic is either on 32-bit integers,
// exact and wrapping around, or consists of single float32 operations, each rounded to nearest even,
// in this order:
//
//	convolution  sum   = bias + sum over the window of (x - zero of x) * w; padding is zero of x
//	             byte  = clamp(round(float32(sum) * (scale of x * scale of w / scale of sum))) + zero
//	pooling      byte  = maximum of 2x2 bytes
//	LeakyReLU    real  = scale * (byte - zero), times slope if negative
//	             byte  = clamp(round(real / scale of the output)) + zero
//	coverage     real  = square root of (float32(sum of the bytes under the mask) * factor)
//	             byte  = clamp(round(real / scale of the features)) + zero
//	dense layer  real  = float32(bias + sum of (x - zero of x) * w) * (scale of x * scale of w)
//	             The first layer adds the same product of the coverage features. Hidden layers apply a
//	             LeakyReLU and quantise as coverage does. The real numbers of the last layer are the
//	             embedding.
//	rotations    real  = (((a + b) + c) + d) * 0.25 of the embeddings of a raster and of its clockwise
//	             rotations by 90, 180 and 270 degrees, for a network that averages over them
//
// Pooling may be done on the sums, before they are quantised: quantisation is monotone.
package int8net
