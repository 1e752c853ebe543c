package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/sdk/internal/atomicfile"
)

// defaultRaster returns the raster that cuts are made for: the window of the base model, with pixels large enough for
// every model of that window.
func defaultRaster() raster.Spec { return raster.Spec{Metres: 200, Pixels: 32} }

// CutOptions describe a cut of a region pack.
type CutOptions struct {
	// Within are boxes. The cut covers what the pack covers of them. Boxes of polygons and of the corridor of a track
	// come from the Cover methods of package area.
	Within []loc2vec.Bounds
	// Raster is that of the models which are to read the cut (Manifest). The zero value stands for windows of 200 m, as
	// the base model has, in 32 pixels or more.
	Raster raster.Spec
	// Name of the cut; "" for that of the pack. Of regions with one name the newest is drawn (Model.Embed).
	Name string
	// Progress, unless nil, receives the bytes of tile data done so far, and their total. Each is read and then written.
	Progress func(done, total int64)
}

// CutRegion cuts the region pack at from to a smaller area and writes it to the file to, whole or not at all: after an
// error the file that was there is unchanged. Every place that the cut covers has the same vector as in the whole pack.
// The two files must differ. It returns the metadata of the cut.
//
// Signatures are of whole files: a store with public keys does not install a cut, but Model.AddRegion reads it.
// Errors wrap loc2vec.ErrNoCoverage if the pack covers nothing of the boxes, loc2vec.ErrCoordinate for an invalid box,
// loc2vec.ErrCorrupt, ErrDiskFull, or are those of the context or the files. Their texts contain no coordinate of
// the boxes.
func CutRegion(ctx context.Context, from, to string, opts CutOptions) (*pack.Metadata, error) {
	m, err := cutRegion(ctx, from, to, opts)
	if err != nil {
		return nil, fmt.Errorf("cutting region %s: %w", from, err)
	}
	return m, nil
}

func cutRegion(ctx context.Context, from, to string, opts CutOptions) (m *pack.Metadata, err error) {
	spec := opts.Raster
	if spec == (raster.Spec{}) {
		spec = defaultRaster()
	}
	if err := raster.CheckSpec(spec); err != nil {
		return nil, err
	}
	f, size, err := format.OpenFile(from)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := checkTarget(f, to); err != nil {
		return nil, err
	}
	p, err := pack.Open(f, size)
	if err != nil {
		return nil, err
	}
	err = atomicfile.Write(to, func(w io.Writer) error {
		m, err = p.Cut(ctx, w, pack.CutOptions{Within: opts.Within, Reach: spec.Radius(), Name: opts.Name, Progress: opts.Progress})
		return err
	})
	return m, err
}

// checkTarget returns an error if the file at path is the opened one, or none that may be replaced.
func checkTarget(from *os.File, path string) error {
	old, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !old.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file, and would be replaced by one", path)
	}
	info, err := from.Stat()
	if err != nil {
		return err
	}
	if os.SameFile(info, old) {
		return fmt.Errorf("%s is the region itself", path)
	}
	return nil
}

// checkReach returns an error if a region is a cut whose tiles end within the windows of a model.
func checkReach(m *pack.Metadata, spec raster.Spec) error {
	if origin := m.Origin; origin != nil && origin.Reach < spec.Radius() {
		return fmt.Errorf("region %q is a cut with the tiles within %v m of its places, but windows of the model look %v m far: cut it anew for this model",
			m.Name, origin.Reach, spec.Radius())
	}
	return nil
}
