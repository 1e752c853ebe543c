package main

import (
	"fmt"
	"strings"
)

// neon writes the functions of arm64. Each keeps its argument in R0.
type neon struct{ *source }

// A strip is neonVectors registers of four channels: one cache line, as wide as one AVX-512 register.
const neonVectors = 4

func writeARM64(s *source) {
	s.isa = "NEON"
	n := neon{s}
	for _, rows := range []int{1, 2, 4, 6} {
		n.tile(rows)
	}
	n.stat()
	n.statPool()
	n.apply()
	n.reduce()
	n.gradient()
	n.gradientPool()
	n.widen()
	n.spreadInput()
	n.spreadGradient()
	n.gatherOutput()
}

func (s neon) function(name, argument string) {
	s.source.function(name, argument)
	s.op("MOVD p+0(FP), R0")
}

// load loads a field of the arguments into a general register.
func (s neon) load(argument, field, register string) {
	s.op("MOVD %s_%s(R0), %s", argument, field, register)
}

func (s neon) zero(first, count int) {
	for i := first; i < first+count; i++ {
		s.op("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
}

// registers returns count vector registers from first on in the syntax of loads and stores.
func registers(first, count int) string {
	var names []string
	for i := range count {
		names = append(names, fmt.Sprintf("V%d.S4", first+i))
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// The operations on four floats write their result to register d, with operands in the order of the Arm
// manual. Those encoded as words are missing from Go's assembler (Arm Architecture Reference Manual, C7.2).

func (s neon) word(base, d, n, m int) { s.op("WORD $0x%08x", base|m<<16|n<<5|d) }

func (s neon) add(d, n, m int)          { s.word(0x4e20d400, d, n, m) } // FADD Vd.4S, Vn.4S, Vm.4S
func (s neon) subtract(d, n, m int)     { s.word(0x4ea0d400, d, n, m) } // FSUB Vd.4S, Vn.4S, Vm.4S
func (s neon) multiply(d, n, m int)     { s.word(0x6e20dc00, d, n, m) } // FMUL Vd.4S, Vn.4S, Vm.4S
func (s neon) max(d, n, m int)          { s.word(0x4e20f400, d, n, m) } // FMAX Vd.4S, Vn.4S, Vm.4S
func (s neon) equal(d, n, m int)        { s.word(0x4e20e400, d, n, m) } // FCMEQ Vd.4S, Vn.4S, Vm.4S
func (s neon) positive(d, n int)        { s.word(0x4ea0c800, d, n, 0) } // FCMGT Vd.4S, Vn.4S, #0
func (s neon) toFloat(d, n int)         { s.word(0x6e21d800, d, n, 0) } // UCVTF Vd.4S, Vn.4S
func (s neon) addProductBy(d, n, m int) { s.word(0x4f801000, d, n, m) } // FMLA Vd.4S, Vn.4S, Vm.S[0]

func (s neon) addProduct(d, n, m int) { s.op("VFMLA V%d.S4, V%d.S4, V%d.S4", m, n, d) }
func (s neon) and(d, n, m int)        { s.op("VAND V%d.B16, V%d.B16, V%d.B16", m, n, d) }
func (s neon) xor(d, n, m int)        { s.op("VEOR V%d.B16, V%d.B16, V%d.B16", m, n, d) }
func (s neon) move(d, n int)          { s.op("VMOV V%d.B16, V%d.B16", n, d) }

// replace copies n to d in the channels that are set in mask.
func (s neon) replace(d, n, mask int) { s.op("VBIT V%d.B16, V%d.B16, V%d.B16", mask, n, d) }
