package eval

import (
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// Role says what a method is in a comparison.
type Role string

const (
	// Model is the model under test, as it ships. There is at most one.
	Model Role = "model"
	// Float is the model under test before quantisation. There is at most one.
	Float Role = "float"
	// Baseline is a rival.
	Baseline Role = "baseline"
	// Oracle knows more than a raster: it bounds a figure and is no rival.
	Oracle Role = "oracle"
)

// Method turns rasters into vectors.
type Method struct {
	Name      string
	Role      Role
	Dimension int // D
	Distance  loc2vec.Metric
	// Embed fills dst [B][D]. It is called from many goroutines at once.
	Embed func(dst []float32, v Views) error
}

// Views are B rasters and what is known about them.
type Views struct {
	Rasters   []uint8       // [B][C][H][W]
	Poses     []raster.Pose // [B], for oracles alone
	Summaries []Summary     // [B]
}

// Forwarder is an encoder: it fills dst [B][D] with the embeddings of rasters [B][C][H][W] and is
// safe for concurrent use.
type Forwarder interface {
	Forward(dst []float32, rasters []uint8) error
}

// Encoder is the method that runs a network.
func Encoder(name string, role Role, dimension int, distance loc2vec.Metric, net Forwarder) Method {
	return Method{
		Name: name, Role: role, Dimension: dimension, Distance: distance,
		Embed: func(dst []float32, v Views) error { return net.Forward(dst, v.Rasters) },
	}
}

// Position is the oracle that reads longitude and latitude, as a point on a sphere with a radius of
// 6,378 (kilometres). A figure on which an embedding comes near it may leak location.
func Position() Method {
	return Method{
		Name: "longitude, latitude", Role: Oracle, Dimension: 3, Distance: loc2vec.Euclidean,
		Embed: func(dst []float32, v Views) error {
			const radius = loc2vec.EarthCircumference / (2 * math.Pi) / 1000
			for i, pose := range v.Poses {
				at := pose.Place.Offset(pose.East, pose.North)
				sinLat, cosLat := math.Sincos(at.Lat * math.Pi / 180)
				sinLon, cosLon := math.Sincos(at.Lon * math.Pi / 180)
				dst[3*i] = float32(radius * cosLat * cosLon)
				dst[3*i+1] = float32(radius * cosLat * sinLon)
				dst[3*i+2] = float32(radius * sinLat)
			}
			return nil
		},
	}
}

// matrix is n vectors of d numbers, in rows.
type matrix struct {
	n, d int
	data []float32
}

func newMatrix(n, d int) matrix { return matrix{n: n, d: d, data: make([]float32, n*d)} }

// rows copies the rows of the given numbers.
func (m matrix) rows(which []int) matrix {
	out := newMatrix(len(which), m.d)
	for r, i := range which {
		copy(out.row(r), m.row(i))
	}
	return out
}

func (m matrix) row(i int) []float32 { return m.data[i*m.d : (i+1)*m.d] }

// normalise scales each row to length 1, so that Euclidean distance orders as cosine does. Rows
// of zeros stay.
func (m matrix) normalise() {
	for i := range m.n {
		row := m.row(i)
		var sum float64
		for _, v := range row {
			sum += float64(v) * float64(v)
		}
		if sum == 0 {
			continue
		}
		scale := float32(1 / math.Sqrt(sum))
		for j := range row {
			row[j] *= scale
		}
	}
}

// squared returns the squared Euclidean distance of two vectors of one length. Four sums keep the
// additions from waiting for each other.
func squared(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	for len(a) >= 4 && len(b) >= 4 {
		d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		d := v - b[i]
		s0 += d * d
	}
	return s0 + s1 + (s2 + s3)
}

// checkFinite returns an error when a method answered something that is not a number.
func (m matrix) checkFinite(name string) error {
	for i, v := range m.data {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("method %s: embedding of place %d holds %v", name, i/m.d, v)
		}
	}
	return nil
}
