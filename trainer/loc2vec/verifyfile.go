package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// errLibrary reports that the library of --ort-library cannot be loaded, which is no fault of the verified file.
var errLibrary = errors.New("--ort-library")

// verifyFile describes what was checked in a file, or returns what is wrong with it.
func verifyFile(ctx context.Context, std stdio, path, library string) (report string, err error) {
	kind, err := kindOf(path)
	if err != nil {
		return "", err
	}
	if kind == format.Pack {
		return verifyPack(ctx, path)
	}
	b, err := pipeline.OpenBundle(path)
	if err != nil {
		return "", err
	}
	if report, err = verifyEngine(ctx, b, sdk.Options{Engine: sdk.Go}); err != nil {
		return "", err
	}
	if library == "" && !sdk.HasONNXRuntime() {
		return report, nil
	}
	opts := sdk.Options{Engine: sdk.ORT, ORTLibrary: library}
	model, err := sdk.OpenBundle(b, opts)
	switch {
	case err == nil:
		if err := model.Close(); err != nil {
			return "", err
		}
	case library != "" && errors.Is(err, loc2vec.ErrCorrupt):
		return "", err
	case library != "":
		return "", fmt.Errorf("%w: %w", errLibrary, err)
	default:
		fmt.Fprintf(std.err, "verify: golden vectors computed by the Go engine only: %s\n", printable.Lines(err.Error()))
		return report, nil
	}
	second, err := verifyEngine(ctx, b, opts)
	return report + "; " + second, err
}

func verifyPack(ctx context.Context, path string) (report string, err error) {
	p, err := pack.OpenFile(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	m := p.Metadata()
	return fmt.Sprintf("region pack %s of %d tiles, contents %s", m.Name, m.Tiles, m.ContentSHA256), p.Verify(ctx)
}

// verifyEngine computes the golden vectors of a bundle.
func verifyEngine(ctx context.Context, b *bundle.Bundle, opts sdk.Options) (report string, err error) {
	model, err := sdk.OpenBundle(b, opts)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	result, err := model.SelfTest(ctx)
	return fmt.Sprintf("bundle of space %s, %d golden vectors by %s", b.Manifest.SpaceID, result.Vectors, result.Engine), err
}
