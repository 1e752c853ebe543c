package layout

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// t-SNE (van der Maaten and Hinton, Visualizing Data using t-SNE, 2008) with the Barnes-Hut approximation (van der
// Maaten, Accelerating t-SNE using Tree-Based Algorithms, 2014; "BH" below). Distances between points become
// probabilities P of being neighbours, distances in the plane become probabilities Q, and gradient descent moves the
// points of the plane until Q is like P.
const (
	// perplexity is the effective number of a point's neighbours, the usual value for hundreds to thousands of points.
	perplexity = 30
	// nearestPerPerplexity bounds the neighbours with a probability (BH, section 4.1).
	nearestPerPerplexity = 3
	// theta is the width of a cell over its distance below which it counts as one point (BH, section 5 finds no loss of
	// quality up to 0.5).
	theta = 0.5
	// exaggeration multiplies P during the first iterations, so that clusters form early and have room to move (BH, 5).
	exaggeration           = 12
	exaggeratedIterations  = 250
	iterations             = 750
	earlyMomentum          = 0.5
	momentum               = 0.8
	minRate                = 50
	minGain                = 0.01
	startDeviation         = 1e-4 // of the principal components that points start from (Kobak and Berens 2019)
	startNoise             = 1e-6 // keeps equal points from moving as one
	maxDepth               = 40   // of the tree: cells of 2^-40 of the layout's width hold any number of points
	minPoints              = 5
	perplexityHalvings     = 60
	perplexityTolerance    = 1e-6
	pointsPerPart          = 64 // of the work of a goroutine
	leastDistributionTotal = 1e-300
)

// TSNE lays out points [N][D] in the plane by t-SNE, [N][2]: near points stay near; far ones need not stay far. It takes
// a time proportional to N² for the neighbours, and to N log N for each of its steps. It returns ctx's error soon after
// ctx has ended.
func TSNE(ctx context.Context, points *mat.Dense, rng *rand.Rand) (*mat.Dense, error) {
	n, _ := points.Dims()
	if n < minPoints {
		return nil, errors.New("laying out by t-SNE: fewer than five points")
	}
	start, err := Principal(points, 2)
	if err != nil {
		return nil, err
	}
	d := &descent{p: neighbourhoods(points, min(perplexity, float64(n-1)/nearestPerPerplexity)), at: startFrom(start, rng)}
	d.speed, d.gains = make([]plane, n), make([]plane, n)
	for i := range d.gains {
		d.gains[i] = plane{1, 1}
	}
	rate := max(float64(n)/exaggeration, minRate) // Belkina et al. 2019
	for step := range iterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		factor, inertia := 1.0, momentum
		if step < exaggeratedIterations {
			factor, inertia = exaggeration, earlyMomentum
		}
		d.move(gradient(d.p, d.at, factor, theta), rate, inertia)
	}
	out := mat.NewDense(n, 2, nil)
	for i, y := range d.at {
		out.Set(i, 0, y.x)
		out.Set(i, 1, y.y)
	}
	return out, nil
}

// plane is a point of the plane, or a step in it.
type plane struct{ x, y float64 }

// neighbour is another point with the probability of being a neighbour.
type neighbour struct {
	point int
	p     float64
}

// descent is a layout under way.
type descent struct {
	p                [][]neighbour
	at, speed, gains []plane
}

// startFrom returns the first two principal components, scaled to a small deviation, with noise.
func startFrom(components *mat.Dense, rng *rand.Rand) []plane {
	n, _ := components.Dims()
	var square float64
	for i := range n {
		square += components.At(i, 0) * components.At(i, 0)
	}
	scale := 0.0
	if square > 0 {
		scale = startDeviation / math.Sqrt(square/float64(n))
	}
	out := make([]plane, n)
	for i := range out {
		out[i].x = scale*components.At(i, 0) + startNoise*rng.NormFloat64()
		out[i].y = scale*components.At(i, 1) + startNoise*rng.NormFloat64()
	}
	return out
}

