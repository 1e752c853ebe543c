package main

// The elementwise kernels loop over the pixels of one strip of channels, one vector after the other. They
// perform the operations of the AVX kernels in the same order. Registers: R1, R2 rows of x; R3 m; R4 dy;
// R5, R6 outputs; R10, R11, R12, R13 the pixels to the right of those at R1, R2, R5, R6; R7 stride;
// R8 pixels left; R9 free. Vector registers up to 9 are free within a pixel. Those that keep values for the
// whole strip are:
const (
	neonSlope     = 10
	neonScale     = 16 // or the signs
	neonShift     = 20
	neonByX       = 24
	neonConst     = 28
	neonFirst     = 24
	neonSecond    = 28
	neonSecondOdd = 20 // of the pixels to the right
)

// coefficients loads a per-channel field.
func (s neon) coefficients(field string, first int) {
	s.load("stripArgs", field, "R9")
	s.op("VLD1 (R9), %s", registers(first, neonVectors))
}

func (s neon) loadNorm() {
	s.coefficients("scale", neonScale)
	s.coefficients("shift", neonShift)
	s.op("FMOVS stripArgs_slope(R0), F%d", neonSlope)
	s.op("VDUP V%d.S[0], V%d.S4", neonSlope, neonSlope)
}

func (s neon) storeSums() {
	for _, f := range []struct {
		field string
		sum   int
	}{{"first", neonFirst}, {"second", neonSecond}} {
		s.load("stripArgs", f.field, "R9")
		s.op("VST1 %s, (R9)", registers(f.sum, neonVectors))
	}
}

// neonPointer has the register of each pointer of a strip and, for rows of squares, that of the pixel to the
// right.
var neonPointer = map[string]struct{ left, right string }{
	"x0": {"R1", "R10"}, "x1": {"R2", "R11"}, "m": {"R3", ""}, "dy": {"R4", ""}, "o0": {"R5", "R12"}, "o1": {"R6", "R13"},
}

// walk writes the loop over the pixels. body processes vector v of a pixel. single and pairs are the pointers
// in use; those of pairs advance by two pixels.
func (s neon) walk(single, pairs []string, body func(v int)) {
	for _, field := range append(single, pairs...) {
		s.load("stripArgs", field, neonPointer[field].left)
	}
	s.load("stripArgs", "n", "R8")
	s.load("stripArgs", "stride", "R7")
	s.op("pixel:")
	for _, field := range pairs {
		p := neonPointer[field]
		s.op("ADD R7, %s, %s", p.left, p.right)
	}
	for v := range neonVectors {
		body(v)
	}
	for _, field := range single {
		p := neonPointer[field]
		s.op("ADD R7, %s, %s", p.left, p.left)
	}
	for _, field := range pairs {
		p := neonPointer[field]
		s.op("ADD R7, %s, %s", p.right, p.left)
	}
	s.op("SUBS $1, R8, R8")
	s.op("BNE pixel")
}

// fetch loads vector v of a pixel, put stores it.
func (s neon) fetch(pointer string, v, register int) {
	s.op("FMOVQ %d(%s), F%d", 16*v, pointer, register)
}

func (s neon) put(register int, pointer string, v int) {
	s.op("FMOVQ F%d, %d(%s)", register, 16*v, pointer)
}

// fetchSquare loads the four pixels of a 2x2 square into registers 0 to 3.
func (s neon) fetchSquare(v int) {
	for i, pointer := range []string{"R1", "R10", "R2", "R11"} {
		s.fetch(pointer, v, i)
	}
}

func (s neon) stat() {
	s.function("stat", "stripArgs")
	s.zero(neonFirst, neonVectors)
	s.zero(neonSecond, neonVectors)
	s.walk([]string{"x0"}, nil, func(v int) {
		s.fetch("R1", v, v)
		s.add(neonFirst+v, neonFirst+v, v)
		s.addProduct(neonSecond+v, v, v)
	})
	s.storeSums()
	s.op("RET")
}

func (s neon) statPool() {
	s.function("statPool", "stripArgs")
	s.zero(neonFirst, neonVectors)
	s.zero(neonSecond, neonVectors)
	s.zero(neonSecondOdd, neonVectors)
	s.coefficients("scale", neonScale)
	s.walk([]string{"m"}, []string{"x0", "x1"}, func(v int) {
		s.fetchSquare(v)
		s.add(4, 0, 1)
		s.add(5, 2, 3)
		s.add(4, 4, 5)
		s.add(neonFirst+v, neonFirst+v, 4)
		for i := range 4 {
			s.addProduct([]int{neonSecond, neonSecondOdd}[i%2]+v, i, i)
		}
		// The minimum is the negated maximum of the negated values.
		for i := range 4 {
			s.xor(i, i, neonScale+v)
		}
		s.max(0, 0, 1)
		s.max(2, 2, 3)
		s.max(0, 0, 2)
		s.xor(0, 0, neonScale+v)
		s.put(0, "R3", v)
	})
	for v := range neonVectors {
		s.add(neonSecond+v, neonSecond+v, neonSecondOdd+v)
	}
	s.storeSums()
	s.op("RET")
}

