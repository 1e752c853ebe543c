package sdk

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/internal/onnx"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// Model is an opened bundle with its regions. Safe for concurrent use.
//
// A closed model holds only its manifest: the garbage collector of another language may free the value
// long after Close.
type Model struct {
	manifest *bundle.Manifest
	golden   atomic.Pointer[bundle.Bundle] // source of the golden vectors; nil once closed
	encoder  *Encoder
	regions  *regions
	workers  *pool[*worker]
	rasters  *rasterCache // nil: none
	coverage bool         // results tell the coverage of layers
	close    func() error
}

// Result is the embedding of a place.
type Result struct {
	Vector Vector
	// Mapped is the fraction of the window, 0 to 1, that any map layer covers.
	Mapped float64
	// Unmapped: the place lies in a region, but no layer covers any of its window. Its vector is that of
	// an empty map.
	Unmapped bool
	// Region is the name of the region that contains the place. Where regions overlap, it is the one with
	// most map data in the place's tile.
	Region string
	// Coverage is the share of the window, 0 to 1, that each layer covers, in channel order. It is zero without
	// Options.Coverage.
	Coverage [loc2vec.NumLayers]float32
}

// Open opens the bundle at path. Errors wrap loc2vec.ErrCorrupt or loc2vec.ErrVersion, say what is missing
// for the engine in opts, or are those of the file. The golden vectors, the largest part of a bundle, stay
// compressed and unverified until SelfTest, Status or Classes read them.
func Open(path string, opts Options) (*Model, error) {
	f, size, err := format.OpenFile(path)
	if err != nil {
		return nil, fmt.Errorf("opening model: %w", err)
	}
	defer f.Close()
	m, err := openLazy(f, size, opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// OpenBytes is Open for a bundle in memory.
func OpenBytes(data []byte, opts Options) (*Model, error) {
	return openLazy(bytes.NewReader(data), int64(len(data)), opts)
}

func openLazy(r io.ReaderAt, size int64, opts Options) (*Model, error) {
	b, err := bundle.OpenLazy(r, size)
	if err != nil {
		return nil, err
	}
	return OpenBundle(b, opts)
}

// OpenBundle opens a bundle that has been read. The caller must not change the bundle afterwards.
func OpenBundle(b *bundle.Bundle, opts Options) (*Model, error) {
	m := new(b.Manifest) // a copy does not keep the bundle in memory
	m.Evaluation = nil   // a hundred kilobytes that this package does not need
	if m.Dimension != loc2vec.Dimension || m.Input.Name != onnx.InputName || m.Output.Name != onnx.OutputName {
		return nil, fmt.Errorf("opening model: %w: tensors %q and %q of dimension %d",
			loc2vec.ErrVersion, m.Input.Name, m.Output.Name, m.Dimension)
	}
	if err := raster.CheckSpec(m.Raster); err != nil {
		return nil, fmt.Errorf("opening model: %w: %w", loc2vec.ErrCorrupt, err)
	}
	net, err := readNetwork(b.Model, m.Raster.Pixels)
	if err != nil {
		return nil, fmt.Errorf("opening model: %w", err)
	}
	if work, n := net.Work(), b.GoldenCount(); int64(n)*work > onnx.MaxSelfTest {
		return nil, fmt.Errorf("opening model: %w: %d golden vectors of %d multiply-adds each", loc2vec.ErrCorrupt, n, work)
	}
	encoder, err := openNetwork(net, opts)
	if err != nil {
		return nil, fmt.Errorf("opening model: %w", err)
	}
	model := &Model{manifest: m, encoder: encoder, regions: newRegions(), rasters: newRasterCache(opts.RasterCache), coverage: opts.Coverage}
	golden := *b
	golden.Manifest, golden.Model = *m, nil // the engine has its own copy of the model
	model.golden.Store(&golden)
	model.workers = newPool(func() (*worker, error) { return newWorker(m.Raster, opts.TileCache), nil })
	model.close = sync.OnceValue(func() error {
		model.golden.Store(nil)
		nothing := func() error { return nil }
		err := errors.Join(model.workers.close(func(*worker) error { return nil }, nothing), encoder.Close(), model.regions.close())
		if model.rasters != nil {
			model.rasters.clear()
		}
		return err
	})
	return model, nil
}

// Manifest returns the bundle's manifest without its evaluation, which bundle.Open returns. The
// caller must not change it.
func (m *Model) Manifest() *bundle.Manifest { return m.manifest }

// Describe says what computes the model, such as "go (avx512vnni)".
func (m *Model) Describe() string { return m.encoder.Describe() }

// AddRegion adds the region pack at path. It replaces the region that was added from the same path
// before: the file may be a newer version. Computations that have begun go on with the old one. If the pack has another schema than the bundle, the error wraps
// loc2vec.ErrSchemaMismatch and names both hashes.
func (m *Model) AddRegion(path string) error {
	f, _, err := format.OpenFile(path)
	if err != nil {
		return fmt.Errorf("adding region: %w", err)
	}
	if err := m.AddRegionFile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

// AddRegionFile is AddRegion for a file that is already open, such as one whose signature has been
// checked. Unless it returns an error, the model owns the file from then on and closes it.
func (m *Model) AddRegionFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("adding region: %w", err)
	}
	if err := format.CheckRegular(f.Name(), info); err != nil {
		return fmt.Errorf("adding region: %w", err)
	}
	p, err := pack.Open(f, info.Size())
	if err != nil {
		return fmt.Errorf("adding region %s: %w", f.Name(), err)
	}
	if err := m.addRegion(&region{Reader: p, file: f, path: absolute(f.Name())}); err != nil {
		return fmt.Errorf("adding region %s: %w", f.Name(), err)
	}
	return nil
}

// AddPack adds an opened region pack. Unless it returns an error, the model owns the pack from then on and
// closes it.
func (m *Model) AddPack(p *pack.Reader) error { return m.addRegion(&region{Reader: p}) }

// absolute returns the absolute form of a path, or "" if it cannot be determined.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return ""
}

