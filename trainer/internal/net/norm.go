package net

import (
	"math"

	"github.com/loc2vec/loc2vec/internal/kernel"
)

const (
	leakySlope   = 0.01
	normEpsilon  = 1e-5
	normMomentum = 0.1 // weight of the last batch in the running statistics
)

// norm is batch normalisation with LeakyReLU over a batch (Ioffe and Szegedy, 2015):
//
//	y = leaky(gamma * (x - mean) / sqrt(variance + epsilon) + beta)
//
// Totals are sums in float64 of partial sums, one pair for each unit of work, added in order.
type norm struct {
	channels int
	count    float64      // values of a channel in a batch
	partial  [][2]float64 // [units*channels]
	mean     []float64    // of the last batch
	variance []float64    // the same, biased
	inverse  []float64    // 1 / sqrt(variance + epsilon)

	kernel.Norm
	sign        []float32 // -0 where gamma is negative
	gammaGrad   []float32
	betaGrad    []float32
	runningMean []float32
	runningVar  []float32
}

func newNorm(channels, units, count int) *norm {
	floats := func() []float32 { return kernel.Aligned(channels) }
	n := &norm{
		channels: channels, count: float64(count), partial: make([][2]float64, units*channels),
		mean: make([]float64, channels), variance: make([]float64, channels), inverse: make([]float64, channels),
		Norm: kernel.Norm{Scale: floats(), Shift: floats(), ByX: floats(), Const: floats(), Slope: leakySlope},
		sign: floats(), gammaGrad: floats(), betaGrad: floats(), runningMean: floats(), runningVar: floats(),
	}
	for c := range n.runningVar {
		n.runningVar[c] = 1
	}
	return n
}

// sums returns memory for the totals of one kernel call.
func (n *norm) sums() kernel.Sums {
	return kernel.Sums{First: kernel.Aligned(n.channels), Second: kernel.Aligned(n.channels)}
}

// unit returns the partial sums of one unit of work, set to zero.
func (n *norm) unit(i int) [][2]float64 {
	u := n.partial[i*n.channels:][:n.channels]
	clear(u)
	return u
}

// add adds the totals of a kernel call to a unit.
func add(unit [][2]float64, s kernel.Sums) {
	for c := range unit {
		unit[c][0] += float64(s.First[c])
		unit[c][1] += float64(s.Second[c])
	}
}

// total returns the sums over all units, added in order.
func (n *norm) total(channel int) (first, second float64) {
	for i := channel; i < len(n.partial); i += n.channels {
		first += n.partial[i][0]
		second += n.partial[i][1]
	}
	return first, second
}

// prepare sets the sign of each channel, by which pooling selects maximum or minimum.
func (n *norm) prepare(gamma []float32) {
	for c, g := range gamma {
		n.sign[c] = float32(math.Copysign(0, float64(g)))
	}
}

// forward computes the coefficients of z = Scale*x + Shift from the sums of x and x*x.
func (n *norm) forward(gamma, beta []float32) {
	for c := range n.channels {
		sum, square := n.total(c)
		mean := sum / n.count
		variance := max(square/n.count-mean*mean, 0)
		n.mean[c], n.variance[c] = mean, variance
		n.inverse[c] = 1 / math.Sqrt(variance+normEpsilon)
		scale := float64(gamma[c]) * n.inverse[c]
		n.Scale[c], n.Shift[c] = float32(scale), float32(float64(beta[c])-mean*scale)
	}
}

// backward computes the gradients of gamma and beta and the coefficients of dx = Scale*dz + ByX*x + Const from the
// sums of dz and dz*x.
func (n *norm) backward() {
	for c := range n.channels {
		sum, product := n.total(c)
		gamma := n.inverse[c] * (product - n.mean[c]*sum)
		n.gammaGrad[c], n.betaGrad[c] = float32(gamma), float32(sum)
		scale := float64(n.Scale[c])
		byX := -scale * gamma * n.inverse[c] / n.count
		n.ByX[c], n.Const[c] = float32(byX), float32(-scale*sum/n.count-byX*n.mean[c])
	}
}

// track moves the running statistics towards the last batch.
func (n *norm) track() {
	for c := range n.channels {
		n.runningMean[c] += float32(normMomentum * (n.mean[c] - float64(n.runningMean[c])))
		n.runningVar[c] += float32(normMomentum * (n.variance[c] - float64(n.runningVar[c])))
	}
}
