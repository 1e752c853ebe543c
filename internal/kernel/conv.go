package kernel

// A 3x3 convolution is computed by minimal filtering, F(2x2, 3x3) of Lavin and Gray (Fast Algorithms for
// Convolutional Neural Networks, 2016), after Winograd: maps are cut into tiles of 4x4 pixels that overlap by two, each
// of which gives 2x2 pixels of output. Under linear maps of the tile, of the weights and of the output that need
// additions alone (weights: halves), the convolution becomes a product at each of 16 places by itself: 16
// multiplications for what takes 36.
//
//	output = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ tile B)] A
//
//	     1  0 -1  0        1   0   0
//	Bᵀ = 0  1  1  0    G = ½   ½   ½    Aᵀ = 1  1  1  0
//	     0 -1  1  0        ½  -½   ½         0  1 -1  1
//	     0 -1  0  1        0   0   1
//
// Here the last rows of Bᵀ and of A have the sign that needs no negation. Over the channels in and out and over many
// tiles, each of the 16 is a matrix product: [tiles][In] by [In][Out].
const tilePlaces = 16

// Conv3 is the geometry of some rows of a 3x3 convolution, or of anything that has its shape. Row
// lengths count float32 values from the start of a row to the start of the next; the source has the
// halo that the padding asks for, so that output row y, pixel x reads source rows y to y+2, pixels x
// to x+2.
type Conv3 struct {
	In, Out        int // channels; multiples of StripWidth and of PanelWidth
	Width          int // output pixels of a row, even
	SrcRow, DstRow int
}

// tiles is the number of tiles in so many rows.
func (g *Conv3) tiles(rows int) int {
	if rows%2 != 0 || g.Width%2 != 0 {
		panic("kernel: tiles of 2x2 pixels do not fit the convolution")
	}
	return rows / 2 * (g.Width / 2)
}

// Conv3Size is the number of weights of a 3x3 convolution.
func Conv3Size(in, out int) int { return 9 * in * out }

// Conv3PanelsSize is the length of the panels of a 3x3 convolution.
func Conv3PanelsSize(in, out int) int { return tilePlaces * in * out }

// Tiles is the memory of Conv3. The zero value is ready; buffers are reused. Not safe for concurrent use.
type Tiles struct {
	in, out []float32 // [tilePlaces][tiles][In], [tilePlaces][tiles][PanelWidth]
}

// cachePixels is about how many pixels of output stay in the cache for what follows a convolution.
const cachePixels = 256

// CacheRows is how many rows of output pixels, an even number, are best computed at a time when something follows
// that wants them in the cache.
func CacheRows(width int) int { return max(cachePixels/width/2*2, 2) }

// cacheTiles is about how many tiles a product takes at once: few enough for the cache.
const cacheTiles = 36

// planeSize is the distance between planes that hold so many numbers: a cache line more, lest the planes of a tile
// compete for the same lines of the cache.
func planeSize(n int) int { return n + StripWidth }

// Conv3 writes rows of output pixels, an even number of rows with Out channels each. Panels are those of PackConv3.
func (isa ISA) Conv3(dst, src, panels []float32, rows int, g *Conv3, t *Tiles) {
	if g.tiles(rows) == 0 {
		return
	}
	wide := g.Width / 2
	run := min(wide, cacheTiles)                  // tiles side by side
	pairs := min(max(cacheTiles/wide, 1), rows/2) // of rows
	for y := 0; y < rows; y += 2 * pairs {
		for x := 0; x < wide; x += run {
			isa.conv3Tiles(dst[y*g.DstRow+2*x*g.Out:], src[y*g.SrcRow+2*x*g.In:], panels, min(pairs, (rows-y)/2), min(run, wide-x), g, t)
		}
	}
}

