package main

import (
	"bytes"
	"fmt"
	"image/png"
	"path/filepath"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/picture"
)

// rasterFormat returns the encoder that a file's name asks for.
func rasterFormat(path string) (func(raster []uint8, pixels int) ([]byte, error), error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npy":
		return encodeNPY, nil
	case ".png":
		return encodeSheet, nil
	}
	return nil, usagef("--output (-o) needs a name that ends in .npy or .png")
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
