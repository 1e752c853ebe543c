package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// engineFlags are the flags that choose what computes a model.
type engineFlags struct{ engine, library string }

// engineNames are the values of --engine.
func engineNames() []string { return []string{"auto", string(sdk.ORT), string(sdk.Go)} }

// add adds the flags to a verb.
func (e *engineFlags) add(cmd *cobra.Command) {
	usage := "ENGINE|what computes the model: auto, go, or ort for ONNX Runtime"
	if !sdk.HasONNXRuntime() {
		usage += " (not in this build, which has no cgo)"
	}
	cmd.Flags().StringVar(&e.engine, "engine", "auto", usage)
	completeNames(cmd, "engine", engineNames)
	e.addLibrary(cmd, "")
}

// addLibrary adds the flag for ONNX Runtime alone.
func (e *engineFlags) addLibrary(cmd *cobra.Command, use string) {
	cmd.Flags().StringVar(&e.library, "ort-library", "", "FILE|shared library of ONNX Runtime"+use)
	completeFiles(cmd, "ort-library")
}

// options returns the options of the sdk. Its messages, such as the engine chosen by auto, go to standard error.
func (e *engineFlags) options(std stdio) (sdk.Options, error) {
	opts := sdk.Options{
		Engine: sdk.Engine(e.engine), ORTLibrary: e.library,
		Log: func(message string) { fmt.Fprintln(std.err, printable.Text(message)) },
	}
	switch e.engine {
	case "auto":
		opts.Engine = sdk.Auto
	case string(sdk.ORT), string(sdk.Go):
	default:
		return opts, usagef("--engine %q: want auto, ort or go", e.engine)
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
		return nil, nil, fmt.Errorf("opening the model of %s: %w", path, err)
	}
	return b, encoder, nil
}

// openModel opens a bundle with region packs.
func openModel(bundle string, packs []string, opts sdk.Options) (*sdk.Model, error) {
	var model *sdk.Model
	var err error
	if bundle == pipeline.BaseModel {
		model, err = sdk.OpenBytes(base.Bundle(), opts)
	} else {
		model, err = sdk.Open(bundle, opts)
	}
	if err != nil {
		return nil, err
	}
	for _, path := range packs {
		if err := model.AddRegion(path); err != nil {
			return nil, errors.Join(err, model.Close())
		}
	}
	return model, nil
}
