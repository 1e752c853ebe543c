package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"aead.dev/minisign"

	"github.com/loc2vec/loc2vec/sdk"
	"github.com/loc2vec/loc2vec/sdk/base"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// A store with a key installs a file only if it is signed with that key.
func Example() {
	// The publisher makes a pair of keys once, and signs each file, here in Go; minisign -G and -S or loc2vec sign do
	// the same.
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	file := base.Bundle()
	published := minisign.NewReader(bytes.NewReader(file))
	if _, err := io.Copy(io.Discard, published); err != nil {
		log.Fatal(err)
	}
	signature := published.Sign(private)

	// The app contains the public key.
	key, err := store.ParsePublicKey(public.String())
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "maps")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(dir, store.Options{PublicKeys: []store.PublicKey{key}})
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
	fmt.Println("installed:", item.Kind, item.Name, item.Signature.KeyID == key.ID())

	model, err := s.OpenModel(ctx, "base.l2v", sdk.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	added, err := s.AddRegions(ctx, model)
	fmt.Println("regions:", len(added), err)
	// Output:
	// unsigned: true
	// installed: model base.l2v true
	// regions: 0 <nil>
}
