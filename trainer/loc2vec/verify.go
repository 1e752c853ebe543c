package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/sdk/store"
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
	cmd.Flags().StringVar(&keyFile, "key", "", "FILE|public key that sign --keygen wrote: files without its signature are bad")
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
