package main

import "fmt"

// tile writes the outer-product tile. Its rows of c, width vectors each, stay in registers during the loop
// over k. Each step loads one row of b and broadcasts one value of a for each row of c.
//
// SI a, DX b, CX counts k, R15 counts r; R9..R13 and R14 hold odd multiples of the stride of a
// between rows of c, BX and R8 the strides of a and b over k.
func (s avx) tile(rows int) {
	name := fmt.Sprintf("tile%d", rows)
	s.function(name, "tileArgs")
	s.load("tileArgs", "a", "SI")
	s.load("tileArgs", "b", "DX")
	s.load("tileArgs", "r", "R15")
	s.load("tileArgs", "ai", "R9")
	s.load("tileArgs", "ak", "BX")
	s.load("tileArgs", "bk", "R8")
	address := s.multiples(rows)

	accumulator := func(row, column int) string { return s.v(row*s.width + column) }
	for i := range rows * s.width {
		s.zero(i)
	}
	s.op("CMPQ tileArgs_add(DI), $0")
	s.op("JEQ row")
	s.eachRow(rows, func(row, column int) {
		s.op("VMOVUPS %d(AX), %s", column*s.bytes, accumulator(row, column))
	})

	s.op("row:")
	s.load("tileArgs", "k", "CX")
	s.op("step:")
	b := s.temp + s.temps
	for column := range s.width {
		s.op("VMOVUPS %d(DX), %s", column*s.bytes, s.v(b+column))
	}
	for row := range rows {
		a := s.v(s.temp + row%s.temps)
		s.op("VBROADCASTSS %s, %s", address[row], a)
		for column := range s.width {
			s.op("VFMADD231PS %s, %s, %s", s.v(b+column), a, accumulator(row, column))
		}
	}
	s.op("ADDQ BX, SI")
	s.op("ADDQ R8, DX")
	s.op("DECQ CX")
	s.op("JNZ step")
	s.op("ADDQ tileArgs_aSkip(DI), SI")
	s.op("ADDQ tileArgs_bSkip(DI), DX")
	s.op("DECQ R15")
	s.op("JNZ row")

	s.eachRow(rows, func(row, column int) {
		s.op("VMOVUPS %s, %d(AX)", accumulator(row, column), column*s.bytes)
	})
	s.end()
}

// eachRow loops over the rows of c with AX.
func (s avx) eachRow(rows int, f func(row, column int)) {
	s.load("tileArgs", "c", "AX")
	s.load("tileArgs", "ci", "CX")
	for row := range rows {
		for column := range s.width {
			f(row, column)
		}
		if row < rows-1 {
			s.op("ADDQ CX, AX")
		}
	}
}

// multiples loads the odd multiples of the stride in R9 that the rows need into registers, and returns the
// address of the value of a for each row: an odd multiple scaled by a power of two.
func (s avx) multiples(rows int) []string {
	odd := map[int]string{1: "R9", 3: "R10", 5: "R11", 7: "R12", 9: "R13", 11: "R14"}
	from := map[int]string{
		3: "LEAQ (R9)(R9*2), R10", 5: "LEAQ (R9)(R9*4), R11", 7: "LEAQ (R10)(R9*4), R12",
		9: "LEAQ (R9)(R9*8), R13", 11: "LEAQ (R10)(R9*8), R14",
	}
	address := []string{"(SI)"}
	for row := 1; row < rows; row++ {
		if row%2 == 1 && row > 1 {
			s.op("%s", from[row])
		}
		n, scale := row, 1
		for n%2 == 0 {
			n, scale = n/2, scale*2
		}
		address = append(address, fmt.Sprintf("(SI)(%s*%d)", odd[n], scale))
	}
	return address
}
