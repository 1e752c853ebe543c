package kernel

func (l Lane) assembly() bool { return l == NEON }

func (l Lane) tile(rows int, t *tileArgs) {
	switch rows {
	case 6:
		tile6NEON(t)
	case 4:
		tile4NEON(t)
	case 2:
		tile2NEON(t)
	default:
		tile1NEON(t)
	}
}

func (l Lane) statStrip(a *stripArgs)         { statNEON(a) }
func (l Lane) statPoolStrip(a *stripArgs)     { statPoolNEON(a) }
func (l Lane) applyStrip(a *stripArgs)        { applyNEON(a) }
func (l Lane) reduceStrip(a *stripArgs)       { reduceNEON(a) }
func (l Lane) gradientStrip(a *stripArgs)     { gradientNEON(a) }
func (l Lane) gradientPoolStrip(a *stripArgs) { gradientPoolNEON(a) }
func (l Lane) widenStrips(a *widenArgs)       { widenNEON(a) }

func (l Lane) transformStrip(t transform, a *spreadArgs) {
	switch t {
	case spreadInput:
		spreadInputNEON(a)
	case spreadGradient:
		spreadGradientNEON(a)
	default:
		gatherOutputNEON(a)
	}
}
