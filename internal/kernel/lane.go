package kernel

import "fmt"

// Lane is a set of processor instructions that the kernels are written for. Its methods are the
// kernels. Values are free to be copied and used from any goroutine.
type Lane uint8

const (
	Auto     Lane = iota // to be resolved by Pick: the fastest lane of this machine
	Portable             // plain Go, on every machine: the reference for the others
	AVX2                 // amd64 with AVX2 and FMA
	AVX512               // amd64 with AVX-512 F, BW, DQ and VL
	NEON                 // arm64
)

// String gives the lane's name as written in flags and reports.
func (l Lane) String() string {
	switch l {
	case Auto:
		return "auto"
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	case NEON:
		return "neon"
	}
	return fmt.Sprintf("lane(%d)", uint8(l))
}

// Lanes lists the lanes that this machine can run, slowest first. Portable is always there.
func Lanes() []Lane {
	lanes := []Lane{Portable}
	for l := Portable + 1; l <= NEON; l++ {
		if l.available() {
			lanes = append(lanes, l)
		}
	}
	return lanes
}

// Best is the fastest lane that this machine can run.
func Best() Lane {
	lanes := Lanes()
	return lanes[len(lanes)-1]
}

// Pick resolves Auto to the best lane and refuses a lane that this machine cannot run. A kernel must
// only be called on a lane that Pick or Lanes returned: any other ends in an illegal instruction.
func Pick(l Lane) (Lane, error) {
	if l == Auto {
		return Best(), nil
	}
	if l != Portable && !l.available() {
		return 0, fmt.Errorf("kernel: this processor cannot run lane %v", l)
	}
	return l, nil
}
