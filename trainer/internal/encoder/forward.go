package encoder

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/loc2vec/loc2vec/internal/kernel"
)

// bandRows is the number of rows of a band. The first layer processes a band completely while it is in the cache. A
// short band has more empty channels, which are omitted.
const bandRows = 8

// Forward plans the network and runs it once. Planning costs about half as much as one image; keep a Plan for
// repeated calls.
func (n *Network) Forward(dst []float32, rasters []uint8) error {
	p, err := n.Plan()
	if err != nil {
		return err
	}
	return p.Forward(dst, rasters)
}

// Forward fills dst [B][D] with the embeddings of rasters, uint8 [B][C][H][W]; a byte v stands for v/255. It returns
// an error if the lengths of the slices do not match. Images are distributed over GOMAXPROCS goroutines. An
// embedding does not depend on the other images.
func (p *Plan) Forward(dst []float32, rasters []uint8) error {
	image, d := p.raster.Channels*p.raster.Height*p.raster.Width, p.dimension()
	batch := len(rasters) / image
	if len(rasters) != batch*image || len(dst) != batch*d {
		return fmt.Errorf("embedding rasters of %d bytes in %d numbers, want %d numbers for each %d bytes", len(rasters), len(dst), d, image)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), batch) {
		wg.Go(func() {
			w := p.workers.Get().(*worker)
			defer p.workers.Put(w)
			for i := int(next.Add(1)) - 1; i < batch; i = int(next.Add(1)) - 1 {
				w.embed(dst[i*d:][:d], rasters[i*image:][:image])
			}
		})
	}
	wg.Wait()
	return nil
}

// worker holds the buffers of one goroutine.
type worker struct {
	*Plan
	band    kernel.Band
	tiles   kernel.Tiles
	maps    [][]float32 // output of each convolution [pitch][pitch][Out]
	rows    []float32   // rows of the output of a convolution
	extreme []float32   // one pooled row of it
	sums    []float32   // of pooling; not used
	vectors [2][]float32
	rotated [2][]uint8 // rotations of the raster
}

func newWorker(p *Plan) *worker {
	w := &worker{Plan: p}
	var row, rows, channels int
	for i := range p.convs {
		s := &p.convs[i]
		w.maps = append(w.maps, kernel.Aligned(s.pitch()*s.pitch()*s.Out))
		row, channels = max(row, s.convSize*s.Out), max(channels, s.Out)
		rows = max(rows, s.rows*s.convSize*s.Out)
	}
	w.rows, w.extreme, w.sums = kernel.Aligned(rows), kernel.Aligned(row), kernel.Aligned(2*channels)
	widest := p.features
	for i := range p.dense {
		widest = max(widest, kernel.PadChannels(p.dense[i].Out))
	}
	w.vectors = [2][]float32{kernel.Aligned(widest), kernel.Aligned(widest)}
	if image := p.raster.Channels * p.raster.Height * p.raster.Width; p.rotations > 1 {
		w.rotated = [2][]uint8{make([]uint8, image), make([]uint8, image)}
	}
	return w
}

// embed computes one embedding.
func (w *worker) embed(dst []float32, raster []uint8) {
	if w.rotations == 1 {
		copy(dst, w.compute(raster))
		return
	}
	kernel.MeanOverRotations(dst, func(rotation int) []float32 {
		if rotation > 0 {
			next := w.rotated[rotation%2]
			kernel.Rotate(next, raster, w.raster.Height)
			raster = next
		}
		return w.compute(raster)
	})
}

// compute returns the embedding of a raster without averaging over rotations. The result belongs to the worker.
func (w *worker) compute(raster []uint8) []float32 {
	for i := range w.convs {
		switch s := &w.convs[i]; {
		case i == 0:
			w.first(s, raster)
		case s.Kind == Conv3:
			w.conv3(s, w.maps[i], w.maps[i-1], w.convs[i-1].pitch())
		default:
			w.conv1(s, w.maps[i], w.maps[i-1])
		}
	}
	w.join(w.vectors[0], raster)
	from, to := w.vectors[0], w.vectors[1]
	for i := range w.dense {
		s := &w.dense[i]
		w.product(s, to, from, 1)
		w.isa.Apply(to[:len(s.sign)], to[:len(s.sign)], &s.norm)
		from, to = to, from
	}
	return from
}

