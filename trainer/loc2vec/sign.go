package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/sdk/store"
)

// signOptions are the flags of the verb sign.
type signOptions struct{ keygen, key, passwordFile string }

// newSign is the verb sign.
func newSign(std stdio) *cobra.Command {
	var o signOptions
	cmd := &cobra.Command{
		Use: "sign --keygen NAME | --key NAME.key FILE...", GroupID: filesGroup, Args: cobra.ArbitraryArgs,
		Short: "make keys, and sign packs and bundles, in the form of minisign",
		Long: `Sign makes keys and signatures in the form of minisign, which can use and check them, too. The trusted
comment of a signature states when the file was signed and its name, and of a pack its region and
the date of its data.`,
		Example: `  loc2vec sign --keygen release
  loc2vec sign --key release.key bremen.pmtiles m.l2v
  minisign -V -p release.pub -m bremen.pmtiles`,
		RunE: func(cmd *cobra.Command, files []string) error {
			switch {
			case (o.keygen == "") == (o.key == ""):
				return usagef("either --keygen or --key is needed")
			case o.keygen != "" && len(files) > 0:
				return usagef("--keygen takes one name, and no files")
			case o.keygen != "":
				return makeKeys(std, o)
			case len(files) == 0:
				return usagef("a file to sign is needed")
			}
			return sign(cmd.Context(), std, o, files)
		},
	}
	cmd.Flags().StringVar(&o.keygen, "keygen", "", "NAME|make a pair of keys: NAME.key, to be kept secret, and NAME.pub, for apps and verify")
	cmd.Flags().StringVar(&o.key, "key", "", "FILE|secret key that --keygen or minisign wrote")
	cmd.Flags().StringVar(&o.passwordFile, "password-file", "",
		"FILE|the password of the secret key is the first line; without it, --keygen makes a key without a password, and --key asks for it")
	completeFiles(cmd, "key", "key")
	completeArguments(cmd, packEnding, bundleEnding)
	return cmd
}

// sign writes the signatures of files next to them.
func sign(ctx context.Context, std stdio, o signOptions, files []string) error {
	inputs := append([]string{o.key}, files...)
	for _, path := range files {
		if err := checkOutput("signature", path+store.SignatureEnding, inputs...); err != nil {
			return err
		}
	}
	secret, err := readSecretKey(std, o)
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := signFile(ctx, path, secret); err != nil {
			return fmt.Errorf("signing %s: %w", path, err)
		}
		fmt.Fprintln(std.out, path+store.SignatureEnding)
	}
	return nil
}