// move takes one step down the gradient with momentum and a gain for each number (Jacobs 1988), and centres the layout.
func (d *descent) move(gradient []plane, rate, inertia float64) {
	step := func(speed, gain *float64, g float64) float64 {
		if (g > 0) == (*speed > 0) {
			*gain = max(*gain*0.8, minGain)
		} else {
			*gain += 0.2
		}
		*speed = inertia**speed - rate**gain*g
		return *speed
	}
	var centre plane
	for i, g := range gradient {
		d.at[i].x += step(&d.speed[i].x, &d.gains[i].x, g.x)
		d.at[i].y += step(&d.speed[i].y, &d.gains[i].y, g.y)
		centre.x += d.at[i].x / float64(len(d.at))
		centre.y += d.at[i].y / float64(len(d.at))
	}
	for i := range d.at {
		d.at[i].x -= centre.x
		d.at[i].y -= centre.y
	}
}

// neighbourhoods returns P: for each point its neighbours with their joint probabilities, by index. All probabilities
// add up to 1 (BH, equations 6 to 8).
func neighbourhoods(points *mat.Dense, perplexity float64) [][]neighbour {
	n, _ := points.Dims()
	nearest := min(n-1, int(nearestPerPerplexity*perplexity))
	conditional := make([][]neighbour, n)
	each(n, func(i int) { conditional[i] = conditionals(points, i, nearest, perplexity) })
	joint := make([]map[int]float64, n)
	for i := range joint {
		joint[i] = make(map[int]float64, 2*nearest)
	}
	for i, near := range conditional {
		for _, m := range near {
			joint[i][m.point] += m.p / float64(2*n)
			joint[m.point][i] += m.p / float64(2*n)
		}
	}
	out := make([][]neighbour, n)
	for i, m := range joint {
		for j, p := range m {
			out[i] = append(out[i], neighbour{j, p})
		}
		slices.SortFunc(out[i], func(a, b neighbour) int { return cmp.Compare(a.point, b.point) })
	}
	return out
}

// conditionals returns the nearest neighbours of point i with p(j|i), whose perplexity is as given.
func conditionals(points *mat.Dense, i, nearest int, perplexity float64) []neighbour {
	n, _ := points.Dims()
	near := make([]neighbour, 0, n-1) // p holds the squared distance at first
	for j := range n {
		if j != i {
			near = append(near, neighbour{j, squaredDistance(points.RawRowView(i), points.RawRowView(j))})
		}
	}
	slices.SortFunc(near, func(a, b neighbour) int { return cmp.Or(cmp.Compare(a.p, b.p), cmp.Compare(a.point, b.point)) })
	near = near[:nearest]
	squares := make([]float64, nearest)
	for k := range near {
		squares[k] = near[k].p - near[0].p // a constant that cancels, and keeps exp from vanishing
	}
	// Bisection of the precision, the inverse of twice the variance, until the entropy is log(perplexity).
	low, high, precision := 0.0, math.Inf(1), 1.0
	if spread := squares[nearest-1]; spread > 0 {
		precision = 1 / spread
	}
	for range perplexityHalvings {
		var sum, weighted float64
		for k, s := range squares {
			near[k].p = math.Exp(-precision * s)
			sum += near[k].p
			weighted += near[k].p * s
		}
		for k := range near {
			near[k].p /= sum
		}
		over := math.Log(sum) + precision*weighted/sum - math.Log(perplexity)
		if math.Abs(over) < perplexityTolerance {
			break
		}
		if over > 0 {
			low = precision
		} else {
			high = precision
		}
		if precision = (low + high) / 2; math.IsInf(high, 1) {
			precision = 2 * low
		}
	}
	return near
}

// gradient returns the gradient of the divergence between factor times P and Q, [N] (BH, equation 9). tolerance is
// theta; 0 makes it exact.
func gradient(p [][]neighbour, at []plane, factor, tolerance float64) []plane {
	t := newTree(at)
	attraction, repulsion, totals := make([]plane, len(at)), make([]plane, len(at)), make([]float64, len(at))
	each(len(at), func(i int) {
		for _, m := range p[i] {
			dx, dy := at[i].x-at[m.point].x, at[i].y-at[m.point].y
			pull := factor * m.p / (1 + dx*dx + dy*dy)
			attraction[i].x += pull * dx
			attraction[i].y += pull * dy
		}
		repulsion[i], totals[i] = t.repulsion(i, tolerance)
	})
	var total float64 // Z, in the order of the points whatever the number of goroutines
	for _, v := range totals {
		total += v
	}
	total = max(total, leastDistributionTotal)
	out := make([]plane, len(at))
	for i := range out {
		out[i].x = 4 * (attraction[i].x - repulsion[i].x/total)
		out[i].y = 4 * (attraction[i].y - repulsion[i].y/total)
	}
	return out
}

