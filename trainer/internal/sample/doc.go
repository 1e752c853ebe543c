// Package sample turns region packs into training batches: rasters of places seen from several poses.
//
//	packs -> Draw -> places -> Stream -> batches uint8 [B][C][H][W]
//
// The first view of a place is its anchor. Its other views are positives: the same place rotated, shifted, and with
// some layers switched off. The views of the batch's other places are negatives. Rasters are drawn on the fly: nothing
// is stored, and no two epochs are equal. Batches depend on the seed, and not on the number of workers.
package sample
