package kernel

// NEON is part of every arm64 processor.
func (l Lane) available() bool { return l == NEON }
