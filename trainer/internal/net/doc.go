// Package net trains the encoder. It is the only package that imports Gorgonia.
//
// The network is a Gorgonia expression graph. Its blocks (convolution, batch normalisation, LeakyReLU and
// pooling in one) are differentiable operations of that graph, implemented on package kernel. Gorgonia
// differentiates the graph symbolically, its tape machine runs it, and a Gorgonia solver updates the weights.
//
// # Architectures
//
// Classic and Lite are two readings of Loc2Vec (Spruyt, 2018) with the 305,040 parameters that its author
// states. The layers themselves were not published, so both are inference. The count includes the biases of
// Classic's hidden layers, which batch normalisation would cancel and which are omitted here. Pooled is Lite
// up to its 1x1 convolutions, followed by the mean of each feature map and the square roots of the coverages
// of the input layers under a few masks. Wide is Pooled with twice the hidden units; it can be initialised
// from a Pooled network.
//
// # Quantisation-aware training
//
// With Config.Quantise the graph also contains operations that round weights and activations as the exported
// network does. Trainer.Quantise switches them on and off. They are off by default because they did not pay:
// in two pairs of runs on Bremen (300 steps, 64 pixels, the last fifth rounded) int8 kept 98.7 and 97.8 % of
// the ten nearest neighbours with them, 98.5 and 97.9 % without. They remain for architectures and lengths of
// training that lose more.
//
// # Reproducibility
//
// The same configuration, seed and rasters give the same bits for any number of workers, and a restored
// Trainer continues as if it had never stopped: sums over images are taken in groups whose size does not
// depend on the workers, and the groups are added in order. Instruction sets differ from each other in the
// last bits.
//
// # Letters
//
// B, C, H, W and D are those of package loc2vec. Feature maps inside the network are channel-last.
package net
