package main

import (
	"fmt"
	"strings"
)

// arm64 writes the loops for NEON, with and without the dot product instructions of Armv8.4.
func (s *source) arm64() {
	for _, pixels := range []int{4, 1} {
		s.dotNEONDot(pixels)
	}
	for _, pixels := range []int{2, 1} {
		s.dotNEON(pixels)
	}
}

// Instructions that are missing from Go's assembler (Arm Architecture Reference Manual, C7.2).
func sdotElement(d, n, m int) string { // SDOT Vd.4S, Vn.16B, Vm.4B[0]
	return word(0x4f80e000, d, n, m)
}
func smullLow(d, n, m int) string  { return word(0x0e20c000, d, n, m) } // SMULL Vd.8H, Vn.8B, Vm.8B
func smullHigh(d, n, m int) string { return word(0x4e20c000, d, n, m) } // SMULL2 Vd.8H, Vn.16B, Vm.16B
func sadalp(d, n int) string       { return word(0x4e606800, d, n, 0) } // SADALP Vd.4S, Vn.8H

func word(base, d, n, m int) string {
	return fmt.Sprintf("WORD $0x%08x", base|m<<16|n<<5|d)
}

// vectors returns count registers from first on in the syntax of loads and stores.
func vectors(first, count int, arrangement string) string {
	var names []string
	for i := range count {
		names = append(names, fmt.Sprintf("V%d.%s", first+i, arrangement))
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// Registers of both tiles: the weights of a step, the activations of each pixel, and the bytes that convert
// unsigned activations to signed ones by subtracting 128.
const (
	armWeights = 16
	armInput   = 20
	armFlip    = 31
)

// dotLoopARM64 writes the loops of a tile with the given quad. R1 points to the weights after the head of the
// block; R2 and the following point to the pixels, of which load reads four bytes and advances.
func (s *source) dotLoopARM64(pixels int, load string, quad func()) {
	s.op("MOVD int8Dot_src(R0), R2")
	s.op("MOVD int8Dot_pixelStride(R0), R6")
	for p := 1; p < pixels; p++ {
		s.op("ADD R6, R%d, R%d", 1+p, 2+p)
	}
	s.op("MOVD int8Dot_rows(R0), R7")
	s.op("MOVD int8Dot_quads(R0), R8")
	s.op("MOVD int8Dot_rowStride(R0), R9") // minus the bytes that the loop over a row advances
	s.op("SUB R8<<2, R9, R9")
	s.op("MOVD int8Dot_acc(R0), R0")
	s.op("VMOVI $128, V%d.B16", armFlip)
	s.op("row:")
	s.op("MOVD R8, R10")
	s.op("quad:")
	s.op("VLD1.P 64(R1), %s", vectors(armWeights, 4, "B16"))
	for p := range pixels {
		s.op(load, 2+p, armInput+p)
		s.op("VEOR V%d.B16, V%d.B16, V%d.B16", armFlip, armInput+p, armInput+p)
	}
	quad()
	s.op("SUBS $1, R10, R10")
	s.op("BNE quad")
	for p := range pixels {
		s.op("ADD R9, R%d, R%d", 2+p, 2+p)
	}
	s.op("SUBS $1, R7, R7")
	s.op("BNE row")
}

// dotNEONDot writes a tile of 16 output channels: four registers of sums for each pixel.
func (s *source) dotNEONDot(pixels int) {
	s.function(fmt.Sprintf("int8Dot%dNEONDot", pixels), "int8Dot")
	s.op("MOVD a+0(FP), R0")
	s.op("MOVD int8Dot_weights(R0), R1")
	s.op("VLD1.P 64(R1), %s", vectors(0, 4, "B16"))
	for r := 4; r < 4*pixels; r++ {
		s.op("VMOV V%d.B16, V%d.B16", r%4, r)
	}
	s.dotLoopARM64(pixels, "FMOVS.P 4(R%d), F%d", func() {
		for p := range pixels {
			for w := range 4 {
				s.op("%s", sdotElement(4*p+w, armWeights+w, armInput+p))
			}
		}
	})
	for p := range pixels {
		s.op("VST1.P %s, 64(R0)", vectors(4*p, 4, "S4"))
	}
	s.op("RET")
}

// dotNEON writes a tile of 16 output channels: eight registers of sums for each pixel, two partial sums for each
// channel, because products are added in pairs.
func (s *source) dotNEON(pixels int) {
	const products = 22
	s.function(fmt.Sprintf("int8Dot%dNEON", pixels), "int8Dot")
	s.op("MOVD a+0(FP), R0")
	s.op("MOVD int8Dot_weights(R0), R1")
	for r := range 8 * pixels {
		s.op("VEOR V%d.B16, V%d.B16, V%d.B16", r, r, r)
	}
	s.op("MOVD R1, R11") // the head of the block
	s.op("ADD $64, R1, R1")
	s.dotLoopARM64(pixels, "VLD1R.P 4(R%d), [V%d.S4]", func() {
		for p := range pixels {
			for w := range 4 {
				s.op("%s", smullLow(products+2*w, armWeights+w, armInput+p))
				s.op("%s", smullHigh(products+2*w+1, armWeights+w, armInput+p))
			}
			for r := range 8 {
				s.op("%s", sadalp(8*p+r, products+r))
			}
		}
	})
	s.op("VLD1 (R11), %s", vectors(armWeights, 4, "S4"))
	for p := range pixels {
		for w := range 4 {
			sum := 8*p + 2*w
			s.op("VADDP V%d.S4, V%d.S4, V%d.S4", sum+1, sum, armInput+w)
			s.op("VADD V%d.S4, V%d.S4, V%d.S4", armWeights+w, armInput+w, armInput+w)
		}
		s.op("VST1.P %s, 64(R0)", vectors(armInput, 4, "S4"))
	}
	s.op("RET")
}
