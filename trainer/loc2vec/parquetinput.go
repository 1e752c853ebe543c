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
)

// isParquet reports whether a file is Parquet by its name.
func isParquet(path string) bool {
	ending := strings.ToLower(filepath.Ext(path))
	return ending == ".parquet" || ending == ".geoparquet"
}

// parquetInput opens the input if it is Parquet by its first bytes, and returns nil if it is not. Standard input, which a
// pipe may be, is copied to a temporary file then; otherwise std.in still has all its bytes.
func (o *embedFlags) parquetInput(std *stdio, file string) (*parquetFile, error) {
	const magic = "PAR1"
	if o.at != "" {
		return nil, nil
	}
	if file == "" {
		in := bufio.NewReader(std.in)
		std.in = in
		if head, _ := in.Peek(len(magic)); string(head) != magic {
			return nil, nil
		}
		return o.spool(in)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); string(head) != magic && !(err == nil && isParquet(file)) {
		return nil, f.Close()
	}
	return o.openParquet(f, file)
}

// spool copies a stream to a temporary file, whose end is read first.
func (o *embedFlags) spool(in io.Reader) (*parquetFile, error) {
	f, err := os.CreateTemp("", "loc2vec-input-*")
	if err != nil {
		return nil, err
	}
	// The file goes with the process, however that ends. Where this is refused it is removed when it is closed.
	_ = os.Remove(f.Name())
	if _, err := io.Copy(f, in); err != nil {
		return nil, errors.Join(fmt.Errorf("copying standard input: %w", err), f.Close(), os.RemoveAll(f.Name()))
	}
	return o.openParquet(f, "standard input")
}

// parquetFile is a Parquet file of places.
type parquetFile struct {
	*geoparquet.Reader
	file *os.File
	name string
}

func (o *embedFlags) openParquet(f *os.File, name string) (*parquetFile, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r, err := geoparquet.NewReader(f, info.Size(), geoparquet.ReaderOptions{Lat: o.lat, Lon: o.lon, Guess: geofile.CoordinateColumns})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading places from %s: %w", name, err), f.Close())
	}
	return &parquetFile{r, f, name}, nil
}

// close closes the file, and removes it if it is temporary.
func (p *parquetFile) close() error {
	p.Reader.Close()
	err := p.file.Close()
	if p.name == "standard input" {
		err = errors.Join(err, os.RemoveAll(p.file.Name()))
	}
	return err
}

// places returns the places of the file. It reports and counts rows without a place.
func (p *parquetFile) places(std stdio) (wanted []rowPlace, bad int, err error) {
	for row := 1; ; row++ {
		r, err := p.Next()
		if errors.Is(err, io.EOF) {
			return wanted, bad, nil
		}
		if err != nil {
			return nil, bad, fmt.Errorf("reading row %d of %s: %w", row, p.name, err)
		}
		if r.Err != nil {
			if bad++; bad <= maxToldRows {
				fmt.Fprintf(std.err, "embed: row %d: %v\n", row, r.Err)
			}
			continue
		}
		wanted = append(wanted, rowPlace{r.Place, row})
	}
}
