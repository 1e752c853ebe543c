// Package extsort sorts records by a key in bounded memory, with runs in a temporary file.
package extsort

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// DefaultMemory bounds the records that are held at once: some hundred thousand places with their vectors.
const DefaultMemory = 32 << 20

// Options are the settings of a Sorter. The zero value is useful.
type Options struct {
	Memory int    // bytes of records held at once; 0: DefaultMemory
	Dir    string // of the temporary file; empty: that of the system
}

// Sorter takes records in any order and returns them by key. Records of equal key keep their order. It must be used
// by one goroutine, and closed.
type Sorter struct {
	opts    Options
	held    []byte // records of the run that grows
	entries []entry
	file    *os.File // sorted runs; nil: everything is held
	runs    []run
	size    int64 // of the file
}

// entry is a record that is held.
type entry struct {
	key        uint64
	start, end int
}

// entrySize is the memory of an entry in bytes.
const entrySize = 24

// run is a part of the file whose records are sorted.
type run struct{ start, end int64 }

// New returns an empty sorter.
func New(opts Options) *Sorter {
	if opts.Memory == 0 {
		opts.Memory = DefaultMemory
	}
	return &Sorter{opts: opts}
}

// Add adds a record. It copies it.
func (s *Sorter) Add(key uint64, record []byte) error {
	if len(s.entries) > 0 && len(s.held)+len(record)+entrySize*(len(s.entries)+1) > s.opts.Memory {
		if err := s.spill(); err != nil {
			return fmt.Errorf("sorting: %w", err)
		}
	}
	start := len(s.held)
	s.held = append(s.held, record...)
	s.entries = append(s.entries, entry{key, start, len(s.held)})
	return nil
}

func (s *Sorter) sort() {
	slices.SortStableFunc(s.entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
}

// spill writes the records that are held to the file, as a run.
func (s *Sorter) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.opts.Dir, "loc2vec-sort-*")
		if err != nil {
			return err
		}
		s.file = f
		// The file goes with the process, however that ends. Some systems refuse this; there Close removes it.
		_ = os.Remove(f.Name())
	}
	s.sort()
	w := bufio.NewWriterSize(s.file, 1<<18)
	start := s.size
	var head [2 * binary.MaxVarintLen64]byte
	for _, e := range s.entries {
		n := binary.PutUvarint(head[:], e.key)
		n += binary.PutUvarint(head[n:], uint64(e.end-e.start))
		w.Write(head[:n]) // the writer keeps its error for Flush
		w.Write(s.held[e.start:e.end])
		s.size += int64(n + e.end - e.start)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	s.runs = append(s.runs, run{start, s.size})
	s.held, s.entries = s.held[:0], s.entries[:0]
	return nil
}

// Each calls do for every record in order, once, and returns its first error. The record is valid during the call.
// No records may be added afterwards.
func (s *Sorter) Each(do func(record []byte) error) error {
	if len(s.runs) == 0 {
		s.sort()
		for _, e := range s.entries {
			if err := do(s.held[e.start:e.end]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.spill(); err != nil {
		return fmt.Errorf("sorting: %w", err)
	}
	s.held, s.entries = nil, nil
	return s.merge(do)
}

func (s *Sorter) merge(do func(record []byte) error) error {
	const most = 1 << 18
	var h runHeap
	for i, r := range s.runs {
		buffer := min(most, max(1<<12, s.opts.Memory/len(s.runs)))
		c := &cursor{run: i, from: bufio.NewReaderSize(io.NewSectionReader(s.file, r.start, r.end-r.start), buffer)}
		if err := c.next(); err != nil { // a run has at least one record
			return fmt.Errorf("sorting: %w", err)
		}
		h = append(h, c)
	}
	heap.Init(&h)
	for len(h) > 0 {
		if err := do(h[0].record); err != nil {
			return err
		}
		switch err := h[0].next(); {
		case errors.Is(err, io.EOF):
			heap.Pop(&h)
		case err != nil:
			return fmt.Errorf("sorting: %w", err)
		default:
			heap.Fix(&h, 0)
		}
	}
	return nil
}

// Close removes the temporary file.
func (s *Sorter) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if e := os.Remove(s.file.Name()); e != nil && !errors.Is(e, os.ErrNotExist) {
		err = errors.Join(err, e)
	}
	s.file = nil
	return err
}

// cursor reads the records of a run.
type cursor struct {
	run    int
	from   *bufio.Reader
	key    uint64
	record []byte
}

// next reads the next record. It returns io.EOF at the end of the run.
func (c *cursor) next() error {
	key, err := binary.ReadUvarint(c.from)
	if err != nil {
		return err
	}
	n, err := binary.ReadUvarint(c.from)
	if err != nil {
		return unexpected(err)
	}
	c.key = key
	c.record = slices.Grow(c.record[:0], int(n))[:n]
	_, err = io.ReadFull(c.from, c.record)
	return unexpected(err)
}

// unexpected returns the error of a file that ends within a record.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// runHeap has the run with the least key first; of equal keys the earlier run.
type runHeap []*cursor

func (h runHeap) Len() int { return len(h) }
func (h runHeap) Less(i, j int) bool {
	return h[i].key < h[j].key || h[i].key == h[j].key && h[i].run < h[j].run
}
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)   { *h = append(*h, x.(*cursor)) }
func (h *runHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
