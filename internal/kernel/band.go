package kernel

// Raster is the geometry of a uint8 raster [C][H][W] that the first 3x3 convolution reads. Halo is 1 for
// "same" padding and 0 for "valid". A byte v stands for v*Scale.
type Raster struct {
	Channels, Height, Width int
	Halo                    int
	Scale                   float32
}

// pitch returns the length of a row with its halo.
func (r *Raster) pitch() int { return r.Width + 2*r.Halo }

// OutWidth returns the number of output pixels of a row.
func (r *Raster) OutWidth() int { return r.Width + 2*r.Halo - 2 }

// OutHeight returns the number of output rows.
func (r *Raster) OutHeight() int { return r.Height + 2*r.Halo - 2 }

// Band holds some rows of one raster in float32, without the channels that are empty in these rows. Maps
// are sparse, and a channel of zeros adds exactly nothing to a convolution or to the gradient of its
// weights. The zero value is ready to use; buffers are reused. Not safe for concurrent use.
type Band struct {
	channels []int     // that are not empty, ascending
	data     []float32 // [rows][len(channels)][pitch]
	panels   []float32 // weights of these channels
	gradient []float32 // of panels
}

// Cut fills the band with the rows of the raster that output rows from to to-1 read.
func (isa ISA) Cut(b *Band, raster []uint8, r *Raster, from, to int) {
	first, last := from-r.Halo, to+2-r.Halo // rows of the raster; zeros outside
	b.channels = b.channels[:0]
	for c := range r.Channels {
		plane := raster[c*r.Height*r.Width:]
		if !AllZero(plane[max(first, 0)*r.Width : min(last, r.Height)*r.Width]) {
			b.channels = append(b.channels, c)
		}
	}
	pitch := r.pitch()
	b.data = grow(b.data, (last-first)*len(b.channels)*pitch)
	row := b.data
	for y := first; y < last; y++ {
		for _, c := range b.channels {
			line := row[:pitch]
			row = row[pitch:]
			if y < 0 || y >= r.Height {
				clear(line)
				continue
			}
			for h := range r.Halo {
				line[h], line[pitch-1-h] = 0, 0
			}
			isa.Widen(line[r.Halo:][:r.Width], raster[(c*r.Height+y)*r.Width:][:r.Width], r.Scale)
		}
	}
}

// Conv writes rows of output pixels with out channels, from a band that was cut for them. The panels are
// those of PackFirst.
func (isa ISA) Conv(dst []float32, b *Band, panels []float32, rows, out int, r *Raster) {
	n, pitch := len(b.channels), r.pitch()
	b.panels = grow(b.panels, 9*n*PanelWidth)
	p := Product{
		M: r.OutWidth(), R: 3, K: 3 * n,
		AI: 1, AR: 1, AK: pitch,
		BR: 3 * n * PanelWidth, BK: PanelWidth, CI: out,
	}
	for o := 0; o < out; o += PanelWidth {
		panel := panels[9*r.Channels*o:]
		for t := range 9 {
			for i, c := range b.channels {
				copy(b.panels[(t*n+i)*PanelWidth:][:PanelWidth], panel[(t*r.Channels+c)*PanelWidth:])
			}
		}
		for y := range rows {
			isa.Multiply(dst[y*p.M*out+o:], b.data[y*n*pitch:], b.panels, &p)
		}
	}
}

// ConvWeights adds to panels, in the order of PackFirst, the gradient of the weights over rows of output
// pixels. dst holds the gradient of the output.
func (isa ISA) ConvWeights(panels []float32, b *Band, dst []float32, rows, out int, r *Raster) {
	n, pitch := len(b.channels), r.pitch()
	if n == 0 {
		return
	}
	b.gradient = grow(b.gradient, 3*n*PanelWidth)
	p := Product{
		M: 3 * n, R: rows, K: r.OutWidth(),
		AI: pitch, AR: n * pitch, AK: 1,
		BR: r.OutWidth() * out, BK: out, CI: PanelWidth,
	}
	for o := 0; o < out; o += PanelWidth {
		for kx := range 3 {
			isa.Multiply(b.gradient, b.data[kx:], dst[o:], &p)
			for ky := range 3 {
				for i, c := range b.channels {
					sum := (*[PanelWidth]float32)(panels[((kx*3+ky)*r.Channels+c)*PanelWidth+9*r.Channels*o:])
					for j, v := range (*[PanelWidth]float32)(b.gradient[(ky*n+i)*PanelWidth:]) {
						sum[j] += v
					}
				}
			}
		}
	}
}

// PackFirst orders weights [Out][In][3][3] as panels [Out/PanelWidth][kx][ky][In][PanelWidth]: the order
// of the rows of a band, which are interleaved by channel.
func PackFirst(panels, weight []float32, in, out int) {
	for o := range out {
		column := panels[o/PanelWidth*9*in*PanelWidth+o%PanelWidth:]
		for i := range in {
			for t, v := range weight[(o*in+i)*9:][:9] {
				column[((t%3*3+t/3)*in+i)*PanelWidth] = v
			}
		}
	}
}

// UnpackFirst is the inverse of PackFirst for the PanelWidth output channels from o on.
func UnpackFirst(weight, panels []float32, in, o int) {
	panel := panels[9*in*o:]
	for j := range PanelWidth {
		for i := range in {
			for t := range 9 {
				weight[((o+j)*in+i)*9+t] = panel[((t%3*3+t/3)*in+i)*PanelWidth+j]
			}
		}
	}
}

// AllZero reports whether every byte is zero.
func AllZero(b []uint8) bool {
	var blank [64]uint8
	for len(b) >= len(blank) {
		if [64]uint8(b[:64]) != blank {
			return false
		}
		b = b[64:]
	}
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}

// grow returns a slice of n floats with undefined values. It reuses the memory of s if that suffices.
func grow(s []float32, n int) []float32 {
	if cap(s) < n {
		return Aligned(n)
	}
	return s[:n]
}
