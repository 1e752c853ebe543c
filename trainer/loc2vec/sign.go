package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/sdk/store"
)

// newSign is the verb sign.
func newSign(std stdio) *cobra.Command {
	var keygen, key string
	cmd := &cobra.Command{
		Use: "sign --keygen NAME | --key NAME.key FILE...", GroupID: filesGroup, Args: cobra.ArbitraryArgs,
		Short: "make keys, and sign packs and bundles",
		Example: `  loc2vec sign --keygen release
  loc2vec sign --key release.key bremen.pmtiles m.l2v`,
		RunE: func(cmd *cobra.Command, files []string) error {
			switch {
			case (keygen == "") == (key == ""):
				return usagef("either --keygen or --key is needed")
			case keygen != "" && len(files) > 0:
				return usagef("--keygen takes one name, and no files")
			case keygen != "":
				return makeKeys(std, keygen)
			case len(files) == 0:
				return usagef("a file to sign is needed")
			}
			return sign(cmd.Context(), std, key, files)
		},
	}
	cmd.Flags().StringVar(&keygen, "keygen", "", "NAME|make a pair of keys: NAME.key, to be kept secret, and NAME.pub, for apps and verify")
	cmd.Flags().StringVar(&key, "key", "", "FILE|private key that --keygen wrote")
	completeFiles(cmd, "key", "key")
	completeArguments(cmd, packEnding, bundleEnding)
	return cmd
}

// sign writes the signatures of files next to them.
func sign(ctx context.Context, std stdio, key string, files []string) error {
	inputs := append([]string{key}, files...)
	for _, path := range files {
		if err := checkOutput("signature", path+signatureEnding, inputs...); err != nil {
			return err
		}
	}
	secret, err := readKey(key, store.ParsePrivateKey)
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := signFile(path, secret); err != nil {
			return fmt.Errorf("signing %s: %w", path, err)
		}
		fmt.Fprintln(std.out, path+signatureEnding)
	}
	return nil
}
