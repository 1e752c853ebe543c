package osmextract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/osmextract/internal/grid"
	"github.com/loc2vec/loc2vec/osmextract/internal/sea"
	"github.com/loc2vec/loc2vec/osmextract/internal/tiler"
	"github.com/loc2vec/loc2vec/osmextract/schema"
	"github.com/loc2vec/loc2vec/pack"
)

// Options says what to extract and how.
type Options struct {
	// Files are the paths of extracts, which Extract opens with Open.
	Files []string
	// Sources are further extracts. Extract uses an element that several files and sources hold once, as
	// the first of them has it. Parts of a way or relation that different sources hold are joined.
	Sources []Source
	// Features is read in place of files and sources.
	Features FeatureSource
	// Box is the part of Features to extract, which must lie within the data: ErrEmptyBox reports that the
	// box holds nothing. By default Extract reads the features one more time to find out what they cover.
	Box *loc2vec.Bounds
	// WaterPolygons is the path of a GeoJSON file of water polygons in WGS84, which replaces the sea made
	// from coastlines.
	WaterPolygons string
	// Name of the region, by default made from the names of the files and sources.
	Name string
	// Progress, if not nil, is called during each stage, from several goroutines but never concurrently.
	Progress func(Progress)
	// Procs is the number of goroutines, by default one for each processor.
	Procs int
	// TempDir is the directory for temporary files, by default that of the system.
	TempDir string
	// Memory is the number of bytes of clipped geometry to hold before it moves to a temporary file, by
	// default 256 MiB. It does not limit the table of nodes, about seven bytes for each.
	Memory int
}

// ErrEmptyBox reports that Options.Box holds nothing. A pack of it would claim to cover places of
// which nothing is known.
var ErrEmptyBox = errors.New("nothing of the database lies in the box")

