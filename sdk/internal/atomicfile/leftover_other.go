//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"os"
	"time"
)

// renamesOpenFiles: the system cannot rename files that are open.
const renamesOpenFiles = false

// leftoverAge is the age at which a temporary file counts as a leftover. Nothing takes that long between two writes.
// Windows does not remove open files anyway.
const leftoverAge = time.Hour

// markInUse does nothing: the age of the file shows that it is in use.
func markInUse(*os.File) error { return nil }

// removeLeftover removes a temporary file unless it may be in use.
func removeLeftover(path string) error {
	info, err := os.Lstat(path)
	if err != nil || time.Since(info.ModTime()) < leftoverAge {
		return err
	}
	return os.Remove(path)
}
