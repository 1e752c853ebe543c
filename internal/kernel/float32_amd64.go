package kernel

// assembly reports whether the lane is one of the two below. Calls are direct, not through a table,
// so that arguments stay on the stack.
func (l Lane) assembly() bool { return l == AVX2 || l == AVX512 }

func (l Lane) tile(rows int, t *tileArgs) {
	if l == AVX512 {
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

func (l Lane) statStrip(a *stripArgs) {
	if l == AVX512 {
		statAVX512(a)
	} else {
		statAVX2(a)
	}
}

func (l Lane) statPoolStrip(a *stripArgs) {
	if l == AVX512 {
		statPoolAVX512(a)
	} else {
		statPoolAVX2(a)
	}
}

func (l Lane) applyStrip(a *stripArgs) {
	if l == AVX512 {
		applyAVX512(a)
	} else {
		applyAVX2(a)
	}
}

func (l Lane) reduceStrip(a *stripArgs) {
	if l == AVX512 {
		reduceAVX512(a)
	} else {
		reduceAVX2(a)
	}
}

func (l Lane) gradientStrip(a *stripArgs) {
	if l == AVX512 {
		gradientAVX512(a)
	} else {
		gradientAVX2(a)
	}
}

func (l Lane) gradientPoolStrip(a *stripArgs) {
	if l == AVX512 {
		gradientPoolAVX512(a)
	} else {
		gradientPoolAVX2(a)
	}
}

func (l Lane) transformStrip(t transform, a *spreadArgs) {
	switch {
	case t == spreadInput && l == AVX512:
		spreadInputAVX512(a)
	case t == spreadInput:
		spreadInputAVX2(a)
	case t == spreadGradient && l == AVX512:
		spreadGradientAVX512(a)
	case t == spreadGradient:
		spreadGradientAVX2(a)
	case l == AVX512:
		gatherOutputAVX512(a)
	default:
		gatherOutputAVX2(a)
	}
}

func (l Lane) widenStrips(a *widenArgs) {
	if l == AVX512 {
		widenAVX512(a)
	} else {
		widenAVX2(a)
	}
}
