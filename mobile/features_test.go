package mobile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/mobile"
)

// bytesSource returns bytes in small pieces, then the error if there is one.
type bytesSource struct {
	r   *bytes.Reader
	err error
}

func (s *bytesSource) Read(max int) ([]byte, error) {
	b := make([]byte, min(max, 1000))
	n, _ := s.r.Read(b)
	if n == 0 && s.err != nil {
		return nil, s.err
	}
	return b[:n], nil
}

func TestStore(t *testing.T) {
	w := makeWorld(t)
	s, err := mobile.OpenStore(filepath.Join(t.TempDir(), "store"), nil)
	if err != nil {
		t.Fatal(err)
	}
	west, err := os.ReadFile(w.West)
	if err != nil {
		t.Fatal(err)
	}
	item, err := s.InstallFrom("west.pmtiles", &bytesSource{r: bytes.NewReader(west)}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if item.Kind != "region" || item.Title != "west" || item.Bytes != int64(len(west)) || item.Problem != "" {
		t.Errorf("item %+v", item)
	}
	_, err = s.InstallFrom("east.pmtiles", &bytesSource{bytes.NewReader(nil), errors.New("no network")}, nil, nil)
	wantCode(t, err, mobile.CodeListener)
	_, err = s.InstallFrom("East!", &bytesSource{r: bytes.NewReader(west)}, nil, nil)
	wantCode(t, err, mobile.CodeName)
	_, err = s.InstallFile("city.l2v", w.Model, &mobile.InstallOptions{SHA256: strings.Repeat("0", 64)}, nil)
	wantCode(t, err, mobile.CodeCorrupt)
	if _, err = s.InstallFile("city.l2v", w.Model, nil, nil); err != nil {
		t.Fatal(err)
	}
	items, err := s.List(nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := items.Count(); n != 2 || err != nil {
		t.Errorf("%d items, %v", n, err)
	}
	if first, err := items.At(0); err != nil || first.Name != "city.l2v" || first.Kind != "model" || first.Space == "" {
		t.Errorf("first item %+v, %v", first, err)
	}
	_, err = items.At(2)
	wantCode(t, err, mobile.CodeArgument)
	if err := s.Verify("west.pmtiles", nil); err != nil {
		t.Error(err)
	}
	if n, err := s.Size(); n < int64(len(west)) || err != nil {
		t.Errorf("size %d, %v", n, err)
	}

	m, err := s.OpenModel("city.l2v", &mobile.Options{Engine: "go"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if added, err := s.AddRegions(m, nil); err != nil {
		t.Error(err)
	} else if n, _ := added.Count(); n != 1 {
		t.Errorf("%d regions added", n)
	}
	if _, err := m.Embed(w.Inside.Lat, w.Inside.Lon); err != nil {
		t.Error(err)
	}
	if err := errors.Join(m.RemoveRegion("west"), s.AddRegion(m, "west.pmtiles", nil), s.Remove("west.pmtiles", nil)); err != nil {
		t.Error(err)
	}
	wantCode(t, s.Remove("west.pmtiles", nil), mobile.CodeNotFound)
}

func TestSignedStore(t *testing.T) {
	w := makeWorld(t)
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := mobile.OpenStore(filepath.Join(t.TempDir(), "store"), &mobile.StoreOptions{PublicKeys: other.String() + "\n" + public.String()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.InstallFile("west.pmtiles", w.West, nil, nil)
	wantCode(t, err, mobile.CodeUnsigned)
	west, err := os.ReadFile(w.West)
	if err != nil {
		t.Fatal(err)
	}
	signed := minisign.NewReader(bytes.NewReader(west))
	if _, err := io.Copy(io.Discard, signed); err != nil {
		t.Fatal(err)
	}
	older, newer := signed.SignWithComments(private, "timestamp:1000", ""), signed.SignWithComments(private, "timestamp:2000\tfile:west.pmtiles", "")
	_, err = s.InstallFile("west.pmtiles", w.East, &mobile.InstallOptions{Signature: newer}, nil)
	wantCode(t, err, mobile.CodeSignature)
	item, err := s.InstallFile("west.pmtiles", w.West, &mobile.InstallOptions{Signature: newer, SignedName: "west.pmtiles", Region: "west"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%X", public.ID()); item.SignedBy != want || item.Comment != "timestamp:2000\tfile:west.pmtiles" {
		t.Errorf("item %+v, want one signed by %s", item, want)
	}
	for code, options := range map[string]*mobile.InstallOptions{
		mobile.CodeRegion:    {Signature: newer, Region: "east"},
		mobile.CodeOlder:     {Signature: older},
		mobile.CodeSignature: {Signature: newer, SignedName: "east.pmtiles"},
		mobile.CodeArgument:  {Signature: newer, NotBefore: "yesterday"},
	} {
		_, err = s.InstallFile("west.pmtiles", w.West, options, nil)
		wantCode(t, err, code)
	}
	for _, date := range []string{"2026-11-30", "2026-11-30T20:21:02Z"} {
		_, err = s.InstallFile("west.pmtiles", w.West, &mobile.InstallOptions{Signature: newer, NotBefore: date}, nil)
		wantCode(t, err, mobile.CodeOlder) // the date of the region is unknown
	}
	if _, err := s.InstallFile("west.pmtiles", w.West, &mobile.InstallOptions{Signature: older, AllowOlder: true}, nil); err != nil {
		t.Error(err)
	}
	for _, keys := range []string{"a key", "\n"} {
		_, err = mobile.OpenStore(t.TempDir(), &mobile.StoreOptions{PublicKeys: keys})
		wantCode(t, err, mobile.CodeArgument)
	}
}

// stuckSource blocks until it is released.
type stuckSource struct{ reading, release chan struct{} }

func (s stuckSource) Read(int) ([]byte, error) {
	close(s.reading)
	<-s.release
	return nil, nil
}

// TestCancelledStore: a task ends an installation whose source gives nothing, and each call that it is passed to
// afterwards.
func TestCancelledStore(t *testing.T) {
	w := makeWorld(t)
	s, err := mobile.OpenStore(filepath.Join(t.TempDir(), "store"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"west.pmtiles": w.West, "city.l2v": w.Model} {
		if _, err := s.InstallFile(name, path, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	task, err := mobile.OpenTask()
	if err != nil {
		t.Fatal(err)
	}
	source := stuckSource{make(chan struct{}), make(chan struct{})}
	defer close(source.release)
	done := make(chan error, 1)
	go func() {
		_, err := s.InstallFrom("west.pmtiles", source, nil, task)
		done <- err
	}()
	<-source.reading
	if err := task.Cancel(); err != nil {
		t.Error(err)
	}
	wantCode(t, <-done, mobile.CodeCancelled)

	m := openModel(t, w.Model)
	_, installed := s.InstallFile("west.pmtiles", w.West, nil, task)
	_, listed := s.List(task)
	_, opened := s.OpenModel("city.l2v", nil, task)
	_, added := s.AddRegions(m, task)
	for _, err := range []error{installed, listed, opened, added, s.Verify("city.l2v", task), s.Remove("city.l2v", task), s.AddRegion(m, "west.pmtiles", task)} {
		wantCode(t, err, mobile.CodeCancelled)
	}
	wantCode(t, s.Verify("west.pmtiles", &mobile.Task{}), mobile.CodeNotOpen)
	if err := s.Verify("west.pmtiles", nil); err != nil {
		t.Error(err)
	}
}

// vectorAt returns the vector of a place.
func vectorAt(t *testing.T, m *mobile.Model, at loc2vec.LatLon) *mobile.Vector {
	t.Helper()
	p, err := m.Embed(at.Lat, at.Lon)
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Vector()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestClasses(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	path := filepath.Join(t.TempDir(), "classes")
	c, err := m.OpenClasses(path)
	if err != nil {
		t.Fatal(err)
	}
	inside, empty := vectorAt(t, m, w.Inside), vectorAt(t, m, w.Unmapped)
	if err := errors.Join(c.Add("city", inside), c.Add("city", inside), c.Add("sea", empty), c.Save(path)); err != nil {
		t.Fatal(err)
	}
	for _, again := range []string{path, ""} {
		c, err := m.OpenClasses(again)
		if err != nil {
			t.Fatal(err)
		}
		names, err := c.Names()
		if err != nil {
			t.Fatal(err)
		}
		n, err := names.Count()
		if want := map[string]int{path: 2, "": 0}[again]; n != want || err != nil {
			t.Errorf("%d classes in %q, %v, want %d", n, again, err, want)
		}
	}
	match, err := c.Classify(inside)
	if err != nil || match.Name != "city" || match.Distance != 0 {
		t.Errorf("match %+v, %v", match, err)
	}
	if n, err := c.Examples("city"); n != 2 || err != nil {
		t.Errorf("%d examples, %v", n, err)
	}
	if existed, err := c.Remove("city"); !existed || err != nil {
		t.Errorf("existed %v, %v", existed, err)
	}
	wantCode(t, c.Add("city", vectorAt(t, openModel(t, w.OtherModel, w.West), w.Inside)), mobile.CodeSpace)
}

func TestIndex(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	path := filepath.Join(t.TempDir(), "index")
	x, err := m.OpenIndex(path)
	if err != nil {
		t.Fatal(err)
	}
	inside, empty := vectorAt(t, m, w.Inside), vectorAt(t, m, w.Unmapped)
	if err := errors.Join(x.Put("inside", inside), x.Put("empty", empty), x.Save(path)); err != nil {
		t.Fatal(err)
	}
	if x, err = m.OpenIndex(path); err != nil {
		t.Fatal(err)
	}
	if n, err := x.Count(); n != 2 || err != nil {
		t.Errorf("%d places, %v", n, err)
	}
	near, err := x.Nearest(empty, 5)
	if err != nil {
		t.Fatal(err)
	}
	if first, err := near.At(0); err != nil || first.ID != "empty" || first.Distance != 0 {
		t.Errorf("nearest %+v, %v", first, err)
	}
	if n, err := near.Count(); n != 2 || err != nil {
		t.Errorf("%d neighbours, %v", n, err)
	}
	_, err = x.Get("elsewhere")
	wantCode(t, err, mobile.CodeNotFound)
	same, err := mobile.Analogy(inside, empty, empty)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := same.DistanceTo(inside); err != nil || d > 1e-6 {
		t.Errorf("a - b + b is %v from a, %v", d, err)
	}
	ids, err := x.List()
	if err != nil {
		t.Fatal(err)
	}
	mean, err := x.Centroid(ids)
	if err != nil {
		t.Fatal(err)
	}
	a, err := mean.DistanceTo(inside)
	b, err2 := mean.DistanceTo(empty)
	if err := errors.Join(err, err2); err != nil || a-b > 1e-6 || b-a > 1e-6 {
		t.Errorf("the mean is %v and %v from its two, %v", a, b, err)
	}
	list, err := mobile.OpenStrings()
	if err != nil {
		t.Fatal(err)
	}
	if err := list.Add("elsewhere"); err != nil {
		t.Fatal(err)
	}
	_, err = x.Centroid(list)
	wantCode(t, err, mobile.CodeNotFound)
	if existed, err := x.Remove("inside"); !existed || err != nil {
		t.Errorf("existed %v, %v", existed, err)
	}
}

func TestFollow(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	f, err := m.Follow(30)
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		east  float64
		fresh bool
	}{{0, true}, {20, false}, {-20, false}, {40, true}, {60, false}} {
		at := w.Inside.Offset(step.east, 0)
		p, err := f.At(at.Lat, at.Lon)
		if err != nil || p.Fresh != step.fresh {
			t.Errorf("step %d: %+v, %v", i, p, err)
		}
	}
}

func TestExplainAndStatus(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	e, err := m.Explain(w.Inside.Lat, w.Inside.Lon)
	if err != nil {
		t.Fatal(err)
	}
	raster, err := e.Raster()
	if err != nil || len(raster) != loc2vec.NumLayers*e.Pixels*e.Pixels {
		t.Errorf("raster of %d bytes, %v", len(raster), err)
	}
	if image, err := e.PNG(); err != nil || !bytes.HasPrefix(image, []byte("\x89PNG")) {
		t.Errorf("picture of %d bytes, %v", len(image), err)
	}
	road, err := e.LayerAt(int(loc2vec.MinorRoad))
	if err != nil || road.Layer != "minor_road" || road.Coverage <= 0 {
		t.Errorf("roads %+v, %v", road, err)
	}
	if e, err = m.Explain(w.Outside.Lat, w.Outside.Lon); err != nil || e.Reason == "" {
		t.Fatalf("outside: %+v, %v", e, err)
	}
	_, err = e.Place()
	wantCode(t, err, mobile.CodeNoCoverage)
	_, err = e.PNG()
	wantCode(t, err, mobile.CodeNoCoverage)

	s, err := m.Status()
	if err != nil || !s.Healthy || s.Golden != 3 || s.Wrong != 0 || !strings.HasPrefix(s.Engine, "go") {
		t.Errorf("status %+v, %v", s, err)
	}
	text, err := s.JSON()
	if err != nil || !json.Valid([]byte(text)) || !strings.Contains(text, `"west"`) {
		t.Errorf("status %s, %v", text, err)
	}
}
