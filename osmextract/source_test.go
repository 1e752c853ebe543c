package osmextract

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
)

// scannerOf opens a PBF file with the scanner of paulmach/osm.
func scannerOf(t testing.TB, path string) func(context.Context) (osm.Scanner, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) (osm.Scanner, error) { return osmpbf.New(ctx, bytes.NewReader(data), 1), nil }
}

// writeXML writes the elements of a scanner as an XML file with a box, compressed if the name ends in
// ".gz". If located is set, ways carry the locations of their nodes, and untagged nodes are left out.
func writeXML(t testing.TB, path string, open func(context.Context) (osm.Scanner, error), box loc2vec.Bounds, located bool) {
	t.Helper()
	scanner, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer scanner.Close()
	data := osm.OSM{Bounds: &osm.Bounds{MinLat: box.Min.Lat, MinLon: box.Min.Lon, MaxLat: box.Max.Lat, MaxLon: box.Max.Lon}}
	nodes := map[osm.NodeID]*osm.Node{}
	for scanner.Scan() {
		switch o := scanner.Object().(type) {
		case *osm.Node:
			nodes[o.ID] = o
			if located && len(o.Tags) == 0 {
				continue
			}
		case *osm.Way:
			for i := range o.Nodes {
				if n := nodes[o.Nodes[i].ID]; located && n != nil {
					o.Nodes[i].Lat, o.Nodes[i].Lon = n.Lat, n.Lon
				}
			}
		}
		data.Append(scanner.Object())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	text, err := xml.Marshal(&data)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		text = b.Bytes()
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The same data makes the same map through our own decoder, a Scanner of paulmach/osm, XML, and XML in
// which ways carry the locations of their nodes.
func TestSourcesAgree(t *testing.T) {
	path := osmtestdata.Path(t, "monaco")
	want, stats := extractOf(t, Options{Files: []string{path}})
	open := scannerOf(t, path)
	box := want.Metadata().Area[0]
	if s, err := OpenPBF(path); err != nil {
		t.Fatal(err)
	} else {
		box = *s.Info().Box
		s.Close()
	}
	dir := t.TempDir()
	plain, compressed, located := filepath.Join(dir, "a.osm"), filepath.Join(dir, "b.osm.gz"), filepath.Join(dir, "c.osm.gz")
	writeXML(t, plain, open, box, false)
	writeXML(t, compressed, open, box, false)
	writeXML(t, located, open, box, true)
	tests := []struct {
		name  string
		opts  Options
		nodes int
	}{
		{"Scanner", Options{Sources: []Source{Scan(Info{Name: "monaco", Box: &box}, open)}}, stats.Nodes},
		{"Scanner on one goroutine", Options{Sources: []Source{Scan(Info{Name: "monaco", Box: &box}, open)}, Procs: 1}, stats.Nodes},
		{".osm", Options{Files: []string{plain}}, stats.Nodes},
		{".osm.gz", Options{Files: []string{compressed}}, stats.Nodes},
		{".osm.gz with located ways", Options{Files: []string{located}}, 0},
	}
	for _, test := range tests {
		got, s := extractOf(t, test.opts)
		if g, w := got.Metadata().ContentSHA256, want.Metadata().ContentSHA256; g != w {
			t.Errorf("%s: contents %s, want %s", test.name, g, w)
		}
		if s.Ways != stats.Ways || s.Relations != stats.Relations || test.nodes != 0 && s.Nodes != test.nodes {
			t.Errorf("%s: read %d nodes, %d ways, %d relations", test.name, s.Nodes, s.Ways, s.Relations)
		}
		source := got.Metadata().Sources[0]
		if _, err := time.Parse(time.RFC3339, source.Date); err != nil || !strings.HasPrefix(source.Date, "2015-04-27") {
			t.Errorf("%s: date %q", test.name, source.Date)
		}
		if isFile := len(test.opts.Files) > 0; isFile != (len(source.SHA256) == 64) || isFile != (source.Bytes > 0) {
			t.Errorf("%s: source %+v", test.name, source)
		}
	}
}

// Extract combines files and scanners, and uses an element of both once.
func TestFilesAndSources(t *testing.T) {
	path := osmtestdata.Path(t, "monaco")
	want, _ := extractOf(t, Options{Files: []string{path}})
	got, stats := extractOf(t, Options{Files: []string{path}, Sources: []Source{Scan(Info{Name: "again"}, scannerOf(t, path))}})
	if stats.Repeated == 0 || len(stats.Pack.Sources) != 2 || stats.Pack.Name != "monaco-20150428+again" {
		t.Errorf("%+v", stats)
	}
	// The scanner states no box, so the union covers more tiles.
	for tile, err := range want.Tiles() {
		if err != nil {
			t.Fatal(err)
		}
		one, err1 := want.ReadTile(nil, tile)
		two, err2 := got.ReadTile(nil, tile)
		if err1 != nil || err2 != nil || !bytes.Equal(one, two) {
			t.Errorf("tile %v differs: %v, %v", tile, err1, err2)
		}
	}
}

// Progress counts elements if a source does not state its size.
func TestProgressOfAScanner(t *testing.T) {
	done := map[string]int64{}
	source := Scan(Info{Name: "feed"}, scannerOf(t, osmtestdata.Path(t, "monaco")))
	_, stats := extractOf(t, Options{Sources: []Source{source}, Progress: func(p Progress) {
		if p.Stage == "ways" || p.Stage == "nodes and relations" {
			if p.Unit != "" || p.Total != 0 {
				t.Errorf("%+v", p)
			}
			done[p.Stage] = p.Done
		}
	}})
	if done["ways"] != int64(stats.Ways) || done["nodes and relations"] != int64(stats.Nodes+stats.Relations) {
		t.Errorf("progress ended at %v, after %d nodes, %d ways and %d relations", done, stats.Nodes, stats.Ways, stats.Relations)
	}
}

// brokenScanner fails after a number of elements.
type brokenScanner struct {
	osm.Scanner
	left int
	err  error
}

func (s *brokenScanner) Scan() bool {
	s.left--
	return s.left >= 0 && s.Scanner.Scan()
}

func (s *brokenScanner) Err() error {
	if s.left < 0 {
		return s.err
	}
	return s.Scanner.Err()
}

// A Scanner that fails half-way makes an error that names the element, in either pass, and leaves nothing
// behind.
func TestBrokenScanner(t *testing.T) {
	errBroken := errors.New("the line went dead")
	whole := scannerOf(t, osmtestdata.Path(t, "monaco"))
	for _, test := range []struct {
		elements, pass int
		want           string
	}{
		{0, 1, "element 1, the first one: the line went dead"},
		{5000, 1, "element 5001, after node "},
		{18000, 2, "element 18001, after way "},
	} {
		pass := 0
		source := Scan(Info{Name: "feed"}, func(ctx context.Context) (osm.Scanner, error) {
			s, err := whole(ctx)
			if pass++; pass == test.pass {
				s = &brokenScanner{s, test.elements, errBroken}
			}
			return s, err
		})
		var out bytes.Buffer
		dir := t.TempDir()
		_, err := Extract(t.Context(), &out, Options{Sources: []Source{source}, TempDir: dir})
		if !errors.Is(err, errBroken) || !strings.HasPrefix(err.Error(), "reading feed: "+test.want) {
			t.Errorf("after %d elements: %v, want %q", test.elements, err, test.want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 || out.Len() > 0 {
			t.Errorf("after %d elements: %d bytes written, files left: %v", test.elements, out.Len(), left)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	const changes = `<?xml version='1.0'?><osmChange version="0.6"><modify><node id="1" lat="1" lon="1"/></modify></osmChange>`
	zipped := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		io.WriteString(w, text)
		w.Close()
		return b.String()
	}
	tests := []struct {
		file, text, want string
		corrupt          bool
	}{
		{"a.osc", changes, "a change file", false},
		{"a.osc.gz", zipped(changes), "a change file", false},
		{"a.osm", changes, "a change file", false},
		{"a.osm.gz", zipped(changes), "a change file", false},
		{"a.osh.pbf", "", "a history file", false},
		{"a.osm.bz2", "BZh91AY&SY", "bzip2", false},
		{"empty.osm", "", "the file is empty", true},
		{"page.osm", "<!DOCTYPE html><html></html>", "near byte", true},
		{"gpx.osm", "<?xml version='1.0'?><gpx></gpx>", `the root element is "gpx"`, true},
		{"half.osm", "<?xml version='1.0'?><osm", "unexpected EOF", true},
		{"half.osm.gz", zipped("<osm></osm>")[:12], "near byte", true},
		{"deep.osm", "<osm>" + strings.Repeat("<a>", 100), "nested deeper", true},
		{"long.osm", "<osm>" + strings.Repeat(" ", xmlElementBytes) + "<node/></osm>", "more than 32 MiB", true},
		{"bomb.osm.gz", zipped("<osm>" + strings.Repeat("<!-- "+strings.Repeat("x", 1<<20)+" -->", 40)), "more than", true},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), test.file)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) || errors.Is(err, loc2vec.ErrCorrupt) != test.corrupt {
			t.Errorf("%s: %v, want %q", test.file, err, test.want)
		}
	}
}

// The elements of an XML file may be damaged although its header is not.
func TestBadXML(t *testing.T) {
	nodes := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `<node id="%d" lat="50" lon="7.%d"/>`, i+1, i)
		}
		return b.String()
	}
	way := "<osm>" + nodes(10) + `<way id="5">` + strings.Repeat(`<nd ref="1"/>`, xmlElementBytes/13+1000) + `</way></osm>`
	tests := []struct{ name, text, want string }{
		{"no elements", "<osm></osm>", "holds no nodes"},
		{"truncated", "<osm>" + nodes(10), "element 11, after node 10"},
		{"not a number", "<osm>" + nodes(3) + `<node id="x" lat="1" lon="1"/></osm>`, "element 4, after node 3"},
		{"a long way", way, "element 11, after node 10"},
		{"tags that do not close", "<osm>" + strings.Repeat(`<a><node id="1" lat="1" lon="1"/>`, 100), "nested deeper"},
	}
	for _, test := range tests {
		if test.name == "a long way" && testing.Short() {
			continue // takes seconds
		}
		path := filepath.Join(t.TempDir(), "bad.osm")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		_, err := Extract(t.Context(), &out, Options{Files: []string{path}, TempDir: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if test.name != "no elements" && (!errors.Is(err, loc2vec.ErrCorrupt) || !strings.Contains(err.Error(), "near byte")) {
			t.Errorf("%s: %v is not ErrCorrupt, or names no byte", test.name, err)
		}
		if out.Len() > 0 {
			t.Errorf("%s: %d bytes written", test.name, out.Len())
		}
	}
}

// The message says why a file without a known place is refused.
func TestFilesWithoutAPlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"off the Earth", `<node id="1" lat="95" lon="9"/><node id="2" lat="48" lon="190"/>`, "none of 2 nodes has coordinates on Earth"},
		{"at the pole", `<node id="1" lat="89.9" lon="9"/>`, "beyond the tiles"},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), "map.osm")
		if err := os.WriteFile(path, []byte(`<osm version="0.6">`+test.text+"</osm>"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Extract(t.Context(), io.Discard, Options{Files: []string{path}, TempDir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestXMLHeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "overpass.osm")
	const text = "\xef\xbb\xbf" + `<?xml version="1.0" encoding="UTF-8"?>
		<osm version="0.6" generator="Overpass API"><note>The data is under the ODbL.</note>
		<meta osm_base="2026-01-02T03:04:05Z"/><bounds minlat="50" minlon="7" maxlat="50.1" maxlon="7.2"/>
		<node id="1" lat="50.05" lon="7.1"/></osm>`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: 50, Lon: 7}, Max: loc2vec.LatLon{Lat: 50.1, Lon: 7.2}}
	info := s.Info()
	if info.Box == nil || *info.Box != want || info.Date.Format(time.RFC3339) != "2026-01-02T03:04:05Z" || info.Bytes != int64(len(text)) {
		t.Errorf("%+v", info)
	}
}

