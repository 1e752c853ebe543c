// Package metric computes the losses of deep metric learning and their gradients over plain slices.
//
// A batch is embeddings [B][D], row after row, with one label per row; rows of equal label are
// positives of each other. Four nouns make up a loss:
//
//	distance   embeddings -> B x B matrix of distances or similarities, and its gradient back
//	miner      matrix and labels -> the triplets or pairs that count
//	loss       matrix entries -> a number and its derivative with respect to each entry
//	reduction  which terms the mean is taken over
//
// Notation in the comments: e_i is an embedding, z_i = e_i/|e_i|, d_ij = |e_i - e_j|,
// S_ij = z_i·z_j, P_i the other rows with the label of row i, N_i the rows with another label,
// [x]+ = max(0, x), B, D as in package loc2vec.
//
// Conventions, where the literature leaves room: [x]+ has slope 0 at 0; a distance of 0 has gradient
// 0; a vector shorter than 1e-12 normalises to 0 with gradient 0; a row is excluded from its own
// positives by index, never by value; anchors without a positive or a negative are skipped. All
// arithmetic is done in float64 whatever the precision of the embeddings: a batch is small, and the
// rounding of the result is then the only error.
package metric
