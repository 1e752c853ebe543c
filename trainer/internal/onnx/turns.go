package onnx

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// turns puts the rasters in their clockwise quarter, half and three-quarter turns behind the rasters
// themselves, [4*N][C][H][W], and returns their name. They are made of transposing and of changing whole rows: ONNX
// Runtime takes many times as long over what goes through a row from its end.
func (m *model) turns(pixels int) string {
	rows := make([]int64, pixels)
	for i := range rows {
		rows[i] = int64(pixels - 1 - i)
	}
	fromLast := tensor(m, "rows_from_last", rows, pixels)
	across := func(name, x string) string {
		return m.node("Transpose", name, []string{x}, attribute{"perm", []int{0, 1, 3, 2}})
	}
	upsideDown := func(name, x string) string {
		return m.node("Gather", name, []string{x, fromLast}, attribute{"axis", 2})
	}
	quarter := across("quarter", upsideDown("upside_down", InputName))
	half := across("half", upsideDown("quarter_upside_down", quarter))
	threeQuarters := upsideDown("three_quarters", across("across", InputName))
	return m.node("Concat", "turns", []string{InputName, quarter, half, threeQuarters}, attribute{"axis", 0})
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
func (m *model) ends(turned bool, pixels int) (raster, embedding string) {
	if turned {
		return m.turns(pixels), int8net.EachTurnName
	}
	return InputName, OutputName
}
