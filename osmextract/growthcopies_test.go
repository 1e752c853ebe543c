//go:build unix

package osmextract

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
)

// idsApart and degreesApart separate the copies of an extract. London is .85 degrees wide.
const (
	idsApart     = 10_000_000_000
	degreesApart = 1
)

// copiesOfLondon writes several copies of Greater London, side by side, into one file through the text
// format of osmium, and returns its path.
func copiesOfLondon(t *testing.T, copies int) string {
	t.Helper()
	if _, err := exec.LookPath("osmium"); err != nil {
		t.Skip("needs osmium-tool: not installed")
	}
	london, path := osmtestdata.Path(t, "london"), filepath.Join(t.TempDir(), "londons.osm.pbf")
	writer := exec.Command("osmium", "cat", "-F", "opl", "-", "-o", path, "--no-progress")
	in, err := writer.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriterSize(in, 1<<20)
	for _, kind := range []string{"node", "way", "relation"} { // the order of a sorted file
		for i := range copies {
			shiftObjects(t, out, london, kind, i)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := writer.Wait(); err != nil {
		t.Fatal(err)
	}
	return path
}

// shiftObjects writes the elements of a type as text for one copy.
func shiftObjects(t *testing.T, out io.Writer, pbf, kind string, index int) {
	t.Helper()
	reader := exec.Command("osmium", "cat", pbf, "-t", kind, "-f", "opl", "--no-progress")
	text, err := reader.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 64<<20)
	var line []byte
	for lines.Scan() {
		line = append(shiftObject(line[:0], lines.Bytes(), index), '\n')
		if _, err := out.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if err := reader.Wait(); err != nil {
		t.Fatal(err)
	}
}

// shiftObject appends a line of text with shifted ids, references and longitude. A field is a letter and
// its value: n, w, r an element, x a longitude, N and M references.
func shiftObject(dst, line []byte, index int) []byte {
	for i, field := range bytes.Split(line, []byte{' '}) {
		if i > 0 {
			dst = append(dst, ' ')
		}
		switch {
		case i == 0:
			dst = shiftID(dst, field, index)
		case len(field) > 1 && field[0] == 'x':
			lon, err := strconv.ParseFloat(string(field[1:]), 64)
			if err != nil {
				panic(err) // osmium wrote it
			}
			dst = strconv.AppendFloat(append(dst, 'x'), lon+float64(degreesApart*index), 'f', 7, 64)
		case len(field) > 1 && (field[0] == 'N' || field[0] == 'M'):
			dst = append(dst, field[0])
			for k, reference := range bytes.Split(field[1:], []byte{','}) {
				if k > 0 {
					dst = append(dst, ',')
				}
				dst = shiftID(dst, reference, index)
			}
		default:
			dst = append(dst, field...)
		}
	}
	return dst
}

// shiftID appends "n123@role" with a shifted id.
func shiftID(dst, reference []byte, index int) []byte {
	number, role, hasRole := bytes.Cut(reference[1:], []byte{'@'})
	id, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		panic(err) // osmium wrote it
	}
	dst = strconv.AppendInt(append(dst, reference[0]), id+idsApart*int64(index), 10)
	if hasRole {
		dst = append(append(dst, '@'), role...)
	}
	return dst
}
