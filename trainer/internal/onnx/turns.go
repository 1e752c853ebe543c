package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// turns puts the rasters in their clockwise quarter, half and three-quarter turns behind the rasters
// themselves, [4*N][C][H][W], and returns their name.
func (m *model) turns() string {
	across := m.node("Transpose", "across", []string{InputName}, attribute{"perm", []int{0, 1, 3, 2}})
	return m.node("Concat", "turns", []string{
		InputName,
		m.reversed("quarter", across, 3),
		m.reversed("half", InputName, 2, 3),
		m.reversed("three_quarters", across, 2),
	}, attribute{"axis", 0})
}

// reversed goes through these axes of x from their end.
func (m *model) reversed(name, x string, axes ...int64) string {
	n := len(axes)
	list := func(what string, values []int64) string { return tensor(m, name+what, values, n) }
	return m.node("Slice", name, []string{
		x,
		list("_starts", slices.Repeat([]int64{-1}, n)),
		list("_ends", slices.Repeat([]int64{math.MinInt64}, n)), // beyond the first one
		list("_axes", axes),
		list("_steps", slices.Repeat([]int64{-1}, n)),
	})
}

// mean makes the mean over the turns of x, [4*N][D], the model's output. It is written as sums because
// their order decides the last bit.
func (m *model) mean(x string) {
	x = m.node("Reshape", "by_turn", []string{x, tensor(m, "by_turn_shape", []int64{kernel.QuarterTurns, -1, loc2vec.Dimension}, 3)})
	var sum string
	for turn := range kernel.QuarterTurns {
		one := fmt.Sprintf("turn%d", turn)
		one = m.node("Gather", one, []string{x, tensor(m, one+"_index", []int64{int64(turn)})}, attribute{"axis", 0})
		if turn == 0 {
			sum = one
		} else {
			sum = m.node("Add", fmt.Sprintf("sum%d", turn), []string{sum, one})
		}
	}
	m.node("Mul", OutputName, []string{sum, tensor(m, "share", []float32{1.0 / kernel.QuarterTurns})})
}

// ends are where a graph begins and where the network in it ends.
func (m *model) ends(turned bool) (raster, embedding string) {
	if turned {
		return m.turns(), int8net.EachTurnName
	}
	return InputName, OutputName
}
