package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/sdk/store"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
)

// signatureEnding is what a signature's name has after that of its file.
const signatureEnding = ".sig"

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
	cmd.Flags().StringVar(&keygen, "keygen", "", "make a pair of keys: `NAME`.key, to be kept secret, and NAME.pub, for apps and verify")
	cmd.Flags().StringVar(&key, "key", "", "private key `FILE` that --keygen wrote")
	completeFiles(cmd, "key", "key")
	completeArguments(cmd, packEnding, bundleEnding)
	return cmd
}

// sign writes the signatures of files beside them.
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

// makeKeys writes a new pair of keys, whole or not at all. It never replaces one: files signed with it
// could not be signed again.
func makeKeys(std stdio, name string) (err error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	pair := []struct {
		path, text string
		mode       os.FileMode
	}{
		{name + ".key", store.FormatPrivateKey(private), 0o600},
		{name + ".pub", store.FormatPublicKey(public), 0o644},
	}
	var files []*os.File
	defer func() {
		for _, f := range files {
			_ = f.Close() // what was written has been synced
			if err != nil {
				err = errors.Join(err, os.Remove(f.Name()))
			}
		}
	}()
	// Both files are created before either is written: half a pair is useless, and blocks the next attempt.
	for _, key := range pair {
		f, err := os.OpenFile(key.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, key.mode)
		if err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
		files = append(files, f)
	}
	for i, f := range files {
		_, err := f.WriteString(pair[i].text)
		if err := errors.Join(err, f.Sync()); err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
	}
	for _, f := range files {
		fmt.Fprintln(std.out, f.Name())
	}
	return nil
}

// readKey reads a key file with one of the functions of package store.
func readKey[K any](path string, parse func(string) (K, error)) (K, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		var none K
		return none, err
	}
	key, err := parse(string(text))
	if err != nil {
		return key, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// signFile writes the signature of a pack or bundle beside it.
func signFile(path string, key ed25519.PrivateKey) error {
	if _, err := kindOf(path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	signature, err := store.Sign(f, key)
	if err != nil {
		return err
	}
	return output.WriteBytes(path+signatureEnding, signature)
}

// verifySignature checks the signature that stands beside a file.
func verifySignature(path string, key ed25519.PublicKey) error {
	signature, err := os.ReadFile(path + signatureEnding)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return store.CheckSignature(f, signature, key)
}
