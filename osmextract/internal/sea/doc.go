// Package sea computes the sea of each tile, from coastlines or from water polygons.
package sea
