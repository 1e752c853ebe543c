package int8net

import (
	"encoding/binary"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/kernel"
)

// turns reads what puts the quarter turns of the rasters behind each other, and returns it.
func (r *graphReader) turns(raster string, pixels int) string {
	quarter := r.across(r.upsideDown(raster, pixels))
	half := r.across(r.upsideDown(quarter, pixels))
	threeQuarters := r.upsideDown(r.across(raster), pixels)
	n := r.step("Concat", 0, raster, quarter, half, threeQuarters)
	r.attributes(n, map[string]attribute{"axis": {}})
	return n.output
}

// across reads the Transpose that makes rows of columns.
func (r *graphReader) across(x string) string {
	n := r.step("Transpose", 0, x)
	r.attributes(n, map[string]attribute{"perm": {ints: []int64{0, 1, 3, 2}}})
	return n.output
}

// upsideDown reads the Gather that takes rows from the last to the first.
func (r *graphReader) upsideDown(x string, pixels int) string {
	n := r.step("Gather", 1, x)
	r.attributes(n, map[string]attribute{"axis": {int: 2}})
	rows := make([]int64, pixels)
	for i := range rows {
		rows[i] = int64(pixels - 1 - i)
	}
	r.integers(n.inputs[1], rows)
	return n.output
}

// integers checks that a constant is a list of these numbers.
func (r *graphReader) integers(name string, want []int64) {
	raw := r.constant(name, typeInt64, len(want)).raw
	for i, w := range want {
		if len(raw) != 8*len(want) || int64(binary.LittleEndian.Uint64(raw[8*i:])) != w {
			r.fail("tensor %q: want %v", name, want)
			return
		}
	}
}

// mean reads the mean over the turns, which gives the output.
func (r *graphReader) mean(x, output string) {
	n := r.step("Reshape", 1, x)
	r.attributes(n, nil)
	r.integers(n.inputs[1], []int64{kernel.QuarterTurns, -1, loc2vec.Dimension})
	x = n.output
	var sum string
	for turn := range kernel.QuarterTurns {
		n = r.step("Gather", 1, x)
		r.attributes(n, map[string]attribute{"axis": {}})
		if raw := r.constant(n.inputs[1], typeInt64, []int{}...).raw; len(raw) != 8 || binary.LittleEndian.Uint64(raw) != uint64(turn) {
			r.fail("node %q: not turn %d", n.name, turn)
		}
		if turn == 0 {
			sum = n.output
			continue
		}
		n = r.step("Add", 0, sum, n.output)
		r.attributes(n, nil)
		sum = n.output
	}
	n = r.step("Mul", 1, sum)
	r.attributes(n, nil)
	if share := r.floats(n.inputs[1], []int{}...); r.err == nil && (len(share) != 1 || share[0] != 1.0/kernel.QuarterTurns) {
		r.fail("node %q: the mean of %d turns takes %v of each", n.name, kernel.QuarterTurns, share)
	}
	if r.err == nil && n.output != output {
		r.fail("no output %q", output)
	}
}
