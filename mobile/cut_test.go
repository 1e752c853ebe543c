package mobile_test

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/testworld"
	"github.com/loc2vec/loc2vec/mobile"
)

// places returns the bytes of places.
func places(all ...loc2vec.LatLon) []byte {
	var b []byte
	for _, p := range all {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Lat))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Lon))
	}
	return b
}

// progress records its calls, and ends with an error if it is told so.
type progress struct {
	calls, last, total int64
	err                error
}

func (p *progress) OnProgress(done, total int64) error {
	p.calls++
	p.last, p.total = done, total
	return p.err
}

// TestCutRegion: places in a box and a corridor have the vectors of the whole region.
func TestCutRegion(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model, w.West)
	at := func(x, y int32) loc2vec.LatLon { return testworld.At(testworld.West(), x, y) }
	low, high := at(2500, 4500), at(3500, 3500)
	for name, add := range map[string]func(*mobile.Area) error{
		"box":      func(a *mobile.Area) error { return a.AddBox(low.Lat, low.Lon, high.Lat, high.Lon) },
		"corridor": func(a *mobile.Area) error { return a.AddCorridor(places(low, high), 100) },
	} {
		a, err := mobile.OpenArea()
		if err != nil {
			t.Fatal(err)
		}
		if err := add(a); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "cut.pmtiles")
		task, err := mobile.OpenTask()
		if err != nil {
			t.Fatal(err)
		}
		var told progress
		r, err := m.CutRegion(w.West, path, "mine", a, &told, task)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Name != "mine" || r.Tiles != 1 || len(r.Contents) != 64 || told.calls == 0 || told.last != told.total {
			t.Errorf("%s: %+v, %+v", name, r, told)
		}
		part := openModel(t, w.Model, path)
		for _, place := range []loc2vec.LatLon{at(3000, 4000), low, high} {
			got, err := part.Embed(place.Lat, place.Lon)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want, err := m.Embed(place.Lat, place.Lon)
			if err != nil {
				t.Fatal(err)
			}
			v, _ := want.Vector()
			if u, err := got.Vector(); err != nil {
				t.Error(err)
			} else if d, err := u.DistanceTo(v); err != nil || d != 0 {
				t.Errorf("%s: distance %v, %v", name, d, err)
			}
		}
		_, err = part.Embed(at(6000, 1000).Lat, at(6000, 1000).Lon)
		wantCode(t, err, mobile.CodeNoCoverage)
	}
}

func TestCutRegionErrors(t *testing.T) {
	w := makeWorld(t)
	m := openModel(t, w.Model)
	inside := testworld.West().Bounds()
	full := func() *mobile.Area {
		a, err := mobile.OpenArea()
		if err != nil {
			t.Fatal(err)
		}
		if err := a.AddBox(inside.Min.Lat, inside.Min.Lon, inside.Max.Lat, inside.Max.Lon); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := full()
	wantCode(t, a.AddBox(1, 2, 0, 3), mobile.CodeCoordinate)
	wantCode(t, a.AddBox(math.NaN(), 2, 1, 3), mobile.CodeCoordinate)
	wantCode(t, a.AddCorridor(make([]byte, 5), 1), mobile.CodeArgument)
	wantCode(t, a.AddCorridor(nil, 1), mobile.CodeArgument)
	wantCode(t, a.AddCorridor(places(inside.Min), -1), mobile.CodeArgument)
	wantCode(t, a.AddCorridor(places(loc2vec.LatLon{Lat: 91}), 1), mobile.CodeCoordinate)

	path := filepath.Join(t.TempDir(), "cut.pmtiles")
	cut := func(from string, within *mobile.Area, p mobile.Progress, task *mobile.Task) error {
		_, err := m.CutRegion(from, path, "", within, p, task)
		return err
	}
	empty, err := mobile.OpenArea()
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, cut(w.West, empty, nil, nil), mobile.CodeArgument)
	wantCode(t, cut(w.West, nil, nil, nil), mobile.CodeNotOpen)
	wantCode(t, cut(w.East, full(), nil, nil), mobile.CodeNoCoverage)
	wantCode(t, cut(w.Model, full(), nil, nil), mobile.CodeCorrupt)
	wantCode(t, cut(path, full(), nil, nil), mobile.CodeNotFound)
	wantCode(t, cut(w.West, full(), &progress{err: errors.New("thrown")}, nil), mobile.CodeListener)
	task, err := mobile.OpenTask()
	if err != nil {
		t.Fatal(err)
	}
	if err := task.Cancel(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, cut(w.West, full(), nil, task), mobile.CodeCancelled)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is left: %v", err)
	}
	if err := cut(w.West, full(), nil, nil); err != nil {
		t.Error(err)
	}
}
