package pack

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// maxSpoolMemory is how many bytes of tile data a spool keeps in memory before it creates a file.
const maxSpoolMemory = 1 << 20

// spool stores the tile data of a Writer until Close: in memory, or in a temporary file if there is much.
type spool struct {
	dir    string // of the temporary file, "" for os.TempDir
	memory bytes.Buffer
	file   *os.File
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file != nil {
		return s.file.Write(p)
	}
	if s.memory.Len()+len(p) <= maxSpoolMemory {
		return s.memory.Write(p)
	}
	f, err := os.CreateTemp(s.dir, "loc2vec-pack-*")
	if err != nil {
		return 0, err
	}
	s.file = f
	if _, err := s.memory.WriteTo(f); err != nil {
		return 0, err
	}
	s.memory = bytes.Buffer{}
	return f.Write(p)
}

// WriteTo copies everything that was written to w.
func (s *spool) WriteTo(w io.Writer) (int64, error) {
	if s.file == nil {
		return s.memory.WriteTo(w)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	return io.Copy(w, s.file)
}

// remove deletes the temporary file.
func (s *spool) remove() error {
	s.memory = bytes.Buffer{}
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.file.Close(), os.Remove(s.file.Name()))
	s.file = nil
	return err
}
