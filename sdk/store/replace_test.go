package store_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// dated returns a pack of a region with data of a date, "" for none.
func dated(t *testing.T, region, date string) []byte {
	meta := testworld.Metadata(region, testworld.Schema, west)
	meta.Sources = []pack.Source{{Name: "a.osm.pbf", Date: date}}
	return testworld.PackOf(t, meta, testworld.CityOf, west)
}

const (
	january = "2026-01-01T00:00:00Z"
	june    = "2026-06-01T00:00:00Z"
)

// TestReplacement: a signed file replaces one of its region that is not newer, unless the options allow more or
// demand more.
func TestReplacement(t *testing.T) {
	early, late := "timestamp:1000", "timestamp:2000"
	for _, c := range []struct {
		name                           string
		oldDate, oldComment            string
		newRegion, newDate, newComment string
		opts                           store.InstallOptions
		want                           error
	}{
		{"newer", january, late, "west", june, early, store.InstallOptions{}, nil},
		{"the same", june, late, "west", june, late, store.InstallOptions{}, nil},
		{"an old one again", june, late, "west", january, late, store.InstallOptions{}, store.ErrOlder},
		{"an old one, allowed", june, late, "west", january, early, store.InstallOptions{AllowOlder: true}, nil},
		{"another offset", "2026-01-01T00:00:00+02:00", "", "west", "2025-12-31T23:00:00Z", "", store.InstallOptions{}, nil},
		{"unknown over known date", january, early, "west", "", late, store.InstallOptions{}, store.ErrOlder},
		{"known over unknown date", "", late, "west", january, early, store.InstallOptions{}, nil},
		{"an old signature of equal data", june, late, "west", june, early, store.InstallOptions{}, store.ErrOlder},
		{"no time of signature", june, late, "west", june, "made by hand", store.InstallOptions{}, store.ErrOlder},
		{"another region", january, early, "Malta", june, late, store.InstallOptions{}, store.ErrRegion},
		{"another region, older allowed", january, early, "Malta", june, late, store.InstallOptions{AllowOlder: true}, store.ErrRegion},
		{"another region by name", june, late, "Malta", january, early, store.InstallOptions{Region: "Malta"}, nil},
		{"not the region demanded", january, early, "west", june, late, store.InstallOptions{Region: "Malta"}, store.ErrRegion},
		{"another date in the name", january, early, "west-2026-06", june, late, store.InstallOptions{}, nil},
		{"an older date in the name", june, late, "west-260101", january, late, store.InstallOptions{}, store.ErrOlder},
		{"several regions", january, early, "west-2025+east", june, late, store.InstallOptions{}, store.ErrRegion},
		{"no date", january, early, "west-1234", june, late, store.InstallOptions{}, store.ErrRegion},
		{"a number in the name", january, early, "west-2", june, late, store.InstallOptions{}, store.ErrRegion},
		{"the region demanded, dated", january, early, "Malta_latest", june, late, store.InstallOptions{Region: "Malta"}, nil},
		{"another dated region", january, early, "Malta-20260601", june, late, store.InstallOptions{Region: "west"}, store.ErrRegion},
		{"not before", january, early, "west", june, late, store.InstallOptions{NotBefore: date(june)}, nil},
		{"before", january, early, "west", june, late, store.InstallOptions{NotBefore: date(june).Add(time.Second)}, store.ErrOlder},
		{"unknown before", "", early, "west", "", late, store.InstallOptions{NotBefore: date(january)}, store.ErrOlder},
		{"signed name", january, early, "west", june, late + "\tfile:west.pmtiles\thashed", store.InstallOptions{SignedName: "west.pmtiles"}, nil},
		{"another signed name", january, early, "west", june, late + "\tfile:malta.pmtiles", store.InstallOptions{SignedName: "west.pmtiles"}, store.ErrSignature},
		{"no signed name", january, early, "west", june, late, store.InstallOptions{SignedName: "west.pmtiles"}, store.ErrSignature},
		{"true statement", january, early, "west", june, late + "\tregion:west\tdate:" + june, store.InstallOptions{}, nil},
		{"false region", january, early, "west", june, late + "\tregion:Malta", store.InstallOptions{}, store.ErrSignature},
		{"false date", january, early, "west", june, late + "\tdate:" + january, store.InstallOptions{}, store.ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := openStore(t, dir, store.Options{PublicKeys: publics(key(1))})
			old, next := dated(t, "west", c.oldDate), dated(t, c.newRegion, c.newDate)
			install(t, s, "west.pmtiles", old, store.InstallOptions{Signature: signWith(t, old, key(1), c.oldComment)})
			c.opts.Signature = signWith(t, next, key(1), c.newComment)
			item, err := s.Install(t.Context(), "west.pmtiles", bytes.NewReader(next), c.opts)
			if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			want := next
			if c.want != nil {
				want = old
			} else if item.Signature == nil || item.Signature.Comment != c.newComment {
				t.Errorf("signature %+v", item.Signature)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "west.pmtiles")); err != nil || !bytes.Equal(got, want) {
				t.Errorf("the wrong pack is installed, %v", err)
			}
			if err := s.Verify(t.Context(), "west.pmtiles"); err != nil {
				t.Error(err)
			}
		})
	}
}

