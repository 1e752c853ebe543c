package main

import (
	"fmt"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
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
	b, err := pipeline.OpenBundle(path)
	if err != nil {
		return nil, nil, err
	}
	encoder, err := sdk.OpenEncoder(b.Model, b.Manifest.Raster.Pixels, options)
	if err != nil {
		return nil, nil, fmt.Errorf("open model of %s: %w", path, err)
	}
	return b, encoder, nil
}
