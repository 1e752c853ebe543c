package osmextract

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/pack"
)

// Options says what to extract.
type Options struct {
	// PBF are the files to read. Objects that several of them hold are used once, from the first.
	PBF []string
	// Database is read in place of files if it is not nil.
	Database Database
	// Box is the part of a database to extract, which must lie inside of what it was loaded from:
	// ErrEmptyBox if nothing lies in it. By default that is made out from the data, which takes an
	// additional reading.
	Box *loc2vec.Bounds
	// WaterPolygons is a file of water polygons that replaces the sea made from coastlines, none if
	// empty.
	WaterPolygons string
	// Name of the region, by default made from the names of the files, or that of the database's Source.
	Name string
	// Progress, if not nil, is told how far a stage has come. It is called from several goroutines,
	// one at a time.
	Progress func(Progress)
	// Procs is the number of goroutines that decode and encode, by default one for each processor.
	Procs int
	// TempDir is where temporary files go, by default the system's directory for them.
	TempDir string
	// Memory is how many bytes of pieces to hold before they are moved to a temporary file, by
	// default 256 MiB. It does not bound the table of nodes, about seven bytes each.
	Memory int
}

// ErrEmptyBox reports that nothing of a database lies in the box to extract. A pack of it would claim to
// cover places of which nothing is known.
var ErrEmptyBox = errors.New("nothing of the database lies in the box")

// Progress is how far a stage of the extraction has come.
type Progress struct {
	Stage       string
	Unit        string // what is counted: "B" for bytes, "tiles", or "" for objects
	Done, Total int64
}

