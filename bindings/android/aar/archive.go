package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// archive is a reproducible zip archive: its entries are sorted and have a fixed date.
type archive struct{ files map[string][]byte }

func newArchive() *archive { return &archive{map[string][]byte{}} }

func (a *archive) add(name string, data []byte) { a.files[name] = data }

// addFolder adds the files below a folder, with a prefix to their names.
func (a *archive) addFolder(prefix, folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		// cgo writes a header next to each library.
		if strings.HasSuffix(name, ".h") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		a.add(prefix+filepath.ToSlash(name), data)
		return nil
	})
}

func (a *archive) bytes() ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(a.files)) {
		entry, err := w.CreateHeader(&zip.FileHeader{
			Name: name, Method: zip.Deflate, Modified: time.Date(1981, 1, 1, 0, 0, 0, 0, time.UTC),
		})
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(a.files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// mavenPath returns the path of an artifact in a repository.
func mavenPath(f facts) []string {
	return append(strings.Split(f["GROUP"], "."), f["ARTIFACT"], f["VERSION"])
}

// writeWithHash writes a file and a second file with its hash.
func writeWithHash(path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o666); err != nil {
		return err
	}
	return os.WriteFile(path+".sha256", fmt.Appendf(nil, "%x", sha256.Sum256(data)), 0o666)
}
