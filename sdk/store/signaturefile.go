package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/loc2vec/loc2vec/sdk/internal/atomicfile"
)

// signatureSuffix ends the names of signature files. In a store the hash of the signed file stands before
// it, so that the signatures of an old and a new version can exist together while the file is replaced.
const signatureSuffix = ".sig"

// signaturePath returns the path, in the store, of the signature of a file with that SHA-256.
func (s *Store) signaturePath(name string, sum []byte) string {
	return filepath.Join(s.dir, fmt.Sprintf("%s.%x%s", name, sum, signatureSuffix))
}

// signedFile returns the name of the file that a signature file of a store belongs to.
func signedFile(name string) (string, bool) {
	base, ok := strings.CutSuffix(name, signatureSuffix)
	if dot := len(base) - 2*sha256.Size - 1; ok && dot > 0 && base[dot] == '.' {
		return base[:dot], true
	}
	return "", false
}

// readSignature returns the signature at path, or nil if there is no such file.
func readSignature(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// One byte more than the length of a signature shows that a file is too long.
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(f, int64(signatureLength)+1))
	return b.Bytes(), err
}

func hashOf(r io.ReaderAt) ([]byte, error) {
	hash := sha256.New()
	_, err := io.Copy(hash, io.NewSectionReader(r, 0, math.MaxInt64))
	return hash.Sum(nil), err
}

// cleanUp removes the leftovers of killed installations: files under temporary names, and signatures of
// files or versions that do not exist.
func (s *Store) cleanUp() error {
	names, err := s.names()
	if err != nil {
		return err
	}
	signatures := map[string]int{}
	for _, name := range names {
		if strings.HasPrefix(name, atomicfile.TemporaryPrefix) {
			if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
				return err
			}
		}
		if signed, ok := signedFile(name); ok {
			signatures[signed]++
		}
	}
	for name, n := range signatures {
		if err := s.cleanUpSignatures(name, n); err != nil {
			return err
		}
	}
	return nil
}

// cleanUpSignatures removes the outdated ones of the n signatures of a file, which may not exist. It hashes
// the file only if there are several.
func (s *Store) cleanUpSignatures(name string, n int) error {
	f, err := os.Open(filepath.Join(s.dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return s.removeSignatures(name, nil)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if n < 2 {
		return nil
	}
	sum, err := hashOf(f)
	if err != nil {
		return err
	}
	return s.removeSignatures(name, sum)
}

// removeSignatures removes the signatures of a file, except the one for contents with the SHA-256 sum.
// Without a sum it removes all.
func (s *Store) removeSignatures(name string, sum []byte) error {
	names, err := s.names()
	if err != nil {
		return err
	}
	current := ""
	if sum != nil {
		current = filepath.Base(s.signaturePath(name, sum))
	}
	for _, other := range names {
		if signed, ok := signedFile(other); ok && signed == name && other != current {
			if err := os.Remove(filepath.Join(s.dir, other)); err != nil {
				return err
			}
		}
	}
	return nil
}
