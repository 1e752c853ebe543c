//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import "syscall"

// diskFullErrors lists the system's errors for a full disk: no blocks, no quota, file too large.
func diskFullErrors() []error { return []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} }
