package main

import "fmt"

// vector describes one of the two instruction sets of amd64.
type vector struct {
	name  string // suffix of the function names
	reg   string // prefix of a vector register
	bytes int
	tiles []int // heights of the tiles
	width int   // registers in a row of a tile
	temp  int   // first register for broadcast values, after the accumulators
	temps int
}

var vectors = []vector{
	{name: "AVX512", reg: "Z", bytes: 64, tiles: []int{1, 2, 4, 6, 8, 12}, width: 2, temp: 24, temps: 6},
	{name: "AVX2", reg: "Y", bytes: 32, tiles: []int{1, 2, 4, 6}, width: 2, temp: 12, temps: 2},
}

// avx writes the functions of one instruction set of amd64. Each keeps its argument in DI.
type avx struct {
	*source
	vector
}

func writeAMD64(s *source) {
	for _, v := range vectors {
		s.isa = v.name
		a := avx{s, v}
		for _, rows := range v.tiles {
			a.tile(rows)
		}
		a.stat()
		a.statPool()
		a.apply()
		a.reduce()
		a.gradient()
		a.gradientPool()
		a.widen()
		a.spreadInput()
		a.spreadGradient()
		a.gatherOutput()
	}
}

func (s avx) function(name, argument string) {
	s.source.function(name, argument)
	s.op("MOVQ p+0(FP), DI")
}

func (s avx) end() {
	s.op("VZEROUPPER")
	s.op("RET")
}

// v names the i-th vector register.
func (s avx) v(i int) string { return fmt.Sprintf("%s%d", s.reg, i) }

func (s avx) zero(registers ...int) {
	for _, i := range registers {
		s.op("VXORPS %s, %s, %s", s.v(i), s.v(i), s.v(i))
	}
}

// load loads a field of the arguments into a general register.
func (s avx) load(argument, field, register string) {
	s.op("MOVQ %s_%s(DI), %s", argument, field, register)
}

// coefficients loads one vector of a per-channel field.
func (s avx) coefficients(field string, register int) {
	s.load("stripArgs", field, "AX")
	s.op("VMOVUPS (AX), %s", s.v(register))
}
