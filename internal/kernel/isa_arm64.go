package kernel

// NEON is part of every arm64 processor.
func (isa ISA) available() bool { return isa == NEON }
