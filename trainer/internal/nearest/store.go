// Package nearest finds the places whose vectors are nearest to those of others.
//
// A search is exact: it compares every query with every vector. Vectors lie in a temporary file, and a search keeps a
// bounded number of candidates, so memory does not grow with the number of places.
package nearest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/loc2vec/loc2vec"
)

// Item is a place with its vector.
type Item struct {
	// Row is the caller's number of the item, which no other item of a Store has. Of items at the same distance the one
	// with the least number comes first.
	Row    int64
	Place  loc2vec.LatLon
	Vector [loc2vec.Dimension]float32
}

// itemBytes is the size of an item in the file: its row, its place and its vector.
const itemBytes = 8 + 2*8 + loc2vec.Dimension*4

// Store holds the items to search among in a temporary file. Items are added by one goroutine; then any number of
// goroutines may search. It must be closed.
type Store struct {
	file  *os.File
	out   *bufio.Writer
	items int64
}

// NewStore returns an empty store.
func NewStore() (*Store, error) {
	f, err := os.CreateTemp("", "loc2vec-vectors-*")
	if err != nil {
		return nil, fmt.Errorf("making a file of vectors: %w", err)
	}
	// The file goes with the process, however that ends. Where this is refused it is removed when it is closed.
	_ = os.Remove(f.Name())
	return &Store{file: f, out: bufio.NewWriterSize(f, 1<<20)}, nil
}

// Add adds an item, whose vector must have finite numbers. It keeps nothing of it.
func (s *Store) Add(item *Item) error {
	var b [itemBytes]byte
	binary.LittleEndian.PutUint64(b[0:], uint64(item.Row))
	binary.LittleEndian.PutUint64(b[8:], math.Float64bits(item.Place.Lat))
	binary.LittleEndian.PutUint64(b[16:], math.Float64bits(item.Place.Lon))
	for i, v := range item.Vector {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return errors.New("a vector with NaN or infinite numbers")
		}
		binary.LittleEndian.PutUint32(b[24+4*i:], math.Float32bits(v))
	}
	if _, err := s.out.Write(b[:]); err != nil {
		return fmt.Errorf("keeping vectors: %w", err)
	}
	s.items++
	return nil
}

// Len returns the number of items.
func (s *Store) Len() int64 { return s.items }

// flush makes all items readable.
func (s *Store) flush() error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("keeping vectors: %w", err)
	}
	return nil
}

// read fills dst with items from a position on. buffer has room for all of them.
func (s *Store) read(dst []Item, from int64, buffer []byte) error {
	buffer = buffer[:len(dst)*itemBytes]
	if _, err := s.file.ReadAt(buffer, from*itemBytes); err != nil && err != io.EOF {
		return fmt.Errorf("reading vectors back: %w", err)
	}
	for i := range dst {
		b, item := buffer[i*itemBytes:], &dst[i]
		item.Row = int64(binary.LittleEndian.Uint64(b[0:]))
		item.Place.Lat = math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))
		item.Place.Lon = math.Float64frombits(binary.LittleEndian.Uint64(b[16:]))
		for d := range item.Vector {
			item.Vector[d] = math.Float32frombits(binary.LittleEndian.Uint32(b[24+4*d:]))
		}
	}
	return nil
}

// Sample returns n items, or all if there are fewer, that are evenly spread over the order in which they were added.
func (s *Store) Sample(n int) ([]Item, error) {
	if err := s.flush(); err != nil {
		return nil, err
	}
	n = int(min(int64(n), s.items))
	sample, buffer := make([]Item, n), make([]byte, itemBytes)
	for i := range sample {
		if err := s.read(sample[i:i+1], int64(i)*s.items/int64(n), buffer); err != nil {
			return nil, err
		}
	}
	return sample, nil
}

// Close removes the file.
func (s *Store) Close() error {
	err := s.file.Close()
	if removeErr := os.RemoveAll(s.file.Name()); err == nil {
		err = removeErr
	}
	return err
}
