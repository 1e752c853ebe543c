package geofile

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// charsetReader decodes text in an encoding that an XML declaration names.
func charsetReader(name string, r io.Reader) (io.Reader, error) {
	var decoded *charmap.Charmap
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "utf-8", "utf8", "utf-16", "utf16", "utf-16le", "utf-16be":
		// textfile has decoded UTF-16. A file that declares it and is not UTF-16 is in UTF-8, or this name would not be
		// readable.
		return r, nil
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1":
		decoded = charmap.ISO8859_1
	case "windows-1252", "cp1252", "us-ascii", "ascii": // which ASCII is a part of
		decoded = charmap.Windows1252
	case "iso-8859-2", "iso8859-2":
		decoded = charmap.ISO8859_2
	case "iso-8859-15", "iso8859-15":
		decoded = charmap.ISO8859_15
	case "windows-1250", "cp1250":
		decoded = charmap.Windows1250
	case "windows-1251", "cp1251":
		decoded = charmap.Windows1251
	default:
		return nil, fmt.Errorf("the encoding %s is not known: convert the file to UTF-8", quote(name))
	}
	return decoded.NewDecoder().Reader(r), nil
}
