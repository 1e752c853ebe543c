package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"

	"github.com/loc2vec/loc2vec/sdk/store"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
)

// signatureEnding is what a signature's name has after that of its file.
const signatureEnding = ".sig"

// runSign makes keys and signs files.
func runSign(ctx context.Context, std stdio, args []string) error {
	f := newFlags(std, "sign", "-keygen NAME | -key NAME.key FILE...")
	keygen := f.Bool("keygen", false, "make a pair of keys: NAME.key, to be kept secret, and NAME.pub, for apps and verify")
	key := f.String("key", "", "private key, a `file` that -keygen wrote")
	names, err := f.parseFiles(args)
	switch {
	case err != nil:
		return err
	case *keygen == (*key != ""):
		return usagef("either -keygen or -key is needed")
	case *keygen && len(names) > 1:
		return usagef("-keygen takes one name")
	case *keygen:
		return makeKeys(std, names[0])
	}
	inputs := append(names, *key)
	for _, path := range names {
		if err := checkOutput("signature", path+signatureEnding, inputs...); err != nil {
			return err
		}
	}
	secret, err := readKey(*key, store.ParsePrivateKey)
	if err != nil {
		return err
	}
	for _, path := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := signFile(path, secret); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Fprintln(std.out, path+signatureEnding)
	}
	return nil
}

// makeKeys writes a new pair of keys, whole or not at all. It never replaces one: what was signed with it
// would be lost.
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
	// Both names are taken before either is written: half a pair is of no use, and in the way of the next.
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
