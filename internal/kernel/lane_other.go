//go:build !amd64 && !arm64

package kernel

func (l Lane) available() bool { return false }
