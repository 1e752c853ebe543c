package kernel

// assembly reports whether the kernels exist in assembly. Calls are direct, not through a table, so that
// arguments stay on the stack.
func (isa ISA) assembly() bool { return isa == AVX2 || isa == AVX512 }

func (isa ISA) tile(rows int, t *tileArgs) {
	if isa == AVX512 {
		tileAVX512(rows, t)
	} else {
		tileAVX2(rows, t)
	}
}

func tileAVX512(rows int, t *tileArgs) {
	switch rows {
	case 12:
		tile12AVX512(t)
	case 8:
		tile8AVX512(t)
	case 6:
		tile6AVX512(t)
	case 4:
		tile4AVX512(t)
	case 2:
		tile2AVX512(t)
	default:
		tile1AVX512(t)
	}
}

func tileAVX2(rows int, t *tileArgs) {
	switch rows {
	case 6:
		tile6AVX2(t)
	case 4:
		tile4AVX2(t)
	case 2:
		tile2AVX2(t)
	default:
		tile1AVX2(t)
	}
}

func (isa ISA) statStrip(a *stripArgs) {
	if isa == AVX512 {
		statAVX512(a)
	} else {
		statAVX2(a)
	}
}

func (isa ISA) statPoolStrip(a *stripArgs) {
	if isa == AVX512 {
		statPoolAVX512(a)
	} else {
		statPoolAVX2(a)
	}
}

func (isa ISA) applyStrip(a *stripArgs) {
	if isa == AVX512 {
		applyAVX512(a)
	} else {
		applyAVX2(a)
	}
}

func (isa ISA) reduceStrip(a *stripArgs) {
	if isa == AVX512 {
		reduceAVX512(a)
	} else {
		reduceAVX2(a)
	}
}

func (isa ISA) gradientStrip(a *stripArgs) {
	if isa == AVX512 {
		gradientAVX512(a)
	} else {
		gradientAVX2(a)
	}
}

func (isa ISA) gradientPoolStrip(a *stripArgs) {
	if isa == AVX512 {
		gradientPoolAVX512(a)
	} else {
		gradientPoolAVX2(a)
	}
}

func (isa ISA) transformStrip(t transform, a *spreadArgs) {
	switch {
	case t == spreadInput && isa == AVX512:
		spreadInputAVX512(a)
	case t == spreadInput:
		spreadInputAVX2(a)
	case t == spreadGradient && isa == AVX512:
		spreadGradientAVX512(a)
	case t == spreadGradient:
		spreadGradientAVX2(a)
	case isa == AVX512:
		gatherOutputAVX512(a)
	default:
		gatherOutputAVX2(a)
	}
}

func (isa ISA) widenStrips(a *widenArgs) {
	if isa == AVX512 {
		widenAVX512(a)
	} else {
		widenAVX2(a)
	}
}
