//go:build !amd64 && !arm64

package kernel

func nativeInt8() []*Int8 { return nil }

func (k *Int8) pack(dst []byte, block []int8, steps int) { packQuads(dst, block, steps) }
func (k *Int8) dot(a *int8Dot)                           { portableDot(a) }
func (k *Int8) requantise(a *int8Requantise)             { panic("kernel: no assembly") }
