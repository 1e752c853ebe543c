package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/loc2vec/loc2vec/trainer/internal/geofile"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
	"github.com/loc2vec/loc2vec/trainer/internal/table"
)

// isParquet reports whether a file is Parquet by its name.
func isParquet(path string) bool {
	ending := strings.ToLower(filepath.Ext(path))
	return ending == ".parquet" || ending == ".geoparquet"
}

// openIfParquet opens the input if it is Parquet by its first bytes, and returns nil if it is not. Standard input, which a
// pipe may be, is copied to a temporary file then; otherwise std.in still has all its bytes.
func (s *tableSource) openIfParquet(std *stdio) (*parquetFile, error) {
	const magic = "PAR1"
	if s.at != "" {
		return nil, nil
	}
	if s.file == "" {
		in := bufio.NewReader(std.in)
		std.in = in
		if head, _ := in.Peek(len(magic)); string(head) != magic {
			return nil, nil
		}
		f, err := spool(in)
		if err != nil {
			return nil, err
		}
		return s.openParquet(f, "standard input")
	}
	f, err := os.Open(s.file)
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); string(head) != magic && !(err == nil && isParquet(s.file)) {
		return nil, f.Close()
	}
	return s.openParquet(f, s.file)
}

// spool copies a stream to a temporary file, whose end is read first.
func spool(in io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "loc2vec-input-*")
	if err != nil {
		return nil, err
	}
	// The file goes with the process, however that ends. Where this is refused it is removed when it is closed.
	_ = os.Remove(f.Name())
	if _, err := io.Copy(f, in); err != nil {
		return nil, errors.Join(fmt.Errorf("copying standard input: %w", err), f.Close(), os.RemoveAll(f.Name()))
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// parquetFile is a Parquet file of places.
type parquetFile struct {
	table.Reader // of its rows, with their places
	file         *geoparquet.Reader
	in           *os.File
	name         string
}

func (s *tableSource) openParquet(f *os.File, name string) (*parquetFile, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	opts := geoparquet.ReaderOptions{
		Lat: s.lat, Lon: s.lon, Guess: geofile.CoordinateColumns, Combined: s.combined, GuessCombined: geofile.CombinedColumn, Vectors: s.vectors,
	}
	r, err := geoparquet.NewReader(f, info.Size(), opts)
	if errors.Is(err, geoparquet.ErrNoVectors) {
		opts.Vectors = false
		r, err = geoparquet.NewReader(f, info.Size(), opts)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading places from %s: %w", name, err), f.Close())
	}
	places := &parquetFile{r, r, f, name}
	if r.Combined() >= 0 {
		pairs := s.pairs
		pairs.Guessed = s.combined == ""
		places.Reader = table.NewCombined(r, r.Combined(), pairs)
	}
	return places, nil
}

// Close closes the file, and removes it if it is temporary.
func (p *parquetFile) Close() error {
	err := errors.Join(p.Reader.Close(), p.in.Close())
	if p.name == "standard input" {
		err = errors.Join(err, os.RemoveAll(p.in.Name()))
	}
	return err
}
