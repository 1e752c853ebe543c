package kernel

import "unsafe"

// packQuads orders weights as [step][lane][4].
func packQuads(dst []byte, block []int8, steps int) {
	lanes := len(block) / (4 * steps)
	for lane := range lanes {
		for s := range steps {
			for i, v := range block[(lane*steps+s)*4:][:4] {
				dst[(s*lanes+lane)*4+i] = byte(v)
			}
		}
	}
}

// portableDot computes one pixel. It skips groups of four zero activations, which are frequent in rasters.
func portableDot(a *int8Dot) {
	const lanes = 16
	var acc [lanes]int32
	src := unsafe.Slice(a.src, (a.rows-1)*a.rowStride+4*a.quads)
	weights := unsafe.Slice(a.weights, a.rows*a.quads*4*lanes)
	for r := range a.rows {
		row := src[r*a.rowStride:][:4*a.quads]
		for ; len(row) >= 4; row, weights = row[4:], weights[4*lanes:] {
			x0, x1, x2, x3 := int32(row[0]), int32(row[1]), int32(row[2]), int32(row[3])
			if x0|x1|x2|x3 == 0 {
				continue
			}
			w := weights[:4*lanes]
			for l := range acc {
				q := w[4*l : 4*l+4 : 4*l+4]
				acc[l] += x0*int32(int8(q[0])) + x1*int32(int8(q[1])) +
					x2*int32(int8(q[2])) + x3*int32(int8(q[3]))
			}
		}
	}
	copy(unsafe.Slice(a.acc, lanes), acc[:])
}
