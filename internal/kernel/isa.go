package kernel

import "fmt"

// ISA is an instruction set that the float32 kernels are written for. Its methods are the kernels. Safe
// for concurrent use.
type ISA uint8

const (
	Auto     ISA = iota // the fastest instruction set of this machine; Resolve replaces it
	Portable            // plain Go, on every machine: the reference for the others
	AVX2                // amd64 with AVX2 and FMA
	AVX512              // amd64 with AVX-512 F, BW, DQ and VL
	NEON                // arm64
)

// String returns the name used in flags and reports.
func (isa ISA) String() string {
	switch isa {
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
	return fmt.Sprintf("isa(%d)", uint8(isa))
}

// ISAs lists the instruction sets that this machine can run, slowest first. The first is Portable.
func ISAs() []ISA {
	isas := []ISA{Portable}
	for isa := Portable + 1; isa <= NEON; isa++ {
		if isa.available() {
			isas = append(isas, isa)
		}
	}
	return isas
}

// BestISA returns the fastest instruction set that this machine can run.
func BestISA() ISA {
	isas := ISAs()
	return isas[len(isas)-1]
}

// Resolve replaces Auto with the best instruction set. It returns an error for one that this machine
// cannot run. Kernels must only be called on a value that Resolve, BestISA or ISAs returned: any other
// causes an illegal instruction.
func Resolve(isa ISA) (ISA, error) {
	if isa == Auto {
		return BestISA(), nil
	}
	if isa != Portable && !isa.available() {
		return 0, fmt.Errorf("instruction set %v: not available on this processor", isa)
	}
	return isa, nil
}
