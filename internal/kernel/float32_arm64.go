package kernel

func (isa ISA) assembly() bool { return isa == NEON }

func (isa ISA) tile(rows int, t *tileArgs) {
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

func (isa ISA) statStrip(a *stripArgs)         { statNEON(a) }
func (isa ISA) statPoolStrip(a *stripArgs)     { statPoolNEON(a) }
func (isa ISA) applyStrip(a *stripArgs)        { applyNEON(a) }
func (isa ISA) reduceStrip(a *stripArgs)       { reduceNEON(a) }
func (isa ISA) gradientStrip(a *stripArgs)     { gradientNEON(a) }
func (isa ISA) gradientPoolStrip(a *stripArgs) { gradientPoolNEON(a) }
func (isa ISA) widenStrips(a *widenArgs)       { widenNEON(a) }

func (isa ISA) transformStrip(t transform, a *spreadArgs) {
	switch t {
	case spreadInput:
		spreadInputNEON(a)
	case spreadGradient:
		spreadGradientNEON(a)
	default:
		gatherOutputNEON(a)
	}
}