// conv3Tiles is Conv3 for pairs of rows, each of so many tiles.
func (isa ISA) conv3Tiles(dst, src, panels []float32, pairs, wide int, g *Conv3, t *Tiles) {
	n := pairs * wide
	in, out := g.spreads(wide, n)
	t.in, t.out = grow(t.in, tilePlaces*in.plane), grow(t.out, tilePlaces*out.plane)
	for y := range pairs {
		spreadInput.apply(isa, src[2*y*g.SrcRow:], t.in[y*wide*g.In:], &in)
	}
	p := Product{M: n, R: 1, K: g.In, AI: g.In, AK: 1, BK: PanelWidth, CI: PanelWidth}
	for o := 0; o < g.Out; o += PanelWidth {
		for k := range tilePlaces {
			isa.Multiply(t.out[k*out.plane:], t.in[k*in.plane:], panels[(tilePlaces*o+k*PanelWidth)*g.In:], &p)
		}
		for y := range pairs {
			gatherOutput.apply(isa, dst[2*y*g.DstRow+o:], t.out[y*wide*PanelWidth:], &out)
		}
	}
}

// weightTiles are as many tiles as WeightTiles collects, unless one call brings more.
const weightTiles = 64

// WeightTiles collects tiles of inputs and of the gradients of outputs for the gradient of a 3x3 convolution's
// weights: a product over many tiles reads and writes the sums but once. The zero value is ready; buffers are reused,
// also for other convolutions once AddTo has emptied them. Not safe for concurrent use.
type WeightTiles struct {
	in, gradient []float32 // [tilePlaces][room][In], [Out/PanelWidth][tilePlaces][room][PanelWidth], planes by planeSize
	n, room      int       // tiles collected, and that fit
}

// Conv3Weights adds to panels, in the order of PackConv3, the gradient of the weights over an even number of rows
// of output pixels: dst holds the gradient of the output here. What it collects comes with later calls or with AddTo.
func (isa ISA) Conv3Weights(panels, src, dst []float32, rows int, g *Conv3, t *WeightTiles) {
	n, wide := g.tiles(rows), g.Width/2
	if t.n+n > t.room {
		isa.AddTo(panels, g, t)
	}
	if t.n == 0 {
		t.room = max(n, weightTiles)
	}
	in, out := g.spreads(wide, t.room)
	t.in, t.gradient = grow(t.in, tilePlaces*in.plane), grow(t.gradient, g.Out/PanelWidth*tilePlaces*out.plane)
	for y := 0; y < rows; y += 2 {
		spreadInput.apply(isa, src[y*g.SrcRow:], t.in[t.n*g.In:], &in)
		for o := 0; o < g.Out; o += PanelWidth {
			spreadGradient.apply(isa, dst[y*g.DstRow+o:], t.gradient[o/PanelWidth*tilePlaces*out.plane+t.n*PanelWidth:], &out)
		}
		t.n += wide
	}
}

// AddTo adds to panels what Conv3Weights has collected for them.
func (isa ISA) AddTo(panels []float32, g *Conv3, t *WeightTiles) {
	if t.n == 0 {
		return
	}
	in, out := g.spreads(0, t.room)
	p := Product{M: g.In, R: 1, K: t.n, AI: 1, AK: g.In, BK: PanelWidth, CI: PanelWidth, Add: true}
	for o := 0; o < g.Out; o += PanelWidth {
		for k := range tilePlaces {
			isa.Multiply(panels[(tilePlaces*o+k*PanelWidth)*g.In:], t.in[k*in.plane:], t.gradient[(o/PanelWidth*tilePlaces+k)*out.plane:], &p)
		}
	}
	t.n = 0
}

// spread is the geometry of a row of tiles: n of them, two pixels of a map apart, of so many channels; distances from
// pixel to pixel and from row to row of the map, from tile to tile and from plane to plane. There is a plane for each of
// the tilePlaces.
type spread struct {
	n, channels             int
	pixel, row, tile, plane int
}

// spreads is the geometry of rows of so many tiles, in planes that hold room of them: of the inputs, and of one panel
// of the outputs.
func (g *Conv3) spreads(wide, room int) (in, out spread) {
	return spread{n: wide, channels: g.In, pixel: g.In, row: g.SrcRow, tile: g.In, plane: planeSize(room * g.In)},
		spread{n: wide, channels: PanelWidth, pixel: g.Out, row: g.DstRow, tile: PanelWidth, plane: planeSize(room * PanelWidth)}
}

