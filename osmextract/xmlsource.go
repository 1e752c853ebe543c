package osmextract

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmxml"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/internal/xmllimit"
)

// xmlSource reads an XML file, plain or compressed, through osmxml.
type xmlSource struct {
	openedFile
	compressed bool
	header     xmlHeader
}

// newXMLSource takes over an opened file and closes it on error.
func newXMLSource(f openedFile, compressed bool) (SourceCloser, error) {
	s := &xmlSource{openedFile: f, compressed: compressed}
	g, err := s.open(context.Background(), func(int64) {})
	if err == nil {
		s.header, err = readXMLHeader(g)
	}
	if errors.Is(err, errIsChange) {
		return nil, errors.Join(errChanges(f.path), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: not OpenStreetMap XML: %w", f.path, err), f.Close())
	}
	return s, nil
}

func (s *xmlSource) Info() Info {
	return Info{Name: s.path, Box: s.header.box, Date: s.header.date, Bytes: s.size, LocatedWays: true}
}

func (s *xmlSource) Each(ctx context.Context, pass Pass, newVisitor func() Visitor) error {
	scan := &scanSource{info: s.Info(), open: func(ctx context.Context) (osm.Scanner, error) {
		g, err := s.open(ctx, pass.Progress)
		if err != nil {
			return nil, err
		}
		return &xmlScanner{Scanner: osmxml.New(ctx, g), guard: g}, nil
	}}
	return scan.Each(ctx, pass, newVisitor)
}

// open starts to read the file from its beginning.
func (s *xmlSource) open(ctx context.Context, progress func(int64)) (*xmlGuard, error) {
	raw := &countingReader{r: contextio.NewReader(ctx, io.NewSectionReader(s.file, 0, s.size)), progress: progress}
	if !s.compressed {
		return newXMLGuard(raw, raw), nil
	}
	z, err := gzip.NewReader(raw)
	if err != nil {
		return nil, newXMLGuard(raw, raw).failure(err)
	}
	return newXMLGuard(raw, z), nil
}

// countingReader counts and reports the bytes of a file.
type countingReader struct {
	r        io.Reader
	n        int64
	progress func(int64)
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	r.progress(int64(n))
	return n, err
}

// xmlScanner is an osmxml.Scanner that allows each element a number of bytes.
type xmlScanner struct {
	*osmxml.Scanner
	guard *xmlGuard
}

func (s *xmlScanner) Scan() bool {
	s.guard.Next()
	return s.Scanner.Scan()
}

func (s *xmlScanner) Err() error { return s.guard.failure(s.Scanner.Err()) }

// xmlHeader is what an XML file says about itself before its first element.
type xmlHeader struct {
	box  *loc2vec.Bounds
	date time.Time
}

// errIsChange reports that the root element is osmChange.
var errIsChange = errors.New("the file lists changes")

// readXMLHeader reads up to the first element of the map.
func readXMLHeader(g *xmlGuard) (h xmlHeader, err error) {
	d := xml.NewDecoder(g)
	boxes := 0
	for root := true; ; {
		token, err := d.Token()
		if err == io.EOF && root {
			err = io.ErrUnexpectedEOF
		}
		if err == io.EOF {
			return h, nil
		}
		if err != nil {
			return h, g.failure(err)
		}
		start, ok := token.(xml.StartElement)
		// In any case, as osmxml reads it: package osm writes Bounds.
		switch name := strings.ToLower(start.Name.Local); {
		case !ok:
		case root && name == "osmchange":
			return h, errIsChange
		case root && name != "osm":
			return h, fmt.Errorf("%w: the root element is %.40q", loc2vec.ErrCorrupt, start.Name.Local)
		case root:
			root = false
		case name == "bounds":
			if boxes++; boxes == 1 {
				h.box = boxOf(start)
			} else {
				h.box = nil // several downloads: the nodes tell what the file covers
			}
		case name == "meta": // by Overpass
			h.date, _ = time.Parse(time.RFC3339, attribute(start, "osm_base"))
		case name == "node" || name == "way" || name == "relation":
			return h, nil
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// boxOf returns the box of a bounds element, nil if it is not a box on Earth.
func boxOf(e xml.StartElement) *loc2vec.Bounds {
	var edges [4]float64
	for i, name := range [...]string{"minlat", "minlon", "maxlat", "maxlon"} {
		v, err := strconv.ParseFloat(attribute(e, name), 64)
		if err != nil {
			return nil
		}
		edges[i] = v
	}
	b := loc2vec.Bounds{Min: loc2vec.LatLon{Lat: edges[0], Lon: edges[1]}, Max: loc2vec.LatLon{Lat: edges[2], Lon: edges[3]}}
	if b.Min.Validate() != nil || b.Max.Validate() != nil || b.Min.Lat > b.Max.Lat {
		return nil
	}
	return &b
}

// xmlElementBytes limits the text of one element, and the text between two elements. PBF has the same limit for a block of
// elements.
const xmlElementBytes = 32 << 20

// Other limits that keep a hostile file from filling the memory.
const (
	// xmlDepth limits the nesting of tags: a node of a member of a relation is the fourth.
	xmlDepth = 16
	// xmlExpansion limits how much more than its own size a compressed file may expand to, beyond
	// xmlElementBytes: extracts expand to 10 or 20 times their size.
	xmlExpansion = 250
)

// xmlGuard reads the text of an XML file within the limits.
type xmlGuard struct {
	*xmllimit.Reader
	raw   *countingReader
	total int64 // bytes of text
}

// newXMLGuard returns a reader of text that comes from raw.
func newXMLGuard(raw *countingReader, text io.Reader) *xmlGuard {
	return &xmlGuard{Reader: xmllimit.NewReader(text, xmllimit.Limits{Depth: xmlDepth, Element: xmlElementBytes}), raw: raw}
}

func (g *xmlGuard) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if g.total += int64(n); g.total > xmlElementBytes+xmlExpansion*g.raw.n {
		return 0, fmt.Errorf("%w: the file expands to more than %d times its size", loc2vec.ErrCorrupt, xmlExpansion)
	}
	return n, err
}

// failure adds the position to an error and marks it as corrupt data, unless reading the file failed
// or was cancelled.
func (g *xmlGuard) failure(err error) error {
	var path *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.Is(err, loc2vec.ErrCorrupt):
		err = fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	return fmt.Errorf("near byte %d: %w", g.raw.n, err)
}
