// Package net trains the encoder: it is the only package that knows Gorgonia.
//
// The network is a Gorgonia expression graph. Its blocks (convolution, batch normalisation,
// LeakyReLU and pooling in one) are ordinary differentiable operations of that graph, written on
// package kernel; gradients come from Gorgonia's symbolic differentiation through them and through
// its own operations, its tape machine runs the graph, and a Gorgonia solver updates the weights.
//
// # Layouts
//
// Classic and Lite are two readings of Loc2Vec (Spruyt, 2018) with the 305,040 parameters that its
// author names; the layers themselves were not published, so both are inference. The count takes in
// the biases of Classic's hidden layers, which batch normalisation cancels: they are not there. Pooled
// is Lite up to its 1x1 convolutions, followed by the mean of each feature map and by the square roots
// of the coverages of the input layers under a few masks. Wide is Pooled with twice the hidden units,
// and starts from a Pooled network if asked to.
//
// # 8 bits
//
// With Config.Quantise the graph also holds operations that round weights and activations as the
// exported network will: quantisation-aware training, which Trainer.Quantise switches on and off. It
// is no default because it has not paid: in two pairs of runs on Bremen (300 steps, 64 pixels, the
// last fifth rounded) int8 kept 98.7 and 97.8 % of the ten nearest neighbours with it, 98.5 and
// 97.9 % without. It is there for layouts and lengths that lose more.
//
// # Reproducibility
//
// The same configuration, seed and rasters give the same bits for any number of workers, and a
// restored Trainer continues as if it had never stopped: sums over images are taken in groups whose
// size does not depend on the workers, and the groups are added in order. Lanes differ from each
// other in the last bits.
//
// # Letters
//
// B, C, H, W and D are those of package loc2vec. Feature maps inside are channel-last.
package net
