package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
)

// Classes in an archive of Java classes.
const (
	seqClass    = "go/Seq.class" // of every library that gomobile makes
	facadeClass = "io/github/loc2vec/mobile/Mobile.class"
)

// maxClasses bounds the size of the classes.jar of an AAR.
const maxClasses = 256 << 20

// checkClash returns an error that names every library below the path, a file or the folder of an app, that gomobile
// has made without package mobile. An app cannot contain such a library together with this one.
func checkClash(root string) error {
	var clashes []string
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found, err := goLibrary(file)
		if err != nil {
			return fmt.Errorf("looking for other Go libraries in %s: %w", file, err)
		}
		if len(found) > 0 {
			clashes = append(clashes, fmt.Sprintf("  %s (%s)", file, strings.Join(found, ", ")))
		}
		return nil
	})
	if err != nil || len(clashes) == 0 {
		return err
	}
	return fmt.Errorf(`the app contains another library that gomobile has made:
%s
Its %s and class go.Seq have the names of those of loc2vec. Android packs one of the two, or refuses to build the app,
and calls of the other library crash (golang.org/issue/56567). Bind both packages at once: bindings/android.md says how`,
		strings.Join(clashes, "\n"), binding.LibraryFile)
}

// goLibrary returns what in a file is of another gomobile library. Files of other kinds have none.
func goLibrary(file string) ([]string, error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".aar", ".jar", ".apk", ".aab":
	default:
		if filepath.Base(file) == binding.LibraryFile {
			return []string{binding.LibraryFile}, nil
		}
		return nil, nil
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	found, ours, err := goParts(&archive.Reader)
	if ours {
		return nil, err
	}
	return found, err
}

// goParts returns what gomobile has made in an archive, and whether it is of package mobile, perhaps with others.
func goParts(archive *zip.Reader) (found []string, ours bool, err error) {
	add := func(part string) {
		if !slices.Contains(found, part) {
			found = append(found, part)
		}
	}
	for _, f := range archive.File {
		switch {
		case path.Base(f.Name) == binding.LibraryFile:
			add(binding.LibraryFile)
		case f.Name == seqClass:
			add("go.Seq")
		case f.Name == facadeClass:
			ours = true
		case f.Name == "classes.jar":
			r, err := f.Open()
			if err != nil {
				return nil, false, err
			}
			data, err := io.ReadAll(io.LimitReader(r, maxClasses))
			r.Close()
			if err != nil {
				return nil, false, err
			}
			classes, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				return nil, false, err
			}
			inside, oursInside, err := goParts(classes)
			if err != nil {
				return nil, false, err
			}
			for _, part := range inside {
				add(part)
			}
			ours = ours || oursInside
		}
	}
	return found, ours, nil
}
