package main

// The transforms of Winograd tiles process four vectors of channels of each tile, with the operations of the AVX
// kernels. Registers: R1 first pixel of the tile on the map; from R2 on the other pixels of the tile, row by row;
// R17 the tile in the first plane, R19 in the current plane; R20 to R23 strides between pixels, rows, planes and
// tiles; R24 tiles left.

// walkTiles writes the loop over the tiles, edge x edge pixels of the map each, with the given body.
func (s neon) walkTiles(name string, edge int, body func(v int)) {
	s.function(name, "spreadArgs")
	for _, f := range []struct{ field, register string }{
		{"maps", "R1"}, {"planes", "R17"}, {"pixel", "R20"}, {"row", "R21"}, {"plane", "R22"}, {"tile", "R23"}, {"n", "R24"},
	} {
		s.load("spreadArgs", f.field, f.register)
	}
	s.op("tile:")
	for y := range edge {
		if y > 0 {
			s.op("ADD R21, %s, %s", pixel(edge, y-1, 0), pixel(edge, y, 0))
		}
		for x := 1; x < edge; x++ {
			s.op("ADD R20, %s, %s", pixel(edge, y, x-1), pixel(edge, y, x))
		}
	}
	for v := range neonVectors {
		s.op("MOVD R17, R19")
		body(v)
	}
	s.op("ADD R20<<1, R1, R1")
	s.op("ADD R23, R17, R17")
	s.op("SUBS $1, R24, R24")
	s.op("BNE tile")
	s.op("RET")
}

// pixel returns the register that points to a pixel of a tile.
func pixel(edge, y, x int) string {
	return []string{
		"R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15", "R16",
	}[y*edge+x]
}

// storePlanes stores the registers to the next planes.
func (s neon) storePlanes(v int, registers ...int) {
	for _, r := range registers {
		s.put(r, "R19", v)
		s.op("ADD R22, R19, R19")
	}
}

func (s neon) spreadInput() {
	s.walkTiles("spreadInput", 4, func(v int) {
		for i := range 4 {
			first, second, combine := inputRow(i, s.add, s.subtract)
			for c := range 4 {
				s.fetch(pixel(4, first, c), v, c)
				s.fetch(pixel(4, second, c), v, 4)
				combine(c, c, 4)
			}
			for j := range 4 {
				first, second, combine := inputRow(j, s.add, s.subtract)
				combine(4+j, first, second)
			}
			s.storePlanes(v, 4, 5, 6, 7)
		}
	})
}

func (s neon) spreadGradient() {
	s.walkTiles("spreadGradient", 2, func(v int) {
		for b := range 2 {
			s.fetch(pixel(2, 0, b), v, b)
			s.fetch(pixel(2, 1, b), v, 2+b)
			s.add(4+b, b, 2+b)
			s.subtract(6+b, b, 2+b)
		}
		for _, left := range []int{0, 4, 6, 2} { // with its right neighbour: the rows of both columns
			s.add(8, left, left+1)
			s.subtract(9, left, left+1)
			s.storePlanes(v, left, 8, 9, left+1)
		}
	})
}

func (s neon) gatherOutput() {
	s.walkTiles("gatherOutput", 2, func(v int) {
		for j := range 4 { // the contribution of each column of planes to the rows, in registers j and 4+j
			plane := func(i int) { s.fetch("R19", v, 8+i) }
			for i := range 4 {
				plane(i)
				if i < 3 {
					s.op("ADD R22<<2, R19, R19")
				}
			}
			s.add(j, 8, 9)
			s.add(j, j, 10)
			s.subtract(4+j, 9, 10)
			s.add(4+j, 4+j, 11)
			if j < 3 { // back to the first row of planes, one column to the right
				s.op("SUB R22<<3, R19, R19")
				s.op("SUB R22<<2, R19, R19")
				s.op("ADD R22, R19, R19")
			}
		}
		for a := range 2 {
			s.add(8, 4*a, 4*a+1)
			s.add(8, 8, 4*a+2)
			s.subtract(9, 4*a+1, 4*a+2)
			s.add(9, 9, 4*a+3)
			s.put(8, pixel(2, a, 0), v)
			s.put(9, pixel(2, a, 1), v)
		}
	})
}
