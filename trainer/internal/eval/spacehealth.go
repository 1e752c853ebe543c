package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
	"github.com/loc2vec/loc2vec/trainer/internal/vectorspace"
)

const (
	// spectrumReplicates is smaller than for a mean: each replicate solves an eigenvalue problem.
	spectrumReplicates = 200
	// An effective rank below, or a share of two components above, means that the embedding has
	// collapsed.
	minHealthyRank   = 4
	maxHealthyTopTwo = 0.9
)

// SpaceHealth measures how many of the D numbers of an embedding carry information, over the
// anchors.
type SpaceHealth struct {
	Rows []SpaceHealthRow `json:"rows"`
}

// SpaceHealthRow holds the scores of one method.
type SpaceHealthRow struct {
	Method    string    `json:"method"`
	Role      Role      `json:"role"`
	Dimension int       `json:"dimension"`
	Deviation []float64 `json:"deviation"` // [D] standard deviation of each number
	// EffectiveRank is the exponential of the entropy of the singular values of the centred
	// embeddings (Roy & Vetterli 2007), between 1 and D.
	EffectiveRank Estimate `json:"effective_rank"`
	// TopTwo is the share of the variance in the first two principal components.
	TopTwo Estimate `json:"top_two_components"`
	// Alignment is the mean squared distance of an anchor and its view at 80 m. Uniformity is the
	// logarithm of the mean of exp(-2 d²) over pairs of anchors (Wang & Isola 2020). Vectors of
	// cosine methods lie on the unit sphere. Those of Euclidean methods are centred and divided by
	// their root mean square length, so that neither number depends on scale: random pairs are
	// sqrt(2) apart on average.
	Alignment  Estimate `json:"alignment"`
	Uniformity float64  `json:"uniformity"`
	// Collapsed is set for an effective rank below 4 and for two components above 90 %.
	Collapsed bool `json:"collapsed"`
}

func (s *study) spaceHealth() *SpaceHealth {
	out := &SpaceHealth{}
	for _, m := range s.methods {
		if m.method.Role != Oracle { // a coordinate is no embedding
			out.Rows = append(out.Rows, healthOf(m, s.boot))
		}
	}
	return out
}

func healthOf(m embedded, boot *bootstrap) SpaceHealthRow {
	anchors := m.views[anchorView]
	row := SpaceHealthRow{Method: m.method.Name, Role: m.method.Role, Dimension: m.method.Dimension}
	row.Deviation = deviations(anchors)
	moments := newMoments(anchors, boot)
	row.EffectiveRank = boot.centred(spectrumReplicates, func(draw []uint16) float64 {
		return effectiveRank(moments.spectrum(draw))
	})
	row.TopTwo = boot.centred(spectrumReplicates, func(draw []uint16) float64 {
		return topShare(moments.spectrum(draw), 2)
	})
	a, p := anchors, m.views[firstMapView]
	if m.method.Metric != loc2vec.Cosine {
		a, p = rescale(anchors, p)
	}
	pairs := make([]float64, a.n)
	for i := range pairs {
		pairs[i] = float64(vectorspace.SquaredDistance(a.row(i), p.row(i)))
	}
	row.Alignment, row.Uniformity = boot.mean(pairs), uniformity(a)
	row.Collapsed = row.EffectiveRank.Value < minHealthyRank || row.TopTwo.Value > maxHealthyTopTwo
	return row
}

// moments are the sums per block from which a covariance is computed.
type moments struct {
	d      int
	count  []float64   // [blocks]
	sum    [][]float64 // [blocks][D]
	square [][]float64 // [blocks][D*D], upper triangles
}

