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
	"github.com/loc2vec/loc2vec/internal/int8net"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// Model is an opened bundle with the regions it can look at. Safe for concurrent use.
//
// A closed model holds no more than its manifest: where another language's collector decides when the
// value itself goes, that may be long after Close.
type Model struct {
	manifest *bundle.Manifest
	golden   atomic.Pointer[bundle.Bundle] // what the golden vectors are read from; nil once closed
	encoder  *Encoder
	regions  regions
	workers  *pool[*worker]
	close    func() error
}

// Result is what Embed knows about a place.
type Result struct {
	Vector Vector
	// Mapped is the share of the place's surroundings, 0 to 1, that any map layer covers.
	Mapped float64
	// Unmapped: the place lies inside a region, but nothing around it is mapped. Its vector is that
	// of an empty map: it says as little as the map does.
	Unmapped bool
	// Region is the name of the region that the place lies in.
	Region string
}

// Open opens the bundle at path. Errors wrap loc2vec.ErrCorrupt or loc2vec.ErrVersion, say what is
// missing for the engine that was asked for, or are those of the file. The golden vectors, most of a
// bundle's bytes in memory, stay packed: SelfTest, Status and Classes read them, and tell of damage.
func Open(path string, opts Options) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open model: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open model: %w", err)
	}
	m, err := openPacked(f, info.Size(), opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// OpenBytes is Open for a bundle in memory.
func OpenBytes(data []byte, opts Options) (*Model, error) {
	return openPacked(bytes.NewReader(data), int64(len(data)), opts)
}

func openPacked(r io.ReaderAt, size int64, opts Options) (*Model, error) {
	bundle, err := bundle.OpenLazy(r, size)
	if err != nil {
		return nil, err
	}
	return OpenBundle(bundle, opts)
}

// OpenBundle starts the engine of a bundle that has been read. The bundle must not be changed
// afterwards.
func OpenBundle(bundle *bundle.Bundle, opts Options) (*Model, error) {
	m := new(bundle.Manifest) // a copy does not hold the bundle
	m.Evaluation = nil        // a hundred kilobytes that nothing here needs
	if m.Dimension != loc2vec.Dimension || m.Input.Name != int8net.InputName || m.Output.Name != int8net.OutputName {
		return nil, fmt.Errorf("open model: %w: tensors %q and %q of dimension %d",
			loc2vec.ErrVersion, m.Input.Name, m.Output.Name, m.Dimension)
	}
	if err := raster.CheckSpec(m.Raster); err != nil {
		return nil, fmt.Errorf("open model: %w: %w", loc2vec.ErrCorrupt, err)
	}
	encoder, err := OpenEncoder(bundle.Model, m.Raster.Pixels, opts)
	if err != nil {
		return nil, fmt.Errorf("open model: %w", err)
	}
	model := &Model{manifest: m, encoder: encoder}
	golden := *bundle
	golden.Manifest, golden.Model = *m, nil // the engine has its own form of the model
	model.golden.Store(&golden)
	model.workers = newPool(func() (*worker, error) { return newWorker(m.Raster, opts.TileCache), nil })
	model.close = sync.OnceValue(func() error {
		model.golden.Store(nil)
		// Workers first: who has one may still use the encoder and the regions.
		return errors.Join(model.workers.close(func(*worker) error { return nil }), encoder.Close(), model.regions.close())
	})
	return model, nil
}

// Manifest returns the bundle's manifest without the evaluation, which bundle.Open has. The
// caller must not change it.
func (m *Model) Manifest() *bundle.Manifest { return m.manifest }

// Describe says what computes the model, such as "go (avx512vnni)".
func (m *Model) Describe() string { return m.encoder.Describe() }

// AddRegion adds the region pack at path. It replaces the region that was added from the same path
// before: the file may be a newer version. If the pack has another schema than the bundle, the error wraps
// loc2vec.ErrSchemaMismatch and names both hashes.
func (m *Model) AddRegion(path string) error {
	f, err := os.Open(path)
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
	p, err := pack.Open(f, info.Size())
	if err != nil {
		return fmt.Errorf("adding region %s: %w", f.Name(), err)
	}
	if err := m.addRegion(&region{Reader: p, file: f, path: absolute(f.Name())}); err != nil {
		return fmt.Errorf("adding region %s: %w", f.Name(), err)
	}
	return nil
}

// AddPack adds an opened region pack. Unless there is an error, the model owns it from then on and
// closes it.
func (m *Model) AddPack(pack *pack.Reader) error { return m.addRegion(&region{Reader: pack}) }

// absolute names a file wherever the process stands, or is empty where that cannot be said.
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
	return m.regions.add(r)
}

