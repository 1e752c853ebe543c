package pbf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/osm"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/budget"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// blockBudget is what decoding a block may take, for each of its uncompressed bytes.
func blockBudget() budget.Limit {
	return budget.Limit{Memory: 4 << 20, MemoryPerByte: 250, Time: 100 * time.Millisecond, TimePerByte: 2 * time.Microsecond}
}

// TestHostileBlocks: blocks of millions of empty things are refused at the limits, and take no more memory than their budget.
func TestHostileBlocks(t *testing.T) {
	repeat := func(n int, b ...byte) []byte { return bytes.Repeat(b, n) }
	table := wire.AppendBytes(nil, 1, wire.AppendBytes(wire.AppendBytes(nil, 1, nil), 1, []byte("a")))
	group := func(field int, element []byte) []byte {
		return wire.AppendBytes(bytes.Clone(table), 2, wire.AppendBytes(nil, field, element))
	}
	fields := func(kv ...any) (b []byte) {
		for i := 0; i < len(kv); i += 2 {
			b = wire.AppendBytes(b, kv[i].(int), kv[i+1].([]byte))
		}
		return b
	}
	node := wire.AppendBytes(nil, 2, wire.AppendBytes(nil, 1, nil))
	m := budget.New(blockBudget())
	for name, c := range map[string]struct {
		block []byte
		want  string
	}{
		"strings":         {append(wire.AppendBytes(nil, 1, repeat(maxStrings+1, 1<<3|2, 0)), node...), "strings in a block"},
		"groups":          {repeat(maxGroups+1, 2<<3|2, 0), "groups in a block"},
		"nodes of a way":  {group(3, fields(8, repeat(maxNodes+1, 2))), "262144 nodes"},
		"members":         {group(4, fields(8, repeat(maxNodes+1, 0), 9, repeat(maxNodes+1, 2), 10, repeat(maxNodes+1, 1))), "262144 members"},
		"tags":            {group(3, fields(2, repeat(maxTags+1, 1), 3, repeat(maxTags+1, 1))), "65536 tags"},
		"tags of a node":  {group(2, fields(1, repeat(1, 2), 8, repeat(1, 2), 9, repeat(1, 2), 10, repeat(2*maxTags+2, 1))), "65536 tags"},
		"the most nodes":  {group(3, fields(8, repeat(maxNodes, 2))), ""},
		"dense nodes":     {group(2, fields(1, repeat(maxNodes, 2), 8, repeat(maxNodes, 0), 9, repeat(maxNodes, 0))), ""},
		"empty elements":  {wire.AppendBytes(bytes.Clone(table), 2, repeat(1<<20, 3<<3|2, 0)), ""},
		"unknown fields":  {repeat(1<<20, 14<<3|2, 0), ""},
		"the most groups": {repeat(maxGroups, 2<<3|2, 0), ""},
	} {
		t.Run(name, func(t *testing.T) {
			m.Check(t, len(c.block), func() {
				var d Decoder
				err := d.DecodeContent(c.block, Blob{}, Nodes|Ways|Relations, func(osm.Object) error { return nil })
				if (c.want == "") != (err == nil) || c.want != "" && (!errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("%v, want %q", err, c.want)
				}
			})
		})
	}
}

// TestHostileBlob: a blob that inflates to a hundred times its size or more is refused before memory is taken for it.
func TestHostileBlob(t *testing.T) {
	for size, refused := range map[int]bool{freeBytes: false, 8 << 20: true} {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		if _, err := w.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		blob := wire.AppendBytes(wire.AppendVarint(nil, 2, uint64(size)), zlibField, z.Bytes())
		most := budget.Limit{Memory: 64 << 10, Time: time.Second}
		if !refused {
			most.Memory = 2 * freeBytes
		}
		budget.New(most).Check(t, len(blob), func() {
			var f inflater
			got, err := f.blob(blob)
			if refused != errors.Is(err, loc2vec.ErrCorrupt) || !refused && len(got) != size {
				t.Errorf("%d bytes: %d, %v", size, len(got), err)
			}
		})
	}
}