// tree is a quadtree over points of the plane.
type tree struct {
	at    []plane
	cells []cell
	next  []int // [N] the next point of the same leaf, -1 after the last
}

// cell is a square of the tree. A leaf has at most one point, or any number at maxDepth.
type cell struct {
	centre plane   // of the square
	half   float64 // of its side
	mean   plane   // of its points
	count  float64
	first  int    // point of a leaf, -1 for none
	below  [4]int // cells, 0 for none; all 0 in a leaf
	inner  bool
}

func newTree(at []plane) *tree {
	low, high := at[0], at[0]
	for _, p := range at {
		low.x, low.y = min(low.x, p.x), min(low.y, p.y)
		high.x, high.y = max(high.x, p.x), max(high.y, p.y)
	}
	t := &tree{at: at, next: make([]int, len(at))}
	t.cells = append(t.cells, cell{
		centre: plane{(low.x + high.x) / 2, (low.y + high.y) / 2}, half: max(high.x-low.x, high.y-low.y)/2 + math.SmallestNonzeroFloat64, first: -1,
	})
	for i := range at {
		t.insert(i)
	}
	return t
}

// insert adds point i, and its share to the means of the cells that it is in.
func (t *tree) insert(i int) {
	c := 0
	for depth := 0; ; depth++ {
		b := &t.cells[c]
		b.count++
		b.mean.x += (t.at[i].x - b.mean.x) / b.count
		b.mean.y += (t.at[i].y - b.mean.y) / b.count
		if !b.inner {
			if b.first < 0 || depth == maxDepth {
				t.next[i], b.first = b.first, i
				return
			}
			t.split(c)
		}
		c = t.child(c, i)
	}
}

// split makes a leaf with one point an inner cell.
func (t *tree) split(c int) {
	b := &t.cells[c]
	old := b.first
	b.first, b.inner = -1, true
	k := t.child(c, old)
	t.cells[k].first, t.cells[k].count, t.cells[k].mean = old, 1, t.at[old]
	t.next[old] = -1
}

// child returns the quarter of cell c that point i is in, and makes it if need be.
func (t *tree) child(c, i int) int {
	b := &t.cells[c]
	quarter, centre, half := 0, b.centre, b.half/2
	if t.at[i].x > b.centre.x {
		quarter, centre.x = 1, centre.x+half
	} else {
		centre.x -= half
	}
	if t.at[i].y > b.centre.y {
		quarter, centre.y = quarter+2, centre.y+half
	} else {
		centre.y -= half
	}
	if b.below[quarter] == 0 {
		b.below[quarter] = len(t.cells)
		t.cells = append(t.cells, cell{centre: centre, half: half, first: -1})
		return len(t.cells) - 1
	}
	return b.below[quarter]
}

// repulsion returns the unnormalised force of all other points on point i, and the point's share of Z.
func (t *tree) repulsion(i int, tolerance float64) (force plane, total float64) {
	add := func(from plane, count float64) {
		dx, dy := t.at[i].x-from.x, t.at[i].y-from.y
		q := 1 / (1 + dx*dx + dy*dy)
		total += count * q
		force.x += count * q * q * dx
		force.y += count * q * q * dy
	}
	stack := []int{0}
	for len(stack) > 0 {
		b := &t.cells[stack[len(stack)-1]]
		stack = stack[:len(stack)-1]
		if !b.inner {
			for j := b.first; j >= 0; j = t.next[j] {
				if j != i {
					add(t.at[j], 1)
				}
			}
			continue
		}
		if side := 2 * b.half; side < tolerance*math.Hypot(t.at[i].x-b.mean.x, t.at[i].y-b.mean.y) {
			add(b.mean, b.count)
			continue
		}
		for _, c := range b.below {
			if c != 0 {
				stack = append(stack, c)
			}
		}
	}
	return force, total
}

// each calls do for 0 to n-1 from several goroutines.
func each(n int, do func(i int)) {
	var group sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), (n+pointsPerPart-1)/pointsPerPart)
	for w := range workers {
		group.Go(func() {
			for from := w * pointsPerPart; from < n; from += workers * pointsPerPart {
				for i := from; i < min(from+pointsPerPart, n); i++ {
					do(i)
				}
			}
		})
	}
	group.Wait()
}

func squaredDistance(a, b []float64) float64 {
	var sum float64
	for k, v := range a {
		sum += (v - b[k]) * (v - b[k])
	}
	return sum
}
