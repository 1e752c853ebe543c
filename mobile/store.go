package mobile

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/loc2vec/loc2vec/sdk/store"
)

// Store is a directory of region packs and bundles, which must belong to the store alone. It need not be closed. Its
// methods block; those with a task end soon after Cancel of the task, with CodeCancelled. A null task cannot be
// cancelled.
type Store struct{ s *store.Store }

// StoreOptions say what a store accepts. A new object holds the defaults.
type StoreOptions struct {
	// PublicKeys, unless empty, is the text of the minisign keys one of which must have signed each file: the contents
	// of one or more .pub files, or their second lines alone, one a line.
	PublicKeys string
	// MaxBytes limits the size of an installed file; 0 means the default, 4 GiB.
	MaxBytes int64
}

// OpenStore opens the store in a directory of the app, and creates the directory if necessary. Null options are
// the defaults.
func OpenStore(dir string, options *StoreOptions) (s *Store, err error) {
	defer guard(&err)
	if options == nil {
		options = &StoreOptions{}
	}
	opts := store.Options{MaxBytes: options.MaxBytes}
	if options.PublicKeys != "" {
		if opts.PublicKeys, err = store.ParsePublicKeys(options.PublicKeys); err != nil {
			return nil, fmt.Errorf("%w: %w", errArgument, err)
		}
	}
	opened, err := store.Open(dir, opts)
	if err != nil {
		return nil, err
	}
	return &Store{opened}, nil
}

func (s *Store) check() error {
	if s == nil || s.s == nil {
		return fmt.Errorf("store: %w", errNotOpen)
	}
	return nil
}

// begin checks the store and returns the context of a task, which may be null.
func (s *Store) begin(task *Task) (context.Context, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return task.context()
}

// InstallOptions describe one installation. A new object holds the defaults: the file may replace an installed one of
// the same region that is not newer.
type InstallOptions struct {
	Signature      []byte // the contents of the .minisig file
	SHA256         string // hash that the file must have, in hexadecimal
	SchemaHash     string // schema that the region or model must have
	Region         string // name of the region; default: that of the installed region, if any
	NotBefore      string // least date of a region's data, such as "2026-11-30" or "2026-11-30T20:21:02Z"
	SignedName     string // name that the file had when it was signed
	AllowOlder     bool   // the file may replace a newer one
	ReplaceInPlace bool   // remove the old file first, if there is no room for both
}

func (o *InstallOptions) convert() (store.InstallOptions, error) {
	if o == nil {
		return store.InstallOptions{}, nil
	}
	opts := store.InstallOptions{
		Signature: slices.Clone(o.Signature), SHA256: o.SHA256, SchemaHash: o.SchemaHash,
		Region: o.Region, SignedName: o.SignedName, AllowOlder: o.AllowOlder, ReplaceInPlace: o.ReplaceInPlace,
	}
	if o.NotBefore == "" {
		return opts, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, o.NotBefore); err == nil {
			opts.NotBefore = t
			return opts, nil
		}
	}
	return opts, fmt.Errorf("%w: %q is not a date like 2026-11-30 or 2026-11-30T20:21:02Z", errArgument, o.NotBefore)
}

// InstallFile installs a copy of the file at path under a name such as "bremen.pmtiles" or
// "city.l2v". Null options are the defaults. Without a signature in the options, it is read from the file that has
// ".minisig" added to its name.
func (s *Store) InstallFile(name, path string, options *InstallOptions, task *Task) (i *Item, err error) {
	defer guard(&err)
	ctx, err := s.begin(task)
	if err != nil {
		return nil, err
	}
	opts, err := options.convert()
	if err != nil {
		return nil, err
	}
	item, err := s.s.InstallFile(ctx, name, path, opts)
	if err != nil {
		return nil, err
	}
	return openItem(item), nil
}

// Source is a stream of bytes, such as a download.
type Source interface {
	// Read returns at most max of the next bytes. It returns an empty array at the end.
	Read(max int) ([]byte, error)
}

// InstallFrom reads a source to its end and installs it. If the source throws an exception, the error has
// CodeListener. If the task is cancelled while Read runs, InstallFrom returns before Read does.
func (s *Store) InstallFrom(name string, source Source, options *InstallOptions, task *Task) (i *Item, err error) {
	defer guard(&err)
	ctx, err := s.begin(task)
	if err != nil {
		return nil, err
	}
	if source == nil {
		return nil, fmt.Errorf("%w: the source is null", errArgument)
	}
	opts, err := options.convert()
	if err != nil {
		return nil, err
	}
	item, err := s.s.Install(ctx, name, sourceReader{source}, opts)
	if err != nil {
		return nil, err
	}
	return openItem(item), nil
}

// sourceReader reads a source.
type sourceReader struct{ source Source }

