// Package eval measures the quality of an embedding of places without human labels.
//
// Every metric is computed for the model and for the baselines on the same rasters of the same
// places. Its 95 % interval comes from a bootstrap over blocks of 2 km, because nearby places are
// not independent. Run computes these metrics, one a file:
//
//	same_place             recall of a place seen from another view, rotated and shifted
//	hard_triplets          accuracy on triplets whose negative has the anchor's coverage
//	linear_probes          what vectors tell about layers withheld from the raster
//	smoothness             whether the map changes gradually along the embedding space
//	arithmetic             whether sums of vectors correspond to sums of maps
//	jitter_robustness      how far a position error moves the vector
//	space_health           how many of the D numbers carry information
//	quantisation_fidelity  what int8 costs against float32
//
// Dimensions: N places of a gallery, B rasters of a batch, C layers, H x W pixels, D numbers of an
// embedding, T targets of a probe.
//
// Rasters are drawn once, embedded by all methods and dropped: memory grows with N times D.
package eval
