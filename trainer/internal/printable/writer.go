package printable

import (
	"bytes"
	"io"
	"os"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// Writer escapes what is written to it as Text does, but for line feeds and tabs: whatever a program prints through it,
// a terminal shows. Text and Lines still are to be called for texts that must not begin a line. Safe for concurrent use.
type Writer struct {
	w io.Writer

	mu   sync.Mutex
	rest []byte // the beginning of a character, whose end comes with the next Write
}

// NewWriter returns a Writer that writes to w, which is w itself if it is one.
func NewWriter(w io.Writer) *Writer {
	if escaping, ok := w.(*Writer); ok {
		return escaping
	}
	return &Writer{w: w}
}

// Write writes p escaped. It returns len(p) unless the writer behind returns an error. If p ends within a character, Write
// keeps its bytes for the next call.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	end := wholeRunes(text)
	w.rest = bytes.Clone(text[end:])
	if _, err := io.WriteString(w.w, escape(string(text[:end]), "\n\t")); err != nil {
		return 0, err
	}
	return len(p), nil
}

// wholeRunes returns the length of b without the beginning of a character at its end.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= max(len(b)-utf8.UTFMax+1, 0); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// Terminal returns the terminal that is written to, or nil if it is something else. What goes there directly, such as a
// progress bar, is not escaped.
func (w *Writer) Terminal() *os.File {
	if f, ok := w.w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}