func (r sourceReader) Read(p []byte) (int, error) {
	b, err := r.source.Read(len(p))
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %w", errListener, err)
	case len(b) > len(p):
		return 0, fmt.Errorf("%w: the source returned %d bytes, want at most %d", errArgument, len(b), len(p))
	case len(b) == 0:
		return 0, io.EOF
	}
	return copy(p, b), nil
}

// Item is a region or model of a store.
type Item struct {
	Name        string // of the file
	Kind        string // "region" or "model"
	Path        string
	Bytes       int64
	Title       string // name of the region
	Attribution string // of the region's map; must be shown to the users of the app
	Space       string // the id of the model's embedding space
	SchemaHash  string
	Date        string // of the region's data, RFC 3339; empty if it is unknown
	SignedBy    string // id of the key that has signed the file; empty in a store without keys
	Comment     string // trusted comment of the signature
	Problem     string // why the file cannot be read, with a code; empty if it can be read and is signed as it should be
}

func openItem(i store.Item) *Item {
	item := &Item{Name: i.Name, Kind: string(i.Kind), Path: i.Path, Bytes: i.Bytes}
	if i.Region != nil {
		item.Title, item.Attribution, item.SchemaHash = i.Region.Name, i.Region.Attribution, i.Region.SchemaHash
		item.Date = i.Region.Date()
	}
	if i.Model != nil {
		item.Space, item.SchemaHash = i.Model.SpaceID, i.Model.SchemaHash
	}
	if i.Signature != nil {
		item.SignedBy, item.Comment = i.Signature.KeyID, i.Signature.Comment
	}
	if i.Err != nil {
		item.Problem = withCode(i.Err).Error()
	}
	return item
}

// Items is a list of items.
type Items struct {
	all  []store.Item
	open bool
}

func (i *Items) check() error {
	if i == nil || !i.open {
		return fmt.Errorf("items: %w", errNotOpen)
	}
	return nil
}

// Count returns how many items there are.
func (i *Items) Count() (n int, err error) {
	defer guard(&err)
	if err := i.check(); err != nil {
		return 0, err
	}
	return len(i.all), nil
}

// At returns the item at an index.
func (i *Items) At(index int) (item *Item, err error) {
	defer guard(&err)
	if err := i.check(); err != nil {
		return nil, err
	}
	found, err := at(i.all, index)
	if err != nil {
		return nil, err
	}
	return openItem(found), nil
}

// List returns the regions and models of the store, sorted by name. In a store with keys it reads all files to check
// their signatures.
func (s *Store) List(task *Task) (i *Items, err error) {
	defer guard(&err)
	ctx, err := s.begin(task)
	if err != nil {
		return nil, err
	}
	all, err := s.s.List(ctx)
	if err != nil {
		return nil, err
	}
	return &Items{all, true}, nil
}

// Size returns the total size of the store's files in bytes.
func (s *Store) Size() (bytes int64, err error) {
	defer guard(&err)
	if err := s.check(); err != nil {
		return 0, err
	}
	return s.s.Size()
}

// Verify repeats the checks of the installation.
func (s *Store) Verify(name string, task *Task) (err error) {
	defer guard(&err)
	ctx, err := s.begin(task)
	if err != nil {
		return err
	}
	return s.s.Verify(ctx, name)
}

// Remove removes a region or model from the store. Models that use it keep it open.
func (s *Store) Remove(name string, task *Task) (err error) {
	defer guard(&err)
	ctx, err := s.begin(task)
	if err != nil {
		return err
	}
	return s.s.Remove(ctx, name)
}

// OpenModel opens a model of the store. Null options are the defaults.
func (s *Store) OpenModel(name string, options *Options, task *Task) (m *Model, err error) {
	defer guard(&err)
	ctx, err := s.begin(task)
	if err != nil {
		return nil, err
	}
	model, err := s.s.OpenModel(ctx, name, options.convert())
	if err != nil {
		return nil, err
	}
	return &Model{model}, nil
}

// AddRegion adds a region of the store to a model. It replaces the one that was added under that name before.
func (s *Store) AddRegion(m *Model, name string, task *Task) (err error) {
	defer guard(&err)
	ctx, err := s.begin(task)
	if err != nil {
		return err
	}
	if err := m.check(); err != nil {
		return err
	}
	return s.s.AddRegion(ctx, m.m, name)
}

// AddRegions adds all regions of the store that have the model's schema, and returns them. If a region cannot be
// added, it returns an error after adding the others.
func (s *Store) AddRegions(m *Model, task *Task) (i *Items, err error) {
	defer guard(&err)
	ctx, err := s.begin(task)
	if err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	added, err := s.s.AddRegions(ctx, m.m)
	if err != nil {
		return nil, err
	}
	return &Items{added, true}, nil
}
