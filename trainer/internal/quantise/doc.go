// Package quantise quantises a trained encoder to 8 bits, after training.
//
// [Network] returns the quantised encoder, [Dequantise] the encoder that a quantised one represents. The scales of
// [WeightScale] and [Range] also serve quantisation-aware training.
package quantise
