package eval

import (
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
)

// Role is the part of a method in a comparison.
type Role string

const (
	// Model is the model under test, as it ships. There is at most one.
	Model Role = "model"
	// Float is the model under test before quantisation. There is at most one.
	Float Role = "float"
	// Start is the model that the training of the model under test started from. There is at most one.
	Start Role = "start"
	// Baseline is a method that the model is compared with.
	Baseline Role = "baseline"
	// Oracle reads more than a raster. It bounds a metric and is not compared with the model.
	Oracle Role = "oracle"
)

// Method turns rasters into vectors.
type Method struct {
	Name      string
	Role      Role
	Dimension int            // D
	Metric    loc2vec.Metric // by which vectors are compared
	// Embed fills dst [B][D]. It must be safe for concurrent use.
	Embed func(dst []float32, v Views) error
}

// Views is a batch of B rasters with their poses and descriptors.
type Views struct {
	Rasters     []uint8       // [B][C][H][W]
	Poses       []raster.Pose // [B], for oracles only
	Descriptors []Descriptor  // [B]
}

// Forwarder is an encoder. Forward fills dst [B][D] with the embeddings of rasters [B][C][H][W] and
// is safe for concurrent use.
type Forwarder interface {
	Forward(dst []float32, rasters []uint8) error
}

// Encoder returns the method m with an Embed that runs a network.
func Encoder(m Method, net Forwarder) Method {
	m.Embed = func(dst []float32, v Views) error { return net.Forward(dst, v.Rasters) }
	return m
}

// Position returns the oracle that reads longitude and latitude, as a point on a sphere with a radius
// of 6,378 (kilometres). Where an embedding scores like it, the metric may leak location.
func Position() Method {
	return Method{
		Name: "longitude, latitude", Role: Oracle, Dimension: 3, Metric: loc2vec.Euclidean,
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
