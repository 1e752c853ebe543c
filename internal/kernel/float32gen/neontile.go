package main

import "fmt"

// Registers of a tile after its accumulators: a row of b, and values of a in turn.
const (
	neonB     = 24
	neonA     = 28
	neonTemps = 4
)

// tile writes the outer-product tile of half a panel. Its rows of c, four vectors each, stay in registers
// during the loop over k. Each step loads one row of b and one value of a for each row of c.
//
// R1 a, R2 b, R3 counts r, R9 counts k; R4 and R5 are the strides of a and b over k, R6 and R7 lead
// to the next r; R10 and the following hold multiples of the stride of a between rows of c.
func (s neon) tile(rows int) {
	s.function(fmt.Sprintf("tile%d", rows), "tileArgs")
	for i, field := range []string{"a", "b", "r", "ak", "bk", "aSkip", "bSkip", "k"} {
		s.load("tileArgs", field, fmt.Sprintf("R%d", 1+i))
	}
	address := []string{"(R1)"}
	for row := 1; row < rows; row++ {
		if row == 1 {
			s.load("tileArgs", "ai", "R10")
		} else {
			s.op("ADD R10, R%d, R%d", 8+row, 9+row)
		}
		address = append(address, fmt.Sprintf("(R1)(R%d)", 9+row))
	}
	s.zero(0, neonVectors*rows)
	s.load("tileArgs", "add", "R9")
	s.op("CBZ R9, row")
	s.eachRow(rows, func(c string) { s.op("VLD1.P (R15)(R19), %s", c) })

	s.op("row:")
	s.op("MOVD R8, R9")
	s.op("step:")
	s.op("VLD1.P (R2)(R5), %s", registers(neonB, neonVectors))
	for row := range rows {
		a := neonA + row%neonTemps
		s.op("FMOVS %s, F%d", address[row], a)
		for v := range neonVectors {
			s.addProductBy(neonVectors*row+v, neonB+v, a)
		}
	}
	s.op("ADD R4, R1, R1")
	s.op("SUBS $1, R9, R9")
	s.op("BNE step")
	s.op("ADD R6, R1, R1")
	s.op("ADD R7, R2, R2")
	s.op("SUBS $1, R3, R3")
	s.op("BNE row")

	s.eachRow(rows, func(c string) { s.op("VST1.P %s, (R15)(R19)", c) })
	s.op("RET")
}

// eachRow loops over the rows of c with R15.
func (s neon) eachRow(rows int, f func(accumulators string)) {
	s.load("tileArgs", "c", "R15")
	s.load("tileArgs", "ci", "R19")
	for row := range rows {
		f(registers(neonVectors*row, neonVectors))
	}
}
