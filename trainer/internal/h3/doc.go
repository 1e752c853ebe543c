// Package h3 computes the cells of the H3 grid, which divides the Earth into hexagons and twelve pentagons at sixteen
// resolutions.
//
// The grid is that of https://h3geo.org. The Earth is a sphere within an icosahedron. Each of the twenty faces is a
// plane onto which the sphere is projected from its centre (gnomonic projection). The centres of the cells of a
// resolution are a triangular lattice on each plane, and neighbouring planes share the lattice along their edge.
//
// Coordinates of a face are complex numbers: 0 is its centre and 2 its first corner, the others follow
// counterclockwise. In that unit the cells of resolution 0 are the Eisenstein integers a + bω, ω = exp(2πi/3), and
// those of resolution r are the Eisenstein integers divided by A(r) = α ᾱ α …, a product of r factors, α = 2 - ω. As
// |α|² = 7, each resolution has seven times the cells of the one before. The quotient of a cell's number by the last
// factor, rounded, is the number of its parent; the remainder, which is 0 or one of the six units, is its digit. So
// all of the arithmetic between cells is exact.
//
// Cells of resolution 0, the base cells, extend over the edges of faces. A base cell has one home face, in whose
// coordinates its digits are written. Positions on another face are turned by a multiple of 60 degrees: a digit is a
// power of exp(πi/3), and turning adds to the exponent. Around a corner of the icosahedron only five such sectors
// exist: the twelve base cells there are pentagons and lack one digit.
package h3
