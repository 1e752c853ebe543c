package contextio_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/internal/contextio"
)

func TestReaders(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	text := strings.NewReader("Bremen")
	r, at := contextio.NewReader(ctx, text), contextio.NewReaderAt(ctx, text)
	p := make([]byte, 3)
	if n, err := r.Read(p); err != nil || string(p[:n]) != "Bre" {
		t.Errorf("read %q: %v", p[:n], err)
	}
	if n, err := at.ReadAt(p, 3); err != nil || string(p[:n]) != "men" {
		t.Errorf("read %q: %v", p[:n], err)
	}
	cancel()
	if n, err := r.Read(p); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("read %d bytes after the end of the context: %v", n, err)
	}
	if n, err := at.ReadAt(p, 0); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("read %d bytes at an offset after the end of the context: %v", n, err)
	}
	if rest, _ := io.ReadAll(text); string(rest) != "men" {
		t.Errorf("%q is left, want what was not read", rest)
	}
}
