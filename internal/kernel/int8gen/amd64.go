package main

import "fmt"

// amd64 writes the loops for AVX-512 VNNI and AVX2.
func (s *source) amd64() {
	for _, pixels := range []int{8, 4, 1} {
		s.dotVNNI(pixels)
	}
	s.requantiseAVX512()
	for _, pixels := range []int{4, 1} {
		s.dotAVX2(pixels)
	}
	s.requantiseAVX2()
}

func (s *source) endAMD64() {
	s.op("VZEROUPPER")
	s.op("RET")
}

// dotLoop writes the loops of a tile. quad processes four bytes of each pixel. SI points to the bytes of the
// first pixel, DX to the weights, stepBytes in each step.
func (s *source) dotLoop(pixels, stepBytes int, quad func(pixel []string)) {
	s.op("MOVQ int8Dot_src(DI), SI")
	s.op("MOVQ int8Dot_weights(DI), DX")
	s.op("MOVQ int8Dot_rows(DI), R15")
	// AX, R9, R10, R11: distances of one, three, five and seven pixels; the others are their multiples.
	address := []string{"(SI)", "(SI)(AX*1)", "(SI)(AX*2)", "(SI)(R9*1)", "(SI)(AX*4)", "(SI)(R10*1)", "(SI)(R9*2)", "(SI)(R11*1)"}
	if pixels > 1 {
		s.op("MOVQ int8Dot_pixelStride(DI), AX")
		s.op("LEAQ (AX)(AX*2), R9")
	}
	if pixels > 4 {
		s.op("LEAQ (AX)(AX*4), R10")
		s.op("LEAQ (R9)(AX*4), R11")
	}
	s.op("MOVQ int8Dot_quads(DI), BX")
	s.op("MOVQ int8Dot_rowStride(DI), R8") // minus the bytes that the loop over a row advances
	s.op("LEAQ 0(BX*4), CX")
	s.op("SUBQ CX, R8")
	s.op("row:")
	s.op("MOVQ BX, CX")
	s.op("quad:")
	quad(address[:pixels])
	s.op("ADDQ $4, SI")
	s.op("ADDQ $%d, DX", stepBytes)
	s.op("DECQ CX")
	s.op("JNZ quad")
	s.op("ADDQ R8, SI")
	s.op("DECQ R15")
	s.op("JNZ row")
	s.op("MOVQ int8Dot_acc(DI), DI")
}

// dotVNNI writes a tile of 32 output channels: two registers of sums for each pixel.
func (s *source) dotVNNI(pixels int) {
	s.function(fmt.Sprintf("int8Dot%dVNNI", pixels), "int8Dot")
	s.op("MOVQ a+0(FP), DI")
	for r := range 2 * pixels {
		s.op("VPXORD Z%d, Z%d, Z%d", r, r, r)
	}
	s.dotLoop(pixels, 128, func(pixel []string) {
		s.op("VMOVDQU32 0(DX), Z16")
		s.op("VMOVDQU32 64(DX), Z17")
		for p, from := range pixel {
			x := 18 + p
			s.op("VPBROADCASTD %s, Z%d", from, x)
			s.op("VPDPBUSD Z16, Z%d, Z%d", x, 2*p)
			s.op("VPDPBUSD Z17, Z%d, Z%d", x, 2*p+1)
		}
	})
	for r := range 2 * pixels {
		s.op("VMOVDQU32 Z%d, %d(DI)", r, 64*r)
	}
	s.endAMD64()
}

// dotAVX2 writes a tile of 16 output channels: two registers of sums for each pixel. The four bytes of a step are
// widened to words, the even ones by masking and the odd ones by shifting, so that products and sums of two are
// exact.
func (s *source) dotAVX2(pixels int) {
	const even, odd, product, mask = 12, 13, 14, 15
	s.function(fmt.Sprintf("int8Dot%dAVX2", pixels), "int8Dot")
	s.op("MOVQ a+0(FP), DI")
	for r := range 2 * pixels {
		s.op("VPXOR Y%d, Y%d, Y%d", r, r, r)
	}
	s.op("VPCMPEQW Y%d, Y%d, Y%d", mask, mask, mask)
	s.op("VPSRLW $8, Y%d, Y%d", mask, mask)
	s.dotLoop(pixels, 128, func(pixel []string) {
		for w := range 4 {
			s.op("VMOVDQU %d(DX), Y%d", 32*w, 8+w)
		}
		for p, from := range pixel {
			s.op("VPBROADCASTD %s, Y%d", from, odd)
			s.op("VPAND Y%d, Y%d, Y%d", mask, odd, even)
			s.op("VPSRLW $8, Y%d, Y%d", odd, odd)
			for w := range 4 {
				sum := 2*p + w%2
				s.op("VPMADDWD Y%d, Y%d, Y%d", 8+w, even+w/2, product)
				s.op("VPADDD Y%d, Y%d, Y%d", product, sum, sum)
			}
		}
	})
	for r := range 2 * pixels {
		s.op("VMOVDQU Y%d, %d(DI)", r, 32*r)
	}
	s.endAMD64()
}

