package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/sdk/internal/atomicfile"
)

// InstallOptions describe one installation. The zero value is ready: it lets a file replace an installed one of the
// same region that is not newer. A store with keys can trust what the files say about region and date; without keys
// these options only prevent mistakes.
type InstallOptions struct {
	// Signature is the contents of the .minisig file. A store without keys ignores it.
	Signature []byte
	// SHA256, if set, is the hash that the file must have, in hexadecimal.
	SHA256 string
	// SchemaHash, if set, is the schema that the region or model must have: that of the model or the
	// regions that are already there.
	SchemaHash string
	// Region, if set, is the name of the region that the pack must be of. By default it must be that of the installed
	// pack that it replaces, if any. A date at the end of names, as in bremen-2026-11 or bremen-latest, does not count.
	Region string
	// NotBefore, if set, is the least date that the data of a pack must have. A pack without a date is refused.
	NotBefore time.Time
	// SignedName, if set, is the name that the file had when it was signed. The trusted comment must state it, as
	// those of minisign and loc2vec sign do. It requires a store with keys.
	SignedName string
	// AllowOlder lets the file replace a newer one. Newer is what has newer data, or equally old data and a newer
	// signature; an unknown date is older than any other.
	AllowOlder bool
	// ReplaceInPlace removes the old file of that name before the new one is written, for devices
	// without room for both. The new file is checked first, so that its source must have ReadAt and Seek, as files
	// have. Of another source only the signature's trusted comment can be checked, in a store with keys: it must state
	// region and date, as those of loc2vec sign do. If reading or writing fails after the old file was removed, neither
	// is there.
	ReplaceInPlace bool
}

// Install reads r to its end and stores it under a name, such as "bremen.pmtiles" for a region pack or
// "city.l2v" for a bundle. It replaces the file of that name. Install first checks everything that
// Verify checks. Models that use the old region keep it until AddRegion replaces it. (Windows cannot
// replace open files: remove the region from all models first.)
//
// Errors wrap ErrName, ErrBusy, ErrOlder, ErrRegion, sdk.ErrDiskFull, ErrUnsigned, ErrSignature, loc2vec.ErrCorrupt,
// loc2vec.ErrVersion or loc2vec.ErrSchemaMismatch, or are those of the context or of r. They leave the
// store unchanged, unless ReplaceInPlace is set. Other changes of the store do not wait for r. If the context ends
// while r.Read waits, Install returns, but r must not be used until that call has returned.
func (s *Store) Install(ctx context.Context, name string, r io.Reader, opts InstallOptions) (Item, error) {
	in := installation{store: s, name: name, opts: opts}
	if err := in.run(ctx, r); err != nil {
		return Item{}, fmt.Errorf("installing %s: %w", name, err)
	}
	return in.item, nil
}

// InstallFile installs a copy of the file at path. If opts has no signature, InstallFile reads it from
// the file that has ".minisig" added to its name.
func (s *Store) InstallFile(ctx context.Context, name, path string, opts InstallOptions) (Item, error) {
	f, _, err := format.OpenFile(path)
	if err != nil {
		return Item{}, fmt.Errorf("installing %s: %w", name, err)
	}
	defer f.Close()
	if opts.Signature == nil && s.signed() {
		if opts.Signature, err = ReadSignature(path + SignatureEnding); err != nil {
			return Item{}, fmt.Errorf("installing %s: %w", name, err)
		}
	}
	return s.Install(ctx, name, f, opts)
}

// installation is a running Install.
type installation struct {
	store     *Store
	name      string
	opts      InstallOptions
	signature *signatureText // nil in a store without keys
	item      Item           // the new file
}

// run installs what r reads.
func (in *installation) run(ctx context.Context, r io.Reader) error {
	kind, err := kindOf(in.name)
	if err != nil {
		return err
	}
	in.item = Item{Name: in.name, Kind: kind, Path: in.store.path(in.name)}
	switch {
	case in.store.signed():
		if in.signature, err = parseSignature(in.opts.Signature); err != nil {
			return err
		}
	case in.opts.SignedName != "":
		return fmt.Errorf("%w that can be checked: a signed name requires a store with keys", ErrUnsigned)
	}
	if in.opts.ReplaceInPlace {
		if err := in.removeOld(ctx, r); err != nil {
			return err
		}
	}
	f, err := atomicfile.Create(in.store.dir)
	if err != nil {
		return err
	}
	defer f.Discard()
	sums := newHashes()
	if in.item.Bytes, err = copyContext(ctx, io.MultiWriter(f, sums), in.limited(r)); err != nil {
		return atomicfile.DiskError(err)
	}
	sum := sums.digest()
	if err := in.check(ctx, f, sums); err != nil {
		return err
	}
	// Syncing takes long, so it happens without the lock.
	if err := f.Sync(); err != nil {
		return atomicfile.DiskError(err)
	}
	return in.store.replace(ctx, in.name, in.item.edition(), &in.opts, func() error { return in.commit(f, sum) })
}

// limited returns r, with an error if it has more bytes than the store accepts.
func (in *installation) limited(r io.Reader) io.Reader {
	return &limitedReader{r: r, left: in.store.opts.MaxBytes}
}

// check checks the new file, whose hashes are sums, and fills in the item.
func (in *installation) check(ctx context.Context, r io.ReaderAt, sums *hashes) error {
	if got := hex.EncodeToString(sums.sha256.Sum(nil)); in.opts.SHA256 != "" && !strings.EqualFold(got, in.opts.SHA256) {
		return fmt.Errorf("%w: the file has SHA-256 %s, want %s", loc2vec.ErrCorrupt, got, in.opts.SHA256)
	}
	if in.signature != nil {
		var err error
		if in.item.Signature, err = in.signature.check(sums.digest(), in.store.opts.PublicKeys); err != nil {
			return err
		}
	}
	if err := in.item.verify(ctx, r); err != nil {
		return err
	}
	if got := in.item.schemaHash(); in.opts.SchemaHash != "" && got != in.opts.SchemaHash {
		return fmt.Errorf("%w: it has schema %s, want %s", loc2vec.ErrSchemaMismatch, got, in.opts.SchemaHash)
	}
	if in.signature != nil {
		if err := in.opts.checkStatement(in.item.Signature, in.item.edition()); err != nil {
			return err
		}
	}
	return in.opts.checkDemands(in.item.edition())
}

// commit makes the new file part of the store. It runs with the store's lock.
func (in *installation) commit(f *atomicfile.File, sum digest) error {
	current := ""
	if in.signature != nil {
		current = signatureName(in.name, sum)
		if err := in.store.writeSignature(current, in.opts.Signature); err != nil {
			return err
		}
	}
	if err := f.Commit(in.item.Path); err != nil {
		return err
	}
	return in.store.removeSignatures(in.name, current)
}

// hashes are the two hashes of a file.
type hashes struct {
	io.Writer
	sha256, blake2b interface{ Sum([]byte) []byte }
}

func newHashes() *hashes {
	s, b := sha256.New(), newDigest()
	return &hashes{io.MultiWriter(s, b), s, b}
}

func (h *hashes) digest() digest { return digest(h.blake2b.Sum(nil)) }

// limitedReader returns an error when it has read too much.
type limitedReader struct {
	r    io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, fmt.Errorf("%w: larger than the store accepts", loc2vec.ErrCorrupt)
	}
	return n, err
}
