package pack

import (
	"bytes"
	"os"
	"slices"
	"testing"
)

// TestSpool: tile data comes back as it was written, from memory or from a file, and no file stays.
func TestSpool(t *testing.T) {
	for name, sizes := range map[string][]int{
		"nothing":           nil,
		"memory":            {100, 1000},
		"exactly in memory": {maxSpoolMemory - 1, 1},
		"a file":            {1000, maxSpoolMemory, 1000},
		"a file at once":    {maxSpoolMemory + 1},
	} {
		dir := t.TempDir()
		s := spool{dir: dir}
		var want []byte
		for i, n := range sizes {
			data := slices.Repeat([]byte{byte(i + 1)}, n)
			want = append(want, data...)
			if k, err := s.Write(data); k != n || err != nil {
				t.Fatalf("%s: wrote %d bytes, %v", name, k, err)
			}
		}
		if inFile := s.file != nil; inFile != (len(want) > maxSpoolMemory) {
			t.Errorf("%s: in a file %v", name, inFile)
		}
		var got bytes.Buffer
		if n, err := s.WriteTo(&got); n != int64(len(want)) || err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		for range 2 {
			if err := s.remove(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: files %v, %v", name, left, err)
		}
	}
	bad := spool{dir: "no such directory"}
	if _, err := bad.Write(make([]byte, maxSpoolMemory+1)); err == nil {
		t.Error("no error without a directory")
	}
}
