package mobile_test

import (
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/mobile"
	"github.com/loc2vec/loc2vec/sdk"
)

func makeWorld(t *testing.T) *testworld.World {
	t.Helper()
	w := testworld.Make(t, t.TempDir())
	return w
}

func openModel(t *testing.T, path string, regions ...string) *mobile.Model {
	t.Helper()
	m, err := mobile.OpenModel(path, &mobile.Options{Engine: "go"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, r := range regions {
		if err := m.AddRegion(r); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// wantCode checks the code in front of an error.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), code+": ") {
		t.Errorf("error %v, want one that begins with %s", err, code)
	}
}

// TestEmbedIsThatOfTheSDK: the facade returns the bits of package sdk.
func TestEmbedIsThatOfTheSDK(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West, w.East)
	direct, err := sdk.Open(w.Model, sdk.Options{Engine: sdk.Go})
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	if err := errors.Join(direct.AddRegion(w.West), direct.AddRegion(w.East)); err != nil {
		t.Fatal(err)
	}
	for _, at := range []loc2vec.LatLon{w.Inside, w.Border, w.Unmapped} {
		want, err := direct.Embed(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Embed(at.Lat, at.Lon)
		if err != nil {
			t.Fatal(err)
		}
		if got.Mapped != want.Mapped || got.Unmapped != want.Unmapped || got.Region != want.Region {
			t.Errorf("%v: %+v, want %+v", at, got, want)
		}
		checkVector(t, got, want.Vector)
	}
}

func checkVector(t *testing.T, p *mobile.Place, want sdk.Vector) {
	t.Helper()
	v, err := p.Vector()
	if err != nil {
		t.Fatal(err)
	}
	b, err := v.Bytes()
	if err != nil || len(b) != 4*loc2vec.Dimension {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	for i, f := range want.Values {
		at, err := v.At(i)
		if err != nil || at != f || math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])) != f {
			t.Errorf("number %d: %v, %x, %v, want %v", i, at, b[4*i:4*i+4], err, f)
		}
	}
	space, err := v.Space()
	if err != nil || space != want.SpaceID {
		t.Errorf("space %q, %v", space, err)
	}
	again, err := mobile.OpenVector(space, string(want.Metric), b)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := v.DistanceTo(again); err != nil || d != 0 {
		t.Errorf("distance to itself, stored: %v, %v", d, err)
	}
}

func TestCodes(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	other := openModel(t, w.OtherModel, w.West)
	_, err := m.Embed(w.Outside.Lat, w.Outside.Lon)
	wantCode(t, err, mobile.CodeNoCoverage)
	wantCode(t, m.RemoveRegion("none"), mobile.CodeNotFound)
	_, err = m.Embed(math.NaN(), 0)
	wantCode(t, err, mobile.CodeCoordinate)
	wantCode(t, m.AddRegion(w.Foreign), mobile.CodeSchema)
	wantCode(t, m.AddRegion(w.Model), mobile.CodeCorrupt)
	_, err = mobile.OpenModel(w.Damaged, nil)
	wantCode(t, err, mobile.CodeCorrupt)
	_, err = mobile.OpenModelBytes(nil, nil)
	wantCode(t, err, mobile.CodeCorrupt)
	_, err = mobile.OpenModel(filepath.Join(t.TempDir(), "none"), nil)
	wantCode(t, err, mobile.CodeNotFound)
	_, err = mobile.OpenModel(w.Model, &mobile.Options{Engine: "abacus"})
	wantCode(t, err, mobile.CodeFailed)
	_, err = mobile.OpenVector("s", string(loc2vec.Euclidean), make([]byte, 3))
	wantCode(t, err, mobile.CodeArgument)
	if code, _ := mobile.ErrorCode("E_1 is no code"); code != mobile.CodeFailed {
		t.Errorf("code %q of a message without one", code)
	}
	_, err = m.RegionAt(1)
	wantCode(t, err, mobile.CodeArgument)
	_, err = m.StartEmbed(make([]byte, 17), &recorder{})
	wantCode(t, err, mobile.CodeArgument)

	a, err := m.Embed(w.Inside.Lat, w.Inside.Lon)
	if err != nil {
		t.Fatal(err)
	}
	b, err := other.Embed(w.Inside.Lat, w.Inside.Lon)
	if err != nil {
		t.Fatal(err)
	}
	va, _ := a.Vector()
	vb, _ := b.Vector()
	_, err = va.DistanceTo(vb)
	wantCode(t, err, mobile.CodeSpace)
	if code, err := mobile.ErrorCode("E_SPACE: why"); code != mobile.CodeSpace || err != nil {
		t.Errorf("code %q, %v", code, err)
	}
	if code, err := mobile.ErrorCode("out of luck: why"); code != mobile.CodeFailed || err != nil {
		t.Errorf("code %q, %v", code, err)
	}
}

// TestZeroValues calls every method on an object that Java's constructor has made, and on null.
func TestZeroValues(t *testing.T) {
	for _, proxy := range proxies() {
		typ := reflect.TypeOf(proxy)
		for _, v := range []reflect.Value{reflect.New(typ.Elem()), reflect.Zero(typ)} {
			for i := range typ.NumMethod() {
				method := typ.Method(i)
				var args []reflect.Value
				for j := 1; j < method.Type.NumIn(); j++ {
					args = append(args, reflect.Zero(method.Type.In(j)))
				}
				results := v.Method(i).Call(args)
				err, _ := results[len(results)-1].Interface().(error)
				t.Run(typ.Elem().Name()+"."+method.Name, func(t *testing.T) { wantCode(t, err, mobile.CodeNotOpen) })
			}
		}
	}
}