// A source can be read repeatedly, and on several goroutines visits each element once.
func TestEachVisitsOnce(t *testing.T) {
	path := osmtestdata.Path(t, "monaco")
	file, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, source := range []Source{file, Scan(Info{Name: "scan"}, scannerOf(t, path))} {
		for _, types := range []Types{Nodes | Relations, Ways, Ways, Nodes | Ways | Relations} {
			var visitors []*countingVisitor
			newVisitor := make(chan *countingVisitor, 4)
			pass := Pass{Types: types, Procs: 4, Progress: func(int64) {}}
			err := source.Each(t.Context(), pass, func() Visitor {
				v := &countingVisitor{}
				newVisitor <- v
				return v
			})
			close(newVisitor)
			if err != nil {
				t.Fatal(err)
			}
			for v := range newVisitor {
				visitors = append(visitors, v)
			}
			var got [3]int
			for _, v := range visitors {
				for i, n := range v.counts {
					got[i] += n
				}
				if v.open {
					t.Errorf("types %b: no EndBlock after the last element", types)
				}
			}
			want := [3]int{17233, 2398, 108}
			for i, one := range []Types{Nodes, Ways, Relations} {
				if types&one == 0 {
					want[i] = 0
				}
			}
			if !slices.Equal(got[:], want[:]) {
				t.Errorf("%s: types %b: visited %v, want %v", source.Info().Name, types, got, want)
			}
		}
	}
}

type countingVisitor struct {
	counts [3]int
	open   bool // an element since the last EndBlock
}

func (v *countingVisitor) Visit(o osm.Object) error {
	v.open = true
	switch o.(type) {
	case *osm.Node:
		v.counts[0]++
	case *osm.Way:
		v.counts[1]++
	case *osm.Relation:
		v.counts[2]++
	}
	return nil
}

func (v *countingVisitor) EndBlock() error {
	v.open = false
	return nil
}
