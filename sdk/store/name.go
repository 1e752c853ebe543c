package store

import (
	"fmt"
	"path/filepath"
	"strings"
)

// maxNameBytes leaves room for the name of a signature file in the 255 bytes of every file system.
const maxNameBytes = 101

// kindOf returns what a file of that name holds.
func kindOf(name string) (Kind, error) {
	if isDeviceName(name) {
		return "", fmt.Errorf("%w: %q: Windows takes it for a device", ErrName, name)
	}
	if isFileName(name) {
		switch filepath.Ext(name) {
		case regionEnding:
			return KindRegion, nil
		case modelEnding:
			return KindModel, nil
		}
	}
	return "", fmt.Errorf("%w: %q: want at most %d characters of a-z, 0-9, dot, dash and underscore, with %s or %s at the end",
		ErrName, name, maxNameBytes, regionEnding, modelEnding)
}

// The endings of the names of regions and models.
const (
	regionEnding = ".pmtiles"
	modelEnding  = ".l2v"
)

// isFileName reports whether a name means the same file on every file system. (A regular expression would
// add a quarter of a megabyte to every app.)
func isFileName(name string) bool {
	return len(name) <= maxNameBytes && strings.TrimLeft(name, "._-") == name &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

// isDeviceName reports whether Windows takes a lower-case name for a device: it looks at what stands before the
// first dot alone.
func isDeviceName(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	switch name {
	case "con", "prn", "aux", "nul":
		return true
	}
	port := strings.TrimRight(name, "0123456789")
	return (port == "com" || port == "lpt") && len(name) == len(port)+1
}
