package pbf_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/osm"
	"github.com/pierrec/lz4/v4"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/osmextract/internal/pbf"
)

// compressedBlob makes a Blob message that says to hold size bytes, by the field of its compression.
func compressedBlob(tb testing.TB, field protowire.Number, content []byte, size int) []byte {
	tb.Helper()
	switch field {
	case 3:
		return zlibBlob(content, size)
	case 6:
		packed := make([]byte, lz4.CompressBlockBound(len(content)))
		n, err := lz4.CompressBlock(content, packed, nil)
		if err != nil || n == 0 {
			tb.Fatalf("compressing with lz4: %d bytes, %v", n, err)
		}
		return join(varintField(2, uint64(size)), bytesField(6, packed[:n]))
	case 7:
		w, err := zstd.NewWriter(nil)
		if err != nil {
			tb.Fatal(err)
		}
		defer w.Close()
		return join(varintField(2, uint64(size)), bytesField(7, w.EncodeAll(content, nil)))
	}
	return bytesField(1, content)
}

// Blobs of every supported compression hold the same elements, in turn in one file, and the stated size
// is exact and bounded in all of them.
func TestCompressions(t *testing.T) {
	dense := join(packedField(1, zigzags(1, 1, 1)...), packedField(8, zigzags(10, 20, 30)...), packedField(9, zigzags(10, 20, 30)...))
	block := join(stringTable("a", "b", strings.Repeat("a name ", 100)), group(bytesField(2, dense)))
	fields := map[string]protowire.Number{"none": 1, "zlib": 3, "lz4": 6, "zstd": 7}
	file := rawHeader(nil)
	for range 2 {
		for _, field := range fields {
			file = append(file, frame("OSMData", compressedBlob(t, field, block, len(block)))...)
		}
	}
	got, err := list(file)
	if err != nil || len(got) != 3*2*len(fields) {
		t.Errorf("%d elements, %v", len(got), err)
	}
	for name, field := range fields {
		if name == "none" {
			continue
		}
		tests := []struct {
			content []byte
			size    int
			want    string
		}{
			{make([]byte, 100), 50, "inflating"},
			{make([]byte, 100), 150, "instead of 150"},
			{make([]byte, 100), 0, "inflate to 0"},
			{make([]byte, 64<<20), 1 << 10, "inflating"},
			{make([]byte, 100), math.MaxInt32, "inflate to"},
			{make([]byte, 100), 1<<25 + 1, "inflate to"},
		}
		for _, test := range tests {
			_, err := list(join(rawHeader(nil), frame("OSMData", compressedBlob(t, field, test.content, test.size))))
			if err == nil || !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %d bytes said to be %d: %v, want %q", name, len(test.content), test.size, err, test.want)
			}
		}
		good := join(rawHeader(nil), frame("OSMData", compressedBlob(t, field, block, len(block))))
		want, err := list(good)
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			flipped := bytes.Clone(good)
			flipped[i] ^= 0x40
			// lz4 has no checksum: all that counts is that nothing panics.
			if got, err := list(flipped); err == nil && name == "zlib" && len(got) > 0 && fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: byte %d flipped: %v without an error", name, i, got)
			}
		}
	}
}

// A small blob that says to hold much takes no more memory than the limit.
func TestInflatingIsBounded(t *testing.T) {
	const limit = 32 << 20
	for _, field := range []protowire.Number{3, 6, 7} {
		file := join(rawHeader(nil), frame("OSMData", compressedBlob(t, field, make([]byte, 4*limit), limit)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := list(file); err == nil {
			t.Errorf("compression %d: no error", field)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 3*limit {
			t.Errorf("compression %d: %d bytes allocated", field, got)
		}
	}
}

// locatedNodes lists ids and coordinates of the nodes of the ways in a file.
func locatedNodes(t *testing.T, file []byte) []string {
	t.Helper()
	f, err := pbf.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var nodes []string
	var d pbf.Decoder
	for _, blob := range f.Blobs {
		err := d.Decode(f, blob, pbf.Ways, func(o osm.Object) error {
			for _, n := range o.(*osm.Way).Nodes {
				nodes = append(nodes, fmt.Sprintf("%d %.7f %.7f", n.ID, n.Lat, n.Lon))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !d.Located || !f.Header.LocatedWays {
			t.Errorf("located: block %v, header %v", d.Located, f.Header.LocatedWays)
		}
	}
	return nodes
}

// The coordinates of a way's nodes are deltas in the numbers of the block.
func TestLocatedWays(t *testing.T) {
	way := func(fields ...[]byte) []byte {
		block := join(stringTable("highway", "path"), varintField(17, 1000), varintField(19, 30_000_000_000),
			group(bytesField(3, join(append([][]byte{varintField(1, 9), packedField(8, zigzags(4, 1)...)}, fields...)...))))
		return join(rawHeader(bytesField(5, []byte("LocationsOnWays"))), data(block))
	}
	file := way(packedField(9, zigzags(-5, 7)...), packedField(10, zigzags(3, -1)...))
	got := locatedNodes(t, file)
	if want := "[4 29.9999950 0.0000030 5 30.0000020 0.0000020]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	bad := [][]byte{
		way(packedField(9, zigzags(-5)...), packedField(10, zigzags(3, -1)...)),
		way(packedField(9, zigzags(-5, 7)...), packedField(10, zigzags(3)...)),
		way(packedField(9, zigzags(-5, 7)...)),
		way(packedField(10, zigzags(-5, 7)...)),
		way(packedField(9, zigzags(-5, 7, 1)...), packedField(10, zigzags(3, -1, 1)...)),
		way(bytesField(9, []byte{2, 0x80}), packedField(10, zigzags(3, -1)...)),
	}
	for i, file := range bad {
		if _, err := list(file); !errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), "way 9") {
			t.Errorf("bad file %d: %v", i, err)
		}
	}
}
