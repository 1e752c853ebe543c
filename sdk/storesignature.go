package sdk

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
)

// signatureEnding is what a signature's name has after that of its file. In a store the hash of the
// file stands between the two: while a file is replaced, its old signature and its new one are there.
const signatureEnding = ".sig"

// signaturePath returns where the signature of a file with that SHA-256 stands in the store.
func (s *Store) signaturePath(name string, sum []byte) string {
	return filepath.Join(s.dir, fmt.Sprintf("%s.%x%s", name, sum, signatureEnding))
}

// signedFile returns the name of the file that a signature in a store is for.
func signedFile(name string) (string, bool) {
	base, ok := strings.CutSuffix(name, signatureEnding)
	if dot := len(base) - 2*sha256.Size - 1; ok && dot > 0 && base[dot] == '.' {
		return base[:dot], true
	}
	return "", false
}

// readSignature returns the signature at path, nothing when there is none.
func readSignature(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// One byte more than a signature has tells that a file is too long.
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(f, int64(signatureLength)+1))
	return b.Bytes(), err
}

func hashOf(r io.ReaderAt) ([]byte, error) {
	hash := sha256.New()
	_, err := io.Copy(hash, io.NewSectionReader(r, 0, math.MaxInt64))
	return hash.Sum(nil), err
}

// tidy removes what killed installations have left: files under temporary names, and signatures of
// files that are not there.
func (s *Store) tidy() error {
	names, err := s.names()
	if err != nil {
		return err
	}
	signatures := map[string]int{}
	for _, name := range names {
		if strings.HasPrefix(name, temporary) {
			if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
				return err
			}
		}
		if signed, ok := signedFile(name); ok {
			signatures[signed]++
		}
	}
	for name, n := range signatures {
		f, err := os.Open(filepath.Join(s.dir, name))
		switch {
		case errors.Is(err, os.ErrNotExist):
			err = s.tidySignatures(name, nil)
		case err == nil && n > 1:
			var sum []byte
			if sum, err = hashOf(f); err == nil {
				err = s.tidySignatures(name, sum)
			}
		}
		if f != nil {
			_ = f.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tidySignatures removes the signatures of a file but that of its contents, whose SHA-256 is sum; all
// of them when sum is nil.
func (s *Store) tidySignatures(name string, sum []byte) error {
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
