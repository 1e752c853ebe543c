package kernel

import "golang.org/x/sys/cpu"

//go:generate go run ./int8gen

// nativeInt8 returns the assembly implementations that this machine can run.
func nativeInt8() []*Int8 {
	var kernels []*Int8
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VNNI {
		kernels = append(kernels, &Int8{
			name: "avx512vnni", kind: int8VNNI, lanes: 32, tiles: []int{8, 4, 1}, weightBytes: 1,
		})
	}
	if x.HasAVX2 {
		kernels = append(kernels, &Int8{
			name: "avx2", kind: int8AVX2, lanes: 16, tiles: []int{4, 1}, weightBytes: 2,
		})
	}
	return kernels
}

// pack orders the weights of one block, [lanes][steps][4], for dot.
func (k *Int8) pack(dst []byte, block []int8, steps int) {
	if k.kind == int8AVX2 {
		packWords(dst, block, steps)
	} else {
		packQuads(dst, block, steps)
	}
}

// dot fills a.acc for a.pixels neighbouring pixels, one of the numbers in tiles.
func (k *Int8) dot(a *int8Dot) {
	switch {
	case k.kind == int8VNNI && a.pixels == 8:
		int8Dot8VNNI(a)
	case k.kind == int8VNNI && a.pixels == 4:
		int8Dot4VNNI(a)
	case k.kind == int8VNNI:
		int8Dot1VNNI(a)
	case k.kind == int8AVX2 && a.pixels == 4:
		int8Dot4AVX2(a)
	case k.kind == int8AVX2:
		int8Dot1AVX2(a)
	default:
		portableDot(a)
	}
}

// requantise fills a.n outputs of a whole block.
func (k *Int8) requantise(a *int8Requantise) {
	if k.kind == int8VNNI {
		int8RequantiseAVX512(a)
	} else {
		int8RequantiseAVX2(a)
	}
}

// packWords orders weights as 16-bit words, [step][even, odd][lane][2]: the first and third of the four weights
// of a step, then the second and fourth.
func packWords(dst []byte, block []int8, steps int) {
	lanes := len(block) / (4 * steps)
	for lane := range lanes {
		for s := range steps {
			for i, v := range block[(lane*steps+s)*4:][:4] {
				at := ((s*2+i%2)*lanes+lane)*2 + i/2
				dst[2*at], dst[2*at+1] = byte(v), byte(int16(v)>>8)
			}
		}
	}
}