// first computes the layer that reads the raster.
func (w *worker) first(s *stage, raster []uint8) {
	for y := 0; y < s.convSize; y += s.rows {
		rows := min(s.rows, s.convSize-y)
		w.isa.Cut(&w.band, raster, &w.raster, y, y+rows)
		w.isa.Conv(w.rows, &w.band, s.panels, rows, s.Out, &w.raster)
		w.finish(s, w.maps[0], y, rows)
	}
}

// conv3 computes a 3x3 convolution of maps [pitch][pitch][In].
func (w *worker) conv3(s *stage, dst, src []float32, pitch int) {
	g := &kernel.Conv3{In: s.In, Out: s.Out, Width: s.convSize, SrcRow: pitch * s.In, DstRow: s.convSize * s.Out}
	for y := 0; y < s.convSize; y += s.rows {
		rows := min(s.rows, s.convSize-y)
		w.isa.Conv3(w.rows, src[y*g.SrcRow:], s.panels, rows, g, &w.tiles)
		w.finish(s, dst, y, rows)
	}
}

// finish pools rows of the output of a convolution, adds the bias, applies LeakyReLU and writes the layer's output.
// The three operations are monotone, so their order does not matter.
func (w *worker) finish(s *stage, dst []float32, from, rows int) {
	row, pitch := s.convSize*s.Out, s.pitch()
	out := func(y int) []float32 { return dst[((y+s.halo)*pitch+s.halo)*s.Out:][:s.size*s.Out] }
	if !s.Pool {
		for y := range rows {
			w.isa.Apply(out(from+y), w.rows[y*row:][:row], &s.norm)
		}
		return
	}
	unused := kernel.Sums{First: w.sums[:s.Out], Second: w.sums[len(w.sums)/2:][:s.Out]}
	for y := 0; y < rows; y += 2 {
		pooled := w.extreme[:row/2]
		w.isa.StatPool(unused, pooled, w.rows[y*row:][:row], w.rows[(y+1)*row:][:row], s.sign)
		w.isa.Apply(out((from+y)/2), pooled, &s.norm)
	}
}

// conv1 computes a 1x1 convolution of maps without a halo.
func (w *worker) conv1(s *stage, dst, src []float32) {
	pixels := s.size * s.size
	w.product(s, dst, src, pixels)
	w.isa.Apply(dst[:pixels*s.Out], dst[:pixels*s.Out], &s.norm)
}

// product multiplies rows of In values by the weights of the layer.
func (w *worker) product(s *stage, dst, src []float32, rows int) {
	wide := len(s.sign)
	p := kernel.Product{M: rows, R: 1, K: s.In, AI: s.In, AK: 1, BK: kernel.PanelWidth, CI: wide}
	for o := 0; o < wide; o += kernel.PanelWidth {
		w.isa.Multiply(dst[o:], src, s.panels[o*s.In:], &p)
	}
}

// join computes the input of the dense layers.
func (w *worker) join(dst []float32, raster []uint8) {
	last := &w.convs[len(w.convs)-1]
	maps, pixels := w.maps[len(w.maps)-1], last.size*last.size
	if w.coverage == nil {
		for i := range pixels {
			for c, v := range maps[i*last.Out:][:last.Out] {
				dst[c*pixels+i] = v
			}
		}
		return
	}
	clear(dst[:last.Out])
	for i := range pixels {
		for c, v := range maps[i*last.Out:][:last.Out] {
			dst[c] += v
		}
	}
	share := 1 / float32(pixels)
	for c := range last.Out {
		dst[c] *= share
	}
	w.coverage.Features(dst[last.Out:], raster)
}
