package store

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// PublicKey is the public half of a minisign key, such as minisign or the command loc2vec sign makes it.
// Keys are comparable.
type PublicKey struct {
	id  uint64
	key [ed25519.PublicKeySize]byte
}

const (
	// keyAlgorithm starts the bytes of keys: Ed25519.
	keyAlgorithm = "Ed"
	// publicKeyBytes is the length of a public key: algorithm, id and the key itself.
	publicKeyBytes = len(keyAlgorithm) + 8 + ed25519.PublicKeySize
	// secretKeyBytes is the length of a secret key, which people might publish by mistake.
	secretKeyBytes = 158
	// commentPrefix starts the first line of keys and signatures, which nobody has signed.
	commentPrefix = "untrusted comment:"
)

// ID returns the id of the key, as minisign prints it. It tells keys apart, but proves nothing.
func (k PublicKey) ID() string { return formatKeyID(k.id) }

// formatKeyID returns the id as minisign prints it, in hexadecimal without leading zeros.
func formatKeyID(id uint64) string { return fmt.Sprintf("%X", id) }

// String returns the key as one line of text, the second line of a file that minisign writes.
func (k PublicKey) String() string {
	b := binary.LittleEndian.AppendUint64([]byte(keyAlgorithm), k.id)
	return base64.StdEncoding.EncodeToString(append(b, k.key[:]...))
}

// ParsePublicKey reads one public key: the contents of a file of minisign, or its second line alone.
func ParsePublicKey(text string) (PublicKey, error) {
	keys, err := ParsePublicKeys(text)
	switch {
	case err != nil:
		return PublicKey{}, err
	case len(keys) > 1:
		return PublicKey{}, fmt.Errorf("reading public key: %d keys, want one", len(keys))
	}
	return keys[0], nil
}

// ParsePublicKeys reads at least one public key, one a line. It ignores empty lines and untrusted comments, so
// that the text may be that of several files one after the other.
func ParsePublicKeys(text string) ([]PublicKey, error) {
	var keys []PublicKey
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, commentPrefix) {
			continue
		}
		key, err := parsePublicKey(line)
		if err != nil {
			return nil, fmt.Errorf("reading public key: %w", err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("reading public key: the text has none")
	}
	return keys, nil
}

// parsePublicKey reads the line of a key. Its errors do not quote the text, which may be secret.
func parsePublicKey(line string) (PublicKey, error) {
	b, err := decodeBase64(line)
	switch {
	case err != nil:
		return PublicKey{}, errors.New("not a minisign key in base64")
	case len(b) == secretKeyBytes:
		return PublicKey{}, errors.New("this is a secret key: it must not leave its owner")
	case len(b) != publicKeyBytes || string(b[:len(keyAlgorithm)]) != keyAlgorithm:
		return PublicKey{}, errors.New("not a public key of minisign")
	}
	b = b[len(keyAlgorithm):]
	return PublicKey{binary.LittleEndian.Uint64(b), [ed25519.PublicKeySize]byte(b[8:])}, nil
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
