package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/sdk/internal/atomicfile"
)

// SignatureEnding ends the names of signature files, as minisign writes them. In a store the digest of the signed file
// stands before it, so that the signatures of an old and a new version can exist together while the file is replaced.
const SignatureEnding = ".minisig"

// namedDigestBytes is how much of the digest stands in the name of a signature file.
const namedDigestBytes = 32

// signatureName returns the name, in the store, of the signature of a file with that digest.
func signatureName(name string, sum digest) string {
	return fmt.Sprintf("%s.%x%s", name, sum[:namedDigestBytes], SignatureEnding)
}

// signedFile returns the name of the file that a signature file of a store belongs to.
func signedFile(name string) (string, bool) {
	base, ok := strings.CutSuffix(name, SignatureEnding)
	if dot := len(base) - 2*namedDigestBytes - 1; ok && dot > 0 && base[dot] == '.' {
		return base[:dot], true
	}
	return "", false
}

// readSignature returns the signature of a file of the store with that digest, or nil if the file is unsigned.
func (s *Store) readSignature(name string, sum digest) ([]byte, error) {
	f, _, err := s.openFile(signatureName(name, sum))
	return readAndClose(f, err)
}

// ReadSignature returns the contents of the signature file at path, or nil if no such file exists. It reads at most
// MaxSignatureBytes+1 bytes: CheckSignature refuses a longer file.
func ReadSignature(path string) ([]byte, error) {
	f, _, err := format.OpenFile(path)
	return readAndClose(f, err)
}

// readAndClose reads a signature from a file that was opened with that error.
func readAndClose(f *os.File, err error) ([]byte, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// One byte more than the maximum shows that a file is too long.
	return io.ReadAll(io.LimitReader(f, MaxSignatureBytes+1))
}

// writeSignature writes a signature file.
func (s *Store) writeSignature(file string, signature []byte) error {
	return atomicfile.Write(s.path(file), func(w io.Writer) error {
		_, err := w.Write(signature)
		return err
	})
}

// removeSignatures removes the signatures of a file, except that of the name current.
func (s *Store) removeSignatures(name, current string) error {
	names, err := s.names()
	if err != nil {
		return err
	}
	for _, other := range names {
		if signed, ok := signedFile(other); ok && signed == name && other != current {
			if err := os.Remove(s.path(other)); err != nil {
				return err
			}
		}
	}
	return nil
}