func newMoments(x matrix, boot *bootstrap) *moments {
	m := &moments{d: x.d, count: make([]float64, boot.blocks), sum: make([][]float64, boot.blocks), square: make([][]float64, boot.blocks)}
	for b := range m.sum {
		m.sum[b], m.square[b] = make([]float64, x.d), make([]float64, x.d*x.d)
	}
	// Squares are summed about the mean, not about 0: a large common offset would cancel their digits.
	means := columnMeans(x)
	centred := make([]float64, x.d)
	for i := range x.n {
		b := boot.block[i]
		for j, v := range x.row(i) {
			centred[j] = float64(v) - float64(means[j])
			m.sum[b][j] += centred[j]
		}
		m.count[b]++
		for j, v := range centred {
			for k := j; k < x.d; k++ {
				m.square[b][j*x.d+k] += v * centred[k]
			}
		}
	}
	return m
}

// spectrum returns the eigenvalues of the covariance over the drawn blocks (each once when draw is
// nil), the largest first. It returns nil when nothing was drawn or they do not converge.
func (m *moments) spectrum(draw []uint16) []float64 {
	sum, square := make([]float64, m.d), make([]float64, m.d*m.d)
	var count float64
	for b := range m.count {
		times := 1.0
		if draw != nil {
			times = float64(draw[b])
		}
		if times == 0 {
			continue
		}
		count += times * m.count[b]
		for j, v := range m.sum[b] {
			sum[j] += times * v
		}
		for j, v := range m.square[b] {
			square[j] += times * v
		}
	}
	if count == 0 {
		return nil
	}
	covariance := mat.NewSymDense(m.d, nil)
	for j := range m.d {
		for k := j; k < m.d; k++ {
			covariance.SetSym(j, k, square[j*m.d+k]/count-sum[j]/count*sum[k]/count)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, false) {
		return nil
	}
	values := eigen.Values(nil)
	slices.Reverse(values)
	for i := range values {
		values[i] = max(values[i], 0) // rounding may leave -1e-18
	}
	return values
}

// effectiveRank returns the effective rank of a space from the eigenvalues of its covariance, the
// squares of the singular values. It is NaN without any.
func effectiveRank(eigenvalues []float64) float64 {
	if len(eigenvalues) == 0 {
		return math.NaN()
	}
	singular := make([]float64, len(eigenvalues))
	for i, v := range eigenvalues {
		singular[i] = math.Sqrt(v)
	}
	return metric.EffectiveRank(singular)
}

// topShare returns the share of the first k eigenvalues in their sum, and 1 when all are 0.
func topShare(eigenvalues []float64, k int) float64 {
	if len(eigenvalues) == 0 {
		return math.NaN()
	}
	var top, total float64
	for i, v := range eigenvalues {
		total += v
		if i < k {
			top += v
		}
	}
	if total == 0 {
		return 1
	}
	return top / total
}

// rescale subtracts the anchors' mean from both and divides both by the root mean square length of
// the centred anchors.
func rescale(anchors, others matrix) (a, b matrix) {
	means := columnMeans(anchors)
	a, b = newMatrix(anchors.n, anchors.d), newMatrix(others.n, others.d)
	var sum float64
	for i, v := range anchors.data {
		a.data[i] = v - means[i%a.d]
		sum += float64(a.data[i]) * float64(a.data[i])
	}
	for i, v := range others.data {
		b.data[i] = v - means[i%b.d]
	}
	if sum == 0 {
		return a, b // a constant embedding stays at the origin
	}
	scale := float32(1 / math.Sqrt(sum/float64(a.n)))
	for i := range a.data {
		a.data[i] *= scale
	}
	for i := range b.data {
		b.data[i] *= scale
	}
	return a, b
}

// uniformity returns log mean exp(-2 d²) over all pairs: 0 for a constant embedding, negative
// otherwise.
func uniformity(x matrix) float64 {
	rows := make([]float64, x.n)
	parallel(x.n, func(i int) {
		for j := range i {
			rows[i] += math.Exp(-2 * float64(vectorspace.SquaredDistance(x.row(i), x.row(j))))
		}
	})
	var sum float64
	for _, r := range rows {
		sum += r
	}
	pairs := float64(x.n) * float64(x.n-1) / 2
	if pairs == 0 {
		return 0
	}
	return math.Log(sum / pairs)
}
