package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// patience is how long a call may go on after its context has ended: the 50 ms that the package promises, times what
// a loaded machine adds.
const patience = 2 * time.Second

// within calls f and cancels it: it must return soon, with the error of the context.
func within(t *testing.T, name string, f func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	select {
	case err := <-done:
		t.Errorf("%s: ended before it was cancelled: %v", name, err)
		return
	case <-time.After(20 * time.Millisecond):
	}
	cancel()
	start := time.Now()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
		t.Logf("%s: returned %v after it was cancelled", name, time.Since(start))
	case <-time.After(patience):
		t.Errorf("%s: goes on after it was cancelled", name)
	}
}

// TestCancelled: a cancelled context stops every function before it does anything.
func TestCancelled(t *testing.T) {
	t.Run("without keys", func(t *testing.T) { testCancelled(t, store.Options{}) })
	t.Run("with keys", func(t *testing.T) { testCancelled(t, store.Options{PublicKeys: publics(key(1))}) })
}

func testCancelled(t *testing.T, opts store.Options) {
	s := openStore(t, t.TempDir(), opts)
	data, model := testworld.Pack(t, "west", testworld.Schema, west), testworld.BundleFile(t, "lite")
	install(t, s, "west.pmtiles", data, store.InstallOptions{Signature: sign(t, data, key(1))})
	install(t, s, "city.l2v", model, store.InstallOptions{Signature: sign(t, model, key(1))})
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, f := range map[string]func() error{
		"Install": func() error {
			_, err := s.Install(ctx, "west.pmtiles", bytes.NewReader(data), store.InstallOptions{Signature: sign(t, data, key(1))})
			return err
		},
		"ReplaceInPlace": func() error {
			_, err := s.Install(ctx, "west.pmtiles", bytes.NewReader(data), store.InstallOptions{Signature: sign(t, data, key(1)), ReplaceInPlace: true})
			return err
		},
		"Verify":         func() error { return s.Verify(ctx, "west.pmtiles") },
		"Verify a model": func() error { return s.Verify(ctx, "city.l2v") },
		"Remove":         func() error { return s.Remove(ctx, "west.pmtiles") },
		"List":           func() error { _, err := s.List(ctx); return err },
		"AddRegion":      func() error { return s.AddRegion(ctx, m, "west.pmtiles") },
		"AddRegions":     func() error { _, err := s.AddRegions(ctx, m); return err },
		"OpenModel":      func() error { _, err := s.OpenModel(ctx, "city.l2v", sdk.Options{Engine: sdk.Go}); return err },
		"CheckSignature": func() error {
			_, err := store.CheckSignature(ctx, bytes.NewReader(data), sign(t, data, key(1)), publics(key(1)))
			return err
		},
	} {
		if err := f(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if len(m.Regions()) != 0 {
		t.Errorf("%d regions were added", len(m.Regions()))
	}
	if items, err := s.List(t.Context()); err != nil || len(items) != 2 {
		t.Errorf("%+v, %v", items, err)
	}
}

// TestSlowSource: an installation whose source gives nothing keeps nobody waiting, and ends when it is cancelled.
func TestSlowSource(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{})
	data := testworld.Pack(t, "west", testworld.Schema, west)
	reading, release := make(chan struct{}), make(chan struct{})
	stuck := readerFunc(func([]byte) (int, error) {
		close(reading)
		<-release
		return 0, io.EOF
	})
	defer close(release)
	others := make(chan error, 1)
	go func() {
		<-reading
		_, first := s.Install(t.Context(), "east.pmtiles", bytes.NewReader(data), store.InstallOptions{})
		_, second := s.Install(t.Context(), "west.pmtiles", bytes.NewReader(data), store.InstallOptions{})
		others <- errors.Join(first, second, s.Remove(t.Context(), "east.pmtiles"))
	}()
	within(t, "Install", func(ctx context.Context) error {
		_, err := s.Install(ctx, "west.pmtiles", stuck, store.InstallOptions{})
		return err
	})
	if err := <-others; err != nil {
		t.Error(err)
	}
}

// TestCancelledCheck: checks of packs stop when they are cancelled, and leave nothing.
func TestCancelledCheck(t *testing.T) {
	data := testworld.Pack(t, "west", testworld.Schema, west, east)
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{})
	install(t, s, "west.pmtiles", data, store.InstallOptions{})
	within(t, "Verify", func(ctx context.Context) error {
		for {
			if err := s.Verify(ctx, "west.pmtiles"); err != nil {
				return err
			}
		}
	})
	within(t, "Install", func(ctx context.Context) error {
		for {
			if _, err := s.Install(ctx, "west.pmtiles", bytes.NewReader(data), store.InstallOptions{}); err != nil {
				return err
			}
		}
	})
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("files %v", left)
	}
}

// TestEndlessSource: reading and hashing stop when they are cancelled.
func TestEndlessSource(t *testing.T) {
	s := openStore(t, t.TempDir(), store.Options{MaxBytes: 1 << 40, PublicKeys: publics(key(1))})
	slow := readerFunc(func(p []byte) (int, error) {
		time.Sleep(time.Millisecond) // so that the disk of the test does not fill
		return len(p[:min(len(p), 1000)]), nil
	})
	within(t, "Install", func(ctx context.Context) error {
		_, err := s.Install(ctx, "west.pmtiles", slow, store.InstallOptions{Signature: sign(t, nil, key(1))})
		return err
	})
	within(t, "CheckSignature", func(ctx context.Context) error {
		_, err := store.CheckSignature(ctx, endless{}, sign(t, nil, key(1)), publics(key(1)))
		return err
	})
}

// TestPanickingSource: a panic of the source reaches the caller of Install, who can recover from it.
func TestPanickingSource(t *testing.T) {
	s := openStore(t, t.TempDir(), store.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer func() {
		if got := recover(); got != "no more" {
			t.Errorf("recovered %v", got)
		}
	}()
	_, err := s.Install(ctx, "west.pmtiles", readerFunc(func([]byte) (int, error) { panic("no more") }), store.InstallOptions{})
	t.Errorf("returned %v", err)
}
