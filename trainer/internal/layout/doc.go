// Package layout arranges vectors in a plane for people to look at.
//
// Points are the rows of a matrix [N][D]; layouts are matrices [N][2] or [N][3]. Results depend on the points and on a
// passed generator, never on the number of processor cores.
package layout
