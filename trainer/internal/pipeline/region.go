package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/eval"
	"github.com/loc2vec/loc2vec/trainer/internal/sample"
)

// tileCacheBytes bounds the decoded tiles that a region keeps in memory.
const tileCacheBytes = 1 << 30

// gallerySpacing is the least distance in metres between two places of a gallery.
const gallerySpacing = 250

// galleryCandidates is how many places are drawn for each one wanted in a gallery, before they are spread out.
const galleryCandidates = 5

// Region is one or more open packs of one schema. It is not safe for concurrent use; its Tiles are.
type Region struct {
	Tiles *sample.Tiles // of all packs

	names []string // file names without directory and ".pmtiles"
	packs []*pack.Reader
	// counter is made by shapes.
	counter *eval.Shapes
}

// OpenRegion opens packs. A pack that is given twice, under whatever name, is a RequestError, since its places
// would count twice. Packs of different schemas are an error that wraps loc2vec.ErrSchemaMismatch. The caller
// closes the region.
func OpenRegion(paths []string) (*Region, error) {
	if len(paths) == 0 {
		return nil, requestf("a region pack is needed")
	}
	r := &Region{}
	for _, path := range paths {
		p, err := pack.OpenFile(path)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		content := p.Metadata().ContentSHA256
		same := slices.IndexFunc(r.packs, func(other *pack.Reader) bool { return other.Metadata().ContentSHA256 == content })
		r.packs = append(r.packs, p)
		if same >= 0 {
			return nil, errors.Join(requestf("%s and %s are the same pack", paths[same], path), r.Close())
		}
		r.names = append(r.names, strings.TrimSuffix(filepath.Base(path), ".pmtiles"))
		if first, this := r.SchemaHash(), p.Metadata().SchemaHash; first != this {
			err := fmt.Errorf("%w: %s has schema %s, %s has %s", loc2vec.ErrSchemaMismatch, r.names[0], first, path, this)
			return nil, errors.Join(err, r.Close())
		}
	}
	r.Tiles = sample.NewTiles(r.packs, tileCacheBytes)
	return r, nil
}

// OpenRegionFor opens packs that a model can read. Packs of another schema than the model's are an error that wraps
// loc2vec.ErrSchemaMismatch.
func OpenRegionFor(m *bundle.Manifest, paths []string) (*Region, error) {
	r, err := OpenRegion(paths)
	if err != nil {
		return nil, err
	}
	if got := r.SchemaHash(); m.SchemaHash != got {
		err := fmt.Errorf("%w: the model has schema %s, %s has %s", loc2vec.ErrSchemaMismatch, m.SchemaHash, strings.Join(paths, ", "), got)
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close closes the packs.
func (r *Region) Close() error {
	var errs []error
	for _, p := range r.packs {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// Name joins the names of the packs' files.
func (r *Region) Name() string { return strings.Join(r.names, "+") }

// SchemaHash returns the schema of the packs.
func (r *Region) SchemaHash() string { return r.packs[0].Metadata().SchemaHash }

// Metadata returns the metadata of each pack, in the order of OpenRegion.
func (r *Region) Metadata() []*pack.Metadata {
	var out []*pack.Metadata
	for _, p := range r.packs {
		out = append(out, p.Metadata())
	}
	return out
}

// Origins describes the packs for a bundle's provenance.
func (r *Region) Origins() []bundle.Pack {
	var out []bundle.Pack
	for i, m := range r.Metadata() {
		out = append(out, bundle.Pack{Name: r.names[i], ContentSHA256: m.ContentSHA256, Attribution: m.Attribution})
	}
	return out
}

// contentsOf returns the content hashes of packs.
func contentsOf(packs []bundle.Pack) []string {
	var out []string
	for _, o := range packs {
		out = append(out, o.ContentSHA256)
	}
	return out
}

// RasterOptions say what Rasters draws.
type RasterOptions struct {
	Spec   raster.Spec
	Places []loc2vec.LatLon
	Shift  float64 // largest shift of a pose in metres, east and north
	Seed   uint64  // of the poses
}

// Rasters draws each place once, from a random pose as training does: [C][H][W] each.
func (r *Region) Rasters(ctx context.Context, o RasterOptions) ([][]uint8, error) {
	d, rng := r.Tiles.Drawer(o.Spec), rand.New(rand.NewPCG(o.Seed, 0))
	out := make([][]uint8, len(o.Places))
	for i, place := range o.Places {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = make([]uint8, loc2vec.NumLayers*o.Spec.Pixels*o.Spec.Pixels)
		pose := raster.Pose{
			Place: place, Heading: rng.Float64() * 360,
			East: (2*rng.Float64() - 1) * o.Shift, North: (2*rng.Float64() - 1) * o.Shift,
		}
		if err := d.Draw(out[i], pose); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// GalleryOptions say which places Gallery draws.
type GalleryOptions struct {
	Places  int // wanted
	Seed    uint64
	Spacing float64       // metres between two places, at least; 0: that of the evaluation protocol
	Blocks  sample.Blocks // restrict the places to test blocks, unless TestShare is 0
}

// Gallery draws places for a gallery, as far apart as wanted: a few more than wanted, to replace empty ones.
func (r *Region) Gallery(ctx context.Context, o GalleryOptions) ([]loc2vec.LatLon, error) {
	options := sample.DefaultDraw(galleryCandidates*o.Places, o.Seed)
	options.MaxEmpty = 1 // the evaluation drops empty places itself and counts them
	if o.Blocks.TestShare > 0 {
		options.Accept = o.Blocks.Test
	}
	places, _, err := sample.Draw(ctx, r.Tiles, options)
	if err != nil {
		return nil, fmt.Errorf("drawing a gallery: %w", err)
	}
	return sample.Spread(places, cmp.Or(o.Spacing, gallerySpacing)), nil
}

// shapes returns a counter of the region's shapes in windows of the raster's size. It is cached between calls.
func (r *Region) shapes(spec raster.Spec) *eval.Shapes {
	if r.counter == nil || r.counter.Metres() != spec.Metres {
		r.counter = eval.NewShapes(r.packs, spec.Metres)
	}
	return r.counter
}

// Evaluated is the region, with places to evaluate on, as package eval takes it.
func (r *Region) Evaluated(spec raster.Spec, places []loc2vec.LatLon) *eval.Region {
	return &eval.Region{
		Name: r.Name(), Pixels: spec.Pixels, Places: places,
		Drawer:  func() eval.Drawer { return r.Tiles.Drawer(spec) },
		Counter: r.shapes(spec),
	}
}