// transform is one of the linear maps between a map and the planes of its tiles.
type transform uint8

const (
	spreadInput    transform = iota // to the planes: Bᵀ tile B, of tiles of 4x4 pixels
	spreadGradient                  // to the planes: A d Aᵀ, of 2x2 pixels; the gradient of gatherOutput
	gatherOutput                    // from the planes: Aᵀ m A, 2x2 pixels
)

// apply is the transform of a row of tiles. It panics when a slice is too short for it.
func (t transform) apply(isa ISA, maps, planes []float32, s *spread) {
	edge := 2
	if t == spreadInput {
		edge = 4
	}
	if s.n < 1 || s.channels%StripWidth != 0 {
		panic("kernel: channels of tiles do not fill a strip")
	}
	_ = maps[(edge-1)*s.row+(2*(s.n-1)+edge-1)*s.pixel+s.channels-1]
	_ = planes[(tilePlaces-1)*s.plane+(s.n-1)*s.tile+s.channels-1]
	isa.transform(t, maps, planes, s)
}

// PackConv3 turns weights [Out][In][3][3] into panels [Out/PanelWidth][tilePlaces][In][PanelWidth].
func PackConv3(panels, weight []float32, in, out int) {
	for o := range out {
		column := panels[o/PanelWidth*tilePlaces*in*PanelWidth+o%PanelWidth:]
		for i := range in {
			packTile(column[i*PanelWidth:], in*PanelWidth, (*[9]float32)(weight[(o*in+i)*9:]))
		}
	}
}

// PackConv3Transposed turns weights [Out][In][3][3] into the panels of the convolution that leads the
// gradient back: from Out to In channels (a multiple of PanelWidth), each 3x3 kernel turned by 180°.
func PackConv3Transposed(panels, weight []float32, in, out int) {
	for o := range out {
		for i := range in {
			column := panels[i/PanelWidth*tilePlaces*out*PanelWidth+i%PanelWidth:]
			var turned [9]float32
			for t, v := range weight[(o*in+i)*9:][:9] {
				turned[8-t] = v
			}
			packTile(column[o*PanelWidth:], out*PanelWidth, &turned)
		}
	}
}

// packTile writes G w Gᵀ, the places a plane apart.
func packTile(dst []float32, plane int, w *[9]float32) {
	var rows [4][3]float32
	for x := range 3 {
		outer := w[x] + w[6+x]
		rows[0][x], rows[1][x], rows[2][x], rows[3][x] = w[x], (outer+w[3+x])/2, (outer-w[3+x])/2, w[6+x]
	}
	for i, r := range rows {
		outer := r[0] + r[2]
		dst[(4*i)*plane], dst[(4*i+1)*plane], dst[(4*i+2)*plane], dst[(4*i+3)*plane] = r[0], (outer+r[1])/2, (outer-r[1])/2, r[2]
	}
}

// UnpackConv3 turns panels of gradients into those of the weights, for the output channels of one panel: it writes
// weight[o*in*9:] for the PanelWidth channels from o on.
func UnpackConv3(weight, panels []float32, in, o int) {
	panel := panels[tilePlaces*in*o:]
	for j := range PanelWidth {
		for i := range in {
			unpackTile((*[9]float32)(weight[((o+j)*in+i)*9:]), panel[i*PanelWidth+j:], in*PanelWidth)
		}
	}
}

// unpackTile writes Gᵀ u G, the gradient of packTile.
func unpackTile(w *[9]float32, src []float32, plane int) {
	var rows [4][3]float32
	for i := range rows {
		first, second, third, fourth := src[(4*i)*plane], src[(4*i+1)*plane], src[(4*i+2)*plane], src[(4*i+3)*plane]
		sum, difference := (second+third)/2, (second-third)/2
		rows[i] = [3]float32{first + sum, difference, sum + fourth}
	}
	for x := range 3 {
		sum, difference := (rows[1][x]+rows[2][x])/2, (rows[1][x]-rows[2][x])/2
		w[x], w[3+x], w[6+x] = rows[0][x]+sum, difference, sum+rows[3][x]
	}
}
