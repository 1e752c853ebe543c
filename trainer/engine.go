package main

import (
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/sdk"
)

// engineFlags are the flags that choose what computes a model.
type engineFlags struct{ engine, library string }

// engine adds the flags.
func (f flags) engine() *engineFlags {
	e := &engineFlags{}
	f.StringVar(&e.engine, "engine", "auto", "what computes the model: auto, ort or go")
	f.StringVar(&e.library, "ort", "", "file of ONNX Runtime's shared library")
	return e
}

// open reads a bundle and opens its encoder, which the caller closes.
func (e *engineFlags) open(std stdio, path string) (*loc2vec.Bundle, *sdk.Encoder, error) {
	options, err := engineOptions(std, e.engine, e.library)
	if err != nil {
		return nil, nil, err
	}
	b, err := loc2vec.OpenBundleFile(path)
	if err != nil {
		return nil, nil, err
	}
	encoder, err := sdk.OpenEncoder(b.Model, b.Manifest.Raster.Pixels, options)
	if err != nil {
		return nil, nil, fmt.Errorf("open model of %s: %w", path, err)
	}
	return b, encoder, nil
}
