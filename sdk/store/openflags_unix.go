//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import "syscall"

// openFlags: neither follow symbolic links nor wait for the writers of pipes.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
