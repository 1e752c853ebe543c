package sdk

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/loc2vec/loc2vec"
)

var (
	// ErrBusy: another process, or another Store of the same directory, is changing it.
	ErrBusy = errors.New("store is being changed by someone else")
	// ErrName: a name that no file of a store can have.
	ErrName = errors.New("not a name for a region or model")
)

// Store is a directory of region packs and bundles. Nothing about it is kept in memory: what is on
// the disk is in the store, and there is nothing to close. Safe for concurrent use, by several
// processes as well: each change locks the directory and is whole or has not happened, even when
// the process is killed or the power fails. Reading needs no lock.
//
// The directory should be the app's own, and only the store's.
type Store struct {
	dir     string
	opts    StoreOptions
	changes chan struct{} // holds a token while nobody in this process changes the store
}

// StoreOptions say what a store accepts. The zero value is ready.
type StoreOptions struct {
	// PublicKey, when set, is the key that everything must be signed with: on installation and each
	// time that something is opened.
	PublicKey ed25519.PublicKey
	// MaxBytes is the size of the largest file that is installed; 0 stands for 4 GiB.
	MaxBytes int64
}

// InstallOptions say more about one installation. The zero value is ready.
type InstallOptions struct {
	// Signature is what Sign made for the file. It is looked at only when the store has a key.
	Signature []byte
	// SHA256, when set, is the hash that the file must have, in hex.
	SHA256 string
	// SchemaHash, when set, is the schema that the region or model must have: that of the model or
	// the regions that are there already.
	SchemaHash string
	// ReplaceInPlace removes what has the name before the new file is written, for devices without
	// room for both. If the installation fails, neither is there.
	ReplaceInPlace bool
}

// OpenStore opens the store in a directory, which is made if need be, and removes what installations
// that were killed have left behind.
func OpenStore(dir string, opts StoreOptions) (*Store, error) {
	if n := len(opts.PublicKey); n != 0 && n != ed25519.PublicKeySize {
		return nil, fmt.Errorf("open store: a public key of %d bytes, want %d", n, ed25519.PublicKeySize)
	}
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 4 << 30
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", diskError(err))
	}
	s := &Store{dir: dir, opts: opts, changes: make(chan struct{}, 1)}
	s.changes <- struct{}{}
	// Who is busy with the store needs what looks like a leftover.
	if err := s.change(context.Background(), s.tidy); err != nil && !errors.Is(err, ErrBusy) {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

// change calls f while nobody else changes the store. Goroutines wait for each other, processes do not.
func (s *Store) change(ctx context.Context, f func() error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.changes:
	}
	defer func() { s.changes <- struct{}{} }()
	unlock, err := tryLock(filepath.Join(s.dir, ".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// Install puts what r holds into the store under a name, "bremen.pmtiles" for a region pack or
// "city.l2v" for a bundle; it takes the place of what had that name. Everything in the file is
// checked first, so that what is there can be relied upon: see Verify. Models that have the old
// region open go on with it, until AddRegion puts the new one in its place. (Windows cannot replace open
// files: remove the region from all models first.)
//
// Errors wrap ErrName, ErrBusy, ErrDiskFull, ErrUnsigned, ErrSignature, loc2vec.ErrCorrupt,
// loc2vec.ErrVersion or loc2vec.ErrSchemaMismatch, or are the context's or r's own. They leave the
// store as it was, unless ReplaceInPlace was asked for. The store cannot be changed otherwise until r
// has ended: where that may take long, collect a file first.
func (s *Store) Install(ctx context.Context, name string, r io.Reader, opts InstallOptions) (Item, error) {
	var item Item
	err := s.change(ctx, func() (err error) {
		item, err = s.install(ctx, name, r, opts)
		return err
	})
	if err != nil {
		return Item{}, fmt.Errorf("install %s: %w", name, err)
	}
	return item, nil
}

// InstallFile installs a copy of the file at path. Unless opts has one, its signature is the file
// that has ".sig" added to its name.
func (s *Store) InstallFile(ctx context.Context, name, path string, opts InstallOptions) (Item, error) {
	f, err := os.Open(path)
	if err != nil {
		return Item{}, fmt.Errorf("install %s: %w", name, err)
	}
	defer f.Close()
	if opts.Signature == nil && s.opts.PublicKey != nil {
		if opts.Signature, err = readSignature(path + signatureEnding); err != nil {
			return Item{}, fmt.Errorf("install %s: %w", name, err)
		}
	}
	return s.Install(ctx, name, f, opts)
}

func (s *Store) install(ctx context.Context, name string, r io.Reader, opts InstallOptions) (Item, error) {
	kind, err := kindOf(name)
	if err != nil {
		return Item{}, err
	}
	if s.opts.PublicKey != nil && len(opts.Signature) == 0 {
		return Item{}, ErrUnsigned
	}
	if opts.ReplaceInPlace {
		if err := s.remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return Item{}, err
		}
	}
	f, err := stage(s.dir)
	if err != nil {
		return Item{}, err
	}
	defer f.discard()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, hash), &limitedReader{ctx: ctx, r: r, left: s.opts.MaxBytes})
	if err != nil {
		return Item{}, diskError(err)
	}
	sum := hash.Sum(nil)
	if err := s.accept(sum, opts); err != nil {
		return Item{}, err
	}
	item := Item{Name: name, Kind: kind, Path: filepath.Join(s.dir, name), Bytes: size}
	if err := item.read(f, verifyAll); err != nil {
		return Item{}, err
	}
	if got := item.schemaHash(); opts.SchemaHash != "" && got != opts.SchemaHash {
		return Item{}, fmt.Errorf("%w: it has schema %s, want %s", loc2vec.ErrSchemaMismatch, got, opts.SchemaHash)
	}
	if err := ctx.Err(); err != nil {
		return Item{}, err
	}
	// The signature bears the hash of what it signs, so that the old file's and the new one's can
	// stand beside each other until the file is replaced.
	if s.opts.PublicKey != nil {
		write := func(w io.Writer) error { _, err := w.Write(opts.Signature); return err }
		if err := writeAtomic(s.signaturePath(name, sum), write); err != nil {
			return Item{}, err
		}
	}
	if err := f.commit(item.Path); err != nil {
		return Item{}, err
	}
	return item, s.tidySignatures(name, sum)
}

