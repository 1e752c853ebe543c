package net

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
	"github.com/loc2vec/loc2vec/trainer/internal/encoder"
)

// network is the expression graph with the blocks that implement its operations.
type network struct {
	config       Config
	architecture *architecture

	graph     *G.ExprGraph
	input     *G.Node // uint8 [B][C][H][W]
	embedding *G.Node // [B][D]
	params    []*param
	norms     []namedNorm

	convs     []*convBlock
	linears   []*linearBlock
	coverage  *encoder.Coverage // nil without global pooling
	pooled    *pooledHead
	dropout   *dropout
	rotations *rotations // nil unless the embedding is averaged over rotations

	quantiser *quantiser // nil without quantisation-aware training
}

// param is a trainable parameter.
type param struct {
	name  string
	node  *G.Node
	value []float32
	decay bool // weight decay applies; not to biases and batch normalisation
}

// namedNorm is a batch normalisation with its parameters.
type namedNorm struct {
	*norm
	name        string
	gamma, beta []float32
}

// newNetwork returns the graph up to the embedding, with weights drawn from rng.
func newNetwork(c Config, rng *rand.Rand) (*network, error) {
	n := &network{config: c, graph: G.NewGraph()}
	if c.Quantise {
		n.quantiser = &quantiser{}
	}
	extra := 0
	if UsesGlobalPooling(c.Architecture) {
		n.coverage = encoder.NewCoverage(&encoder.Head{Masks: c.Masks, FeatureScale: c.FeatureScale}, c.Pixels)
		extra = n.coverage.Len()
	}
	var err error
	if n.architecture, err = newArchitecture(c.Architecture, c.Pixels, extra); err != nil {
		return nil, err
	}
	n.input = G.NewTensor(n.graph, tensor.Uint8, 4, G.WithShape(c.images(), loc2vec.NumLayers, c.Pixels, c.Pixels), G.WithName("rasters"))
	x, err := n.addConvs(rng)
	if err != nil {
		return nil, err
	}
	pixels := n.architecture.size * n.architecture.size
	rows := c.images() * pixels
	if x, err = n.addLinear("point1", x, rows, []int{n.architecture.lastChannels()}, rng); err != nil {
		return nil, err
	}
	if x, err = n.addLinear("point2", x, rows, []int{n.architecture.hidden}, rng); err != nil {
		return nil, err
	}
	if x, err = n.addHead(x, pixels); err != nil {
		return nil, err
	}
	if x, err = n.addLinear("dense", x, c.images(), []int{n.architecture.joined - n.architecture.extra, n.architecture.extra}, rng); err != nil {
		return nil, err
	}
	if n.embedding, err = n.addEmbedding(x, rng); err != nil || c.Rotations == 1 {
		return n, err
	}
	n.embedding, err = n.addRotations(n.embedding)
	return n, err
}

// addParam adds a parameter with values returned by next.
func (n *network) addParam(name string, decay bool, next func() float32, shape ...int) *param {
	t := tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
	p := &param{name: name, value: floats(t), decay: decay}
	for i := range p.value {
		p.value[i] = next()
	}
	p.node = G.NewTensor(n.graph, tensor.Float32, len(shape), G.WithShape(shape...), G.WithName(name), G.WithValue(t))
	n.params = append(n.params, p)
	return p
}

// freshSquare is the expected sum of squares of the fresh weights of one output of a hidden layer.
const freshSquare = 2

// addWeights adds the parameters of a layer and its batch normalisation: weights with He initialisation (He et
// al., 2015), gamma 1, beta 0.
func (n *network) addWeights(name string, norm *norm, rng *rand.Rand, shape ...int) G.Nodes {
	fan := 1
	for _, s := range shape[1:] {
		fan *= s
	}
	deviation := math.Sqrt(freshSquare / float64(fan))
	w := n.addParam(name+".weight", true, func() float32 { return float32(rng.NormFloat64() * deviation) }, shape...)
	gamma := n.addParam(name+".gamma", false, func() float32 { return 1 }, shape[0])
	beta := n.addParam(name+".beta", false, func() float32 { return 0 }, shape[0])
	n.norms = append(n.norms, namedNorm{norm, name, gamma.value, beta.value})
	return G.Nodes{w.node, gamma.node, beta.node}
}

