package main

import (
	"crypto/ed25519"
	"errors"
	"os"

	"github.com/loc2vec/loc2vec/sdk/store"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
)

// signatureEnding is appended to the name of a file to name its signature.
const signatureEnding = ".sig"

// signFile writes the signature of a pack or bundle next to it.
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

// verifySignature checks the signature next to a file.
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
