package kernel

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

// MatrixSize returns the length of the panels of PackMatrix.
func MatrixSize(in, out int) int { return PadChannels(out) * in }

// PadChannels rounds a number of channels up to a multiple of PanelWidth.
func PadChannels(n int) int { return (n + PanelWidth - 1) / PanelWidth * PanelWidth }
