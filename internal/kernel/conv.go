package kernel

// Conv3 is the geometry of some rows of a 3x3 convolution, or of anything that has its shape. Row
// lengths count float32 values from the start of a row to the start of the next; the source has the
// halo that the padding asks for, so that output row y, pixel x reads source rows y to y+2, pixels x
// to x+2.
type Conv3 struct {
	In, Out        int // channels; Out is a multiple of PanelWidth
	Width          int // output pixels of a row
	SrcRow, DstRow int
}

// Conv3Size is the length of the panels of a 3x3 convolution.
func Conv3Size(in, out int) int { return 9 * in * out }

// Conv3 writes rows of output pixels, Out channels each. Panels are those of PackConv3.
func (l Lane) Conv3(dst, src, panels []float32, rows int, g *Conv3) {
	p := Product{
		M: g.Width, R: 3, K: 3 * g.In,
		AI: g.In, AR: g.SrcRow, AK: 1,
		BR: 3 * g.In * PanelWidth, BK: PanelWidth, CI: g.Out,
	}
	for o := 0; o < g.Out; o += PanelWidth {
		panel := panels[9*g.In*o:]
		for y := range rows {
			l.Multiply(dst[y*g.DstRow+o:], src[y*g.SrcRow:], panel, &p)
		}
	}
}

// Conv3Weights adds to panels, in the order of PackConv3, the gradient of the weights over rows of
// output pixels: dst holds the gradient of the output here.
func (l Lane) Conv3Weights(panels, src, dst []float32, rows int, g *Conv3) {
	p := Product{
		M: 3 * g.In, R: rows, K: g.Width,
		AI: 1, AR: g.SrcRow, AK: g.In,
		BR: g.DstRow, BK: g.Out, CI: PanelWidth, Add: true,
	}
	for o := 0; o < g.Out; o += PanelWidth {
		for ky := range 3 {
			l.Multiply(panels[(9*o+3*ky*PanelWidth)*g.In:], src[ky*g.SrcRow:], dst[o:], &p)
		}
	}
}

// PackConv3 orders weights [Out][In][3][3] as panels [Out/PanelWidth][ky][kx][In][PanelWidth].
func PackConv3(panels, weight []float32, in, out int) {
	for o := range out {
		column := panels[o/PanelWidth*9*in*PanelWidth+o%PanelWidth:]
		for i := range in {
			for t, v := range weight[(o*in+i)*9:][:9] {
				column[(t*in+i)*PanelWidth] = v
			}
		}
	}
}

// PackConv3Transposed orders weights [Out][In][3][3] as the panels of the convolution that leads the
// gradient back: from Out to In channels (a multiple of PanelWidth), each 3x3 kernel turned by 180°.
func PackConv3Transposed(panels, weight []float32, in, out int) {
	for o := range out {
		for i := range in {
			column := panels[i/PanelWidth*9*out*PanelWidth+i%PanelWidth:]
			for t, v := range weight[(o*in+i)*9:][:9] {
				column[((8-t)*out+o)*PanelWidth] = v
			}
		}
	}
}

// UnpackConv3 is the inverse of PackConv3 for the output channels of one panel: it writes
// weight[o*in*9:] for the PanelWidth channels from o on.
func UnpackConv3(weight, panels []float32, in, o int) {
	panel := panels[9*in*o:]
	for j := range PanelWidth {
		for i := range in {
			for t := range 9 {
				weight[((o+j)*in+i)*9+t] = panel[(t*in+i)*PanelWidth+j]
			}
		}
	}
}

// PackMatrix orders weights [Out][In] as panels [ceil(Out/PanelWidth)][In][PanelWidth]; missing
// channels are zero.
func PackMatrix(panels, weight []float32, in, out int) {
	clear(panels[out/PanelWidth*in*PanelWidth:])
	for o := range out {
		column := panels[o/PanelWidth*in*PanelWidth+o%PanelWidth:]
		for i, v := range weight[o*in:][:in] {
			column[i*PanelWidth] = v
		}
	}
}

// PackMatrixTransposed orders weights [Out][In] as panels [ceil(In/PanelWidth)][Out][PanelWidth].
func PackMatrixTransposed(panels, weight []float32, in, out int) {
	clear(panels[in/PanelWidth*out*PanelWidth:])
	for o := range out {
		for i, v := range weight[o*in:][:in] {
			panels[i/PanelWidth*out*PanelWidth+o*PanelWidth+i%PanelWidth] = v
		}
	}
}

// MatrixSize is the length of the panels of PackMatrix.
func MatrixSize(in, out int) int { return PadChannels(out) * in }

// PadChannels rounds a number of channels up to whole panels.
func PadChannels(n int) int { return (n + PanelWidth - 1) / PanelWidth * PanelWidth }
