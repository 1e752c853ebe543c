package main

import (
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

// tileCacheBytes bounds the decoded tiles that a verb keeps in memory.
const tileCacheBytes = 1 << 30

// gallerySpacing is the least distance in metres between two places of a gallery.
const gallerySpacing = 250

// region is one or more open packs.
type region struct {
	names []string // file names without directory and ending
	packs []*pack.Reader
	tiles *sample.Tiles
	// counter is made by shapes.
	counter *eval.Shapes
}

// openRegion opens the packs of a comma-separated list. All must be of one schema, and none the same as another:
// its places would count twice.
func openRegion(list string) (*region, error) {
	if list == "" {
		return nil, usagef("-pack is missing")
	}
	r := &region{}
	paths := strings.Split(list, ",")
	for _, path := range paths {
		p, err := pack.OpenFile(path)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		content := p.Metadata().ContentSHA256
		same := slices.IndexFunc(r.packs, func(other *pack.Reader) bool { return other.Metadata().ContentSHA256 == content })
		r.packs = append(r.packs, p)
		if same >= 0 {
			return nil, errors.Join(usagef("%s and %s are the same pack", paths[same], path), r.Close())
		}
		r.names = append(r.names, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
		if first, this := r.schemaHash(), p.Metadata().SchemaHash; first != this {
			err := fmt.Errorf("%w: %s has schema %s, %s has %s", loc2vec.ErrSchemaMismatch, r.names[0], first, path, this)
			return nil, errors.Join(err, r.Close())
		}
	}
	r.tiles = sample.NewTiles(r.packs, tileCacheBytes)
	return r, nil
}

// Close closes the packs.
func (r *region) Close() error {
	var errs []error
	for _, p := range r.packs {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

func (r *region) name() string { return strings.Join(r.names, "+") }

func (r *region) schemaHash() string { return r.packs[0].Metadata().SchemaHash }

// origins names the packs for a bundle's provenance.
func (r *region) origins() []bundle.Pack {
	var out []bundle.Pack
	for i, p := range r.packs {
		m := p.Metadata()
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

// rasters draws the places from random poses, as training sees them.
func (r *region) rasters(ctx context.Context, spec raster.Spec, places []loc2vec.LatLon, shift float64, seed uint64) ([][]uint8, error) {
	d, rng := r.tiles.Drawer(spec), rand.New(rand.NewPCG(seed, 0))
	out := make([][]uint8, len(places))
	for i, place := range places {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i] = make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
		pose := raster.Pose{
			Place: place, Heading: rng.Float64() * 360,
			East: (2*rng.Float64() - 1) * shift, North: (2*rng.Float64() - 1) * shift,
		}
		if err := d.Draw(out[i], pose); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// shapes counts the region's shapes in windows of the raster's size. It keeps what it has read for
// the next time.
func (r *region) shapes(spec raster.Spec) *eval.Shapes {
	if r.counter == nil || r.counter.Metres() != spec.Metres {
		r.counter = eval.NewShapes(r.packs, spec.Metres)
	}
	return r.counter
}

// evaluated is the region as package eval sees it.
func (r *region) evaluated(spec raster.Spec, places []loc2vec.LatLon) *eval.Region {
	return &eval.Region{
		Name: r.name(), Pixels: spec.Pixels, Places: places,
		Drawer:  func() eval.Drawer { return r.tiles.Drawer(spec) },
		Counter: r.shapes(spec),
	}
}
