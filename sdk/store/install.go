package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk/internal/atomicfile"
)

// InstallOptions describe one installation. The zero value is ready.
type InstallOptions struct {
	// Signature is the signature that Sign made for the file. A store without a key ignores it.
	Signature []byte
	// SHA256, if set, is the hash that the file must have, in hexadecimal.
	SHA256 string
	// SchemaHash, if set, is the schema that the region or model must have: that of the model or the
	// regions that are already there.
	SchemaHash string
	// ReplaceInPlace removes the old file of that name before the new one is written, for devices
	// without room for both. If the installation fails, neither is there.
	ReplaceInPlace bool
}

// Install reads r to its end and stores it under a name, such as "bremen.pmtiles" for a region pack or
// "city.l2v" for a bundle. It replaces the file of that name. Install first checks everything that
// Verify checks. Models that use the old region keep it until AddRegion replaces it. (Windows cannot
// replace open files: remove the region from all models first.)
//
// Errors wrap ErrName, ErrBusy, sdk.ErrDiskFull, ErrUnsigned, ErrSignature, loc2vec.ErrCorrupt,
// loc2vec.ErrVersion or loc2vec.ErrSchemaMismatch, or are those of the context or of r. They leave the
// store unchanged, unless ReplaceInPlace is set. Other changes of the store wait until r has ended: if r
// is slow, save it to a file first.
func (s *Store) Install(ctx context.Context, name string, r io.Reader, opts InstallOptions) (Item, error) {
	var item Item
	err := s.change(ctx, func() (err error) {
		item, err = s.install(ctx, name, r, opts)
		return err
	})
	if err != nil {
		return Item{}, fmt.Errorf("installing %s: %w", name, err)
	}
	return item, nil
}

// InstallFile installs a copy of the file at path. If opts has no signature, InstallFile reads it from
// the file that has ".sig" added to its name.
func (s *Store) InstallFile(ctx context.Context, name, path string, opts InstallOptions) (Item, error) {
	f, err := os.Open(path)
	if err != nil {
		return Item{}, fmt.Errorf("installing %s: %w", name, err)
	}
	defer f.Close()
	if opts.Signature == nil && s.opts.PublicKey != nil {
		if opts.Signature, err = readSignature(path + signatureSuffix); err != nil {
			return Item{}, fmt.Errorf("installing %s: %w", name, err)
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
	f, err := atomicfile.Create(s.dir)
	if err != nil {
		return Item{}, err
	}
	defer f.Discard()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, hash), &limitedReader{ctx: ctx, r: r, left: s.opts.MaxBytes})
	if err != nil {
		return Item{}, atomicfile.DiskError(err)
	}
	sum := hash.Sum(nil)
	if err := s.accept(sum, opts); err != nil {
		return Item{}, err
	}
	item := Item{Name: name, Kind: kind, Path: filepath.Join(s.dir, name), Bytes: size}
	if err := item.verify(f); err != nil {
		return Item{}, err
	}
	if got := item.schemaHash(); opts.SchemaHash != "" && got != opts.SchemaHash {
		return Item{}, fmt.Errorf("%w: it has schema %s, want %s", loc2vec.ErrSchemaMismatch, got, opts.SchemaHash)
	}
	if err := ctx.Err(); err != nil {
		return Item{}, err
	}
	if s.opts.PublicKey != nil {
		write := func(w io.Writer) error { _, err := w.Write(opts.Signature); return err }
		if err := atomicfile.Write(s.signaturePath(name, sum), write); err != nil {
			return Item{}, err
		}
	}
	if err := f.Commit(item.Path); err != nil {
		return Item{}, err
	}
	return item, s.removeSignatures(name, sum)
}

// accept checks the hash of a file against the options, and its signature.
func (s *Store) accept(sum []byte, opts InstallOptions) error {
	if got := hex.EncodeToString(sum); opts.SHA256 != "" && !strings.EqualFold(got, opts.SHA256) {
		return fmt.Errorf("%w: the file has SHA-256 %s, want %s", loc2vec.ErrCorrupt, got, opts.SHA256)
	}
	if s.opts.PublicKey == nil {
		return nil
	}
	return checkSignature(sum, opts.Signature, s.opts.PublicKey)
}

// limitedReader returns an error when the context ends, or when it has read too much.
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
		return n, fmt.Errorf("%w: larger than the store accepts", loc2vec.ErrCorrupt)
	}
	return n, err
}
