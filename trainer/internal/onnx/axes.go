package onnx

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// PrincipalAxes returns the encoder with its embedding turned to the principal axes of the given
// vectors [n][D], most spread first, and with centre moved so that their mean is zero: both are
// folded into the last layer. Euclidean distances stay what they were; cosines do so without
// centre. Each axis points to where its largest component is positive. It takes two vectors or
// more; the network given is left as it is.
func PrincipalAxes(net *encoder.Network, vectors []float32, centre bool) (*encoder.Network, error) {
	if len(net.Dense) == 0 {
		return nil, fmt.Errorf("principal axes: network without dense layers")
	}
	last := net.Dense[len(net.Dense)-1]
	d := last.Out
	if d == 0 || len(vectors)%d != 0 || len(vectors) < 2*d {
		return nil, fmt.Errorf("principal axes: %d numbers, want two or more vectors of %d", len(vectors), d)
	}
	data := mat.NewDense(len(vectors)/d, d, nil)
	for i, v := range vectors {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("principal axes: vector %d holds %v", i/d, v)
		}
		data.Set(i/d, i%d, float64(v))
	}
	axes, err := principalAxes(data)
	if err != nil {
		return nil, err
	}
	mean := make([]float64, d)
	if centre {
		for j := range mean {
			mean[j] = stat.Mean(mat.Col(nil, j, data), nil)
		}
	}
	last.Weight, last.Bias = turn(&last, axes, mean)
	turned := *net
	turned.Dense = append(append([]encoder.Layer(nil), net.Dense[:len(net.Dense)-1]...), last)
	return &turned, nil
}

// principalAxes returns the eigenvectors of the covariance as columns, largest eigenvalue first.
func principalAxes(data *mat.Dense) (*mat.Dense, error) {
	var covariance mat.SymDense
	stat.CovarianceMatrix(&covariance, data, nil)
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		return nil, fmt.Errorf("principal axes: the eigenvalues do not converge")
	}
	var ascending mat.Dense
	eigen.VectorsTo(&ascending)
	d, _ := ascending.Dims()
	axes := mat.NewDense(d, d, nil)
	for j := range d {
		column := mat.Col(nil, d-1-j, &ascending)
		largest := 0
		for i, v := range column {
			if math.Abs(v) > math.Abs(column[largest]) {
				largest = i
			}
		}
		sign := math.Copysign(1, column[largest])
		for i, v := range column {
			axes.Set(i, j, sign*v)
		}
	}
	return axes, nil
}

// turn returns weights and bias of axes' * (W x + b - mean).
func turn(l *encoder.Layer, axes *mat.Dense, mean []float64) (weight, bias []float32) {
	weight, bias = make([]float32, len(l.Weight)), make([]float32, len(l.Bias))
	for j := range l.Out {
		row := make([]float64, l.In)
		var b float64
		for i := range l.Out {
			a := axes.At(i, j)
			b += a * (float64(l.Bias[i]) - mean[i])
			for k, w := range l.Weight[i*l.In:][:l.In] {
				row[k] += a * float64(w)
			}
		}
		bias[j] = float32(b)
		for k, w := range row {
			weight[j*l.In+k] = float32(w)
		}
	}
	return weight, bias
}
