package mobile

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// Vector is a point of an embedding space. It is immutable.
type Vector struct {
	v    sdk.Vector
	open bool // made by this package
}

// OpenVector returns a stored vector, from its space, metric and bytes.
func OpenVector(space, metric string, bytes []byte) (v *Vector, err error) {
	defer guard(&err)
	if len(bytes) != 4*loc2vec.Dimension {
		return nil, fmt.Errorf("%w: vector of %d bytes, want %d", errArgument, len(bytes), 4*loc2vec.Dimension)
	}
	m := loc2vec.Metric(metric)
	if m != loc2vec.Euclidean && m != loc2vec.Cosine {
		return nil, fmt.Errorf("%w: metric %q", errArgument, metric)
	}
	v = &Vector{v: sdk.Vector{SpaceID: space, Metric: m}, open: true}
	for i := range v.v.Values {
		f := math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
		if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
			return nil, fmt.Errorf("%w: number %d of the vector is %v", errArgument, i, f)
		}
		v.v.Values[i] = f
	}
	return v, nil
}

func openVector(v sdk.Vector) *Vector { return &Vector{v: v, open: true} }

func (v *Vector) check() error {
	if v == nil || !v.open {
		return fmt.Errorf("vector: %w", errNotOpen)
	}
	return nil
}

// Bytes returns the numbers: D float32, little-endian.
func (v *Vector) Bytes() (bytes []byte, err error) {
	defer guard(&err)
	if err := v.check(); err != nil {
		return nil, err
	}
	for _, f := range v.v.Values {
		bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(f))
	}
	return bytes, nil
}

// At returns the number at an index from 0 to D-1.
func (v *Vector) At(index int) (value float32, err error) {
	defer guard(&err)
	if err := v.check(); err != nil {
		return 0, err
	}
	if index < 0 || index >= len(v.v.Values) {
		return 0, fmt.Errorf("%w: index %d of %d", errArgument, index, len(v.v.Values))
	}
	return v.v.Values[index], nil
}

// Space returns the id of the vector's space. Vectors of different spaces are not comparable.
func (v *Vector) Space() (id string, err error) {
	defer guard(&err)
	if err := v.check(); err != nil {
		return "", err
	}
	return v.v.SpaceID, nil
}

// Metric returns how vectors of the space are compared: "euclidean" or "cosine".
func (v *Vector) Metric() (name string, err error) {
	defer guard(&err)
	if err := v.check(); err != nil {
		return "", err
	}
	return string(v.v.Metric), nil
}

// DistanceTo returns how different two places are, 0 for places with the same map. For vectors of different
// spaces the error has CodeSpace.
func (v *Vector) DistanceTo(other *Vector) (distance float64, err error) {
	defer guard(&err)
	if err := v.check(); err != nil {
		return 0, err
	}
	if err := other.check(); err != nil {
		return 0, err
	}
	return sdk.Distance(v.v, other.v)
}

// Analogy returns a - b + c, the vector that relates to c as a relates to b. Index.Nearest finds places like it.
func Analogy(a, b, c *Vector) (v *Vector, err error) {
	defer guard(&err)
	for _, each := range []*Vector{a, b, c} {
		if err := each.check(); err != nil {
			return nil, err
		}
	}
	result, err := sdk.Analogy(a.v, b.v, c.v)
	if err != nil {
		return nil, err
	}
	return openVector(result), nil
}

// Dimension returns D, the number of numbers of a vector.
func Dimension() (n int, err error) { return loc2vec.Dimension, nil }
