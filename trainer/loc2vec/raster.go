package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/raster"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// runRaster writes what the encoder sees from one pose, as numbers or as a picture.
func runRaster(_ context.Context, std stdio, args []string) (err error) {
	f := newFlags(std, "raster", "-pack R.pmtiles[,R...] -at LAT,LON [-rotate DEG] [-shift E,N] -o X.npy|X.png")
	packs := f.String("pack", "", "region packs, `files` separated by commas")
	at := f.String("at", "", "the place, `LAT,LON` in degrees")
	heading := f.Float64("rotate", 0, "the raster's up direction, `degrees` clockwise from north")
	shift := f.String("shift", "0,0", "moves the centre, `EAST,NORTH` in metres")
	spec := raster.Spec{}
	f.IntVar(&spec.Pixels, "pixels", 128, "rows and columns of the raster")
	f.Float64Var(&spec.Metres, "metres", 200, "edge of the square on the ground")
	path := f.String("o", "", "`file` to write: .npy (uint8, shape 12,H,W) or .png (all layers for the eye)")
	if err := f.parse(args, false); err != nil {
		return err
	}
	encode, err := rasterFormat(*path)
	if err != nil {
		return err
	}
	pose := raster.Pose{Heading: *heading}
	if pose.Place, err = parsePlace(*at); err != nil {
		return usageError{err: fmt.Errorf("-at: %w", err)}
	}
	if pose.East, pose.North, err = parseShift(*shift); err != nil {
		return err
	}
	if err := raster.CheckSpec(spec); err != nil {
		return usageError{err: err}
	}

	if err := checkOutput("-o", *path, strings.Split(*packs, ",")...); err != nil {
		return err
	}
	region, err := pipeline.OpenRegion(splitList(*packs))
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
		return fmt.Errorf("encoding %s: %w", *path, err)
	}
	return output.WriteBytes(*path, file)
}

// rasterFormat returns the encoder that a file's name asks for.
func rasterFormat(path string) (func(raster []uint8, pixels int) ([]byte, error), error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npy":
		return encodeNPY, nil
	case ".png":
		return encodeSheet, nil
	}
	return nil, usagef("-o needs a name that ends in .npy or .png")
}

// encodeNPY returns a raster as a NumPy file, version 1.0 of its format.
func encodeNPY(raster []uint8, pixels int) ([]byte, error) {
	const preamble, alignment = 10, 64
	header := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d), }", loc2vec.NumLayers, pixels, pixels)
	// Spaces and a line feed fill the header up to where the numbers are aligned.
	padding := alignment - (preamble+len(header)+1)%alignment
	header += strings.Repeat(" ", padding) + "\n"
	file := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	return append(append(file, header...), raster...), nil
}

// encodeSheet returns a raster as a PNG of all layers.
func encodeSheet(raster []uint8, pixels int) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, picture.Sheet(raster, pixels))
	return b.Bytes(), err
}

// parseShift reads "EAST,NORTH" in metres.
func parseShift(text string) (east, north float64, err error) {
	first, second, ok := strings.Cut(text, ",")
	east, errEast := strconv.ParseFloat(strings.TrimSpace(first), 64)
	north, errNorth := strconv.ParseFloat(strings.TrimSpace(second), 64)
	if !ok || errEast != nil || errNorth != nil {
		return 0, 0, usagef("-shift: %q is not EAST,NORTH", text)
	}
	return east, north, nil
}