// affine sets register z to scale*x + shift.
func (s neon) affine(z, x, v int) {
	s.move(z, neonShift+v)
	s.addProduct(z, x, neonScale+v)
}

// leakyGradient sets register dz to dy where z > 0 and to Slope*dy elsewhere. Register 9 is free.
func (s neon) leakyGradient(dz, z, dy int) {
	s.positive(9, z)
	s.multiply(dz, dy, neonSlope)
	s.replace(dz, dy, 9)
}

func (s neon) apply() {
	s.function("apply", "stripArgs")
	s.loadNorm()
	s.walk([]string{"x0", "o0"}, nil, func(v int) {
		s.fetch("R1", v, 0)
		s.affine(1, 0, v)
		s.multiply(2, 1, neonSlope)
		s.max(1, 1, 2)
		s.put(1, "R5", v)
	})
	s.op("RET")
}

func (s neon) reduce() {
	s.function("reduce", "stripArgs")
	s.loadNorm()
	s.zero(neonFirst, neonVectors)
	s.zero(neonSecond, neonVectors)
	s.walk([]string{"x0", "dy"}, nil, func(v int) {
		s.fetch("R1", v, 0)
		s.fetch("R4", v, 4)
		s.affine(1, 0, v)
		s.leakyGradient(5, 1, 4)
		s.add(neonFirst+v, neonFirst+v, 5)
		s.addProduct(neonSecond+v, 5, 0)
	})
	s.storeSums()
	s.op("RET")
}

func (s neon) gradient() {
	s.function("gradient", "stripArgs")
	s.loadNorm()
	s.coefficients("byX", neonByX)
	s.coefficients("constant", neonConst)
	s.walk([]string{"x0", "dy", "o0"}, nil, func(v int) {
		s.fetch("R1", v, 0)
		s.fetch("R4", v, 4)
		s.affine(1, 0, v)
		s.leakyGradient(5, 1, 4)
		s.move(1, neonConst+v)
		s.addProduct(1, 0, neonByX+v)
		s.addProduct(1, 5, neonScale+v)
		s.put(1, "R5", v)
	})
	s.op("RET")
}

// gradientPool assigns the gradient to the first pixel of a square that equals the extreme, and clears
// gradients that have been assigned.
func (s neon) gradientPool() {
	s.function("gradientPool", "stripArgs")
	s.loadNorm()
	s.coefficients("byX", neonByX)
	s.coefficients("constant", neonConst)
	s.walk([]string{"m", "dy"}, []string{"x0", "x1", "o0", "o1"}, func(v int) {
		s.fetch("R3", v, 7)
		s.fetch("R4", v, 4)
		s.affine(8, 7, v)
		s.leakyGradient(5, 8, 4)
		s.multiply(5, 5, neonScale+v)
		s.fetchSquare(v)
		for i, pointer := range []string{"R5", "R12", "R6", "R13"} {
			s.equal(6, i, 7)
			s.and(6, 6, 5)
			s.xor(5, 5, 6)
			s.move(8, neonConst+v)
			s.addProduct(8, i, neonByX+v)
			s.add(8, 8, 6)
			s.put(8, pointer, v)
		}
	})
	s.op("RET")
}

// widen converts bytes to floats, sixteen in each step.
func (s neon) widen() {
	s.function("widen", "widenArgs")
	s.load("widenArgs", "dst", "R1")
	s.load("widenArgs", "src", "R2")
	s.load("widenArgs", "n", "R3")
	s.op("FMOVS widenArgs_scale(R0), F%d", neonSlope)
	s.op("VDUP V%d.S[0], V%d.S4", neonSlope, neonSlope)
	s.op("step:")
	s.op("VLD1.P 16(R2), [V4.B16]")
	s.op("VUXTL V4.B8, V5.H8")
	s.op("VUXTL2 V4.B16, V6.H8")
	for v := range neonVectors {
		from, half := 5+v/2, v%2
		s.op([]string{"VUXTL V%d.H4, V%d.S4", "VUXTL2 V%d.H8, V%d.S4"}[half], from, v)
		s.toFloat(v, v)
		s.multiply(v, v, neonSlope)
	}
	s.op("VST1.P %s, 64(R1)", registers(0, neonVectors))
	s.op("SUBS $16, R3, R3")
	s.op("BNE step")
	s.op("RET")
}
