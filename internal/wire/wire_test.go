package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// field is a field as Reader reports it.
type field struct {
	number int
	kind   wire.Type
	value  uint64
	bytes  string
}

func fields(message []byte) ([]field, error) {
	var all []field
	r := wire.NewReader(message)
	for r.Next() {
		all = append(all, field{r.Field, r.Type, r.Value, string(r.Bytes)})
	}
	return all, r.Err()
}

func TestReaderReadsWhatIsAppended(t *testing.T) {
	b := wire.AppendVarint(nil, 1, 150)
	b = wire.AppendBytes(b, 2, []byte("testing"))
	b = wire.AppendFixed32(b, 1<<29-1, math.Float32bits(1.5))
	b = wire.AppendVarint(b, 16, math.MaxUint64)
	b = wire.AppendBytes(b, 3, nil)
	b = append(b, 5<<3|1, 1, 2, 3, 4, 5, 6, 7, 8)
	want := []field{
		{1, wire.Varint, 150, ""},
		{2, wire.Bytes, 0, "testing"},
		{1<<29 - 1, wire.Fixed32, 0x3fc00000, ""},
		{16, wire.Varint, math.MaxUint64, ""},
		{3, wire.Bytes, 0, ""},
		{5, wire.Fixed64, 0x0807060504030201, ""},
	}
	got, err := fields(b)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("fields %v, %v, want %v", got, err, want)
	}
	// Bytes of the first two fields as the specification gives them.
	if head := b[:12]; !bytes.Equal(head, []byte("\x08\x96\x01\x12\x07testing")) {
		t.Errorf("encoded as %x", head)
	}
}

func TestReaderRejects(t *testing.T) {
	for name, message := range map[string][]byte{
		"key cut off":        {0x80},
		"field number 0":     {0, 1},
		"field number 2^29":  binary.AppendUvarint(nil, 1<<32),
		"number cut off":     {8, 0x80},
		"number of 65 bits":  {8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2},
		"bytes cut off":      {18, 2, 'a'},
		"length of 2^64 - 1": append([]byte{18}, binary.AppendUvarint(nil, math.MaxUint64)...),
		"fixed32 cut off":    {13, 1, 2, 3},
		"fixed64 cut off":    {9, 1, 2, 3, 4, 5, 6, 7},
		"group":              {11},
		"wire type 7":        {15},
	} {
		if got, err := fields(message); len(got) > 0 || !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Errorf("%s: fields %v, error %v", name, got, err)
		}
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	b := wire.AppendBytes(wire.AppendVarint(nil, 1, 1<<40), 2, []byte("testing"))
	if n := testing.AllocsPerRun(100, func() {
		for r := wire.NewReader(b); r.Next(); {
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(wire.AppendBytes(wire.AppendVarint(nil, 1, 150), 2, []byte("testing")))
	f.Fuzz(func(t *testing.T, message []byte) {
		total := 0
		r := wire.NewReader(message)
		for r.Next() {
			total += len(r.Bytes)
		}
		if total > len(message) {
			t.Fatalf("fields of %d bytes in a message of %d", total, len(message))
		}
		if err := r.Err(); err != nil && !errors.Is(err, loc2vec.ErrCorrupt) {
			t.Fatal(err)
		}
		v, n := wire.Uvarint(message)
		if want, m := binary.Uvarint(message); m > 0 && (v != want || n != m) || m <= 0 && n != 0 {
			t.Fatalf("number %d of %d bytes, want %d of %d", v, n, want, m)
		}
	})
}
