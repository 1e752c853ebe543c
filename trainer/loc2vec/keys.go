package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"

	"github.com/loc2vec/loc2vec/sdk/store"
)

// makeKeys writes a new pair of keys, both or neither. It never replaces one: files signed with it
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
			_ = f.Close() // the contents are synced
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