// addConvs adds the 3x3 convolutions.
func (n *network) addConvs(rng *rand.Rand) (*G.Node, error) {
	c := n.config
	x, size, largest := n.input, c.Pixels, 0
	for i, spec := range n.architecture.convs {
		outHalo := 0
		if i+1 < len(n.architecture.convs) && n.architecture.convs[i+1].same {
			outHalo = 1
		}
		inHalo := 0
		if spec.same {
			inHalo = 1
		}
		b := newConvBlock(convOptions{
			convSpec: spec, batch: c.images(), size: size, inHalo: inHalo, outHalo: outHalo, first: i == 0,
			isa: c.ISA, workers: workers(c.Workers),
		})
		n.convs = append(n.convs, b)
		name := fmt.Sprintf("conv%d", i+1)
		params := n.addWeights(name, b.norm, rng, spec.out, spec.in, 3, 3)
		var err error
		if params[0], err = n.roundWeights(params[0], weightRounding{out: spec.out, parts: []int{9 * spec.in}}); err != nil {
			return nil, err
		}
		if x, err = G.ApplyOp(b.operation(name), append(G.Nodes{x}, params...)...); err != nil {
			return nil, fmt.Errorf("adding %s: %w", name, err)
		}
		if x, err = n.roundActivations(name, x, 0); err != nil {
			return nil, err
		}
		size, largest = b.outSize, max(largest, len(b.panels))
	}
	memory := make([][]float32, groups(c.images()))
	for g := range memory {
		memory[g] = kernel.Aligned(largest)
	}
	for _, b := range n.convs {
		b.share(memory)
	}
	return x, nil
}

// addLinear adds a 1x1 convolution or dense layer. parts are the numbers of inputs that quantisation gives separate
// scales.
func (n *network) addLinear(name string, x *G.Node, rows int, parts []int, rng *rand.Rand) (*G.Node, error) {
	in := 0
	for _, p := range parts {
		in += p
	}
	b := newLinearBlock(rows, in, n.architecture.hidden, n.config.ISA, workers(n.config.Workers))
	n.linears = append(n.linears, b)
	params := n.addWeights(name, b.norm, rng, n.architecture.hidden, in)
	var err error
	if params[0], err = n.roundWeights(params[0], weightRounding{out: n.architecture.hidden, parts: parts}); err != nil {
		return nil, err
	}
	y, err := G.ApplyOp(b.operation(name, x), append(G.Nodes{x}, params...)...)
	if err != nil {
		return nil, fmt.Errorf("adding %s: %w", name, err)
	}
	return n.roundActivations(name, y, 0)
}

// addHead adds the conversion of feature maps to vectors, and dropout on the vectors.
func (n *network) addHead(x *G.Node, pixels int) (*G.Node, error) {
	var head unary
	if UsesGlobalPooling(n.architecture.name) {
		n.pooled = newPooledHead(n.config.images(), pixels, n.architecture.hidden, n.architecture.extra)
		head = unary{n.pooled.forward, n.pooled.backward, n.pooled.y, n.pooled.dx}
	} else {
		f := newFlatten(n.config.images(), pixels, n.architecture.hidden)
		head = unary{f.forward, f.backward, f.y, f.dx}
	}
	y, err := G.ApplyOp(head.operation("head", x, n.config.images(), n.architecture.joined), x)
	if err != nil {
		return nil, fmt.Errorf("adding the head: %w", err)
	}
	if n.architecture.extra > 0 { // the coverages have a scale of their own; the maps have been rounded
		if y, err = n.roundActivations("head", y, n.architecture.hidden); err != nil {
			return nil, err
		}
	}
	if n.config.Dropout == 0 {
		return y, nil
	}
	n.dropout = newDropout(n.config.Dropout, n.config.Seed, n.config.images()*n.architecture.joined)
	drop := unary{n.dropout.forward, n.dropout.backward, n.dropout.y, n.dropout.dx}
	if y, err = G.ApplyOp(drop.operation("dropout", y, n.config.images(), n.architecture.joined), y); err != nil {
		return nil, fmt.Errorf("adding dropout: %w", err)
	}
	return y, nil
}

// addEmbedding adds the last layer, which is linear, with Gorgonia's own operations.
func (n *network) addEmbedding(x *G.Node, rng *rand.Rand) (*G.Node, error) {
	deviation := math.Sqrt(1 / float64(n.architecture.hidden))
	weight := n.addParam("embedding.weight", true, func() float32 { return float32(rng.NormFloat64() * deviation) }, n.architecture.hidden, loc2vec.Dimension)
	bias := n.addParam("embedding.bias", false, func() float32 { return 0 }, 1, loc2vec.Dimension)
	rounded, err := n.roundWeights(weight.node, weightRounding{out: loc2vec.Dimension, parts: []int{n.architecture.hidden}, inputFirst: true})
	if err != nil {
		return nil, err
	}
	product, err := G.Mul(x, rounded)
	if err != nil {
		return nil, fmt.Errorf("adding the embedding: %w", err)
	}
	y, err := G.BroadcastAdd(product, bias.node, nil, []byte{0})
	if err != nil {
		return nil, fmt.Errorf("adding the embedding's bias: %w", err)
	}
	return y, nil
}

