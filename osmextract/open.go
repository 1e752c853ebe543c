package osmextract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Open opens a map extract: a PBF file (.osm.pbf), an XML file (.osm) or a gzip-compressed XML file
// (.osm.gz). The first bytes of the file decide, not its name. Ways may carry the coordinates of their
// nodes (LocationsOnWays in PBF), and PBF files may be compressed with zlib, lz4 or zstd. Files of changes
// (.osc) and files with the history of elements (.osh) are refused.
func Open(path string) (SourceCloser, error) {
	if err := refuseName(path); err != nil {
		return nil, err
	}
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 64)
	n, err := f.file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), f.Close())
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("BZh")):
		err := fmt.Errorf("opening %s: bzip2 is not supported: convert the file with osmium cat -o map.osm.pbf", path)
		return nil, errors.Join(err, f.Close())
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return newXMLSource(f, true)
	case looksLikeXML(head):
		return newXMLSource(f, false)
	}
	return newPBFSource(f)
}

// refuseName refuses files that by their name are no extracts.
func refuseName(path string) error {
	for _, ext := range strings.Split(strings.ToLower(filepath.Base(path)), ".")[1:] {
		switch ext {
		case "osc":
			return errChanges(path)
		case "osh":
			return fmt.Errorf("opening %s: a history file holds several versions of an element: extract one with osmium time-filter", path)
		}
	}
	return nil
}

func errChanges(path string) error {
	return fmt.Errorf("opening %s: a change file lists changes to an extract, not the map: apply it with osmium apply-changes", path)
}

// looksLikeXML reports whether a file begins with a tag, after a byte order mark and white space.
func looksLikeXML(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<"))
}
