// Package output writes the files that a command makes, each of them whole or not at all.
package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Check returns why a file must not be written to path, before any work goes into it: its folder is missing, or
// path is a folder, a device, a pipe or one of the command's inputs, which a rename would replace. An empty path
// means no output. Inputs that do not exist are ignored.
func Check(path string, inputs ...string) error {
	if path == "" {
		return nil
	}
	path = Resolve(path)
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", folder)
	}
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case old.IsDir():
		return errors.New("is a folder, not a file")
	case !old.Mode().IsRegular():
		return errors.New("is not a regular file, and would be replaced by one")
	}
	for _, input := range inputs {
		if info, err := os.Stat(input); err == nil && os.SameFile(old, info) {
			return fmt.Errorf("is the same file as the input %s", input)
		}
	}
	return nil
}

// Resolve returns the file that is written for a path: the target of a symbolic link, which stays a link, also if
// the target does not exist yet.
func Resolve(path string) string {
	const most = 40 // links, as in Linux
	for range most {
		target, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return path
}

// Write writes a file under a temporary name and renames it after write has succeeded. After an error the file
// that was at path before is unchanged. A symbolic link stays one, and its target is written (Resolve).
func Write(path string, write func(io.Writer) error) error {
	f, err := renameio.NewPendingFile(Resolve(path), renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer f.Cleanup()
	if err := write(f); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// WriteBytes is Write for contents that are at hand.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
