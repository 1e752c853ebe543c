package main

// The elementwise kernels loop over the pixels of one strip of channels, one vector of each pixel. Registers:
// SI, DX rows of x; R8 m; R13 dy; R11, R12 outputs; R9 stride; CX pixels left.

// walk loads the counter and the pointers and starts the loop.
func (s avx) walk(pointers map[string]string) {
	for _, field := range []string{"x0", "x1", "m", "dy", "o0", "o1"} { // in a fixed order
		if register, ok := pointers[field]; ok {
			s.load("stripArgs", field, register)
		}
	}
	s.load("stripArgs", "n", "CX")
	s.load("stripArgs", "stride", "R9")
	s.op("pixel:")
}

// next advances pointers by one pixel, those of pairs by two, and ends the loop.
func (s avx) next(single, pairs []string) {
	for _, p := range single {
		s.op("ADDQ R9, %s", p)
	}
	for _, p := range pairs {
		s.op("LEAQ (%s)(R9*2), %s", p, p)
	}
	s.op("DECQ CX")
	s.op("JNZ pixel")
}

func (s avx) storeSums(first, second int) {
	s.load("stripArgs", "first", "AX")
	s.op("VMOVUPS %s, (AX)", s.v(first))
	s.load("stripArgs", "second", "AX")
	s.op("VMOVUPS %s, (AX)", s.v(second))
}

func (s avx) stat() {
	s.function("stat", "stripArgs")
	s.zero(6, 7)
	s.walk(map[string]string{"x0": "SI"})
	s.op("VMOVUPS (SI), %s", s.v(0))
	s.op("VADDPS %s, %s, %s", s.v(0), s.v(6), s.v(6))
	s.op("VFMADD231PS %s, %s, %s", s.v(0), s.v(0), s.v(7))
	s.next([]string{"SI"}, nil)
	s.storeSums(6, 7)
	s.end()
}

// loadSquare loads the four pixels of a 2x2 square into registers 0 to 3.
func (s avx) loadSquare() {
	s.op("VMOVUPS (SI), %s", s.v(0))
	s.op("VMOVUPS (SI)(R9*1), %s", s.v(1))
	s.op("VMOVUPS (DX), %s", s.v(2))
	s.op("VMOVUPS (DX)(R9*1), %s", s.v(3))
}

func (s avx) statPool() {
	s.function("statPool", "stripArgs")
	s.zero(6, 7, 8)
	s.coefficients("scale", 9)
	s.walk(map[string]string{"x0": "SI", "x1": "DX", "m": "R8"})
	s.loadSquare()
	s.op("VADDPS %s, %s, %s", s.v(0), s.v(1), s.v(4))
	s.op("VADDPS %s, %s, %s", s.v(2), s.v(3), s.v(5))
	s.op("VADDPS %s, %s, %s", s.v(4), s.v(5), s.v(4))
	s.op("VADDPS %s, %s, %s", s.v(4), s.v(6), s.v(6))
	for i := range 4 {
		s.op("VFMADD231PS %s, %s, %s", s.v(i), s.v(i), s.v(7+i%2))
	}
	// The minimum is the negated maximum of the negated values.
	for i := range 4 {
		s.op("VXORPS %s, %s, %s", s.v(9), s.v(i), s.v(i))
	}
	s.op("VMAXPS %s, %s, %s", s.v(0), s.v(1), s.v(0))
	s.op("VMAXPS %s, %s, %s", s.v(2), s.v(3), s.v(2))
	s.op("VMAXPS %s, %s, %s", s.v(0), s.v(2), s.v(0))
	s.op("VXORPS %s, %s, %s", s.v(9), s.v(0), s.v(0))
	s.op("VMOVUPS %s, (R8)", s.v(0))
	s.next([]string{"R8"}, []string{"SI", "DX"})
	s.op("VADDPS %s, %s, %s", s.v(7), s.v(8), s.v(7))
	s.storeSums(6, 7)
	s.end()
}

// affine sets register z to scale*x + shift, of registers 8 and 9.
func (s avx) affine(x, z int) {
	s.op("VMOVAPS %s, %s", s.v(9), s.v(z))
	s.op("VFMADD231PS %s, %s, %s", s.v(x), s.v(8), s.v(z))
}

// loadNorm loads scale, shift and slope into registers 8, 9 and 10.
func (s avx) loadNorm() {
	s.coefficients("scale", 8)
	s.coefficients("shift", 9)
	s.op("VBROADCASTSS stripArgs_slope(DI), %s", s.v(10))
}

func (s avx) apply() {
	s.function("apply", "stripArgs")
	s.loadNorm()
	s.walk(map[string]string{"x0": "SI", "o0": "R11"})
	s.op("VMOVUPS (SI), %s", s.v(0))
	s.affine(0, 1)
	s.op("VMULPS %s, %s, %s", s.v(1), s.v(10), s.v(2))
	s.op("VMAXPS %s, %s, %s", s.v(1), s.v(2), s.v(1))
	s.op("VMOVUPS %s, (R11)", s.v(1))
	s.next([]string{"SI", "R11"}, nil)
	s.end()
}

// leakyGradient multiplies register dy by the slope where z <= 0. Register 15 holds zeros, registers
// 5 and 6 are free.
func (s avx) leakyGradient(z, dy int) {
	const lessOrEqual = 2
	if s.isa == "AVX512" {
		s.op("VCMPPS $%d, %s, %s, K1", lessOrEqual, s.v(15), s.v(z))
		s.op("VMULPS %s, %s, K1, %s", s.v(dy), s.v(10), s.v(dy))
		return
	}
	s.op("VCMPPS $%d, %s, %s, %s", lessOrEqual, s.v(15), s.v(z), s.v(5))
	s.op("VMULPS %s, %s, %s", s.v(dy), s.v(10), s.v(6))
	s.op("VBLENDVPS %s, %s, %s, %s", s.v(5), s.v(6), s.v(dy), s.v(dy))
}

