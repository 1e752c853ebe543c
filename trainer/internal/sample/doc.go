// Package sample turns region packs into training batches: rasters of places seen from several poses.
//
//	packs -> Draw -> places -> Stream -> batches uint8 [B][C][H][W]
//
// A place's first view is its anchor, its other views are positives of it: the same place turned,
// shifted, and with some layers switched off. The views of the batch's other places are negatives.
// Rasters are drawn on the fly: nothing is stored, and no two epochs are alike. Everything follows
// from a seed, whatever the number of workers.
package sample
