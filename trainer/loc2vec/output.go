package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// checkOutput says, before any work, why the file that a flag names cannot be written or should not: its folder is
// not there, or its name is that of a folder, a device, a pipe or an input of the same command, all of which a
// renamed file would replace. An empty path asks for no file. Inputs that are not there are for their readers to miss.
func checkOutput(flag, path string, inputs ...string) error {
	if path == "" {
		return nil
	}
	refused := func(err error) error { return usageError{err: fmt.Errorf("%s %s: %w", flag, path, err)} }
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil {
		return refused(err)
	} else if !info.IsDir() {
		return refused(fmt.Errorf("%s is not a folder", folder))
	}
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return refused(err)
	case old.IsDir():
		return refused(errors.New("is a folder, not a file"))
	case !old.Mode().IsRegular():
		return refused(errors.New("is not a regular file, and would be replaced by one"))
	}
	for _, input := range inputs {
		if info, err := os.Stat(input); err == nil && os.SameFile(old, info) {
			return refused(fmt.Errorf("is the same file as the input %s", input))
		}
	}
	return nil
}

// writeFile writes a file under a temporary name and renames it when write has succeeded.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer f.Cleanup()
	if err := write(f); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
