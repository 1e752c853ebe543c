package metric

import "math"

// Diagnostics says in which shape a batch of embeddings is. A collapse shows as an effective rank
// and distances that fall towards 0, or as positives no nearer than negatives.
type Diagnostics struct {
	EffectiveRank float64
	MeanNorm      float64 // of |e|; its growth is the learned inverse temperature of the ratio losses
	MeanPositive  float64 // mean distance between rows of one label, 0 without any
	MeanNegative  float64 // mean distance between rows of different labels, 0 without any
}

// Diagnose measures embeddings [B][D], B = len(labels).
func Diagnose(embeddings []float32, labels []int) (Diagnostics, error) {
	var b batch
	if err := load(&b, embeddings, labels); err != nil {
		return Diagnostics{}, err
	}
	d := Diagnostics{EffectiveRank: effectiveRank(b.e, b.dim)}
	var pos, neg int
	for i := range b.rows {
		e := b.e[i*b.dim : (i+1)*b.dim]
		d.MeanNorm += math.Sqrt(dot(e, e)) / float64(b.rows)
		for j := range i {
			dist := math.Sqrt(squaredDistance(e, b.e[j*b.dim:(j+1)*b.dim]))
			if labels[i] == labels[j] {
				pos++
				d.MeanPositive += dist
			} else {
				neg++
				d.MeanNegative += dist
			}
		}
	}
	d.MeanPositive /= float64(max(pos, 1))
	d.MeanNegative /= float64(max(neg, 1))
	return d, nil
}

// effectiveRank returns the exponential of the entropy of the normalised singular values of the
// centred embeddings e [B][dim]: between 1, all on a line, and dim, spread evenly; 0 when all are
// equal (Roy, Vetterli 2007; RankMe of Garrido et al. 2023, which does not centre).
func effectiveRank(e []float64, dim int) float64 {
	values := singularValues(e, dim)
	var sum float64
	for _, v := range values {
		sum += v
	}
	if !(sum > 0) {
		return 0
	}
	var entropy float64
	for _, v := range values {
		if p := v / sum; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	return math.Exp(entropy)
}

// singularValues returns those of the centred rows e [B][dim] by one-sided Jacobi rotations of the
// columns (Hestenes 1958), which keep the small ones that a covariance matrix would lose.
func singularValues(e []float64, dim int) []float64 {
	rows := len(e) / dim
	columns := make([][]float64, dim)
	for k := range columns {
		c := make([]float64, rows)
		var mean float64
		for i := range c {
			c[i] = e[i*dim+k]
			mean += c[i]
		}
		// Divided once: the mean of equal float32 values is then that value, and their rank 0.
		mean /= float64(rows)
		for i := range c {
			c[i] -= mean
		}
		columns[k] = c
	}
	// Converges quadratically; sixteen columns need about seven sweeps.
	for sweep, turned := 0, true; turned && sweep < 40; sweep++ {
		turned = false
		for i := range columns {
			for j := i + 1; j < dim; j++ {
				turned = orthogonalise(columns[i], columns[j]) || turned
			}
		}
	}
	values := make([]float64, dim)
	for k, c := range columns {
		values[k] = math.Sqrt(dot(c, c))
	}
	return values
}

// orthogonalise rotates the columns a and b in their plane until they are orthogonal, and reports
// whether they were not.
func orthogonalise(a, b []float64) bool {
	aa, bb, ab := dot(a, a), dot(b, b), dot(a, b)
	if math.Abs(ab) <= 1e-14*math.Sqrt(aa*bb) {
		return false
	}
	zeta := (bb - aa) / (2 * ab)
	t := 1 / (math.Abs(zeta) + math.Hypot(1, zeta))
	if zeta < 0 {
		t = -t
	}
	c := 1 / math.Hypot(1, t)
	s := c * t
	for i := range a {
		a[i], b[i] = c*a[i]-s*b[i], s*a[i]+c*b[i]
	}
	return true
}
