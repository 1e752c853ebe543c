package onnx

import (
	"encoding/binary"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// The names of tensors in this file are part of the bytes of models, and stay as they were first written.

// rotationsName is the tensor of the embeddings of all rotations, [4*N][D], which the model averages.
const rotationsName = "embedding_of_turns"

// rotations appends to the rasters their clockwise rotations by 90, 180 and 270 degrees, [4*N][C][H][W],
// and returns the name of the result. It combines transpositions with reversals of whole rows: ONNX
// Runtime takes many times as long to reverse within a row.
func (w *writer) rotations(pixels int) string {
	reversed := constant(&w.graphWriter, "rows_from_last", reversedRows(pixels), pixels)
	transpose := func(name, x string) string {
		return w.node("Transpose", name, []string{x}, intsAttribute("perm", 0, 1, 3, 2))
	}
	flip := func(name, x string) string {
		return w.node("Gather", name, []string{x, reversed}, intAttribute("axis", 2))
	}
	quarter := transpose("quarter", flip("upside_down", InputName))
	half := transpose("half", flip("quarter_upside_down", quarter))
	threeQuarters := flip("three_quarters", transpose("across", InputName))
	return w.node("Concat", "turns", []string{InputName, quarter, half, threeQuarters}, intAttribute("axis", 0))
}

// rotations reads what the method of writer wrote and returns the name of the result.
func (r *reader) rotations(raster string, pixels int) string {
	quarter := r.transpose(r.flip(raster, pixels))
	half := r.transpose(r.flip(quarter, pixels))
	threeQuarters := r.flip(r.transpose(raster), pixels)
	n := r.step("Concat", 0, raster, quarter, half, threeQuarters)
	r.attributes(n, intAttribute("axis", 0))
	return n.output
}

// transpose reads the Transpose that exchanges rows and columns.
func (r *reader) transpose(x string) string {
	n := r.step("Transpose", 0, x)
	r.attributes(n, intsAttribute("perm", 0, 1, 3, 2))
	return n.output
}

// flip reads the Gather that reverses the order of the rows.
func (r *reader) flip(x string, pixels int) string {
	n := r.step("Gather", 1, x)
	r.attributes(n, intAttribute("axis", 2))
	r.integers(n.inputs[1], reversedRows(pixels))
	return n.output
}

// reversedRows returns pixels-1 to 0.
func reversedRows(pixels int) []int64 {
	rows := make([]int64, pixels)
	for i := range rows {
		rows[i] = int64(pixels - 1 - i)
	}
	return rows
}

// mean adds the mean over the rotations of x, [4*N][D]: the model's output. It is written as a chain of
// sums because their order decides the last bit.
func (w *writer) mean(x string) {
	shape := constant(&w.graphWriter, "by_turn_shape", []int64{fourRotations, -1, loc2vec.Dimension}, 3)
	x = w.node("Reshape", "by_turn", []string{x, shape})
	var sum string
	for i := range fourRotations {
		name := fmt.Sprintf("turn%d", i)
		one := w.node("Gather", name, []string{x, constant(&w.graphWriter, name+"_index", []int64{int64(i)})}, intAttribute("axis", 0))
		if i == 0 {
			sum = one
		} else {
			sum = w.node("Add", fmt.Sprintf("sum%d", i), []string{sum, one})
		}
	}
	w.node("Mul", OutputName, []string{sum, constant(&w.graphWriter, "share", []float32{1.0 / fourRotations})})
}

// mean reads what the method of writer wrote.
func (r *reader) mean(x, output string) {
	n := r.step("Reshape", 1, x)
	r.attributes(n)
	r.integers(n.inputs[1], []int64{fourRotations, -1, loc2vec.Dimension})
	x = n.output
	var sum string
	for i := range fourRotations {
		n = r.step("Gather", 1, x)
		r.attributes(n, intAttribute("axis", 0))
		if raw := r.constant(n.inputs[1], typeInt64, []int{}...).raw; len(raw) != 8 || binary.LittleEndian.Uint64(raw) != uint64(i) {
			r.fail("node %q: not rotation %d", n.name, i)
		}
		if i == 0 {
			sum = n.output
			continue
		}
		n = r.step("Add", 0, sum, n.output)
		r.attributes(n)
		sum = n.output
	}
	n = r.step("Mul", 1, sum)
	r.attributes(n)
	if share := r.floats(n.inputs[1], []int{}...); r.err == nil && (len(share) != 1 || share[0] != 1.0/fourRotations) {
		r.fail("node %q: the mean of %d rotations weighs each by %v", n.name, fourRotations, share)
	}
	if r.err == nil && n.output != output {
		r.fail("no output %q", output)
	}
}

// integers checks that a constant is a list of these numbers.
func (r *reader) integers(name string, want []int64) {
	raw := r.constant(name, typeInt64, len(want)).raw
	for i, w := range want {
		if len(raw) != 8*len(want) || int64(binary.LittleEndian.Uint64(raw[8*i:])) != w {
			r.fail("tensor %q: want %v", name, want)
			return
		}
	}
}