func (m *Model) addRegion(r *region) error {
	if err := bundle.CheckSchemas(r.Metadata(), m.manifest); err != nil {
		return err
	}
	if err := checkReach(r.Metadata(), m.manifest.Raster); err != nil {
		return err
	}
	return m.regions.add(r)
}

// RemoveRegion removes the regions of that name (Result.Region). It does not wait for computations that draw from them:
// the files are closed when the last of those ends. If there is none of that name, the error wraps os.ErrNotExist.
func (m *Model) RemoveRegion(name string) error {
	if err := m.regions.remove(name); err != nil {
		return fmt.Errorf("removing region: %w", err)
	}
	return nil
}

// Regions returns the metadata of the regions in the order in which they were added. The caller must not
// change it.
func (m *Model) Regions() []*pack.Metadata {
	var all []*pack.Metadata
	for _, p := range m.regions.all() {
		all = append(all, p.Metadata())
	}
	return all
}

// Embed computes the embedding of a place. Neighbouring regions are one map, in whatever order they were added:
// around their border a place is drawn from all of them, and what they share counts once. Of several editions
// of a region, which have one name, the newest is drawn. Errors wrap loc2vec.ErrCoordinate for an invalid coordinate, loc2vec.ErrNoCoverage for a place
// outside every region, the context's error, os.ErrClosed, or those of reading the region. Their texts
// contain no coordinate, because texts of errors end up in logs.
func (m *Model) Embed(ctx context.Context, place loc2vec.LatLon) (Result, error) {
	if err := checkPlace(place); err != nil {
		return Result{}, fmt.Errorf("embedding: %w", err)
	}
	w, err := m.workers.get(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("embedding: %w", err)
	}
	defer m.workers.put(w)
	result, err := m.embed(ctx, *w, place)
	if err != nil {
		return Result{}, fmt.Errorf("embedding: %w", err)
	}
	return result, nil
}

// checkPlace returns an error that wraps loc2vec.ErrCoordinate unless the coordinate is valid. Unlike that
// of LatLon.Validate, its text does not contain the numbers: with latitude and longitude exchanged they
// still locate a person, and texts of errors end up in logs.
func checkPlace(place loc2vec.LatLon) error {
	if place.Validate() != nil {
		return fmt.Errorf("%w: want a latitude within ±90 and a longitude within ±180 degrees", loc2vec.ErrCoordinate)
	}
	return nil
}

// embed draws a place, which must be valid, into w.pixels and computes its vector.
func (m *Model) embed(ctx context.Context, w *worker, place loc2vec.LatLon) (Result, error) {
	result := Result{Vector: m.vector()}
	err := m.regions.look(ctx, place, func(ctx context.Context, name string, all pack.Set) error {
		result.Region = name
		return w.draw(ctx, all, raster.Pose{Place: place})
	})
	if err != nil {
		return Result{}, err
	}
	if err := m.encode(ctx, &result.Vector.Values, w); err != nil {
		return Result{}, err
	}
	result.Mapped = mappedFraction(w.pixels)
	result.Unmapped = result.Mapped == 0
	if m.coverage {
		result.Coverage = coverages(w.pixels)
	}
	return result, nil
}

// encode computes the vector of w.pixels, or finds it in the cache.
func (m *Model) encode(ctx context.Context, dst *[loc2vec.Dimension]float32, w *worker) error {
	if m.rasters == nil {
		return m.encoder.Embed(ctx, dst[:], w.pixels)
	}
	w.packed = packRaster(w.packed[:0], w.pixels)
	return m.rasters.vector(ctx, dst, w.packed, func() error { return m.encoder.Embed(ctx, dst[:], w.pixels) })
}

// readGolden returns the golden vectors of the bundle.
func (m *Model) readGolden() ([]bundle.Golden, error) {
	b := m.golden.Load()
	if b == nil {
		return nil, fmt.Errorf("model: %w", os.ErrClosed)
	}
	return b.ReadGolden()
}

// vector returns the zero vector of the model's space.
func (m *Model) vector() Vector {
	return Vector{SpaceID: m.manifest.SpaceID, Metric: m.manifest.Distance}
}

// Close ends the use of the model and waits for nothing. Running calls of Embed end within 50 ms of work while they read the
// map, and SelfTest after a vector, with an error that wraps os.ErrClosed, as later calls return it. The engine and the
// regions are released at once or, if calls are running, when the last of them ends. Calling Close again does nothing.
func (m *Model) Close() error { return m.close() }

// mappedFraction returns the fraction of pixels that any layer of a raster [C][H][W] covers.
func mappedFraction(r []uint8) float64 {
	plane := len(r) / loc2vec.NumLayers
	mapped, p := 0, 0
	for ; p+8 <= plane; p += 8 {
		var any uint64
		for c := range loc2vec.NumLayers {
			any |= binary.LittleEndian.Uint64(r[c*plane+p:])
		}
		// The lowest bit of each byte becomes the OR of its bits.
		any |= any >> 4
		any |= any >> 2
		any |= any >> 1
		mapped += bits.OnesCount64(any & 0x0101010101010101)
	}
	for ; p < plane; p++ {
		var any uint8
		for c := range loc2vec.NumLayers {
			any |= r[c*plane+p]
		}
		mapped += min(int(any), 1)
	}
	return float64(mapped) / float64(plane)
}
