package h3

import (
	"math"

	"github.com/loc2vec/loc2vec"
)

const (
	numFaces   = 20
	numCorners = 12
)

// unitLength is the length of the coordinate 1 on a face, with the radius of the sphere as 1: half of the distance
// between the centre of a face and its corners, 3 - √5.
var unitLength = (3 - math.Sqrt(5)) / 2

// vector is a point in space, with the centre of the Earth as origin, x towards 0°N 0°E and z towards the north pole.
type vector [3]float64

func (v vector) dot(w vector) float64 { return v[0]*w[0] + v[1]*w[1] + v[2]*w[2] }

func (v vector) cross(w vector) vector {
	return vector{v[1]*w[2] - v[2]*w[1], v[2]*w[0] - v[0]*w[2], v[0]*w[1] - v[1]*w[0]}
}

// plus returns v + s w.
func (v vector) plus(s float64, w vector) vector {
	return vector{v[0] + s*w[0], v[1] + s*w[1], v[2] + s*w[2]}
}

// normal returns the vector of length 1 in the direction of v.
func (v vector) normal() vector { return vector{}.plus(1/math.Sqrt(v.dot(v)), v) }

// onSphere returns the point of a place.
func onSphere(p loc2vec.LatLon) vector {
	sinLat, cosLat := math.Sincos(p.Lat * (math.Pi / 180))
	sinLon, cosLon := math.Sincos(p.Lon * (math.Pi / 180))
	return vector{cosLat * cosLon, cosLat * sinLon, sinLat}
}

// place returns the place in the direction of v.
func (v vector) place() loc2vec.LatLon {
	return loc2vec.LatLon{
		Lat: math.Atan2(v[2], math.Hypot(v[0], v[1])) * (180 / math.Pi),
		Lon: math.Atan2(v[1], v[0]) * (180 / math.Pi),
	}
}

// corners returns the corners of the icosahedron: Buckminster Fuller's Dymaxion orientation, in which all of them lie
// in the sea, in the figures of Robert W. Gray (Cartography and Geographic Information Systems 22.4, 1995). The last
// six are opposite to the first six.
func corners() (all [numCorners]vector) {
	copy(all[:], []vector{
		{0.420152426708710003, 0.078145249402782959, 0.904082550615019298},
		{0.995009439436241649, -0.091347795276427931, 0.040147175877166645},
		{0.518836730327364437, 0.835420380378235850, 0.181331837557262454},
		{-0.414682225320335218, 0.655962405434800777, 0.630675807891475371},
		{-0.515455959944041808, -0.381716898287133011, 0.767200992517747538},
		{0.355781402532944713, -0.843580002466178147, 0.402234226602925571},
	})
	for i := range all[:6] {
		all[i+6] = vector{}.plus(-1, all[i])
	}
	return all
}

// faceCorners lists the corners of each face in H3's order.
func faceCorners() [numFaces][3]int {
	return [numFaces][3]int{
		{0, 2, 3}, {0, 3, 4}, {0, 4, 5}, {0, 5, 1}, {0, 1, 2},
		{11, 3, 2}, {7, 4, 3}, {8, 5, 4}, {9, 1, 5}, {10, 2, 1},
		{3, 11, 7}, {4, 7, 8}, {5, 8, 9}, {1, 9, 10}, {2, 10, 11},
		{6, 7, 11}, {6, 8, 7}, {6, 9, 8}, {6, 10, 9}, {6, 11, 10},
	}
}

// face is a face of the icosahedron.
type face struct {
	centre vector
	x, y   vector // the directions of the coordinates 1 and i, of length unitLength
	corner [3]int // the numbers of the corners 2, 2ω and 2ω²
	across [3]crossing
}

// crossing leads from the coordinates of a face over one of its edges, to those of the neighbouring face.
type crossing struct {
	face     int
	exponent int        // of the unit by which numbers are multiplied,
	from, to eisenstein // about the corner of both faces that has these numbers at resolution 0
}

// newFaces returns the faces. The edge of number k is opposite to corner k.
func newFaces() (faces [numFaces]face) {
	at := corners()
	for f, c := range faceCorners() {
		sum := at[c[0]].plus(1, at[c[1]]).plus(1, at[c[2]])
		middle := sum.normal()
		x := at[c[0]].plus(-at[c[0]].dot(middle), middle).normal()
		y := middle.cross(x)
		faces[f] = face{centre: middle, x: vector{}.plus(unitLength, x), y: vector{}.plus(unitLength, y), corner: c}
	}
	for f := range faces {
		for k := range 3 {
			faces[f].across[k] = crossEdge(&faces, f, k)
		}
	}
	return faces
}

// crossEdge returns the crossing over an edge of a face.
func crossEdge(faces *[numFaces]face, f, k int) crossing {
	from, to := (k+1)%3, (k+2)%3
	for g := range faces {
		first, second := faces[g].local(faces[f].corner[from]), faces[g].local(faces[f].corner[to])
		if g == f || first < 0 || second < 0 {
			continue
		}
		here, there := cornerNumber(to).minus(cornerNumber(from)), cornerNumber(second).minus(cornerNumber(first))
		for e := range 6 {
			if here.times(unit(e)) == there {
				return crossing{face: g, exponent: e, from: cornerNumber(from), to: cornerNumber(first)}
			}
		}
	}
	panic("h3: an edge with one face")
}

// local returns which corner of the face a corner of the icosahedron is, or -1.
func (f *face) local(corner int) int {
	for k, c := range f.corner {
		if c == corner {
			return k
		}
	}
	return -1
}

// cornerNumber returns corner k of a face as a number of resolution 0.
func cornerNumber(k int) eisenstein { return unit(2 * k).scaled(2) }

// outward returns the exponent of the direction out of a face over edge k.
func outward(k int) int { return 2*k + 3 }

// project returns the coordinates of a point of the sphere.
func (f *face) project(v vector) complex128 {
	d := v.dot(f.centre) * unitLength * unitLength
	return complex(v.dot(f.x)/d, v.dot(f.y)/d)
}

// unproject is the inverse of project.
func (f *face) unproject(w complex128) vector {
	return f.centre.plus(real(w), f.x).plus(imag(w), f.y).normal()
}

// beyond returns how far a number is outside of a face over edge k, 0 on the edge and negative inside. The unit 1 of
// the face is the number s; the result is exact, in halves of 1/|s|².
func beyond(z, s eisenstein, k int) int64 {
	norm := s.times(s.conjugate()).a
	along := z.times(s.conjugate()).times(unit(outward(k)).conjugate())
	return 2*along.a - along.b - 2*norm
}

// settle moves a number of face f that lies outside of it over edges until it lies inside of a face. It returns that
// face and the exponent of the unit by which directions are multiplied.
func (g *Grid) settle(f int, z, s eisenstein) (int, eisenstein, int) {
	turned := 0
	for range 3 { // two edges lead to any face at a corner
		k := 0
		for k < 3 && beyond(z, s, k) <= 0 {
			k++
		}
		if k == 3 {
			break
		}
		c := &g.faces[f].across[k]
		z = z.minus(c.from.times(s)).times(unit(c.exponent)).plus(c.to.times(s))
		f, turned = c.face, turned+c.exponent
	}
	return f, z, modulo(turned, 6)
}
