package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/store"
	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// newVerify is the verb verify.
func newVerify(std stdio) *cobra.Command {
	var keyFile string
	var engine engineFlags
	cmd := &cobra.Command{
		Use: "verify FILE...", GroupID: filesGroup, Args: someFiles,
		Short: "check the integrity of packs and bundles, golden vectors included",
		Example: `  loc2vec verify bremen.pmtiles m.l2v
  loc2vec verify --key release.pub *.pmtiles *.l2v`,
		RunE: func(cmd *cobra.Command, files []string) error {
			return verify(cmd.Context(), std, files, verifyOptions{keyFile, engine.library})
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "public key `FILE` that sign --keygen wrote: files without its signature are bad")
	engine.addLibrary(cmd, ", to compute golden vectors with it as well")
	completeFiles(cmd, "key", "pub")
	completeArguments(cmd, packEnding, bundleEnding)
	return cmd
}

// verifyOptions are the flags of the verb verify.
type verifyOptions struct{ keyFile, library string }

// verify checks files one after the other, and fails if one of them is bad.
func verify(ctx context.Context, std stdio, files []string, o verifyOptions) error {
	var key ed25519.PublicKey
	if o.keyFile != "" {
		var err error
		if key, err = readKey(o.keyFile, store.ParsePublicKey); err != nil {
			return err
		}
	}
	bad := 0
	for _, path := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		report, err := verifyFile(std, path, o.library)
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
var errLibrary = errors.New("--ort-library")

// verifyFile says what was checked in a file, or what is wrong with it.
func verifyFile(std stdio, path, library string) (report string, err error) {
	kind, err := kindOf(path)
	if err != nil {
		return "", err
	}
	if kind == format.Pack {
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
