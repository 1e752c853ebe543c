package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// runVerify checks packs and bundles.
func runVerify(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "verify", "FILE... [flags]")
	var engine engineFlags
	engine.ortLibrary(f, ", to compute golden vectors with it too")
	keyFile := f.String("key", "", "public key, a `file` that sign -keygen wrote: files without its signature are bad")
	files, err := f.parseFiles(args)
	if err != nil {
		return err
	}
	var key ed25519.PublicKey
	if *keyFile != "" {
		if key, err = readKey(*keyFile, store.ParsePublicKey); err != nil {
			return err
		}
	}
	bad := 0
	for _, path := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		report, err := verifyFile(std, path, engine.library)
		if errors.Is(err, errLibrary) {
			return err
		}
		if err == nil && key != nil {
			err = verifySignature(path, key)
			report += "; signed"
		}
		if err != nil {
			bad++
			fmt.Fprintf(std.out, "%s: BAD: %s\n", path, strings.TrimPrefix(err.Error(), path+": "))
			continue
		}
		fmt.Fprintf(std.out, "%s: ok: %s\n", path, report)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d files are bad", bad, len(files))
	}
	return nil
}

// errLibrary is an ONNX Runtime that cannot be loaded: no fault of the file that it was to compute.
var errLibrary = errors.New("-ort-library")

// verifyFile says what was checked in a file, or what is wrong with it.
func verifyFile(std stdio, path, library string) (report string, err error) {
	kind, err := kindOf(path)
	if err != nil {
		return "", err
	}
	if kind == packFile {
		return verifyPack(path)
	}
	bundle, err := pipeline.OpenBundle(path)
	if err != nil {
		return "", err
	}
	if report, err = verifyEngine(bundle, sdk.Options{Engine: sdk.Go}); err != nil {
		return "", err
	}
	if library == "" && !sdk.HasONNXRuntime() {
		return report, nil
	}
	opts := sdk.Options{Engine: sdk.ORT, ORTLibrary: library}
	model, err := sdk.OpenBundle(bundle, opts)
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
		fmt.Fprintf(std.err, "verify: golden vectors by the engine in Go alone: %v\n", err)
		return report, nil
	}
	second, err := verifyEngine(bundle, opts)
	return report + "; " + second, err
}

func verifyPack(path string) (report string, err error) {
	pack, err := pack.OpenFile(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, pack.Close()) }()
	m := pack.Metadata()
	return fmt.Sprintf("region pack %s of %d tiles, contents %s", m.Name, m.Tiles, m.ContentSHA256), pack.Verify()
}

// verifyEngine computes the golden vectors of a bundle.
func verifyEngine(bundle *bundle.Bundle, opts sdk.Options) (report string, err error) {
	model, err := sdk.OpenBundle(bundle, opts)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	result, err := model.SelfTest()
	return fmt.Sprintf("bundle of space %s, %d golden vectors by %s", bundle.Manifest.SpaceID, result.Vectors, result.Engine), err
}
