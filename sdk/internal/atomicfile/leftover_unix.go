//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// renamesOpenFiles: the system renames files that are open.
const renamesOpenFiles = true

// markInUse locks a temporary file for as long as it is open. The system releases the lock when the process ends,
// even if it is killed. It returns errRemoved if RemoveLeftovers was faster. On file systems without locks it does
// nothing, and RemoveLeftovers removes nothing.
func markInUse(f *os.File) error {
	if err := lock(f); errors.Is(err, syscall.EWOULDBLOCK) {
		return errRemoved
	}
	created, err := f.Stat()
	if err != nil {
		return err
	}
	now, err := os.Lstat(f.Name())
	if errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(created, now) {
		return errRemoved
	}
	return err
}

// removeLeftover removes a temporary file unless it is in use.
func removeLeftover(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if lock(f) != nil {
		return nil
	}
	return os.Remove(path)
}

// lock locks an open file. It does not wait: while another open file has the lock, it returns EWOULDBLOCK.
func lock(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lockErr error
	err = conn.Control(func(fd uintptr) {
		for {
			if lockErr = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB); lockErr != syscall.EINTR {
				return
			}
		}
	})
	return errors.Join(err, lockErr)
}
