// Package formatdoc reads the examples of FORMAT.md, for the tests that hold the code against them.
package formatdoc

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the hexadecimal examples of FORMAT.md that have no comments")

// Examples are the fenced blocks of FORMAT.md, named by the info string of their fence.
type Examples struct {
	path, text string
}

// Read reads the examples of the file.
func Read(t testing.TB, path string) *Examples {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &Examples{path: path, text: string(b)}
}

// span returns where the block's lines lie in the text.
func (f *Examples) span(t testing.TB, name string) (start, end int) {
	t.Helper()
	at := regexp.MustCompile("(?ms)^```"+regexp.QuoteMeta(name)+"\n(.*?)^```$").FindAllStringSubmatchIndex(f.text, -1)
	if len(at) != 1 {
		t.Fatalf("FORMAT.md has %d examples %q", len(at), name)
	}
	return at[0][2], at[0][3]
}

// Block returns the text of a block.
func (f *Examples) Block(t testing.TB, name string) string {
	start, end := f.span(t, name)
	return f.text[start:end]
}

// Hex returns the bytes of a block of hexadecimal numbers. A comment runs from # to the end of the line.
func (f *Examples) Hex(t testing.TB, name string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(f.Block(t, name)) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("example %q: %v", name, err)
	}
	return b
}

// SetHex replaces a block when -update is given.
func (f *Examples) SetHex(t testing.TB, name string, b []byte) {
	t.Helper()
	if !*update {
		return
	}
	var lines strings.Builder
	for ; len(b) > 0; b = b[min(32, len(b)):] {
		fmt.Fprintf(&lines, "% x\n", b[:min(32, len(b))])
	}
	start, end := f.span(t, name)
	f.text = f.text[:start] + lines.String() + f.text[end:]
	if err := os.WriteFile(f.path, []byte(f.text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Text returns the whole file.
func (f *Examples) Text() string { return f.text }