// addRotations adds the mean over the rotations at the end.
func (n *network) addRotations(x *G.Node) (*G.Node, error) {
	c := n.config
	n.rotations = newRotations(c.Batch, n.input.Shape().TotalSize(), c.Pixels, workers(c.Workers))
	mean := unary{n.rotations.forward, n.rotations.backward, n.rotations.y, n.rotations.dx}
	y, err := G.ApplyOp(mean.operation("rotations", x, c.Batch, loc2vec.Dimension), x)
	if err != nil {
		return nil, fmt.Errorf("adding the mean over rotations: %w", err)
	}
	return y, nil
}

// operation returns the block as an operation of the graph.
func (b *convBlock) operation(name string) *differentiable {
	y := dense(b.y, b.batch, b.outPitch(), b.outPitch(), b.out)
	input := tensorType(4, tensor.Float32)
	var dx *tensor.Dense
	if b.raster != nil {
		input = tensorType(4, tensor.Uint8)
	} else {
		dx = dense(b.dx, b.batch, b.inPitch(), b.inPitch(), b.in)
	}
	maps := func(v G.Value) (in []float32, rasters []uint8) {
		if b.raster != nil {
			return nil, v.Data().([]uint8)
		}
		return floats(v), nil
	}
	vector := tensorType(1, tensor.Float32)
	return &differentiable{
		operation: operation{
			name: name, in: []hm.Type{input, tensorType(4, tensor.Float32), vector, vector},
			out: typeOf(y), size: y.Shape(),
			do: func(v []G.Value) (G.Value, error) {
				in, rasters := maps(v[0])
				b.forward(in, rasters, floats(v[1]), floats(v[2]), floats(v[3]))
				return y, nil
			},
		},
		grads: []*tensor.Dense{dx, dense(b.dw, b.out, b.in, 3, 3), dense(b.norm.gammaGrad, b.out), dense(b.norm.betaGrad, b.out)},
		backward: func(v []G.Value, grad G.Value) error {
			in, rasters := maps(v[0])
			b.backward(in, rasters, floats(grad))
			return nil
		},
	}
}

// operation returns the block as an operation of the graph on x, which contains the rows in any shape.
func (b *linearBlock) operation(name string, x *G.Node) *differentiable {
	y, vector := dense(b.y, b.rows, b.out), tensorType(1, tensor.Float32)
	return &differentiable{
		operation: operation{
			name: name, in: []hm.Type{tensorType(x.Dims(), tensor.Float32), tensorType(2, tensor.Float32), vector, vector},
			out: typeOf(y), size: y.Shape(),
			do: func(v []G.Value) (G.Value, error) {
				b.forward(floats(v[0]), floats(v[1]), floats(v[2]), floats(v[3]))
				return y, nil
			},
		},
		grads: []*tensor.Dense{dense(b.dx, x.Shape()...), dense(b.dw, b.out, b.in), dense(b.norm.gammaGrad, b.out), dense(b.norm.betaGrad, b.out)},
		backward: func(v []G.Value, grad G.Value) error {
			b.backward(floats(v[0]), floats(grad))
			return nil
		},
	}
}

// unary is a function of one tensor without parameters, with the memory of its result and its gradient.
type unary struct {
	forward, backward func([]float32)
	y, dx             []float32
}

// switched returns the function as an operation of the graph that keeps the shape of x and runs only while on is true.
func (u unary) switched(name string, x *G.Node, on *bool) *switched {
	y := dense(u.y, x.Shape()...)
	o := &switched{on: on, backward: u.backward}
	if u.backward != nil {
		o.dx = dense(u.dx, x.Shape()...)
	}
	o.operation = operation{
		name: name, in: []hm.Type{typeOf(y)}, out: typeOf(y), size: y.Shape(),
		do: func(v []G.Value) (G.Value, error) {
			if !*on {
				return v[0], nil
			}
			u.forward(floats(v[0]))
			return y, nil
		},
	}
	return o
}

// operation returns the function as an operation of the graph on x with a result of that shape.
func (u unary) operation(name string, x *G.Node, rows, columns int) *differentiable {
	y := dense(u.y, rows, columns)
	return &differentiable{
		operation: operation{
			name: name, in: []hm.Type{tensorType(x.Dims(), tensor.Float32)}, out: typeOf(y), size: y.Shape(),
			do: func(v []G.Value) (G.Value, error) {
				u.forward(floats(v[0]))
				return y, nil
			},
		},
		grads: []*tensor.Dense{dense(u.dx, x.Shape()...)},
		backward: func(_ []G.Value, grad G.Value) error {
			u.backward(floats(grad))
			return nil
		},
	}
}