func (s avx) reduce() {
	s.function("reduce", "stripArgs")
	s.loadNorm()
	s.zero(7, 11, 15)
	s.walk(map[string]string{"x0": "SI", "dy": "R13"})
	s.op("VMOVUPS (SI), %s", s.v(0))
	s.op("VMOVUPS (R13), %s", s.v(4))
	s.affine(0, 1)
	s.leakyGradient(1, 4)
	s.op("VADDPS %s, %s, %s", s.v(4), s.v(7), s.v(7))
	s.op("VFMADD231PS %s, %s, %s", s.v(4), s.v(0), s.v(11))
	s.next([]string{"SI", "R13"}, nil)
	s.storeSums(7, 11)
	s.end()
}

func (s avx) gradient() {
	s.function("gradient", "stripArgs")
	s.loadNorm()
	s.coefficients("byX", 12)
	s.coefficients("constant", 13)
	s.zero(15)
	s.walk(map[string]string{"x0": "SI", "dy": "R13", "o0": "R11"})
	s.op("VMOVUPS (SI), %s", s.v(0))
	s.op("VMOVUPS (R13), %s", s.v(4))
	s.affine(0, 1)
	s.leakyGradient(1, 4)
	s.op("VFMADD213PS %s, %s, %s", s.v(13), s.v(12), s.v(0))
	s.op("VFMADD231PS %s, %s, %s", s.v(4), s.v(8), s.v(0))
	s.op("VMOVUPS %s, (R11)", s.v(0))
	s.next([]string{"SI", "R13", "R11"}, nil)
	s.end()
}

func (s avx) gradientPool() {
	s.function("gradientPool", "stripArgs")
	s.loadNorm()
	s.coefficients("byX", 12)
	s.coefficients("constant", 13)
	s.zero(15)
	s.walk(map[string]string{"x0": "SI", "x1": "DX", "m": "R8", "dy": "R13", "o0": "R11", "o1": "R12"})
	s.op("VMOVUPS (R8), %s", s.v(7))
	s.op("VMOVUPS (R13), %s", s.v(4))
	s.affine(7, 11)
	s.leakyGradient(11, 4)
	s.op("VMULPS %s, %s, %s", s.v(4), s.v(8), s.v(4))
	s.loadSquare()
	if s.isa == "AVX512" {
		s.giveFirstMasked()
	} else {
		s.giveFirstBlended()
	}
	s.op("VMOVUPS %s, (R11)", s.v(0))
	s.op("VMOVUPS %s, (R11)(R9*1)", s.v(1))
	s.op("VMOVUPS %s, (R12)", s.v(2))
	s.op("VMOVUPS %s, (R12)(R9*1)", s.v(3))
	s.next([]string{"R8", "R13"}, []string{"SI", "DX", "R11", "R12"})
	s.end()
}

// giveFirstMasked replaces the pixels of a square by gradients: the first one that equals register 7 receives
// register 4. K5 to K7 hold the channels whose gradient has not been assigned yet.
func (s avx) giveFirstMasked() {
	s.op("VCMPPS $0, %s, %s, K1", s.v(7), s.v(0))
	s.op("KNOTW K1, K5")
	s.op("VCMPPS $0, %s, %s, K5, K2", s.v(7), s.v(1))
	s.op("KANDNW K5, K2, K6")
	s.op("VCMPPS $0, %s, %s, K6, K3", s.v(7), s.v(2))
	s.op("KANDNW K6, K3, K7")
	s.op("VCMPPS $0, %s, %s, K7, K4", s.v(7), s.v(3))
	for i := range 4 {
		s.op("VFMADD213PS %s, %s, %s", s.v(13), s.v(12), s.v(i))
	}
	for i := range 4 {
		s.op("VADDPS %s, %s, K%d, %s", s.v(4), s.v(i), i+1, s.v(i))
	}
}

// giveFirstBlended is giveFirstMasked without mask registers: it clears gradients that have been assigned.
func (s avx) giveFirstBlended() {
	for i := range 4 {
		s.op("VCMPPS $0, %s, %s, %s", s.v(7), s.v(i), s.v(5))
		s.op("VANDPS %s, %s, %s", s.v(4), s.v(5), s.v(6))
		s.op("VANDNPS %s, %s, %s", s.v(4), s.v(5), s.v(4))
		s.op("VFMADD213PS %s, %s, %s", s.v(13), s.v(12), s.v(i))
		s.op("VADDPS %s, %s, %s", s.v(6), s.v(i), s.v(i))
	}
}

// widen converts bytes to floats, one vector in each step.
func (s avx) widen() {
	s.function("widen", "widenArgs")
	s.load("widenArgs", "dst", "R11")
	s.load("widenArgs", "src", "SI")
	s.load("widenArgs", "n", "CX")
	s.op("VBROADCASTSS widenArgs_scale(DI), %s", s.v(1))
	s.op("vector:")
	s.op("VPMOVZXBD (SI), %s", s.v(0))
	s.op("VCVTDQ2PS %s, %s", s.v(0), s.v(0))
	s.op("VMULPS %s, %s, %s", s.v(0), s.v(1), s.v(0))
	s.op("VMOVUPS %s, (R11)", s.v(0))
	s.op("ADDQ $%d, SI", s.bytes/4)
	s.op("ADDQ $%d, R11", s.bytes)
	s.op("SUBQ $%d, CX", s.bytes/4)
	s.op("JNZ vector")
	s.end()
}
