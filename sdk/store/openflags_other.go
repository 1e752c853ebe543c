//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package store

// openFlags is empty: on these systems links are found by comparing files.
const openFlags = 0