// RemoveRegion takes out and closes the regions of that name, as Result.Region gives it; without any
// the error wraps os.ErrNotExist. Computations that look at the region end first.
func (m *Model) RemoveRegion(name string) error {
	if err := m.regions.remove(name); err != nil {
		return fmt.Errorf("remove region: %w", err)
	}
	return nil
}

// Regions returns the descriptions of the regions in the order in which they were added. The
// caller must not change them.
func (m *Model) Regions() []*pack.Metadata {
	var all []*pack.Metadata
	for _, p := range m.regions.all() {
		all = append(all, p.Metadata())
	}
	return all
}

// Embed computes the embedding of a place. Where regions overlap, the one that was added first
// describes the place. Errors wrap loc2vec.ErrCoordinate for what is no place, loc2vec.ErrNoCoverage
// for a place outside every region, the context's error, os.ErrClosed, or those of reading the region.
// Their texts do not tell the place, so that it gets into no log.
func (m *Model) Embed(ctx context.Context, place loc2vec.LatLon) (Result, error) {
	if err := checkPlace(place); err != nil {
		return Result{}, fmt.Errorf("embed: %w", err)
	}
	w, err := m.workers.get(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("embed: %w", err)
	}
	defer m.workers.put(w)
	result, err := m.embed(*w, place)
	if err != nil {
		return Result{}, fmt.Errorf("embed: %w", err)
	}
	return result, nil
}

// checkPlace returns an error that wraps loc2vec.ErrCoordinate unless the place is on Earth. It does not say which
// numbers it was given, as LatLon.Validate does: errors end up in logs, and with latitude and longitude
// exchanged those numbers are still where somebody is.
func checkPlace(place loc2vec.LatLon) error {
	if place.Validate() != nil {
		return fmt.Errorf("%w: want a latitude within ±90 and a longitude within ±180 degrees", loc2vec.ErrCoordinate)
	}
	return nil
}

// embed draws the place, which must be valid, into w.pixels and computes its vector.
func (m *Model) embed(w *worker, place loc2vec.LatLon) (Result, error) {
	result := Result{Vector: m.vector()}
	err := m.regions.look(place, m.manifest.Raster.Metres, func(view regionView) error {
		result.Region = view.name()
		return w.draw(view, raster.Pose{Place: place})
	})
	if err != nil {
		return Result{}, err
	}
	if err := m.encoder.Embed(result.Vector.Values[:], w.pixels); err != nil {
		return Result{}, err
	}
	result.Mapped = mappedShare(w.pixels)
	result.Unmapped = result.Mapped == 0
	return result, nil
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

// Close waits for running computations and releases the engine and the regions. Calls of Embed and
// SelfTest that come later fail with an error that wraps os.ErrClosed; another Close does nothing.
func (m *Model) Close() error { return m.close() }

// mappedShare returns the share of pixels that any layer of a raster [C][H][W] covers.
func mappedShare(r []uint8) float64 {
	plane := len(r) / loc2vec.NumLayers
	mapped, p := 0, 0
	for ; p+8 <= plane; p += 8 {
		var any uint64
		for c := range loc2vec.NumLayers {
			any |= binary.LittleEndian.Uint64(r[c*plane+p:])
		}
		// Each byte's lowest bit becomes the or of its bits.
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