// proxies lists a null of every type that has methods. TestSignatures checks that it is complete.
func proxies() []any {
	return []any{
		(*mobile.Area)(nil), (*mobile.Classes)(nil), (*mobile.Explanation)(nil), (*mobile.Follower)(nil), (*mobile.Index)(nil),
		(*mobile.Items)(nil), (*mobile.Model)(nil), (*mobile.Neighbours)(nil), (*mobile.Place)(nil),
		(*mobile.Status)(nil), (*mobile.Store)(nil), (*mobile.Strings)(nil), (*mobile.Task)(nil),
		(*mobile.Vector)(nil),
	}
}

// recorder is a listener that records its events.
type recorder struct {
	mu       sync.Mutex
	places   []int
	skipped  []string
	terminal []string
	end      chan struct{}
	onPlace  func() error
}

func newRecorder() *recorder { return &recorder{end: make(chan struct{}, 1)} }

func (r *recorder) OnPlace(index int, place *mobile.Place) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.places = append(r.places, index)
	if r.onPlace != nil {
		return r.onPlace()
	}
	return nil
}

func (r *recorder) OnSkipped(index int, message string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped = append(r.skipped, message)
	return nil
}

func (r *recorder) OnDone() error                 { return r.ended("done") }
func (r *recorder) OnFailed(message string) error { return r.ended(message) }

func (r *recorder) ended(how string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.terminal = append(r.terminal, how)
	r.end <- struct{}{}
	panic("listeners may throw in the last event")
}

func coordinates(places ...loc2vec.LatLon) []byte {
	var b []byte
	for _, p := range places {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Lat))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Lon))
	}
	return b
}

func TestTask(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	nowhere := loc2vec.LatLon{Lat: math.Inf(1)}
	three := coordinates(w.Inside, w.Outside, w.Unmapped, nowhere, w.Inside)
	for _, test := range []struct {
		name     string
		onPlace  func() error
		close    bool
		places   int
		skipped  int
		terminal string
	}{
		{name: "to the end", places: 3, skipped: 2, terminal: "done"},
		{name: "listener throws", onPlace: func() error { return errors.New("no more") }, places: 1, terminal: mobile.CodeListener + ": "},
		{name: "listener panics", onPlace: func() error { panic("no more") }, places: 1, terminal: mobile.CodeInternal + ": "},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRecorder()
			r.onPlace = test.onPlace
			if _, err := m.StartEmbed(three, r); err != nil {
				t.Fatal(err)
			}
			<-r.end
			r.mu.Lock()
			defer r.mu.Unlock()
			if len(r.places) != test.places || len(r.skipped) != test.skipped {
				t.Errorf("received places %v and skipped %v", r.places, r.skipped)
			}
			if len(r.terminal) != 1 || !strings.HasPrefix(r.terminal[0], test.terminal) {
				t.Errorf("ended with %q, want one %q", r.terminal, test.terminal)
			}
		})
	}
}

func TestTaskCancelled(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	r := newRecorder()
	first, cancelled := make(chan struct{}), make(chan struct{})
	r.onPlace = func() error {
		close(first)
		<-cancelled
		return nil
	}
	task, err := m.StartEmbed(coordinates(w.Inside, w.Inside, w.Inside), r)
	if err != nil {
		t.Fatal(err)
	}
	<-first
	for range 2 {
		if err := task.Cancel(); err != nil {
			t.Error(err)
		}
	}
	close(cancelled)
	<-r.end
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.terminal) != 1 || !strings.HasPrefix(r.terminal[0], mobile.CodeCancelled+": ") || len(r.places) != 1 {
		t.Errorf("%d places, then %q", len(r.places), r.terminal)
	}
}

// TestNothingWaitsForAListener: regions are removed and added, and the model is closed, while a listener waits. If anything
// waited for it, the test would not end.
func TestNothingWaitsForAListener(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	r := newRecorder()
	waiting, release := make(chan struct{}), make(chan struct{})
	r.onPlace = func() error {
		close(waiting)
		<-release
		return nil
	}
	if _, err := m.StartEmbed(coordinates(w.Inside), r); err != nil {
		t.Fatal(err)
	}
	<-waiting
	region, err := m.RegionAt(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.RemoveRegion(region.Name), m.AddRegion(w.West), m.Close()); err != nil {
		t.Error(err)
	}
	_, err = m.Embed(w.Inside.Lat, w.Inside.Lon)
	wantCode(t, err, mobile.CodeClosed)
	close(release)
	<-r.end
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.terminal) != 1 || r.terminal[0] != "done" {
		t.Errorf("%q", r.terminal)
	}
}

func TestTaskOfClosedModel(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := newRecorder()
	if _, err := m.StartEmbed(coordinates(w.Inside), r); err != nil {
		t.Fatal(err)
	}
	<-r.end
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.terminal) != 1 || !strings.HasPrefix(r.terminal[0], mobile.CodeClosed+": ") || len(r.places) != 0 {
		t.Errorf("%d places, then %q", len(r.places), r.terminal)
	}
}
