package store

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

var (
	// ErrUnsigned: a signature is required, and the file has none.
	ErrUnsigned = errors.New("no signature")
	// ErrSignature: the signature is malformed, belongs to another file, or was made with another key.
	ErrSignature = errors.New("wrong signature")
)

// The lines of signatures and keys start with these words. FORMAT.md specifies them.
const (
	signatureTitle  = "loc2vec signature 1\n"
	hashWord        = "sha256 "
	signatureWord   = "ed25519 "
	publicKeyWord   = "loc2vec-public-key "
	privateKeyWord  = "loc2vec-private-key "
	signatureLength = len(signatureTitle) + len(hashWord) + 2*sha256.Size + 1 + len(signatureWord) + 88 + 1
)

// Sign reads r to its end and returns its signature: the contents of the file that has the name of the
// signed file with ".sig" added.
func Sign(r io.Reader, key ed25519.PrivateKey) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("signing: a private key of %d bytes, want %d", len(key), ed25519.PrivateKeySize)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	statement := signedStatement(sum.Sum(nil))
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(statement)))
	return []byte(statement + signatureWord + signature + "\n"), nil
}

// CheckSignature reads r to its end and checks that signature is its signature under the key. Errors
// wrap ErrUnsigned for an empty signature and ErrSignature for a wrong one, or are those of r.
func CheckSignature(r io.Reader, signature []byte, key ed25519.PublicKey) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return fmt.Errorf("checking signature: %w", err)
	}
	return checkSignature(sum.Sum(nil), signature, key)
}

// checkSignature is CheckSignature for contents with that SHA-256.
func checkSignature(sum, signature []byte, key ed25519.PublicKey) error {
	switch {
	case len(key) != ed25519.PublicKeySize:
		return fmt.Errorf("checking signature: a public key of %d bytes, want %d", len(key), ed25519.PublicKeySize)
	case len(signature) == 0:
		return fmt.Errorf("checking signature: %w", ErrUnsigned)
	case len(signature) != signatureLength:
		return fmt.Errorf("checking signature: %w: %d bytes, want %d", ErrSignature, len(signature), signatureLength)
	}
	statement := signedStatement(sum)
	line, ok := bytes.CutPrefix(signature, []byte(statement+signatureWord))
	if !ok {
		return fmt.Errorf("checking signature: %w: it belongs to another file; this one has SHA-256 %x", ErrSignature, sum)
	}
	encoded, ok := strings.CutSuffix(string(line), "\n")
	raw, err := decodeBase64(encoded)
	if err != nil || !ok {
		return fmt.Errorf("checking signature: %w: its last line is malformed", ErrSignature)
	}
	if !ed25519.Verify(key, []byte(statement), raw) {
		return fmt.Errorf("checking signature: %w: it was not made with this key", ErrSignature)
	}
	return nil
}

// signedStatement is the text that is signed.
func signedStatement(sum []byte) string {
	return signatureTitle + hashWord + hex.EncodeToString(sum) + "\n"
}

// FormatPublicKey returns the key as one line of text.
func FormatPublicKey(key ed25519.PublicKey) string {
	return publicKeyWord + base64.StdEncoding.EncodeToString(key) + "\n"
}

// FormatPrivateKey returns the seed of the key as one line of text, which must be kept secret.
func FormatPrivateKey(key ed25519.PrivateKey) string {
	return privateKeyWord + base64.StdEncoding.EncodeToString(key.Seed()) + "\n"
}

// ParsePublicKey reads the text of FormatPublicKey. It returns an error for a private key.
func ParsePublicKey(text string) (ed25519.PublicKey, error) {
	key, err := parseKey(text, publicKeyWord)
	if err != nil {
		return nil, fmt.Errorf("reading public key: %w", err)
	}
	return ed25519.PublicKey(key), nil
}

// ParsePrivateKey reads the text of FormatPrivateKey.
func ParsePrivateKey(text string) (ed25519.PrivateKey, error) {
	seed, err := parseKey(text, privateKeyWord)
	if err != nil {
		return nil, fmt.Errorf("reading private key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// parseKey reads the 32 bytes after a word. Its errors do not quote the text, which may be secret.
func parseKey(text, word string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), word)
	if !ok {
		return nil, fmt.Errorf("the text does not begin with %q", strings.TrimSpace(word))
	}
	key, err := decodeBase64(encoded)
	if err != nil || len(key) != ed25519.SeedSize {
		return nil, fmt.Errorf("not %d bytes in base64", ed25519.SeedSize)
	}
	return key, nil
}

// decodeBase64 decodes canonical base64 only: without the line breaks and stray bits that the standard
// decoder accepts.
func decodeBase64(text string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err == nil && base64.StdEncoding.EncodeToString(b) != text {
		err = errors.New("base64 is not canonical")
	}
	return b, err
}
