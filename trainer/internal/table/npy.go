package table

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// npyHeader is the length of a header of NPY 1.0, with room for any number of rows.
const npyHeader = 128

// npy writes a matrix of NumPy.
type npy struct {
	file       io.WriteSeeker
	out        *bufio.Writer
	dimensions int
	rows       int64
	row        []byte
}

// NewNPY returns a writer of NumPy's format (NPY 1.0): a float32 matrix with a row for each row, NaN for one without a
// vector, and no other column. The number of rows stands at the start, which is written last.
func NewNPY(file io.WriteSeeker, schema Schema) (Writer, error) {
	n := &npy{file: file, out: bufio.NewWriter(file), dimensions: schema.Dimensions}
	_, err := n.out.Write(n.header())
	return n, err
}

func (n *npy) header() []byte {
	dict := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", n.rows, n.dimensions)
	return fmt.Appendf(nil, "\x93NUMPY\x01\x00%c\x00%-*s\n", npyHeader-10, npyHeader-11, dict)
}

// Write implements Writer.
func (n *npy) Write(row *Row) error {
	n.rows++
	n.row = n.row[:0]
	for i := range n.dimensions {
		v := float32(math.NaN())
		if row.Vector != nil {
			v = row.Vector[i]
		}
		n.row = binary.LittleEndian.AppendUint32(n.row, math.Float32bits(v))
	}
	_, err := n.out.Write(n.row)
	return err
}

// Flush implements Writer.
func (n *npy) Flush() error { return n.out.Flush() }

// Finish implements Writer.
func (n *npy) Finish() error {
	if err := n.out.Flush(); err != nil {
		return err
	}
	if _, err := n.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := n.file.Write(n.header()); err != nil {
		return err
	}
	_, err := n.file.Seek(0, io.SeekEnd)
	return err
}

// Close implements Writer.
func (n *npy) Close() error { return nil }
