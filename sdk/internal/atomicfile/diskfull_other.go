//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package atomicfile

// diskFullErrors is empty: on these systems a full disk is an error like any other.
func diskFullErrors() []error { return nil }
