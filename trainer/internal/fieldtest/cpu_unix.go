//go:build unix

package fieldtest

import (
	"syscall"
	"time"
)

// processTime returns the processor time of the process so far, over all threads.
func processTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
