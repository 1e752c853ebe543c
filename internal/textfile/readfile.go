package textfile

import (
	"fmt"
	"io"
	"os"

	"github.com/loc2vec/loc2vec"
)

// ReadFile returns the bytes of a file that has up to most bytes, as they are. A longer one, such as a device that never
// ends, is an error that wraps loc2vec.ErrCorrupt.
func ReadFile(path string, most int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > most {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", path, loc2vec.ErrCorrupt, most)
	}
	return data, nil
}