// requantiseLoop writes the loop over outputs. body reads the sums at SI and, of the row below, at R8, and those
// R9 bytes further on, and writes bytes at DX.
func (s *source) requantiseLoop(body func()) {
	s.op("MOVQ int8Requantise_dst(DI), DX")
	s.op("MOVQ int8Requantise_acc0(DI), SI")
	s.op("MOVQ int8Requantise_acc1(DI), R8")
	s.op("MOVQ int8Requantise_second(DI), R9")
	s.op("MOVQ int8Requantise_next(DI), R10")
	s.op("MOVQ int8Requantise_dstStride(DI), R11")
	s.op("MOVQ int8Requantise_n(DI), CX")
	s.op("MOVQ int8Requantise_bias(DI), AX")
	s.op("MOVQ int8Requantise_scale(DI), BX")
	s.op("output:")
	body()
	s.op("ADDQ R10, SI")
	s.op("ADDQ R10, R8")
	s.op("ADDQ R11, DX")
	s.op("DECQ CX")
	s.op("JNZ output")
	s.endAMD64()
}

// requantiseAVX512 writes Requantise for 32 channels.
func (s *source) requantiseAVX512() {
	const low, high, zero = 29, 30, 31
	s.function("int8RequantiseAVX512", "int8Requantise")
	s.op("MOVQ a+0(FP), DI")
	s.op("VBROADCASTSS int8Requantise_low(DI), Z%d", low)
	s.op("VBROADCASTSS int8Requantise_high(DI), Z%d", high)
	s.op("VPBROADCASTD int8Requantise_zero(DI), Z%d", zero)
	s.requantiseLoop(func() {
		for r := range 2 {
			o := 64 * r
			s.op("VMOVDQU32 %d(SI), Z%d", o, r)
			s.op("VPMAXSD %d(SI)(R9*1), Z%d, Z%d", o, r, r)
			s.op("VPMAXSD %d(R8), Z%d, Z%d", o, r, r)
			s.op("VPMAXSD %d(R8)(R9*1), Z%d, Z%d", o, r, r)
			s.op("VPADDD %d(AX), Z%d, Z%d", o, r, r)
			s.op("VCVTDQ2PS Z%d, Z%d", r, r)
			s.op("VMULPS %d(BX), Z%d, Z%d", o, r, r)
			s.op("VMAXPS Z%d, Z%d, Z%d", low, r, r)
			s.op("VMINPS Z%d, Z%d, Z%d", high, r, r)
			s.op("VCVTPS2DQ Z%d, Z%d", r, r)
			s.op("VPADDD Z%d, Z%d, Z%d", zero, r, r)
			s.op("VPMOVDB Z%d, %d(DX)", r, 16*r)
		}
	})
}

// requantiseAVX2 writes Requantise for 16 channels.
func (s *source) requantiseAVX2() {
	const low, high, zero = 13, 14, 15
	s.function("int8RequantiseAVX2", "int8Requantise")
	s.op("MOVQ a+0(FP), DI")
	s.op("VBROADCASTSS int8Requantise_low(DI), Y%d", low)
	s.op("VBROADCASTSS int8Requantise_high(DI), Y%d", high)
	s.op("VPBROADCASTD int8Requantise_zero(DI), Y%d", zero)
	s.requantiseLoop(func() {
		for r := range 2 {
			o := 32 * r
			s.op("VMOVDQU %d(SI), Y%d", o, r)
			s.op("VPMAXSD %d(SI)(R9*1), Y%d, Y%d", o, r, r)
			s.op("VPMAXSD %d(R8), Y%d, Y%d", o, r, r)
			s.op("VPMAXSD %d(R8)(R9*1), Y%d, Y%d", o, r, r)
			s.op("VPADDD %d(AX), Y%d, Y%d", o, r, r)
			s.op("VCVTDQ2PS Y%d, Y%d", r, r)
			s.op("VMULPS %d(BX), Y%d, Y%d", o, r, r)
			s.op("VMAXPS Y%d, Y%d, Y%d", low, r, r)
			s.op("VMINPS Y%d, Y%d, Y%d", high, r, r)
			s.op("VCVTPS2DQ Y%d, Y%d", r, r)
			s.op("VPADDD Y%d, Y%d, Y%d", zero, r, r)
		}
		// Packing works within halves of a register: restore the order of the quarters in between.
		s.op("VPACKUSDW Y1, Y0, Y0")
		s.op("VPERMQ $0xD8, Y0, Y0")
		s.op("VEXTRACTI128 $1, Y0, X1")
		s.op("VPACKUSWB X1, X0, X0")
		s.op("VMOVDQU X0, (DX)")
	})
}