func date(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// TestModelReplacement: models have no date, so that the time of the signature decides.
func TestModelReplacement(t *testing.T) {
	s := openStore(t, t.TempDir(), store.Options{PublicKeys: publics(key(1), key(2))})
	data := testworld.BundleFile(t, "lite")
	install(t, s, "city.l2v", data, store.InstallOptions{Signature: signWith(t, data, key(1), "timestamp:2000")})
	for comment, want := range map[string]error{"timestamp:1999": store.ErrOlder, "": store.ErrOlder, "timestamp:2001": nil} {
		opts := store.InstallOptions{Signature: signWith(t, data, key(2), comment)}
		if _, err := s.Install(t.Context(), "city.l2v", bytes.NewReader(data), opts); !errors.Is(err, want) {
			t.Errorf("%q: error %v, want %v", comment, err, want)
		}
	}
	opts := store.InstallOptions{Signature: signWith(t, data, key(2), ""), Region: "west"}
	if _, err := s.Install(t.Context(), "other.l2v", bytes.NewReader(data), opts); !errors.Is(err, store.ErrRegion) {
		t.Errorf("a model as a region: error %v", err)
	}
	if items, err := s.List(t.Context()); err != nil || len(items) != 1 || items[0].Signature.KeyID != public(key(2)).ID() {
		t.Errorf("%+v, %v", items, err)
	}
}

// TestUnsignedFilesProtectNothing: a file that somebody has put into a store with keys neither is listed as sound nor
// keeps a signed one out.
func TestUnsignedFilesProtectNothing(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{PublicKeys: publics(key(1))})
	evil, good := dated(t, "Evil", "9999-01-01T00:00:00Z"), dated(t, "west", january)
	if err := os.WriteFile(filepath.Join(dir, "west.pmtiles"), evil, 0o600); err != nil {
		t.Fatal(err)
	}
	items, err := s.List(t.Context())
	if err != nil || len(items) != 1 || !errors.Is(items[0].Err, store.ErrUnsigned) || items[0].Region != nil || items[0].Signature != nil {
		t.Errorf("listed as %+v, %v", items, err)
	}
	install(t, s, "west.pmtiles", good, store.InstallOptions{Signature: sign(t, good, key(1))})
	if items, err := s.List(t.Context()); err != nil || items[0].Err != nil || items[0].Signature.KeyID != public(key(1)).ID() {
		t.Errorf("listed as %+v, %v", items, err)
	}
	// A signature of other contents does not help.
	if err := os.WriteFile(filepath.Join(dir, "west.pmtiles"), evil, 0o600); err != nil {
		t.Fatal(err)
	}
	if items, err := s.List(t.Context()); err != nil || !errors.Is(items[0].Err, store.ErrUnsigned) || items[0].Region != nil {
		t.Errorf("listed as %+v, %v", items, err)
	}
}

