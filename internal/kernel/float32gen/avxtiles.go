package main

import "fmt"

// The transforms of Winograd tiles process one vector of channels of each tile. Registers: SI first pixel of the
// tile on the map; R8, R9 strides between pixels and rows; DX the tile in the first plane; BX, R14 one and
// three times the stride between planes; CX tiles left; R15 stride between tiles.

// walkTiles writes the loop over the tiles with the given body.
func (s avx) walkTiles(name string, body func()) {
	s.function(name, "spreadArgs")
	for _, f := range []struct{ field, register string }{
		{"maps", "SI"}, {"pixel", "R8"}, {"row", "R9"}, {"planes", "DX"}, {"plane", "BX"}, {"tile", "R15"}, {"n", "CX"},
	} {
		s.load("spreadArgs", f.field, f.register)
	}
	s.op("LEAQ (BX)(BX*2), R14")
	s.op("tile:")
	body()
	s.op("LEAQ (SI)(R8*2), SI")
	s.op("ADDQ R15, DX")
	s.op("DECQ CX")
	s.op("JNZ tile")
	s.end()
}

// fourth returns the address of the k-th of four values one stride apart; thrice holds three strides.
func fourth(k int, base, stride, thrice string) string {
	switch k {
	case 0:
		return "(" + base + ")"
	case 3:
		return fmt.Sprintf("(%s)(%s*1)", base, thrice)
	}
	return fmt.Sprintf("(%s)(%s*%d)", base, stride, k)
}

// add and subtract write d = n + m and d = n - m; m may be an address.
func (s avx) add(d, n int, m string)      { s.op("VADDPS %s, %s, %s", m, s.v(n), s.v(d)) }
func (s avx) subtract(d, n int, m string) { s.op("VSUBPS %s, %s, %s", m, s.v(n), s.v(d)) }

// storePlanes stores four registers to the next four planes, the first at AX.
func (s avx) storePlanes(registers [4]int) {
	for j, r := range registers {
		s.op("VMOVUPS %s, %s", s.v(r), fourth(j, "AX", "BX", "R14"))
	}
	s.op("LEAQ (AX)(BX*4), AX")
}

func (s avx) spreadInput() {
	s.walkTiles("spreadInput", func() {
		columns := []string{"SI", "R11", "R12", "R13"}
		for c := 1; c < 4; c++ {
			s.op("LEAQ (%s)(R8*1), %s", columns[c-1], columns[c])
		}
		s.op("LEAQ (R9)(R9*2), R10")
		s.op("MOVQ DX, AX")
		for i := range 4 {
			first, second, combine := inputRow(i, s.add, s.subtract)
			for c, column := range columns {
				s.op("VMOVUPS %s, %s", fourth(first, column, "R9", "R10"), s.v(c))
				combine(c, c, fourth(second, column, "R9", "R10"))
			}
			for j := range 4 {
				first, second, combine := inputRow(j, s.add, s.subtract)
				combine(4+j, first, s.v(second))
			}
			s.storePlanes([4]int{4, 5, 6, 7})
		}
	})
}

func (s avx) spreadGradient() {
	s.walkTiles("spreadGradient", func() {
		s.op("LEAQ (SI)(R9*1), R10")
		for b := range 2 {
			s.op("VMOVUPS %s, %s", fourth(b, "SI", "R8", ""), s.v(b))
			s.op("VMOVUPS %s, %s", fourth(b, "R10", "R8", ""), s.v(2+b))
			s.add(4+b, b, s.v(2+b))
			s.subtract(6+b, b, s.v(2+b))
		}
		s.op("MOVQ DX, AX")
		for _, left := range []int{0, 4, 6, 2} { // with its right neighbour: the rows of both columns
			s.add(8, left, s.v(left+1))
			s.subtract(9, left, s.v(left+1))
			s.storePlanes([4]int{left, 8, 9, left + 1})
		}
	})
}

func (s avx) gatherOutput() {
	s.walkTiles("gatherOutput", func() {
		rows := []string{"DX", "R11", "R12", "R13"}
		for i := 1; i < 4; i++ {
			s.op("LEAQ (%s)(BX*4), %s", rows[i-1], rows[i])
		}
		s.op("MOVQ SI, AX")
		for a := range 2 {
			for j := range 4 {
				plane := func(i int) string { return fourth(j, rows[i], "BX", "R14") }
				s.op("VMOVUPS %s, %s", plane(a), s.v(j))
				if a == 0 {
					s.add(j, j, plane(1))
					s.add(j, j, plane(2))
				} else {
					s.subtract(j, j, plane(2))
					s.add(j, j, plane(3))
				}
			}
			s.add(4, 0, s.v(1))
			s.add(4, 4, s.v(2))
			s.subtract(5, 1, s.v(2))
			s.add(5, 5, s.v(3))
			s.op("VMOVUPS %s, (AX)", s.v(4))
			s.op("VMOVUPS %s, (AX)(R8*1)", s.v(5))
			if a == 0 {
				s.op("ADDQ R9, AX")
			}
		}
	})
}

// inputRow returns which two values row i of the input transform combines, and how.
func inputRow[M any](i int, add, subtract func(d, n int, m M)) (first, second int, combine func(d, n int, m M)) {
	switch i {
	case 0:
		return 0, 2, subtract
	case 1:
		return 1, 2, add
	case 2:
		return 2, 1, subtract
	}
	return 3, 1, subtract
}
