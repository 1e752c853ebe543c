//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package atomicfile

// diskFullErrors lists none: a full disk is not told from other errors on these systems.
func diskFullErrors() []error { return nil }