// onlyReader hides that a reader can be read again.
type onlyReader struct{ io.Reader }

// TestReplaceInPlace: the old file goes when the new one was checked as far as its source allows, and before it is
// written.
func TestReplaceInPlace(t *testing.T) {
	old, next := dated(t, "west", january), dated(t, "west", june)
	damaged := bytes.Clone(next)
	damaged[len(damaged)-100] ^= 1
	full := "timestamp:2000\tfile:west.pmtiles\thashed\tregion:west\tdate:" + june
	for _, c := range []struct {
		name    string
		data    []byte
		comment string
		signed  []byte // what is signed
		stream  bool
		want    error
		gone    bool // the old file is lost
	}{
		{name: "a file", data: next, signed: next},
		{name: "a stream", data: next, signed: next, comment: full, stream: true},
		{name: "a file, signature of another", data: next, signed: old, want: store.ErrSignature},
		{name: "a damaged file", data: damaged, signed: next, want: store.ErrSignature},
		{name: "a file of another region", data: dated(t, "Malta", june), signed: dated(t, "Malta", june), want: store.ErrRegion},
		{name: "an older file", data: dated(t, "west", "2025-01-01T00:00:00Z"), signed: dated(t, "west", "2025-01-01T00:00:00Z"), want: store.ErrOlder},
		{name: "a stream without statement", data: next, signed: next, comment: "timestamp:2000", stream: true, want: store.ErrRegion},
		{name: "a stream without date", data: next, signed: next, comment: "timestamp:2000\tregion:west", stream: true, want: store.ErrOlder},
		{name: "a stream, statement of another region", data: next, signed: next, comment: "region:Malta\tdate:" + june, stream: true, want: store.ErrRegion},
		// What remains: such a stream has the signature of a good file, and other contents.
		{name: "a stream of other contents", data: damaged, signed: next, comment: full, stream: true, want: store.ErrSignature, gone: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := openStore(t, dir, store.Options{PublicKeys: publics(key(1))})
			install(t, s, "west.pmtiles", old, store.InstallOptions{Signature: signWith(t, old, key(1), "timestamp:1000")})
			opts := store.InstallOptions{Signature: signWith(t, c.signed, key(1), c.comment), ReplaceInPlace: true}
			var r io.Reader = bytes.NewReader(c.data)
			if c.stream {
				r = onlyReader{r}
			}
			_, err := s.Install(t.Context(), "west.pmtiles", r, opts)
			if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			want := next
			if c.want != nil {
				want = old
			}
			got, err := os.ReadFile(filepath.Join(dir, "west.pmtiles"))
			switch {
			case c.gone:
				if !errors.Is(err, os.ErrNotExist) || len(files(t, dir)) != 0 {
					t.Errorf("files %v, %v", files(t, dir), err)
				}
			case err != nil || !bytes.Equal(got, want):
				t.Errorf("the wrong pack is installed, %v", err)
			}
		})
	}
}

// TestReplaceInPlaceOrder: the old file is gone while the new one is written.
func TestReplaceInPlaceOrder(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{})
	data := testworld.Pack(t, "west", testworld.Schema, west)
	install(t, s, "west.pmtiles", data, store.InstallOptions{ReplaceInPlace: true})
	seen := readerFunc(func([]byte) (int, error) {
		if _, err := os.Stat(filepath.Join(dir, "west.pmtiles")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the old file still exists: %v", err)
		}
		return 0, io.EOF
	})
	r := io.MultiReader(seen, bytes.NewReader(data))
	if _, err := s.Install(t.Context(), "west.pmtiles", r, store.InstallOptions{ReplaceInPlace: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context(), "west.pmtiles"); err != nil {
		t.Error(err)
	}
	// A source that is not at its start is read from where it is.
	path := writeFile(t, "download", append([]byte("header"), data...))
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(6, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if item, err := s.Install(t.Context(), "west.pmtiles", f, store.InstallOptions{ReplaceInPlace: true}); err != nil || item.Bytes != int64(len(data)) {
		t.Errorf("%+v, %v", item, err)
	}
}
