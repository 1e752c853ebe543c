package net

import (
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// convBlock is a 3x3 convolution with batch normalisation, LeakyReLU and optionally 2x2 max pooling. The
// convolution has no bias, which batch normalisation would cancel.
//
// Batch normalisation with LeakyReLU is monotone in each channel. Pooling therefore comes first, while the rows
// are in the cache, and the rest processes a quarter of the pixels. The backward pass needs only the output of
// the convolution and its pooled extremes. It computes the gradient of that output some rows at a time, so that
// it stays in the cache.
type convBlock struct {
	convSpec
	isa     kernel.ISA
	workers workers
	batch   int

	inHalo, outHalo int // of the maps before and after
	inSize          int // H and W of the input, without halo
	convSize        int // H and W after the convolution
	outSize         int // H and W after pooling, without halo

	raster *kernel.Raster // set for the first block, which reads bytes

	x       []float32 // output of the convolution [B][convSize][convSize][out]
	extreme []float32 // pooled x; x without pooling
	y       []float32 // [B][outSize+2*outHalo][outSize+2*outHalo][out]
	dx      []float32 // gradient of the input, of the same shape; nil in the first block
	dw      []float32 // gradient of the weights [out][in][3][3]
	norm    *norm

	panels   []float32   // weights of the forward pass
	back     []float32   // weights of the backward pass; nil in the first block
	partial  [][]float32 // gradient of the weights for each group of images, in panels; memory shared by all blocks
	scratch  []convScratch
	rowGroup int // rows that stay in the cache
}

// convScratch is the scratch memory of one worker.
type convScratch struct {
	band    kernel.Band
	tiles   kernel.Tiles
	weights kernel.WeightTiles
	sums    kernel.Sums
	dz      []float32 // gradient of x, [inSize+2][inSize+2][out] with a margin of zeros; in the first block only some rows
}

// bandRows is the number of rows of the first block that stay in the cache between the passes over them.
const bandRows = 8

// convOptions are the options of newConvBlock.
type convOptions struct {
	convSpec
	batch           int
	size            int // H and W of the input, without halo
	inHalo, outHalo int // of the maps before and after
	first           bool
	isa             kernel.ISA
	workers         workers
}

func newConvBlock(o convOptions) *convBlock {
	b := &convBlock{
		convSpec: o.convSpec, isa: o.isa, workers: o.workers, batch: o.batch,
		inHalo: o.inHalo, outHalo: o.outHalo, inSize: o.size, convSize: o.size + 2*o.inHalo - 2,
	}
	b.outSize = b.convSize
	pixels := b.convSize * b.convSize
	b.x = kernel.Aligned(b.batch * pixels * b.out)
	b.extreme = b.x
	if b.pool {
		b.outSize /= 2
		b.extreme = kernel.Aligned(b.batch * b.outSize * b.outSize * b.out)
	}
	b.y = kernel.Aligned(b.batch * b.outPitch() * b.outPitch() * b.out)
	b.dw = kernel.Aligned(kernel.Conv3Size(b.in, b.out))
	b.norm = newNorm(b.out, b.batch, b.batch*pixels)
	b.rowGroup = kernel.CacheRows(b.convSize)
	margin := (b.inSize + 2) * (b.inSize + 2) * b.out
	if o.first {
		b.raster = &kernel.Raster{Channels: b.in, Height: b.inSize, Width: b.inSize, Halo: b.inHalo, Scale: inputScale}
		b.rowGroup = bandRows
		margin = b.rowGroup * b.convSize * b.out
		b.panels = kernel.Aligned(kernel.Conv3Size(b.in, b.out))
	} else {
		b.dx = kernel.Aligned(b.batch * b.inPitch() * b.inPitch() * b.in)
		b.panels = kernel.Aligned(kernel.Conv3PanelsSize(b.in, b.out))
		b.back = kernel.Aligned(len(b.panels))
	}
	for range b.workers {
		b.scratch = append(b.scratch, convScratch{sums: b.norm.sums(), dz: kernel.Aligned(margin)})
	}
	return b
}

// share sets the memory for the sums of the groups: one slice for each, long enough for the panels.
func (b *convBlock) share(memory [][]float32) {
	for _, m := range memory {
		b.partial = append(b.partial, m[:len(b.panels)])
	}
}

func (b *convBlock) inPitch() int  { return b.inSize + 2*b.inHalo }
func (b *convBlock) outPitch() int { return b.outSize + 2*b.outHalo }

// image returns the map of image i.
func image(m []float32, i, pitch, channels int) []float32 {
	n := pitch * pitch * channels
	return m[i*n:][:n]
}

// forward computes y from the input, maps or rasters, and the parameters.
func (b *convBlock) forward(in []float32, rasters []uint8, weight, gamma, beta []float32) {
	b.norm.prepare(gamma)
	if b.raster != nil {
		kernel.PackFirst(b.panels, weight, b.in, b.out)
	} else {
		kernel.PackConv3(b.panels, weight, b.in, b.out)
		kernel.PackConv3Transposed(b.back, weight, b.in, b.out)
	}
	b.workers.each(b.batch, func(worker, i int) {
		if b.raster != nil {
			n := len(rasters) / b.batch
			b.convolveRaster(worker, i, rasters[i*n:][:n])
		} else {
			b.convolve(worker, i, image(in, i, b.inPitch(), b.in))
		}
	})
	b.norm.forward(gamma, beta)
	b.workers.each(b.batch, func(_, i int) {
		src, dst := image(b.extreme, i, b.outSize, b.out), image(b.y, i, b.outPitch(), b.out)
		row := b.outSize * b.out
		for y := range b.outSize {
			b.isa.Apply(dst[((y+b.outHalo)*b.outPitch()+b.outHalo)*b.out:][:row], src[y*row:][:row], &b.norm.Norm)
		}
	})
}

// convolveRaster convolves one raster and collects the statistics of the output.
func (b *convBlock) convolveRaster(worker, i int, raster []uint8) {
	s, unit := &b.scratch[worker], b.norm.unit(i)
	x, row := image(b.x, i, b.convSize, b.out), b.convSize*b.out
	for y := 0; y < b.convSize; y += b.rowGroup {
		rows := min(b.rowGroup, b.convSize-y)
		b.isa.Cut(&s.band, raster, b.raster, y, y+rows)
		b.isa.Conv(x[y*row:], &s.band, b.panels, rows, b.out, b.raster)
		b.statistics(s.sums, unit, i, y, rows)
	}
}

// convolve convolves the maps of one image and collects the statistics of the output.
func (b *convBlock) convolve(worker, i int, in []float32) {
	s, unit := &b.scratch[worker], b.norm.unit(i)
	x, row := image(b.x, i, b.convSize, b.out), b.convSize*b.out
	g := &kernel.Conv3{In: b.in, Out: b.out, Width: b.convSize, SrcRow: b.inPitch() * b.in, DstRow: row}
	for y := 0; y < b.convSize; y += b.rowGroup {
		rows := min(b.rowGroup, b.convSize-y)
		b.isa.Conv3(x[y*row:], in[y*g.SrcRow:], b.panels, rows, g, &s.tiles)
		b.statistics(s.sums, unit, i, y, rows)
	}
}

// statistics adds rows of x to the statistics and pools them.
func (b *convBlock) statistics(sums kernel.Sums, unit [][2]float64, i, from, rows int) {
	x, row := image(b.x, i, b.convSize, b.out), b.convSize*b.out
	if !b.pool {
		for y := from; y < from+rows; y++ {
			b.isa.Stat(sums, x[y*row:][:row])
			add(unit, sums)
		}
		return
	}
	pooled := image(b.extreme, i, b.outSize, b.out)
	for y := from; y < from+rows; y += 2 {
		b.isa.StatPool(sums, pooled[y/2*(row/2):][:row/2], x[y*row:][:row], x[(y+1)*row:][:row], b.norm.sign)
		add(unit, sums)
	}
}

// backward computes the gradients of the input and of the parameters from dy, the gradient of y, of the shape of y.
func (b *convBlock) backward(in []float32, rasters []uint8, dy []float32) {
	b.workers.each(b.batch, func(worker, i int) {
		s, unit := &b.scratch[worker], b.norm.unit(i)
		src, row := image(b.extreme, i, b.outSize, b.out), b.outSize*b.out
		for y := range b.outSize {
			b.isa.Reduce(s.sums, src[y*row:][:row], b.outRow(dy, i, y), &b.norm.Norm)
			add(unit, s.sums)
		}
	})
	b.norm.backward()
	b.workers.each(groups(b.batch), func(worker, group int) {
		clear(b.partial[group])
		for i := group * groupSize; i < min((group+1)*groupSize, b.batch); i++ {
			if b.raster != nil {
				n := len(rasters) / b.batch
				b.backwardRaster(worker, group, i, rasters[i*n:][:n], dy)
			} else {
				b.backwardImage(worker, group, i, image(in, i, b.inPitch(), b.in), dy)
			}
		}
		if b.raster == nil {
			b.isa.AddTo(b.partial[group], b.forth(), &b.scratch[worker].weights)
		}
	})
	b.reduceWeights()
}

// outRow returns row y of image i of a map of the shape of y.
func (b *convBlock) outRow(m []float32, i, y int) []float32 {
	return image(m, i, b.outPitch(), b.out)[((y+b.outHalo)*b.outPitch()+b.outHalo)*b.out:][:b.outSize*b.out]
}

// gradientRows writes the gradient of some rows of x to dz, whose rows are stride values apart.
func (b *convBlock) gradientRows(dz []float32, stride, i, from, rows int, dy []float32) {
	x, row := image(b.x, i, b.convSize, b.out), b.convSize*b.out
	if !b.pool {
		for y := from; y < from+rows; y++ {
			b.isa.Gradient(dz[(y-from)*stride:][:row], x[y*row:][:row], b.outRow(dy, i, y), &b.norm.Norm)
		}
		return
	}
	pooled := image(b.extreme, i, b.outSize, b.out)
	for y := from; y < from+rows; y += 2 {
		d := dz[(y-from)*stride:]
		b.isa.GradientPool(
			kernel.Rows{Top: d[:row], Bottom: d[stride:][:row]},
			kernel.Rows{Top: x[y*row:][:row], Bottom: x[(y+1)*row:][:row]},
			pooled[y/2*(row/2):][:row/2], b.outRow(dy, i, y/2), &b.norm.Norm)
	}
}

// backwardRaster adds the gradient of the weights over one raster.
func (b *convBlock) backwardRaster(worker, group, i int, raster []uint8, dy []float32) {
	s, row := &b.scratch[worker], b.convSize*b.out
	for y := 0; y < b.convSize; y += b.rowGroup {
		rows := min(b.rowGroup, b.convSize-y)
		b.gradientRows(s.dz, row, i, y, rows, dy)
		b.isa.Cut(&s.band, raster, b.raster, y, y+rows)
		b.isa.ConvWeights(b.partial[group], &s.band, s.dz, rows, b.out, b.raster)
	}
}

// forth returns the geometry of the convolution with output dz, whose rows are further apart than those of x.
func (b *convBlock) forth() *kernel.Conv3 {
	return &kernel.Conv3{In: b.in, Out: b.out, Width: b.convSize, SrcRow: b.inPitch() * b.in, DstRow: (b.inSize + 2) * b.out}
}

// backwardImage collects the gradient of the weights over one image and computes that of the image's input.
func (b *convBlock) backwardImage(worker, group, i int, in, dy []float32) {
	s, forth := &b.scratch[worker], b.forth()
	dz, stride := s.dz, forth.DstRow
	margin := 2 - b.inHalo // zeros around dz, which the convolution back to the size of the input reads
	back := &kernel.Conv3{In: b.out, Out: b.in, Width: b.inSize, SrcRow: stride, DstRow: forth.SrcRow}
	dx := image(b.dx, i, b.inPitch(), b.in)[(b.inHalo*b.inPitch()+b.inHalo)*b.in:]
	done := 0 // rows of dx computed so far
	for y := 0; y < b.convSize; y += b.rowGroup {
		rows := min(b.rowGroup, b.convSize-y)
		d := dz[(y+margin)*stride+margin*b.out:]
		b.gradientRows(d, stride, i, y, rows, dy)
		b.isa.Conv3Weights(b.partial[group], in[y*forth.SrcRow:], d, rows, forth, &s.weights)

		ready := (y + rows + margin - 2) / 2 * 2 // row r of dx reads rows r to r+2 of dz; rows are computed in pairs
		if y+rows == b.convSize {
			ready = b.inSize
		}
		if ready > done {
			b.isa.Conv3(dx[done*back.DstRow:], dz[done*stride:], b.back, ready-done, back, &s.tiles)
			done = ready
		}
	}
}

// groupParts is the number of parts of the gradients that are summed in parallel. It divides the length of all panels.
const groupParts = 32

// reduceWeights sums the gradients of the weights over the groups, in order.
func (b *convBlock) reduceWeights() {
	n := len(b.panels) / groupParts
	b.workers.each(groupParts, func(_, part int) {
		total := b.partial[0][part*n:][:n]
		for group := 1; group < groups(b.batch); group++ {
			for k, v := range b.partial[group][part*n:][:n] {
				total[k] += v
			}
		}
	})
	b.workers.each(b.out/kernel.PanelWidth, func(_, p int) {
		if b.raster != nil {
			kernel.UnpackFirst(b.dw, b.partial[0], b.in, p*kernel.PanelWidth)
		} else {
			kernel.UnpackConv3(b.dw, b.partial[0], b.in, p*kernel.PanelWidth)
		}
	})
}
