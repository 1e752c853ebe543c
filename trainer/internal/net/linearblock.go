package net

import "github.com/loc2vec/loc2vec/internal/kernel"

// linearBlock is a matrix product with batch normalisation over its rows and LeakyReLU: a 1x1 convolution if the
// rows are the pixels of all images, a dense layer if they are the images.
type linearBlock struct {
	in, out int // out is a multiple of kernel.PanelWidth
	rows    int
	isa     kernel.ISA
	workers workers

	x    []float32 // output of the product [rows][out]
	y    []float32 // [rows][out]
	dz   []float32 // gradient of x
	dx   []float32 // gradient of the input [rows][in]
	dw   []float32 // gradient of the weights [out][in]
	norm *norm

	panels  []float32     // weights of the forward pass
	back    []float32     // weights of the backward pass, with padded input channels
	partial []float32     // gradient of the weights, in panels
	sums    []kernel.Sums // one for each worker
	padded  [][]float32   // one for each worker: rows of dx with padded channels
}

// chunkRows is the number of rows of one unit of work.
const chunkRows = 32

func newLinearBlock(rows, in, out int, isa kernel.ISA, w workers) *linearBlock {
	b := &linearBlock{in: in, out: out, rows: rows, isa: isa, workers: w}
	b.x, b.y, b.dz = kernel.Aligned(rows*out), kernel.Aligned(rows*out), kernel.Aligned(rows*out)
	b.dx, b.dw = kernel.Aligned(rows*in), kernel.Aligned(in*out)
	b.panels, b.partial = kernel.Aligned(in*out), kernel.Aligned(in*out)
	b.back = kernel.Aligned(kernel.MatrixSize(out, in))
	b.norm = newNorm(out, b.chunks(), rows)
	for range w {
		b.sums = append(b.sums, b.norm.sums())
		b.padded = append(b.padded, kernel.Aligned(chunkRows*kernel.PadChannels(in)))
	}
	return b
}

func (b *linearBlock) chunks() int { return (b.rows + chunkRows - 1) / chunkRows }

// chunk returns the rows of unit i of a matrix with that many columns.
func (b *linearBlock) chunk(m []float32, i, columns int) []float32 {
	return m[i*chunkRows*columns : min((i+1)*chunkRows, b.rows)*columns]
}

// forward computes y from in [rows][in] and the parameters; weight is [out][in].
func (b *linearBlock) forward(in, weight, gamma, beta []float32) {
	kernel.PackMatrix(b.panels, weight, b.in, b.out)
	kernel.PackMatrixTransposed(b.back, weight, b.in, b.out)
	b.workers.each(b.chunks(), func(worker, i int) {
		x := b.chunk(b.x, i, b.out)
		b.product(x, b.chunk(in, i, b.in), b.panels, b.in, b.out)
		b.isa.Stat(b.sums[worker], x)
		add(b.norm.unit(i), b.sums[worker])
	})
	b.norm.forward(gamma, beta)
	b.workers.each(b.chunks(), func(_, i int) {
		b.isa.Apply(b.chunk(b.y, i, b.out), b.chunk(b.x, i, b.out), &b.norm.Norm)
	})
}

// product multiplies rows of in values by panels and writes rows of out values.
func (b *linearBlock) product(dst, src, panels []float32, in, out int) {
	p := kernel.Product{M: len(src) / in, R: 1, K: in, AI: in, AK: 1, BK: kernel.PanelWidth, CI: out}
	for o := 0; o < out; o += kernel.PanelWidth {
		b.isa.Multiply(dst[o:], src, panels[o*in:], &p)
	}
}

// backward computes the gradients of the input and of the parameters from dy [rows][out].
func (b *linearBlock) backward(in, dy []float32) {
	b.workers.each(b.chunks(), func(worker, i int) {
		b.isa.Reduce(b.sums[worker], b.chunk(b.x, i, b.out), b.chunk(dy, i, b.out), &b.norm.Norm)
		add(b.norm.unit(i), b.sums[worker])
	})
	b.norm.backward()
	wide := kernel.PadChannels(b.in)
	b.workers.each(b.chunks(), func(worker, i int) {
		dz, dx := b.chunk(b.dz, i, b.out), b.chunk(b.dx, i, b.in)
		b.isa.Gradient(dz, b.chunk(b.x, i, b.out), b.chunk(dy, i, b.out), &b.norm.Norm)
		if wide == b.in {
			b.product(dx, dz, b.back, b.out, b.in)
			return
		}
		b.product(b.padded[worker], dz, b.back, b.out, wide)
		for row := range len(dx) / b.in {
			copy(dx[row*b.in:][:b.in], b.padded[worker][row*wide:])
		}
	})
	b.weightGradient(in)
}

// weightGradient sums over the rows in order. Each task computes some columns of the weights.
func (b *linearBlock) weightGradient(in []float32) {
	const columns = 48
	parts := (b.in + columns - 1) / columns
	b.workers.each(b.out/kernel.PanelWidth*parts, func(_, task int) {
		o, from := task/parts*kernel.PanelWidth, task%parts*columns
		p := kernel.Product{M: min(columns, b.in-from), R: 1, K: b.rows, AI: 1, AK: b.in, BK: b.out, CI: kernel.PanelWidth}
		panel := b.partial[o*b.in+from*kernel.PanelWidth:]
		b.isa.Multiply(panel, in[from:], b.dz[o:], &p)
		for i := range p.M {
			for j, v := range panel[i*kernel.PanelWidth:][:kernel.PanelWidth] {
				b.dw[(o+j)*b.in+from+i] = v
			}
		}
	})
}