// Extract reads OpenStreetMap data and writes a region pack to dst. If it returns an error, the data
// written so far is useless. Damaged input returns an error wrapping loc2vec.ErrCorrupt; water polygons
// that are not in WGS84 degrees return one wrapping loc2vec.ErrCoordinate. Both name the file and the
// offset. Extract stops within a fraction of a second after ctx ends. The pack depends on the data
// alone, not on Procs, Memory or the order of elements.
func Extract(ctx context.Context, dst io.Writer, opts Options) (_ Stats, err error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return Stats{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sources, err := opts.open()
	defer func() {
		for _, s := range sources {
			err = errors.Join(err, s.Close())
		}
	}()
	if err != nil {
		return Stats{}, err
	}
	x := extraction{Options: opts, report: &reporter{progress: opts.Progress}}
	defer func() { err = errors.Join(err, x.close()) }()
	return x.run(ctx, dst, sources)
}

func (o *Options) validate() error {
	elements := len(o.Files)+len(o.Sources) > 0
	switch {
	case o.Features != nil && elements:
		return errors.New("either files or a database, not both")
	case o.Features == nil && !elements:
		return errors.New("no file given")
	case o.Features == nil && o.Box != nil:
		return errors.New("a box is for databases: a file says itself what it covers")
	}
	return nil
}

// open opens the files. Those that it returns with an error are open as well.
func (o *Options) open() (sources []SourceCloser, err error) {
	for _, path := range o.Files {
		s, err := Open(path)
		if err != nil {
			return sources, err
		}
		if p, ok := s.(*pbfSource); ok {
			p.keep = keptBytes / int64(len(o.Files))
		}
		sources = append(sources, s)
	}
	return sources, nil
}

func (o *Options) setDefaults() {
	if o.Procs <= 0 {
		o.Procs = runtime.GOMAXPROCS(0)
	}
	if o.Memory <= 0 {
		o.Memory = 256 << 20
	}
	if o.Name != "" {
		return
	}
	if o.Features != nil {
		o.Name = o.Features.Source().Name
		return
	}
	paths := slices.Clone(o.Files)
	for _, s := range o.Sources {
		paths = append(paths, s.Info().Name)
	}
	var names []string
	for _, path := range paths {
		names = append(names, regionName(path))
	}
	o.Name = strings.Join(names, "+")
}

// regionName returns the base name of an extract without the endings of map files. Other dots stay: "St. Tropez" and
// "St. Moritz" are two regions.
func regionName(path string) string {
	base := filepath.Base(path)
	name := base
	for {
		ext := filepath.Ext(name)
		switch strings.ToLower(ext) {
		case ".osm", ".pbf", ".xml", ".gz":
			name = strings.TrimSuffix(name, ext)
			continue
		}
		break
	}
	if name == "" {
		return base
	}
	return name
}

// extraction is one call of Extract.
type extraction struct {
	Options
	report *reporter
	tilers []*tiler.Tiler // to be closed
}

func (x *extraction) close() error {
	var err error
	for _, t := range x.tilers {
		err = errors.Join(err, t.Close())
	}
	return err
}

func (x *extraction) newTiler(area *grid.Area) *tiler.Tiler {
	t := tiler.New(area, tiler.Options{TempDir: x.TempDir, Memory: x.Memory})
	x.tilers = append(x.tilers, t)
	return t
}

// extracted is what reading elements or features leaves behind: all features in the tiler, and what
// the sea, the covered area and the metadata are made from.
type extracted struct {
	tiler *tiler.Tiler
	area  *grid.Area // that the tiler clips to
	coast []sea.Way
	boxes []loc2vec.Bounds // at which the coast was cut, as far as known
	stats Stats
	// mapped returns the part of area that the data maps.
	mapped func(*sea.Map) (*grid.Area, error)
	// describe returns the sources for the metadata.
	describe func() ([]pack.Source, error)
}

func (x *extraction) run(ctx context.Context, dst io.Writer, sources []SourceCloser) (stats Stats, err error) {
	var polygons *os.File // nil without water polygons
	if x.WaterPolygons != "" {
		// It is read late, but a wrong path should fail at once.
		if polygons, err = os.Open(x.WaterPolygons); err != nil {
			return stats, err
		}
		defer polygons.Close()
	}
	e, err := x.read(ctx, sources)
	if err != nil {
		return stats, err
	}
	stats = e.stats
	water, seaStats, err := x.makeSea(ctx, e, polygons)
	if err != nil {
		return stats, err
	}
	area, err := e.mapped(water)
	if err != nil {
		return stats, err
	}
	stats.Sea = seaStats
	stats.Unmapped = e.area.Count() - area.Count()
	counts := e.tiler.Counts()
	stats.Outside, stats.Small = counts.Outside, counts.Small
	stats.Shapes = map[string]int{}
	for l, n := range counts.Shapes {
		if n > 0 {
			stats.Shapes[loc2vec.Layer(l).String()] = n
		}
	}
	described, err := e.describe()
	if err != nil {
		return stats, err
	}
	meta := pack.Metadata{
		Name:        x.Name,
		SchemaHash:  schema.Hash(),
		Attribution: "© OpenStreetMap contributors, ODbL 1.0",
		Sources:     described,
		Area:        area.Listed(),
	}
	err = x.writePack(ctx, dst, e.tiler, packContents{meta, area, water}, &stats)
	return stats, err
}

// read reads the features or the sources.
func (x *extraction) read(ctx context.Context, opened []SourceCloser) (*extracted, error) {
	if x.Features != nil {
		r, err := newFeatureReader(x.Features, x.Box, x.report)
		if err != nil {
			return nil, err
		}
		return r.read(ctx, x.newTiler)
	}
	var sources []Source
	for _, s := range opened {
		sources = append(sources, s)
	}
	return x.readElements(ctx, append(sources, x.Sources...))
}

// readElements reads the sources twice and writes their features.
func (x *extraction) readElements(ctx context.Context, sources []Source) (*extracted, error) {
	hashes := hashSources(ctx, sources)
	s, err := surveySources(ctx, sources, x.Procs, x.report)
	if err != nil {
		return nil, err
	}
	area, err := s.coveredArea()
	if err != nil {
		return nil, err
	}
	t := x.newTiler(area)
	if err := s.writePoints(t); err != nil {
		return nil, err
	}
	found, err := s.writeWays(ctx, t)
	if err != nil {
		return nil, err
	}
	counts := s.countNodes() // beside the relations, which leave processors idle
	if err := s.writeRelations(ctx, found, t); err != nil {
		return nil, err
	}
	boxes, _ := s.fittingBoxes()
	return &extracted{
		tiler: t, area: area, coast: found.coast, boxes: boxes, stats: s.stats,
		mapped:   func(water *sea.Map) (*grid.Area, error) { return s.mappedArea(counts(), t, water), nil },
		describe: func() ([]pack.Source, error) { return s.describe(hashes) },
	}, nil
}

// packContents is what a pack holds besides the features.
type packContents struct {
	meta  pack.Metadata
	area  *grid.Area
	water *sea.Map // nil without sea
}

// writePack writes the tiles.
func (x *extraction) writePack(ctx context.Context, dst io.Writer, t *tiler.Tiler, c packContents, stats *Stats) (err error) {
	counted := &countingWriter{w: dst}
	w := pack.NewWriter(counted, pack.WriterOptions{Metadata: c.meta, TempDir: x.TempDir})
	defer func() { err = errors.Join(err, w.Discard()) }()
	x.report.start("tiles", "tiles", int64(c.area.Count()))
	if err := t.Write(ctx, w, tiler.Pack{Area: c.area, Sea: c.water.Rings, Closing: c.water.Closing, Procs: x.Procs, Progress: x.report.add}); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	stats.Pack, stats.PackBytes = w.Metadata(), counted.n
	return nil
}

// countingWriter counts the bytes that it passes on.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// makeSea makes the sea from coastlines, or from the file of water polygons if there is one. Without
// either the map is nil.
func (x *extraction) makeSea(ctx context.Context, e *extracted, polygons *os.File) (*sea.Map, SeaStats, error) {
	if polygons != nil {
		info, err := polygons.Stat()
		if err != nil {
			return nil, SeaStats{}, err
		}
		x.report.start("sea", "B", info.Size())
		r := &countingReader{r: contextio.NewReader(ctx, polygons), progress: x.report.add}
		water, stats, err := sea.FromPolygons(r, e.area)
		if err != nil {
			err = fmt.Errorf("reading %s: %w", polygons.Name(), err)
		}
		return water, stats, err
	}
	if len(e.coast) == 0 {
		return nil, SeaStats{}, nil
	}
	x.report.start("sea", "", int64(len(e.coast)))
	water, stats, err := sea.FromCoast(ctx, e.coast, sea.CoastOptions{Cover: e.area, Boxes: e.boxes, Land: e.tiler.BuiltUp})
	if err == nil {
		x.report.add(int64(len(e.coast)))
	}
	return water, stats, err
}
