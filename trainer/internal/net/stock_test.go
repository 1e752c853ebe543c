package net

import (
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/loc2vec/loc2vec/internal/kernel"
)

// The fused block agrees with the same block made of Gorgonia's own operations. Gorgonia differentiates both. Scale and
// bias of its BatchNorm are given explicitly, one for each channel: by default it makes one for each element.
func TestConvBlockAgainstStockGorgonia(t *testing.T) {
	const batch, in, out, size = 5, 32, 32, 8
	rng := rand.New(rand.NewPCG(41, 42))
	x := newMaps(batch, in, size)
	copy(x.v, widened(normal(rng, len(x.v))))
	weight, beta := normal(rng, out*in*9), normal(rng, out)
	gamma := normal(rng, out)
	y := newMaps(batch, out, size/2)
	copy(y.v, widened(normal(rng, len(y.v)))) // coefficients of the loss sum(coefficient * output)

	narrow := func(v []float64) []float32 {
		n := make([]float32, len(v))
		for i, f := range v {
			n[i] = float32(f)
		}
		return n
	}

	// Ours, with output and gradients converted to channel-first.
	b := newConvBlock(convOptions{
		convSpec: convSpec{in: in, out: out, same: true, pool: true},
		batch:    batch, size: size, inHalo: 1, isa: kernel.BestISA(), workers: 2,
	})
	b.share([][]float32{make([]float32, len(b.panels)), make([]float32, len(b.panels))})
	g := G.NewGraph()
	nodes := G.Nodes{
		tensorNode(g, "x", x.channelsLast(1), batch, size+2, size+2, in),
		tensorNode(g, "weight", weight, out, in, 3, 3),
		tensorNode(g, "gamma", gamma, out),
		tensorNode(g, "beta", beta, out),
	}
	z, err := G.ApplyOp(b.operation("block"), nodes...)
	if err != nil {
		t.Fatal(err)
	}
	ours := runGraph(t, g, z, y.channelsLast(0), nodes)
	ours[0] = narrow(channelsFirst(ours[0], batch, out, size/2, 0).v)
	ours[1] = narrow(channelsFirst(ours[1], batch, in, size, 1).v)

	// Theirs.
	g = G.NewGraph()
	nodes = G.Nodes{
		tensorNode(g, "x", narrow(x.v), batch, in, size, size),
		tensorNode(g, "weight", weight, out, in, 3, 3),
		tensorNode(g, "gamma", gamma, 1, out, 1, 1),
		tensorNode(g, "beta", beta, 1, out, 1, 1),
	}
	z, err = G.Conv2d(nodes[0], nodes[1], tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1})
	if err == nil {
		z, _, _, _, err = G.BatchNorm(z, nodes[2], nodes[3], normMomentum, normEpsilon)
	}
	if err == nil {
		z, err = G.LeakyRelu(z, leakySlope)
	}
	if err == nil {
		z, err = G.MaxPool2D(z, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2})
	}
	if err != nil {
		t.Fatal(err)
	}
	theirs := runGraph(t, g, z, narrow(y.v), nodes)

	for i, name := range []string{"output", "gradient of x", "gradient of weight", "gradient of gamma", "gradient of beta"} {
		var distance, size float64
		for k, v := range theirs[i] {
			distance += math.Pow(float64(ours[i][k]-v), 2)
			size += math.Pow(float64(v), 2)
		}
		// Gorgonia sums the statistics in float32.
		if r := math.Sqrt(distance / size); !(r < 1e-4) {
			t.Errorf("%s: relative difference %.2g", name, r)
		} else {
			t.Logf("%s: relative difference %.2g", name, r)
		}
	}
}

func tensorNode(g *G.ExprGraph, name string, v []float32, shape ...int) *G.Node {
	return G.NewTensor(g, tensor.Float32, len(shape), G.WithShape(shape...), G.WithName(name), G.WithValue(dense(v, shape...)))
}

// runGraph returns z and the gradients of the nodes for the loss sum(coefficients * z).
func runGraph(t *testing.T, g *G.ExprGraph, z *G.Node, coefficients []float32, nodes G.Nodes) [][]float32 {
	t.Helper()
	c := tensorNode(g, "coefficients", coefficients, z.Shape()...)
	product, err := G.HadamardProd(z, c)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := G.Sum(product)
	if err != nil {
		t.Fatal(err)
	}
	var value G.Value
	G.Read(z, &value)
	if _, err := G.Grad(loss, nodes...); err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(g, G.BindDualValues(nodes...))
	defer func() {
		if err := vm.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	results := [][]float32{append([]float32(nil), floats(value)...)}
	for _, n := range nodes {
		d, err := n.Grad()
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, append([]float32(nil), floats(d)...))
	}
	return results
}
