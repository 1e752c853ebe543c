package pack

import "context"

// meter counts work, and looks at the context once in a while. It is for one merging of tiles.
type meter struct {
	ctx  context.Context
	left int   // steps until the next look
	err  error // of the context, once it has ended
}

// meteredSteps is the number of steps between two looks at the context: points to look at, less than a millisecond.
const meteredSteps = 1 << 12

// take counts steps and returns the error of the context.
func (m *meter) take(steps int) error {
	if m.left -= steps; m.left < 0 && m.err == nil {
		m.left, m.err = meteredSteps, m.ctx.Err()
	}
	return m.err
}
