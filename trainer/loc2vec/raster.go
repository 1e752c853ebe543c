package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// rasterFlags are the flags of the verb raster.
type rasterFlags struct {
	bundle    string
	packs     []string
	at, shift string
	heading   float64
	spec      raster.Spec // zero where the bundle decides
	out       string
}

// newRaster is the verb raster.
func newRaster(std stdio) *cobra.Command {
	o := rasterFlags{bundle: pipeline.BaseModel}
	cmd := &cobra.Command{
		Use: "raster --pack R.pmtiles --at LAT,LON -o X.png", GroupID: useGroup, Args: noArguments,
		Short: "draw what a model sees of a place, as a picture or as numbers",
		Example: `  loc2vec raster --pack bremen.pmtiles --at 53.0757,8.8077 -o cathedral.png
  loc2vec raster --bundle m.l2v --pack bremen.pmtiles --at 53.0757,8.8077 --rotate 30 --shift 40,-10 -o view.npy`,
		RunE: func(*cobra.Command, []string) error { return o.draw() },
	}
	f := cmd.Flags()
	packFlag(cmd, &o.packs, "")
	f.StringVar(&o.at, "at", "", "LAT,LON|the place, in degrees")
	outputFlag(cmd, &o.out, "FILE|file to write: .npy (uint8, shape 12,H,W) or .png (all layers as one picture)", "npy", "png")
	f.Float64Var(&o.heading, "rotate", 0, "DEGREES|the raster's up direction, clockwise from north")
	f.StringVar(&o.shift, "shift", "0,0", "EAST,NORTH|metres to move the centre by")
	bundleFlag(cmd, &o.bundle, " whose raster is drawn")
	f.IntVar(&o.spec.Pixels, "pixels", 0, "N|rows and columns of the raster (default: those of the model)")
	f.Float64Var(&o.spec.Metres, "metres", 0, "METRES|edge of the square on the ground (default: that of the model)")
	return cmd
}

func (o *rasterFlags) draw() (err error) {
	encode, err := rasterFormat(o.out)
	if err != nil {
		return err
	}
	pose, err := o.pose()
	if err != nil {
		return err
	}
	if len(o.packs) == 0 {
		return usagef("--pack is missing")
	}
	if err := checkOutput("--output", o.out, append(o.packs, o.bundle)...); err != nil {
		return err
	}
	spec, err := o.resolve()
	if err != nil {
		return err
	}
	region, err := pipeline.OpenRegion(o.packs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, region.Close()) }()
	centre := pose.Place.Offset(pose.East, pose.North)
	inside, err := region.Tiles.Contains(centre)
	if err != nil {
		return err
	}
	if !inside {
		return fmt.Errorf("%v: %w", centre, loc2vec.ErrNoCoverage)
	}
	dst := make([]uint8, loc2vec.NumLayers*spec.Pixels*spec.Pixels)
	if err := region.Tiles.Drawer(spec).Draw(dst, pose); err != nil {
		return err
	}
	file, err := encode(dst, spec.Pixels)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", o.out, err)
	}
	return output.WriteBytes(o.out, file)
}

// pose is where the raster is drawn.
func (o *rasterFlags) pose() (pose raster.Pose, err error) {
	pose.Heading = o.heading
	if pose.Place, err = parsePlace(o.at); err != nil {
		return pose, usagef("--at: %w", err)
	}
	pose.East, pose.North, err = parseShift(o.shift)
	return pose, err
}

// resolve returns the raster of the model, except for what flags say.
func (o *rasterFlags) resolve() (raster.Spec, error) {
	spec := o.spec
	if spec.Pixels == 0 || spec.Metres == 0 {
		model, err := pipeline.OpenBundle(o.bundle)
		if err != nil {
			return spec, err
		}
		if spec.Pixels == 0 {
			spec.Pixels = model.Manifest.Raster.Pixels
		}
		if spec.Metres == 0 {
			spec.Metres = model.Manifest.Raster.Metres
		}
	}
	if err := raster.CheckSpec(spec); err != nil {
		return spec, usageError{err: err}
	}
	return spec, nil
}
