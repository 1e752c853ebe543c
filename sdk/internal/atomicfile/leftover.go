package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// temporaryPrefix starts the names of files that are being written.
const temporaryPrefix = ".loc2vec-"

// RemoveLeftovers removes the temporary files in a directory whose processes were killed, and none that a
// process is writing.
func RemoveLeftovers(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), temporaryPrefix) || !e.Type().IsRegular() {
			continue
		}
		if err := removeLeftover(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
