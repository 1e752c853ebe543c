package store

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var (
	// ErrUnsigned: a signature is required, and the file has none.
	ErrUnsigned = errors.New("no signature")
	// ErrSignature: the signature is malformed, belongs to another file, was made with another key, or does not
	// state what it should.
	ErrSignature = errors.New("wrong signature")
)

// Signature is a signature that has been checked.
type Signature struct {
	// KeyID is the id of the public key that the signature was checked with.
	KeyID string
	// Comment is the trusted comment: text that the owner of the key has signed along with the file.
	Comment string
}

// The fields of trusted comments. minisign writes the first two, loc2vec sign all of them.
const (
	fieldTime   = "timestamp" // when the signature was made, in seconds since 1970
	fieldFile   = "file"      // the name that the file had
	fieldRegion = "region"    // the name of the region in a pack
	fieldDate   = "date"      // the date of the data in a pack
)

// field returns what the comment states about one thing, or "". Fields are separated by tabs.
func (s *Signature) field(name string) string {
	for field := range strings.SplitSeq(s.Comment, "\t") {
		if value, ok := strings.CutPrefix(field, name+":"); ok {
			return value
		}
	}
	return ""
}

// File returns the name that the file had when it was signed, if the comment states it.
func (s *Signature) File() string { return s.field(fieldFile) }

// Time returns when the signature was made. It is the zero time if the comment does not state it.
func (s *Signature) Time() time.Time {
	seconds, err := strconv.ParseInt(s.field(fieldTime), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// MaxSignatureBytes is the maximum length of a signature: 1,024 bytes of untrusted and 8,192 of trusted comment,
// the limits of minisign, and the rest of its four lines.
const MaxSignatureBytes = 10 << 10

const (
	trustedPrefix = "trusted comment: "
	// hashedAlgorithm starts the bytes of a signature: Ed25519 of the file's BLAKE2b-512.
	hashedAlgorithm = "ED"
)

// signatureText is a signature of which nothing has been checked.
type signatureText struct {
	keyID            uint64
	signature        []byte // of the digest
	comment          string
	commentSignature []byte // of signature and comment
}

// parseSignature reads the four lines of a signature.
func parseSignature(text []byte) (*signatureText, error) {
	if len(text) == 0 {
		return nil, ErrUnsigned
	}
	if len(text) > MaxSignatureBytes {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrSignature, MaxSignatureBytes)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != 4 {
		return nil, fmt.Errorf("%w: %d lines, want the 4 of minisign", ErrSignature, len(lines))
	}
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	comment, trusted := strings.CutPrefix(lines[2], trustedPrefix)
	if !strings.HasPrefix(lines[0], commentPrefix) || !trusted {
		return nil, fmt.Errorf("%w: not in the form of minisign", ErrSignature)
	}
	if !isPlainText(comment) {
		return nil, fmt.Errorf("%w: its trusted comment has control characters or is not UTF-8", ErrSignature)
	}
	raw, err := decodeBase64(lines[1])
	if err != nil || len(raw) != len(hashedAlgorithm)+8+ed25519.SignatureSize {
		return nil, fmt.Errorf("%w: its second line is malformed", ErrSignature)
	}
	switch algorithm := string(raw[:len(hashedAlgorithm)]); algorithm {
	case hashedAlgorithm:
	case keyAlgorithm:
		return nil, fmt.Errorf("%w: it is of the old form, which signs files whole: sign again with minisign -H", ErrSignature)
	default:
		return nil, fmt.Errorf("%w: algorithm %q, want %q", ErrSignature, algorithm, hashedAlgorithm)
	}
	raw = raw[len(hashedAlgorithm):]
	s := &signatureText{keyID: binary.LittleEndian.Uint64(raw), signature: raw[8:], comment: comment}
	if s.commentSignature, err = decodeBase64(lines[3]); err != nil || len(s.commentSignature) != ed25519.SignatureSize {
		return nil, fmt.Errorf("%w: its last line is malformed", ErrSignature)
	}
	return s, nil
}

// isPlainText reports whether text can be shown anywhere: UTF-8 without control characters other than tabs.
func isPlainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r != '\t' && unicode.IsControl(r) })
}

// check checks that one of the keys has signed a file with that digest, and the comment.
func (s *signatureText) check(sum digest, keys []PublicKey) (*Signature, error) {
	return s.verify(keys, func(k ed25519.PublicKey) error {
		if !ed25519.Verify(k, sum[:], s.signature) {
			return fmt.Errorf("%w: it belongs to another file, or was made with another key of the same id", ErrSignature)
		}
		return nil
	})
}

// checkComment checks that one of the keys has signed the comment. The signature may be that of any file.
func (s *signatureText) checkComment(keys []PublicKey) (*Signature, error) {
	return s.verify(keys, func(ed25519.PublicKey) error { return nil })
}

// verify checks the comment, and what the function checks, with the keys that have the id.
func (s *signatureText) verify(keys []PublicKey, check func(ed25519.PublicKey) error) (*Signature, error) {
	err := fmt.Errorf("%w: it was made with the key %s, which is not accepted", ErrSignature, formatKeyID(s.keyID))
	signed := append(append([]byte(nil), s.signature...), s.comment...)
	for _, k := range keys {
		if k.id != s.keyID {
			continue
		}
		if err = check(k.key[:]); err != nil {
			continue
		}
		if !ed25519.Verify(k.key[:], signed, s.commentSignature) {
			err = fmt.Errorf("%w: its trusted comment was changed", ErrSignature)
			continue
		}
		return &Signature{KeyID: k.ID(), Comment: s.comment}, nil
	}
	return nil, err
}

// CheckSignature reads r to its end and checks that signature, the contents of a .minisig file, is its signature by one
// of the keys. Errors wrap ErrUnsigned for an empty signature and ErrSignature for a wrong one, or are those of the
// context or of r.
func CheckSignature(ctx context.Context, r io.Reader, signature []byte, keys []PublicKey) (*Signature, error) {
	text, err := parseSignature(signature)
	if err != nil {
		return nil, fmt.Errorf("checking signature: %w", err)
	}
	sum, err := digestOf(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("checking signature: %w", err)
	}
	s, err := text.check(sum, keys)
	if err != nil {
		return nil, fmt.Errorf("checking signature: %w", err)
	}
	return s, nil
}
