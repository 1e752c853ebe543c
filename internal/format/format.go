// Package format recognises the kinds and format versions of the files that loc2vec writes.
package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loc2vec/loc2vec"
)

// The first bytes of each kind of file.
const (
	PackMagic   = "PMTiles"    // a PMTiles archive
	BundleMagic = "PK\x03\x04" // a zip archive
)

// Kind is a kind of file.
type Kind uint8

// The kinds of files.
const (
	Unknown Kind = iota
	Pack         // a region pack, or another PMTiles archive
	Bundle       // a model bundle, or another zip archive
)

// String returns "region pack", "bundle" or "unknown file".
func (k Kind) String() string {
	switch k {
	case Pack:
		return "region pack"
	case Bundle:
		return "bundle"
	}
	return "unknown file"
}

// Sniff tells the kind of a file from its first bytes. Seven bytes are enough.
func Sniff(head []byte) Kind {
	switch {
	case bytes.HasPrefix(head, []byte(PackMagic)):
		return Pack
	case bytes.HasPrefix(head, []byte(BundleMagic)):
		return Bundle
	}
	return Unknown
}

// ErrNoVersion: a JSON object has no format_version, so that another program has made the file.
var ErrNoVersion = errors.New("it has no format version")

// CheckVersion checks the key format_version of a JSON object. A version above newest is an error wrapping
// loc2vec.ErrVersion, whatever else the object holds. An object without a version is one wrapping loc2vec.ErrCorrupt.
func CheckVersion(text []byte, newest int) error {
	var head struct {
		FormatVersion int `json:"format_version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	if head.FormatVersion < 1 {
		return fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, ErrNoVersion)
	}
	if head.FormatVersion > newest {
		return fmt.Errorf("%w: format %d, this build reads up to %d", loc2vec.ErrVersion, head.FormatVersion, newest)
	}
	return nil
}
