package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// samples returns Parquet files of many writers, which travel in the module of parquet-go.
func samples(t testing.TB) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/parquet-go/parquet-go").Output()
	if err != nil {
		t.Skipf("needs the go command and the module of parquet-go: %v", err)
	}
	dir := filepath.Join(string(bytes.TrimSpace(out)), "testdata")
	var all []string
	for _, pattern := range []string{"*.parquet", "shredded_variant/*.parquet"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names...)
	}
	if len(all) == 0 {
		t.Skip("the module of parquet-go has no sample files")
	}
	return all
}

// TestColumnsAgainstParquetGo compares every value and level of the sample files with what parquet-go reads.
func TestColumnsAgainstParquetGo(t *testing.T) {
	for _, name := range samples(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Skipf("parquet-go: %v", err)
			}
			ours, err := Open(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				if len(theirs.RowGroups()) == 0 {
					t.Skipf("no columns: %v", err)
				}
				t.Fatal(err)
			}
			defer ours.Close()
			if filepath.Base(name) == "lz4_raw_compressed_larger.parquet" {
				t.Skip("parquet-go reads empty strings")
			}
			for g, group := range theirs.RowGroups() {
				for c, chunk := range group.ColumnChunks() {
					reader := columnReader{file: ours, node: ours.columns[c]}
					err := reader.open(&ours.footer.groups[g].chunks[c])
					compareChunk(t, &reader, err, chunk)
				}
			}
		})
	}
}

// compareChunk compares the entries of a column of a row group.
func compareChunk(t *testing.T, ours *columnReader, err error, theirs parquet.ColumnChunk) {
	t.Helper()
	pages := theirs.Pages()
	defer pages.Close()
	n := 0
	for {
		page, pageErr := pages.ReadPage()
		if errors.Is(pageErr, io.EOF) {
			break
		}
		if pageErr != nil {
			t.Logf("column %s: parquet-go: %v; ours: %v", ours.node.Name, pageErr, err)
			return
		}
		values := make([]parquet.Value, page.NumValues())
		if m, err := page.Values().ReadValues(values); m != len(values) {
			t.Fatalf("parquet-go: %d values of %d: %v", m, len(values), err)
		}
		for _, want := range values {
			if err != nil {
				t.Fatalf("column %s, entry %d: %v", ours.node.Name, n, err)
			}
			if ours.done {
				t.Fatalf("column %s ends after %d entries", ours.node.Name, n)
			}
			got := fmt.Sprintf("%d %d %s", ours.repetition, ours.definition, show(ours))
			if want := fmt.Sprintf("%d %d %s", want.RepetitionLevel(), want.DefinitionLevel(), showValue(want)); got != want {
				t.Fatalf("column %s, entry %d: %s, want %s", ours.node.Name, n, got, want)
			}
			n++
			err = ours.advance()
		}
	}
	if err != nil || !ours.done {
		t.Errorf("column %s goes on after %d entries: %v", ours.node.Name, n, err)
	}
}

func show(c *columnReader) string {
	switch {
	case c.definition < c.node.MaxDefinition:
		return "null"
	case c.node.Physical >= ByteArray || c.node.Physical == Int96:
		return fmt.Sprintf("%x", c.value.Bytes)
	}
	return fmt.Sprintf("%x", c.value.Bits)
}

func showValue(v parquet.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case v.Kind() == parquet.ByteArray || v.Kind() == parquet.FixedLenByteArray:
		return fmt.Sprintf("%x", v.ByteArray())
	case v.Kind() == parquet.Int96:
		var b []byte
		for _, word := range v.Int96() {
			b = binary.LittleEndian.AppendUint32(b, word)
		}
		return fmt.Sprintf("%x", b)
	case v.Kind() == parquet.Boolean:
		return map[bool]string{true: "1", false: "0"}[v.Boolean()]
	case v.Kind() == parquet.Int32:
		return fmt.Sprintf("%x", uint64(int64(v.Int32())))
	}
	return fmt.Sprintf("%x", v.Uint64())
}

// FuzzRows reads damaged files: every outcome is rows or an error that wraps loc2vec.ErrCorrupt, or says what is
// not read.
func FuzzRows(f *testing.F) {
	for _, name := range samples(f) {
		if data, err := os.ReadFile(name); err == nil && len(data) < 20_000 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		defer file.Close()
		rows := file.Rows()
		for range 1000 {
			if err := rows.Next(); err != nil {
				return
			}
			for _, field := range file.Fields {
				if err := rows.Discard(field); err != nil {
					return
				}
			}
		}
	})
}
