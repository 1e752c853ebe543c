//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package sdk

// tryLock locks nothing: on these systems, one process at a time may change a store.
func tryLock(string) (unlock func(), err error) { return func() {}, nil }

// fullDisk knows no error of these systems.
func fullDisk() []error { return nil }
