package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
)

var (
	west = testworld.West()
	east = testworld.East()
)

// open returns a model without regions.
func open(t testing.TB, model string, opts sdk.Options) *sdk.Model {
	t.Helper()
	m, err := sdk.OpenBundle(testworld.Bundle(t, model), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func embed(t testing.TB, m *sdk.Model, place loc2vec.LatLon) sdk.Result {
	t.Helper()
	r, err := m.Embed(context.Background(), place)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// writeFile writes a file of the test and returns its path.
func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openStore(t testing.TB, dir string, opts store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func install(t testing.TB, s *store.Store, name string, data []byte, opts store.InstallOptions) store.Item {
	t.Helper()
	item, err := s.Install(context.Background(), name, bytes.NewReader(data), opts)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

// files returns the names of the files in a directory, without the lock.
func files(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != ".lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestInstallAndOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	s := openStore(t, dir, store.Options{})
	westPack, model := testworld.Pack(t, "west", testworld.Schema, west), testworld.BundleFile(t, "lite")
	item := install(t, s, "west.pmtiles", westPack, store.InstallOptions{SchemaHash: testworld.Schema})
	if item.Kind != store.KindRegion || item.Region.Name != "west" || item.Bytes != int64(len(westPack)) || item.Model != nil {
		t.Errorf("item %+v", item)
	}
	install(t, s, "city.l2v", model, store.InstallOptions{})

	items, err := s.List(t.Context())
	if err != nil || len(items) != 2 || items[0].Name != "city.l2v" || items[0].Model.SchemaHash != testworld.Schema || items[1].Region.Name != "west" {
		t.Errorf("list %+v, %v", items, err)
	}
	if size, err := s.Size(); err != nil || size != int64(len(westPack)+len(model)) {
		t.Errorf("size %d, %v", size, err)
	}
	// Another store on the same directory sees the same.
	again := openStore(t, dir, store.Options{})
	for _, name := range []string{"west.pmtiles", "city.l2v"} {
		if err := again.Verify(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
	m, err := again.OpenModel(t.Context(), "city.l2v", sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if added, err := again.AddRegions(t.Context(), m); err != nil || len(added) != 1 {
		t.Errorf("regions %v, %v", added, err)
	}
	if r := embed(t, m, testworld.At(west, 3000, 4000)); r.Region != "west" {
		t.Errorf("result %+v", r)
	}
	if err := s.Remove(t.Context(), "city.l2v"); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Remove": s.Remove(t.Context(), "city.l2v"), "Verify": s.Verify(t.Context(), "city.l2v"), "AddRegion": s.AddRegion(t.Context(), m, "no.pmtiles"),
	} {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s of a missing file: error %v", name, err)
		}
	}
	if got := files(t, dir); !slices.Equal(got, []string{"west.pmtiles"}) {
		t.Errorf("files %v", got)
	}
}

// TestFailedInstallKeepsOldFile: if anything is wrong with the new file, the old one stays unchanged.
func TestFailedInstallKeepsOldFile(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{MaxBytes: 1 << 20})
	old, next := testworld.Pack(t, "west", testworld.Schema, west), testworld.Pack(t, "west", testworld.Schema, west, east)
	install(t, s, "west.pmtiles", old, store.InstallOptions{})

	damaged := bytes.Clone(next)
	damaged[len(damaged)-100] ^= 1
	newer := bytes.Replace(next, []byte("PMTiles\x03"), []byte("PMTiles\x04"), 1)
	broken := errors.New("connection lost")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		r    io.Reader
		opts store.InstallOptions
		want error
	}{
		"damaged":      {r: bytes.NewReader(damaged), want: loc2vec.ErrCorrupt},
		"cut short":    {r: bytes.NewReader(next[:len(next)/2]), want: loc2vec.ErrCorrupt},
		"empty":        {r: bytes.NewReader(nil), want: loc2vec.ErrCorrupt},
		"newer format": {r: bytes.NewReader(newer), want: loc2vec.ErrVersion},
		"a bundle":     {r: bytes.NewReader(testworld.BundleFile(t, "lite")), want: loc2vec.ErrCorrupt},
		"other schema": {r: bytes.NewReader(next), opts: store.InstallOptions{SchemaHash: testworld.OtherSchema}, want: loc2vec.ErrSchemaMismatch},
		"other hash":   {r: bytes.NewReader(next), opts: store.InstallOptions{SHA256: "f00d"}, want: loc2vec.ErrCorrupt},
		"too large":    {r: endless{}, want: loc2vec.ErrCorrupt},
		"broken off":   {r: io.MultiReader(bytes.NewReader(next[:500]), iotest.ErrReader(broken)), want: broken},
		"cancelled":    {ctx: cancelled, r: bytes.NewReader(next), want: context.Canceled},
	} {
		ctx := c.ctx
		if ctx == nil {
			ctx = context.Background()
		}
		if _, err := s.Install(ctx, "west.pmtiles", c.r, c.opts); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
		got, err := os.ReadFile(filepath.Join(dir, "west.pmtiles"))
		if err != nil || !bytes.Equal(got, old) || len(files(t, dir)) != 1 {
			t.Errorf("%s: the old file is gone (%v), or other files are left: %v", name, err, files(t, dir))
		}
	}
	install(t, s, "west.pmtiles", next, store.InstallOptions{})
	if got, err := os.ReadFile(filepath.Join(dir, "west.pmtiles")); err != nil || !bytes.Equal(got, next) {
		t.Error("the update was not installed")
	}
}

// endless is a reader that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestNames(t *testing.T) {
	s := openStore(t, t.TempDir(), store.Options{})
	for _, name := range []string{"", "west", "west.zip", "../west.pmtiles", "a/b.pmtiles", ".pmtiles", ".west.pmtiles", "West.pmtiles", "wést.l2v", "west.pmtiles.", "west.pmtiles ", "we\x1bst.l2v",
		"con.pmtiles", "nul.l2v", "aux.en.pmtiles", "prn..l2v", "com1.l2v", "lpt9.pmtiles", strings.Repeat("x", 94) + ".pmtiles"} {
		_, installErr := s.Install(context.Background(), name, bytes.NewReader(nil), store.InstallOptions{})
		for _, err := range []error{installErr, s.Remove(t.Context(), name), s.Verify(t.Context(), name)} {
			if !errors.Is(err, store.ErrName) {
				t.Errorf("%q: error %v", name, err)
			}
		}
	}
}

// TestNamesAlmostOfDevices: names that only resemble those of devices are names.
func TestNamesAlmostOfDevices(t *testing.T) {
	s := openStore(t, t.TempDir(), store.Options{})
	for _, name := range []string{"concord.pmtiles", "com.l2v", "com10.l2v", "lpt.pmtiles", "null.l2v", "a.con.pmtiles", strings.Repeat("x", 93) + ".pmtiles"} {
		if err := s.Remove(t.Context(), name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: error %v", name, err)
		}
	}
}

// TestRegionInUse: models keep using a region that is replaced or removed.
func TestRegionInUse(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be replaced on Windows")
	}
	s := openStore(t, t.TempDir(), store.Options{})
	install(t, s, "west.pmtiles", testworld.Pack(t, "west", testworld.Schema, west), store.InstallOptions{})
	m := open(t, "lite", sdk.Options{Engine: sdk.Go, TileCache: -1})
	if err := s.AddRegion(t.Context(), m, "west.pmtiles"); err != nil {
		t.Fatal(err)
	}
	want := embed(t, m, testworld.At(west, 3000, 4000))
	install(t, s, "west.pmtiles", testworld.Pack(t, "wider", testworld.Schema, west, east), store.InstallOptions{Region: "wider"})
	if got := embed(t, m, testworld.At(west, 3000, 4000)); got != want {
		t.Errorf("after the update: %+v, want %+v", got, want)
	}
	if err := s.Remove(t.Context(), "west.pmtiles"); err != nil {
		t.Fatal(err)
	}
	if got := embed(t, m, testworld.At(west, 3000, 4000)); got != want {
		t.Errorf("after the removal: %+v, want %+v", got, want)
	}
	if err := m.RemoveRegion("west"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Embed(context.Background(), testworld.At(west, 3000, 4000)); !errors.Is(err, loc2vec.ErrNoCoverage) {
		t.Errorf("without the region: error %v", err)
	}
	if err := m.RemoveRegion("west"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("removed twice: error %v", err)
	}
}

// TestListDamagedFiles: a damaged file is listed with the reason, and does not prevent others from being added.
func TestListDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, store.Options{})
	install(t, s, "west.pmtiles", testworld.Pack(t, "west", testworld.Schema, west), store.InstallOptions{})
	install(t, s, "other.pmtiles", testworld.Pack(t, "other", testworld.OtherSchema, west), store.InstallOptions{})
	if err := os.WriteFile(filepath.Join(dir, "bad.pmtiles"), []byte("no pack"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "README"), []byte("not a file of the store"), 0o600); err != nil {
		t.Fatal(err)
	}
	items, err := s.List(t.Context())
	if err != nil || len(items) != 3 || !errors.Is(items[0].Err, loc2vec.ErrCorrupt) || items[1].Err != nil {
		t.Errorf("list %+v, %v", items, err)
	}
	m := open(t, "lite", sdk.Options{Engine: sdk.Go})
	added, err := s.AddRegions(t.Context(), m)
	if !errors.Is(err, loc2vec.ErrCorrupt) || len(added) != 1 || added[0].Name != "west.pmtiles" {
		t.Errorf("regions %v, %v", added, err)
	}
}

// TestAddRegionReplaces: AddRegion and AddRegions replace the region that was added under the same name.
func TestAddRegionReplaces(t *testing.T) {
	old := testworld.Pack(t, "west", testworld.Schema, west)
	fresh := testworld.PackOf(t, testworld.Metadata("west", testworld.Schema, west),
		func(loc2vec.Tile) []loc2vec.Feature { return testworld.City(1) }, west)
	place := testworld.At(west, 3000, 4000)
	reference, m := open(t, "lite", sdk.Options{Engine: sdk.Go}), open(t, "lite", sdk.Options{Engine: sdk.Go})
	if err := reference.AddRegion(writeFile(t, "west.pmtiles", fresh)); err != nil {
		t.Fatal(err)
	}
	want := embed(t, reference, place)

	s := openStore(t, t.TempDir(), store.Options{})
	install(t, s, "west.pmtiles", old, store.InstallOptions{})
	install(t, s, "east.pmtiles", testworld.Pack(t, "east", testworld.Schema, east), store.InstallOptions{})
	for range 2 {
		if added, err := s.AddRegions(t.Context(), m); err != nil || len(added) != 2 || len(m.Regions()) != 2 {
			t.Fatalf("%v, %v, %d regions", added, err, len(m.Regions()))
		}
	}
	if embed(t, m, place) == want {
		t.Fatal("both maps give the same vector: the test tests nothing")
	}
	install(t, s, "west.pmtiles", fresh, store.InstallOptions{})
	if err := s.AddRegion(t.Context(), m, "west.pmtiles"); err != nil {
		t.Fatal(err)
	}
	if got := embed(t, m, place); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if n := len(m.Regions()); n != 2 {
		t.Errorf("%d regions, want 2", n)
	}
}
