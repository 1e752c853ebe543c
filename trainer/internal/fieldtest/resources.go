package fieldtest

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Distribution summarises values. It is zero without values.
type Distribution struct {
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

// distribution sorts the values.
func distribution(values []float64) Distribution {
	n := len(values)
	if n == 0 {
		return Distribution{}
	}
	slices.Sort(values)
	at := func(percent int) float64 { return values[(n-1)*percent/100] }
	return Distribution{Median: at(50), P95: at(95), P99: at(99), Max: values[n-1]}
}

// Resident returns the resident memory of the process in megabytes, or where the system does not report it, the memory
// that the Go runtime holds.
func Resident() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
		if pages, err := strconv.ParseFloat(fields[1], 64); err == nil {
			return pages * float64(os.Getpagesize()) / 1e6
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.Sys-stats.HeapReleased) / 1e6
}
