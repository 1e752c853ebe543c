//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sdk

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks the file at path for this process alone; the system unlocks it when the process
// ends, however it ends. It does not wait: without the lock the error is ErrBusy.
func tryLock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			break
		}
	}
	if err == nil {
		return func() { _ = f.Close() }, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrBusy
	}
	return nil, &os.PathError{Op: "flock", Path: path, Err: err}
}

// fullDisk lists what the system calls a full disk: no blocks, no quota, a file too large.
func fullDisk() []error { return []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} }
