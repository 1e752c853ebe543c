package deflate_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/deflate"
)

// TestBombs gives small data that says it is large, and that is larger than it says.
func TestBombs(t *testing.T) {
	var d deflate.Compressor
	packed, err := d.AppendGzip(nil, make([]byte, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	var f deflate.Expander
	if b, err := f.AppendGunzipped(nil, packed, 1<<20); err != nil || len(b) != 1<<20 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if _, err := f.AppendGunzipped(nil, packed, 1<<20-1); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("above the limit: %v", err)
	}
	says := func(size uint32) []byte {
		b := bytes.Clone(packed)
		binary.LittleEndian.PutUint32(b[len(b)-4:], size)
		return b
	}
	for _, size := range []uint32{0, 1<<20 - 1, 1<<20 + 1, 1 << 31} {
		if _, err := f.AppendGunzipped(nil, says(size), math.MaxInt32); !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("said to unpack to %d: %v", size, err)
		}
	}
}

// TestAppendZlib: another reader reads what is written, after what is there.
func TestAppendZlib(t *testing.T) {
	var d deflate.Compressor
	for _, want := range [][]byte{nil, []byte("tiles"), bytes.Repeat([]byte("of a map "), 9999)} {
		b, err := d.AppendZlib([]byte("before"), want)
		if err != nil {
			t.Fatal(err)
		}
		r, err := zlib.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("before"))))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v, want %d", len(got), err, len(want))
		}
	}
}
