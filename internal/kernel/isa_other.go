//go:build !amd64 && !arm64

package kernel

func (isa ISA) available() bool { return false }
