package sdk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"testing"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
)

// stuckFile is a file whose reads wait once stuck is set: each announces itself and waits for release.
type stuckFile struct {
	io.ReaderAt
	stuck            atomic.Bool
	reading, release chan struct{}
}

func (f *stuckFile) ReadAt(p []byte, at int64) (int, error) {
	if f.stuck.Load() {
		select {
		case f.reading <- struct{}{}:
			<-f.release
		case <-f.release:
		}
	}
	return f.ReaderAt.ReadAt(p, at)
}

// addStuck adds a region to a model whose tiles cannot be read until release is closed.
func addStuck(t *testing.T, m *sdk.Model) *stuckFile {
	t.Helper()
	data := testworld.Pack(t, "west", testworld.Schema, west)
	f := &stuckFile{ReaderAt: bytes.NewReader(data), reading: make(chan struct{}), release: make(chan struct{})}
	p, err := pack.Open(f, int64(len(data)))
	if err == nil {
		err = m.AddPack(p)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.stuck.Store(true)
	return f
}

// embedding is a call of Embed in the background.
func embedding(ctx context.Context, m *sdk.Model) chan error {
	done := make(chan error, 1)
	go func() {
		_, err := m.Embed(ctx, testworld.At(west, 3000, 4000))
		done <- err
	}()
	return done
}

// TestNothingWaitsForADrawing: regions are added, listed, replaced and removed, and the model is closed, while a drawing
// waits for a file. The drawing's regions stay open until it ends. If anything waited, the test would not end.
func TestNothingWaitsForADrawing(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	path := writeFile(t, "east.pmtiles", testworld.Pack(t, "east", testworld.Schema, east))
	var files []*os.File
	addFile := func() {
		f, err := os.Open(path)
		if err == nil {
			err = m.AddRegionFile(f)
		}
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	addFile()
	stuck := addStuck(t, m)
	drawing := embedding(t.Context(), m)
	<-stuck.reading

	addFile()
	addPack(t, m, testworld.Pack(t, "both", testworld.Schema, west, east))
	if n := len(m.Regions()); n != 3 {
		t.Errorf("%d regions", n)
	}
	for _, name := range []string{"both", "west"} {
		if err := m.RemoveRegion(name); err != nil {
			t.Error(err)
		}
	}
	if r, err := m.Embed(t.Context(), testworld.At(east, 5000, 4000)); err != nil || r.Region != "east" {
		t.Errorf("%+v, %v", r, err)
	}
	if err := m.RemoveRegion("east"); err != nil {
		t.Error(err)
	}
	if _, err := files[1].Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file of a region that no drawing uses: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := m.Embed(t.Context(), testworld.At(west, 3000, 4000)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := files[0].Stat(); err != nil {
		t.Errorf("the file of a region that a drawing uses: %v", err)
	}
	close(stuck.release)
	if err := <-drawing; !errors.Is(err, os.ErrClosed) {
		t.Errorf("the drawing: %v", err)
	}
	if _, err := files[0].Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after the drawing: %v", err)
	}
}

// TestFollowerWaitsForItsContext: a call that waits for another one ends with its context.
func TestFollowerWaitsForItsContext(t *testing.T) {
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	stuck := addStuck(t, m)
	follower := m.Follow(sdk.FollowOptions{})
	at := func(ctx context.Context) error {
		_, _, err := follower.At(ctx, testworld.At(west, 3000, 4000))
		return err
	}
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- at(t.Context()) }()
	<-stuck.reading
	ctx, cancel := context.WithCancel(t.Context())
	go func() { second <- at(ctx) }()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	close(stuck.release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
