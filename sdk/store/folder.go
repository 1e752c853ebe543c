package store

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk/internal/atomicfile"
)

// path returns the path of a file of the store.
func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

// openFile opens a regular file of the store. It does not follow symbolic links, and does not wait for the
// writers of pipes.
func (s *Store) openFile(name string) (*os.File, fs.FileInfo, error) {
	path := s.path(name)
	listed, err := os.Lstat(path)
	if err != nil {
		return nil, nil, err
	}
	if err := checkRegular(name, listed); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	// What stands there may have been exchanged meanwhile: then it is another file.
	if err == nil && !os.SameFile(listed, info) {
		err = fmt.Errorf("%s was replaced while it was opened: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// checkRegular returns an error that says what a file is, unless it is a regular one.
func checkRegular(name string, info fs.FileInfo) error {
	kind := "a device"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		kind = "a directory"
	case mode&fs.ModeSymlink != 0:
		kind = "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	}
	return fmt.Errorf("%w: %s is %s, not a file", loc2vec.ErrCorrupt, name, kind)
}

// unchanged reports whether the file of that name is still the one that info describes, nil for none.
func (s *Store) unchanged(name string, info fs.FileInfo) bool {
	now, err := os.Lstat(s.path(name))
	if err != nil || info == nil {
		return info == nil && os.IsNotExist(err)
	}
	return os.SameFile(info, now) && info.Size() == now.Size() && info.ModTime().Equal(now.ModTime())
}

// names returns the names of everything in the directory, sorted.
func (s *Store) names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// cleanUp removes the leftovers of killed installations: files under temporary names, and signatures of files that
// do not exist. A killed installation may also leave the signatures of two versions of a file: the next one removes the
// one that is not needed.
func (s *Store) cleanUp() error {
	if err := atomicfile.RemoveLeftovers(s.dir); err != nil {
		return err
	}
	names, err := s.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		signed, ok := signedFile(name)
		if !ok {
			continue
		}
		if _, err := os.Lstat(s.path(signed)); !os.IsNotExist(err) {
			continue
		}
		if err := os.Remove(s.path(name)); err != nil {
			return err
		}
	}
	return nil
}

// Size returns the total size in bytes of all files in the directory.
func (s *Store) Size() (int64, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, fmt.Errorf("measuring store: %w", err)
	}
	var sum int64
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case os.IsNotExist(err): // removed meanwhile
		case err != nil:
			return 0, fmt.Errorf("measuring store: %w", err)
		case info.Mode().IsRegular():
			sum += info.Size()
		}
	}
	return sum, nil
}
