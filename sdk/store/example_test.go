package store_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// A store with a key installs a file only if it is signed with that key.
func Example() {
	// The publisher makes a pair of keys once, and signs each file.
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	file := base.Bundle()
	signature, err := store.Sign(bytes.NewReader(file), private)
	if err != nil {
		log.Fatal(err)
	}

	// The app contains the public key.
	dir, err := os.MkdirTemp("", "maps")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(dir, store.Options{PublicKey: public})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	_, err = s.Install(ctx, "base.l2v", bytes.NewReader(file), store.InstallOptions{})
	fmt.Println("unsigned:", errors.Is(err, store.ErrUnsigned))
	item, err := s.Install(ctx, "base.l2v", bytes.NewReader(file), store.InstallOptions{Signature: signature})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("installed:", item.Kind, item.Name)

	model, err := s.OpenModel("base.l2v", sdk.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	added, err := s.AddRegions(model)
	fmt.Println("regions:", len(added), err)
	// Output:
	// unsigned: true
	// installed: model base.l2v
	// regions: 0 <nil>
}
