// Package eval measures how good an embedding of places is, without any human label.
//
// Every figure is computed for the model and for the baselines on the same rasters of the same
// places, and comes with a 95 % interval from a bootstrap over blocks of 2 km, because places that
// are near each other are not independent.
//
// The figures bear letters. One file holds one figure:
//
//	A  SamePlace      is the same place found again, rotated and shifted?
//	B  Twins          are places told apart that a histogram of layers cannot tell apart?
//	C  Knowledge      what do the vectors know about layers that were taken off the raster?
//	D  Smoothness     does the map change little by little along the embedding space?
//	E  Arithmetic     do sums of vectors mean sums of maps?
//	F  Jitter         how far does an error of the position move the vector?
//	G  Health         how many of the D numbers are really used?
//	H  Quantisation   what does int8 cost?
//
// Rasters are drawn once, embedded by all methods and forgotten: memory grows with the number of
// places times D, not with the rasters.
package eval
