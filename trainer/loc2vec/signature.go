package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"aead.dev/minisign"

	"github.com/loc2vec/loc2vec/internal/contextio"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/sdk/store"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
)

// signFile writes the signature of a pack or bundle next to it.
func signFile(ctx context.Context, path string, key minisign.PrivateKey) error {
	comment, err := trustedComment(path, time.Now())
	if err != nil {
		return err
	}
	f, _, err := format.OpenFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	signed := minisign.NewReader(f)
	if _, err := io.Copy(io.Discard, contextio.NewReader(ctx, signed)); err != nil {
		return err
	}
	text := signed.SignWithComments(key, comment, "signature from loc2vec sign")
	if len(text) > store.MaxSignatureBytes {
		return fmt.Errorf("the signature is longer than %d bytes", store.MaxSignatureBytes)
	}
	return output.WriteBytes(path+store.SignatureEnding, text)
}

// trustedComment returns the text that is signed along with a file: the fields of minisign, and of a pack its region
// and the date of its data.
func trustedComment(path string, now time.Time) (string, error) {
	kind, err := kindOf(path)
	if err != nil {
		return "", err
	}
	fields := []string{fmt.Sprintf("timestamp:%d", now.Unix()), "file:" + filepath.Base(path), "hashed"}
	if kind == format.Pack {
		p, err := pack.OpenFile(path)
		if err != nil {
			return "", err
		}
		defer p.Close()
		fields = append(fields, "region:"+p.Metadata().Name)
		if date := p.Metadata().Date(); date != "" {
			fields = append(fields, "date:"+date)
		}
	}
	for _, field := range fields {
		if !utf8.ValidString(field) || strings.ContainsFunc(field, unicode.IsControl) {
			return "", fmt.Errorf("not UTF-8 without control characters: %q", field)
		}
	}
	return strings.Join(fields, "\t"), nil
}

// verifySignature checks the signature next to a file.
func verifySignature(ctx context.Context, path string, keys []store.PublicKey) (*store.Signature, error) {
	signature, err := store.ReadSignature(path + store.SignatureEnding)
	if err != nil {
		return nil, err
	}
	f, _, err := format.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return store.CheckSignature(ctx, f, signature, keys)
}
