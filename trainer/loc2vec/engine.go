package main

import (
	"bytes"
	"fmt"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
)

// engineFlags are the flags that choose what computes a model.
type engineFlags struct{ engine, library string }

// engine adds the flags.
func (f flags) engine() *engineFlags {
	e := &engineFlags{}
	f.StringVar(&e.engine, "engine", "auto", "what computes the model: `auto`, ort or go")
	e.ortLibrary(f, "")
	return e
}

// ortLibrary adds the flag for ONNX Runtime alone.
func (e *engineFlags) ortLibrary(f flags, use string) {
	f.StringVar(&e.library, "ort-library", "", "`file` of ONNX Runtime's shared library"+use)
}

// options are those of the sdk; standard error is told which engine it takes.
func (e *engineFlags) options(std stdio) (sdk.Options, error) {
	opts := sdk.Options{
		Engine: sdk.Engine(e.engine), ORTLibrary: e.library,
		Log: func(message string) { fmt.Fprintln(std.err, message) },
	}
	switch e.engine {
	case "auto":
		opts.Engine = sdk.Auto
	case string(sdk.ORT), string(sdk.Go):
	default:
		return opts, usagef("-engine %q: want auto, ort or go", e.engine)
	}
	return opts, nil
}

// open reads a bundle and opens its encoder, which the caller closes.
func (e *engineFlags) open(std stdio, path string) (*bundle.Bundle, *sdk.Encoder, error) {
	options, err := e.options(std)
	if err != nil {
		return nil, nil, err
	}
	b, err := openBundle(path)
	if err != nil {
		return nil, nil, err
	}
	encoder, err := sdk.OpenEncoder(b.Model, b.Manifest.Raster.Pixels, options)
	if err != nil {
		return nil, nil, fmt.Errorf("open model of %s: %w", path, err)
	}
	return b, encoder, nil
}

// baseModel stands for the bundle that comes with loc2vec, in the place of a bundle's file.
const baseModel = "base"

// openBundle reads a bundle from its file, or the one that comes with loc2vec.
func openBundle(path string) (*bundle.Bundle, error) {
	if path != baseModel {
		return bundle.OpenFile(path)
	}
	data := base.Bundle()
	return bundle.Open(bytes.NewReader(data), int64(len(data)))
}
