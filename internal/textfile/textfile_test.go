package textfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/loc2vec/loc2vec"
)

// wide returns a text in UTF-16.
func wide(text string, high, low int) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		pair := [2]byte{}
		pair[high], pair[low] = byte(u>>8), byte(u)
		b.Write(pair[:])
	}
	return b.String()
}

// compressed returns a text in members of gzip.
func compressed(t *testing.T, members ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, text := range members {
		w := gzip.NewWriter(&b)
		_, err := io.WriteString(w, text)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestNewReader(t *testing.T) {
	const text = "<gpx>Zürich 🗺 場所</gpx>\n"
	for name, file := range map[string]string{
		"plain":           text,
		"marked":          "\ufeff" + text,
		"little":          wide("\ufeff"+text, 1, 0),
		"big":             wide("\ufeff"+text, 0, 1),
		"little unmarked": wide(text, 1, 0),
		"big unmarked":    wide(text, 0, 1),
		"gzip":            compressed(t, text),
		"gzip members":    compressed(t, text[:9], text[9:]),
		"gzip of UTF-16":  compressed(t, wide("\ufeff"+text, 1, 0)),
	} {
		r, err := NewReader(strings.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, same := range []string{"", "\xff", "\xef\xbb", "lat,lon\n", "\xe9t\xe9"} {
		r, err := NewReader(strings.NewReader(same))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != same {
			t.Errorf("%q becomes %q, %v", same, got, err)
		}
	}
}

func TestNewReaderFails(t *testing.T) {
	whole := compressed(t, strings.Repeat("text ", 100))
	if _, err := NewReader(strings.NewReader(whole[:5])); !errors.Is(err, loc2vec.ErrCorrupt) {
		t.Errorf("a cut header: %v", err)
	}
	r, err := NewReader(strings.NewReader(whole[:len(whole)-9]))
	if err == nil {
		_, err = io.ReadAll(r)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a cut file: %v", err)
	}
}
