package printable

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
)

// TestWriter: text comes out as it is, lines and tabs too, and what a terminal obeys does not, in whatever pieces it is
// written.
func TestWriter(t *testing.T) {
	const text = "name\tvalue ö €\U0001f30d\n\x1b[2K\r\u202eabc\x9b1m \xe2\x82\n"
	const want = "name\tvalue ö €\U0001f30d\n\\u001b[2K\\u000d\\u202eabc\\x9b1m \\xe2\\x82\n"
	for size := 1; size <= len(text); size++ {
		var b bytes.Buffer
		w := NewWriter(&b)
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			if n, err := io.WriteString(w, rest[:min(size, len(rest))]); n != min(size, len(rest)) || err != nil {
				t.Fatal(n, err)
			}
		}
		if b.String() != want {
			t.Fatalf("in pieces of %d bytes: %q, want %q", size, b.String(), want)
		}
	}
	if w := NewWriter(io.Discard); NewWriter(w) != w || w.Terminal() != nil {
		t.Error("a writer of a writer")
	}
}

func TestWriterError(t *testing.T) {
	broken := errors.New("broken")
	if _, err := NewWriter(failing{broken}).Write([]byte("x")); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzWriter: no bytes come out that a terminal obeys, in whatever pieces they are written.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("a\x1b[1m\xc2"), []byte("\x9b2J"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var b bytes.Buffer
		w := NewWriter(&b)
		for _, p := range [][]byte{first, second, []byte("\n")} {
			if _, err := w.Write(p); err != nil {
				t.Fatal(err)
			}
		}
		text := b.String()
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && (unicode.IsControl(r) || obeyed(r)) }); i >= 0 || strings.ToValidUTF8(text, "") != text {
			t.Errorf("%q, %q: %q", first, second, text)
		}
	})
}
