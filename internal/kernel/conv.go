package kernel

// A 3x3 convolution is computed by Winograd's minimal filtering, F(2x2, 3x3) of Lavin and Gray (Fast
// Algorithms for Convolutional Neural Networks, 2016). A map is cut into tiles of 4x4 pixels that overlap
// by two; each gives 2x2 pixels of output. Linear transforms of the tile, the weights and the output, which
// need only additions (and halves for the weights), turn the convolution into separate products at 16
// places: 16 multiplications instead of 36.
//
//	output = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ tile B)] A
//
//	     1  0 -1  0        1   0   0
//	Bᵀ = 0  1  1  0    G = ½   ½   ½    Aᵀ = 1  1  1  0
//	     0 -1  1  0        ½  -½   ½         0  1 -1  1
//	     0 -1  0  1        0   0   1
//
// The last rows of Bᵀ and A have the sign that avoids a negation. For all input and output channels and
// many tiles, each of the 16 products is a matrix product: [tiles][In] by [In][Out].
const tilePlaces = 16

// Conv3 is the geometry of some rows of a 3x3 convolution, or of an operation of the same shape. SrcRow
// and DstRow count float32 values from the start of a row to the start of the next. The source includes
// the halo of the padding: pixel x of output row y reads pixels x to x+2 of source rows y to y+2.
type Conv3 struct {
	In, Out        int // channels; multiples of StripWidth and of PanelWidth
	Width          int // output pixels of a row, even
	SrcRow, DstRow int
}

// tiles returns the number of tiles in that many rows.
func (g *Conv3) tiles(rows int) int {
	if rows%2 != 0 || g.Width%2 != 0 {
		panic("kernel: rows and width of a convolution must be even")
	}
	return rows / 2 * (g.Width / 2)
}

// Conv3Size returns the number of weights of a 3x3 convolution.
func Conv3Size(in, out int) int { return 9 * in * out }

// Conv3PanelsSize returns the length of the panels of a 3x3 convolution.
func Conv3PanelsSize(in, out int) int { return tilePlaces * in * out }

// Tiles is the scratch memory of Conv3. The zero value is ready to use; buffers are reused. Not safe for
// concurrent use.
type Tiles struct {
	in, out []float32 // [tilePlaces][tiles][In], [tilePlaces][tiles][PanelWidth]
}

// cachePixels is about the number of output pixels that stay in the cache after a convolution.
const cachePixels = 256

// CacheRows returns the number of rows, even, that a convolution should compute at a time if the next
// operation is to find them in the cache.
func CacheRows(width int) int { return max(cachePixels/width/2*2, 2) }

// cacheTiles is about the number of tiles of one product: few enough for the cache.
const cacheTiles = 36

// planeSize returns the distance between planes of n numbers: one cache line more, so that the planes of a
// tile do not compete for the same lines of the cache.
func planeSize(n int) int { return n + StripWidth }

// Conv3 writes an even number of rows of output pixels with Out channels. The panels are those of PackConv3.
func (isa ISA) Conv3(dst, src, panels []float32, rows int, g *Conv3, t *Tiles) {
	if g.tiles(rows) == 0 {
		return
	}
	wide := g.Width / 2
	run := min(wide, cacheTiles)                  // tiles next to each other
	pairs := min(max(cacheTiles/wide, 1), rows/2) // pairs of rows
	for y := 0; y < rows; y += 2 * pairs {
		for x := 0; x < wide; x += run {
			isa.conv3Tiles(dst[y*g.DstRow+2*x*g.Out:], src[y*g.SrcRow+2*x*g.In:], panels, min(pairs, (rows-y)/2), min(run, wide-x), g, t)
		}
	}
}

// conv3Tiles is Conv3 for that many pairs of rows of wide tiles each.
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

// weightTiles is the number of tiles that WeightTiles collects, unless one call adds more.
const weightTiles = 64

// WeightTiles collects tiles of inputs and of output gradients for the gradient of a 3x3 convolution's
// weights: one product over many tiles reads and writes the sums only once. The zero value is ready to use.
// Buffers are reused, for other convolutions only after AddTo has emptied them. Not safe for concurrent use.
type WeightTiles struct {
	in, gradient []float32 // [tilePlaces][room][In], [Out/PanelWidth][tilePlaces][room][PanelWidth], planes by planeSize
	n, room      int       // tiles collected, and capacity
}

// Conv3Weights adds to panels, in the order of PackConv3, the gradient of the weights over an even number of
// rows of output pixels. dst holds the gradient of the output. Tiles that it collects are added by a later
// call or by AddTo.
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

// AddTo adds to panels the tiles that Conv3Weights has collected.
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

// spread is the geometry of a row of n tiles, two pixels of a map apart: the number of channels, the distances
// between pixels and between rows of the map, and those between tiles and between planes. Each of the
// tilePlaces has one plane.
type spread struct {
	n, channels             int
	pixel, row, tile, plane int
}

// spreads returns the geometry of rows of wide tiles in planes with room for that many tiles: of the inputs,
// and of one panel of the outputs.
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

// apply transforms a row of tiles. It panics if a slice is too short.
func (t transform) apply(isa ISA, maps, planes []float32, s *spread) {
	edge := 2
	if t == spreadInput {
		edge = 4
	}
	if s.n < 1 || s.channels%StripWidth != 0 {
		panic("kernel: channels of tiles must be a multiple of StripWidth")
	}
	_ = maps[(edge-1)*s.row+(2*(s.n-1)+edge-1)*s.pixel+s.channels-1]
	_ = planes[(tilePlaces-1)*s.plane+(s.n-1)*s.tile+s.channels-1]
	isa.transform(t, maps, planes, s)
}

// PackConv3 transforms weights [Out][In][3][3] into panels [Out/PanelWidth][tilePlaces][In][PanelWidth].
func PackConv3(panels, weight []float32, in, out int) {
	for o := range out {
		column := panels[o/PanelWidth*tilePlaces*in*PanelWidth+o%PanelWidth:]
		for i := range in {
			packTile(column[i*PanelWidth:], in*PanelWidth, (*[9]float32)(weight[(o*in+i)*9:]))
		}
	}
}

// PackConv3Transposed transforms weights [Out][In][3][3] into the panels of the convolution that computes the
// gradient of the input: from Out to In channels (a multiple of PanelWidth), each 3x3 kernel rotated by 180°.
func PackConv3Transposed(panels, weight []float32, in, out int) {
	for o := range out {
		for i := range in {
			column := panels[i/PanelWidth*tilePlaces*out*PanelWidth+i%PanelWidth:]
			var rotated [9]float32
			for t, v := range weight[(o*in+i)*9:][:9] {
				rotated[8-t] = v
			}
			packTile(column[o*PanelWidth:], out*PanelWidth, &rotated)
		}
	}
}

// packTile writes G w Gᵀ, its 16 places plane values apart.
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

// UnpackConv3 transforms panels of gradients into gradients of weights [Out][In][3][3], for the PanelWidth
// output channels from o on.
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