// accept checks the hash of a file against what was told about it.
func (s *Store) accept(sum []byte, opts InstallOptions) error {
	if got := hex.EncodeToString(sum); opts.SHA256 != "" && !strings.EqualFold(got, opts.SHA256) {
		return fmt.Errorf("%w: the file has SHA-256 %s, want %s", loc2vec.ErrCorrupt, got, opts.SHA256)
	}
	if s.opts.PublicKey == nil {
		return nil
	}
	return checkSignature(sum, opts.Signature, s.opts.PublicKey)
}

// Remove takes a region or model out of the store; without one of that name the error wraps
// os.ErrNotExist. Models that have it open keep it. (Not on Windows, where open files cannot be
// removed.)
func (s *Store) Remove(name string) error {
	err := s.change(context.Background(), func() error { return s.remove(name) })
	if err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

func (s *Store) remove(name string) error {
	if _, err := kindOf(name); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
		return err
	}
	if err := s.tidySignatures(name, nil); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// kindOf returns what a file of that name holds.
func kindOf(name string) (Kind, error) {
	if isFileName(name) {
		switch filepath.Ext(name) {
		case ".pmtiles":
			return KindRegion, nil
		case ".l2v":
			return KindModel, nil
		}
	}
	return "", fmt.Errorf("%w: %q: want a-z, 0-9, dot, dash and underscore, with .pmtiles or .l2v at the end", ErrName, name)
}

// isFileName reports whether a name stands for the same file on every file system. (Regular expressions
// would add a quarter of a megabyte to every app.)
func isFileName(name string) bool {
	return len(name) <= 101 && strings.TrimLeft(name, "._-") == name &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

// limitedReader ends with an error when the context does or when there is too much to read.
type limitedReader struct {
	ctx  context.Context
	r    io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, fmt.Errorf("%w: larger than the store takes", loc2vec.ErrCorrupt)
	}
	return n, err
}
