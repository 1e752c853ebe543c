package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/sdk/store"
	"github.com/loc2vec/loc2vec/trainer/internal/printable"
)

// newVerify is the verb verify.
func newVerify(std stdio) *cobra.Command {
	var keyFiles []string
	var engine engineFlags
	cmd := &cobra.Command{
		Use: "verify FILE...", GroupID: filesGroup, Args: someFiles,
		Short: "check the integrity of packs and bundles, golden vectors included",
		Example: `  loc2vec verify bremen.pmtiles m.l2v
  loc2vec verify --key release.pub *.pmtiles *.l2v`,
		RunE: func(cmd *cobra.Command, files []string) error {
			return verify(cmd.Context(), std, files, verifyOptions{keyFiles, engine.library})
		},
	}
	filesFlag(cmd, &keyFiles, "key", "FILES|public keys that sign --keygen or minisign wrote: files that none of them has signed are bad; may be repeated")
	engine.addLibrary(cmd, ", to compute golden vectors with it as well")
	completeFiles(cmd, "key", "pub")
	completeArguments(cmd, packEnding, bundleEnding)
	return cmd
}

// verifyOptions are the flags of the verb verify.
type verifyOptions struct {
	keyFiles []string
	library  string
}

// verify checks files one after the other, and fails if one of them is bad.
func verify(ctx context.Context, std stdio, files []string, o verifyOptions) error {
	keys, err := readPublicKeys(o.keyFiles)
	if err != nil {
		return err
	}
	bad := 0
	for _, path := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		report, err := verifySigned(ctx, std, path, keys, o.library)
		if errors.Is(err, errLibrary) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			bad++
			fmt.Fprintf(std.out, "%s: BAD: %s\n", printable.Text(path), printable.Lines(strings.TrimPrefix(err.Error(), path+": ")))
			continue
		}
		fmt.Fprintf(std.out, "%s: ok: %s\n", printable.Text(path), printable.Text(report))
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d files are bad", bad, len(files))
	}
	return nil
}

// verifySigned verifies one file, its signature first if there are keys.
func verifySigned(ctx context.Context, std stdio, path string, keys []store.PublicKey, library string) (report string, err error) {
	if keys == nil {
		return verifyFile(ctx, std, path, library)
	}
	s, err := verifySignature(ctx, path, keys)
	if err != nil {
		return "", err
	}
	if report, err = verifyFile(ctx, std, path, library); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s; signed with the key %s (%s)", report, s.KeyID, strings.ReplaceAll(s.Comment, "\t", ", ")), nil
}
