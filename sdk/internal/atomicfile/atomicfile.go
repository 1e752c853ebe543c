// Package atomicfile replaces a file with a new one, whole or not at all.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// ErrDiskFull: the disk has no room for the file. The file that it should replace is still there.
var ErrDiskFull = errors.New("disk full")

// File is a file that is written under a temporary name, in the directory where it belongs.
type File struct {
	*os.File
	committed bool
}

// Create starts a file in a directory. The caller must call Discard in the end, also after Commit.
// Errors wrap ErrDiskFull, or are those of the file system.
func Create(dir string) (*File, error) {
	// A file that another process has removed between its creation and its lock is made anew.
	for range 10 {
		f, err := os.CreateTemp(dir, temporaryPrefix+"*")
		if err != nil {
			return nil, DiskError(err)
		}
		if err = markInUse(f); err == nil {
			return &File{File: f}, nil
		}
		_ = f.Close()
		if !errors.Is(err, errRemoved) {
			return nil, errors.Join(err, os.Remove(f.Name()))
		}
	}
	return nil, fmt.Errorf("creating a file in %s: %w", dir, errRemoved)
}

// errRemoved: another process took a new file for a leftover.
var errRemoved = errors.New("another process removes its files")

// Commit syncs the file to the disk and then renames it to path, which must be in the same directory.
// It replaces a file of that name. If the machine stops at any moment, path is the whole old file or
// the whole new one. Errors wrap ErrDiskFull, or are those of the file system.
func (f *File) Commit(path string) error {
	if err := f.Sync(); err != nil {
		return DiskError(err)
	}
	if err := f.rename(path); err != nil {
		return err
	}
	f.committed = true
	return SyncDir(filepath.Dir(path))
}

// rename renames and closes the file.
func (f *File) rename(path string) error {
	if !renamesOpenFiles {
		if err := f.Close(); err != nil {
			return DiskError(err)
		}
		return os.Rename(f.Name(), path)
	}
	// The file is in use until it has its name.
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}

// Discard removes the file unless it was committed.
func (f *File) Discard() {
	if f.committed {
		return
	}
	// These errors would hide the one that led here.
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// Write replaces the file at path with what the function writes, and removes the leftovers in its directory. Errors
// wrap ErrDiskFull, or are those of the function or the file system.
func Write(path string, write func(io.Writer) error) error {
	dir := filepath.Dir(path)
	_ = RemoveLeftovers(dir) // what matters is that the file is written
	f, err := Create(dir)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := write(f); err != nil {
		return DiskError(err)
	}
	return f.Commit(path)
}

// SyncDir syncs the names in a directory to the disk.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // Windows cannot sync directories; its file system keeps a journal of names
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems cannot sync directories
		return fmt.Errorf("syncing %s: %w", dir, err)
	}
	return nil
}

// DiskError wraps the errors that the system returns for a full disk in ErrDiskFull. It returns other
// errors unchanged.
func DiskError(err error) error {
	for _, full := range diskFullErrors() {
		if errors.Is(err, full) {
			return fmt.Errorf("%w: %w", ErrDiskFull, err)
		}
	}
	return err
}
