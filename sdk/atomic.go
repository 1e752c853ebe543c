package sdk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// ErrDiskFull: there is no room for what was to be written. What was there before is still there.
var ErrDiskFull = errors.New("disk full")

// temporary begins the names of files that are being written.
const temporary = ".loc2vec-"

// staged is a file that is written under a temporary name in the directory where it belongs.
type staged struct {
	*os.File
	done bool
}

// stage starts a file. The caller calls discard in any case.
func stage(dir string) (*staged, error) {
	f, err := os.CreateTemp(dir, temporary+"*")
	if err != nil {
		return nil, diskError(err)
	}
	return &staged{File: f}, nil
}

// commit gives the file its name, in place of one that has it, once all of it is on the disk. Whenever
// the machine stops, the name stands for the whole old file or the whole new one.
func (s *staged) commit(path string) error {
	if err := errors.Join(s.Sync(), s.Close()); err != nil {
		return diskError(err)
	}
	if err := os.Rename(s.Name(), path); err != nil {
		return err
	}
	s.done = true
	return syncDir(filepath.Dir(path))
}

// discard removes the file unless it was committed.
func (s *staged) discard() {
	if s.done {
		return
	}
	// An error would hide the one that led here; what remains in a store is removed when that is opened.
	_ = s.Close()
	_ = os.Remove(s.Name())
}

// writeAtomic replaces the file at path by what write writes.
func writeAtomic(path string, write func(io.Writer) error) error {
	s, err := stage(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer s.discard()
	if err := write(s); err != nil {
		return diskError(err)
	}
	return s.commit(path)
}

// syncDir puts the names in a directory on the disk.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there; the file system keeps a journal of names
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems have no sync of directories
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}

// diskError makes the errors of a full disk ErrDiskFull, whatever the system calls them.
func diskError(err error) error {
	for _, full := range fullDisk() {
		if errors.Is(err, full) {
			return fmt.Errorf("%w: %w", ErrDiskFull, err)
		}
	}
	return err
}
