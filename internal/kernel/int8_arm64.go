package kernel

import (
	"encoding/binary"

	"golang.org/x/sys/cpu"
)

// nativeInt8 returns the assembly implementations that this machine can run.
func nativeInt8() []*Int8 {
	// The kernels subtract 128 from each activation. The head of a block compensates its sums for that.
	neon := Int8{
		name: "neon", kind: int8NEON, lanes: 16, tiles: []int{2, 1}, weightBytes: 1, headBytes: 64, goOutput: true,
	}
	if !cpu.ARM64.HasASIMDDP {
		return []*Int8{&neon}
	}
	dot := neon
	dot.name, dot.kind, dot.tiles = "neondot", int8NEONDot, []int{4, 1}
	return []*Int8{&dot, &neon}
}

// pack orders the weights of one block, [lanes][steps][4], for dot.
func (k *Int8) pack(dst []byte, block []int8, steps int) {
	packQuads(dst[k.headBytes:], block, steps)
	if k.headBytes == 0 {
		return
	}
	for lane := range k.lanes {
		var sum int32
		for _, w := range block[lane*4*steps:][:4*steps] {
			sum += int32(w)
		}
		binary.LittleEndian.PutUint32(dst[4*lane:], uint32(128*sum))
	}
}

// dot fills a.acc for a.pixels neighbouring pixels, one of the numbers in tiles.
func (k *Int8) dot(a *int8Dot) {
	switch {
	case k.kind == int8NEONDot && a.pixels == 4:
		int8Dot4NEONDot(a)
	case k.kind == int8NEONDot:
		int8Dot1NEONDot(a)
	case k.kind == int8NEON && a.pixels == 2:
		int8Dot2NEON(a)
	case k.kind == int8NEON:
		int8Dot1NEON(a)
	default:
		portableDot(a)
	}
}

func (k *Int8) requantise(a *int8Requantise) { panic("kernel: no assembly") }