// Extract reads OpenStreetMap data and writes a region pack to dst. What has been written is of no
// use when it returns an error. Bytes at fault give errors that wrap loc2vec.ErrCorrupt, water polygons
// that are not in degrees such as wrap loc2vec.ErrCoordinate; both name file and offset. Cancelling ctx
// stops it within a fraction of a second.
func Extract(ctx context.Context, dst io.Writer, opts Options) (_ Stats, err error) {
	opts.setDefaults()
	source, err := opts.open()
	if err != nil {
		return Stats{}, err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	return extract(ctx, dst, source, &opts)
}

// source is where shapes come from: files or a database. Its methods are called once each, in this
// order.
type source interface {
	// survey returns the area that the source covers.
	survey(ctx context.Context, report *reporter) (*coveredArea, error)
	// draw hands all shapes to the tiler, and keeps the coastlines.
	draw(ctx context.Context, t *tiler) error
	// coastlines returns these, and the boxes at which they have been cut, if that is known.
	coastlines() ([]coastWay, []loc2vec.Bounds)
	// mappedArea returns what is mapped of the covered area, now that the tiler has all shapes and the
	// sea.
	mappedArea(t *tiler) (*coveredArea, error)
	// describe returns what the pack's metadata says of the source.
	describe() ([]pack.Source, error)
	// counts tells what became of the source's objects.
	counts() Stats
	close() error
}

// open opens the source.
func (o *Options) open() (source, error) {
	switch {
	case o.Database != nil && len(o.PBF) > 0:
		return nil, errors.New("either PBF files or a database, not both")
	case o.Database != nil:
		return newDatabaseSource(o.Database, o.Box)
	case len(o.PBF) == 0:
		return nil, errors.New("no PBF file given")
	case o.Box != nil:
		return nil, errors.New("a box is for databases: PBF files say themselves what they cover")
	}
	return openPBF(o.PBF, o.Procs)
}

func (o *Options) setDefaults() {
	if o.Procs <= 0 {
		o.Procs = runtime.GOMAXPROCS(0)
	}
	if o.Memory <= 0 {
		o.Memory = 256 << 20
	}
	if o.Name == "" && o.Database != nil {
		o.Name = o.Database.Source().Name
	}
	if o.Name == "" {
		var names []string
		for _, path := range o.PBF {
			name, _, _ := strings.Cut(filepath.Base(path), ".")
			names = append(names, name)
		}
		o.Name = strings.Join(names, "+")
	}
}

func extract(ctx context.Context, dst io.Writer, source source, opts *Options) (stats Stats, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	report := &reporter{progress: opts.Progress}
	var water *os.File // nil without water polygons
	if opts.WaterPolygons != "" {
		// It is read late, but a path that leads nowhere is better known at once.
		if water, err = os.Open(opts.WaterPolygons); err != nil {
			return stats, err
		}
		defer water.Close()
	}
	area, err := source.survey(ctx, report)
	if err != nil {
		return stats, err
	}
	t := &tiler{area: area, store: newTileStore(opts.TempDir, opts.Memory)}
	defer func() { err = errors.Join(err, t.store.close()) }()
	if err := source.draw(ctx, t); err != nil {
		return stats, err
	}
	stats = source.counts()
	if t.sea, stats.Sea, err = makeSea(ctx, source, t, water, report); err != nil {
		return stats, err
	}
	if t.area, err = source.mappedArea(t); err != nil {
		return stats, err
	}
	stats.Unmapped = area.count() - t.area.count()
	stats.Outside = t.outside
	stats.Shapes = map[string]int{}
	for l, n := range t.shapes {
		if n > 0 {
			stats.Shapes[loc2vec.Layer(l).String()] = n
		}
	}
	sources, err := source.describe()
	if err != nil {
		return stats, err
	}
	err = writePack(ctx, dst, t, packMetadata(opts.Name, sources, t.area), opts, report, &stats)
	return stats, err
}

// writePack writes the tiler's tiles.
func writePack(ctx context.Context, dst io.Writer, t *tiler, meta pack.Metadata, opts *Options, report *reporter, stats *Stats) (err error) {
	counted := &countingWriter{w: dst}
	w := pack.NewWriter(counted, pack.WriterOptions{Metadata: meta, TempDir: opts.TempDir})
	defer func() { err = errors.Join(err, w.Discard()) }()
	report.start("tiles", "tiles", int64(t.area.count()))
	if err := t.writePack(ctx, w, opts.Procs, report.add); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	stats.Pack, stats.PackBytes = w.Metadata(), counted.n
	return nil
}

// makeSea makes the sea from coastlines, or from water polygons if there is a file of them.
func makeSea(ctx context.Context, source source, t *tiler, water *os.File, report *reporter) (*seaMap, SeaStats, error) {
	if water != nil {
		info, err := water.Stat()
		if err != nil {
			return nil, SeaStats{}, err
		}
		report.start("sea", "B", info.Size())
		sea, stats, err := newPolygonSea(reportedReader{ctx, water, report}, t.area)
		if err != nil {
			err = fmt.Errorf("%s: %w", water.Name(), err)
		}
		return sea, stats, err
	}
	coast, boxes := source.coastlines()
	if len(coast) == 0 {
		return nil, SeaStats{}, nil
	}
	report.start("sea", "", int64(len(coast)))
	sea, stats, err := newCoastSea(ctx, coast, coastOptions{Cover: t.area, Boxes: boxes, Land: t.settled})
	if err == nil {
		report.add(int64(len(coast)))
	}
	return sea, stats, err
}

// hashFiles starts to hash the files and returns a function that waits for the sums, in hex.
func hashFiles(ctx context.Context, paths []string) func() ([]string, error) {
	sums := make([]string, len(paths))
	done := make(chan error, 1)
	go func() {
		for i, path := range paths {
			sum, err := hashFile(ctx, path)
			if err != nil {
				done <- err
				return
			}
			sums[i] = sum
		}
		done <- nil
	}()
	return func() ([]string, error) { return sums, <-done }
}

func hashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := f.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", fmt.Errorf("hashing %s: %w", path, err)
		}
	}
}

// reporter tells of progress.
type reporter struct {
	progress func(Progress) // nil for nobody to tell
	mu       sync.Mutex
	now      Progress
}

func (r *reporter) start(stage, unit string, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = Progress{Stage: stage, Unit: unit, Total: total}
	r.tell()
}

func (r *reporter) add(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Done += n
	r.tell()
}

func (r *reporter) tell() {
	if r.progress != nil {
		r.progress(r.now)
	}
}

// reportedReader tells how much has been read, and fails once ctx has ended.
type reportedReader struct {
	ctx    context.Context
	r      io.Reader
	report *reporter
}

func (r reportedReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.r.Read(p)
	r.report.add(int64(n))
	return n, err
}
