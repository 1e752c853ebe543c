package pbf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/wire"
)

// Limits of the format. The decoder rejects files beyond them.
const (
	maxBlobHeaderBytes = 64 << 10
	maxBlobBytes       = 32 << 20 // compressed as well as inflated
)

// Limits of our own, so that a small file does not take much memory. 76 extracts stay below the numbers in brackets.
const (
	// maxExpansion is how many bytes a blob may inflate to for each of its own, beyond freeBytes.
	maxExpansion = 100 // (6.6)
	freeBytes    = 1 << 20
	// maxStrings and maxGroups are what a block may have.
	maxStrings = 1 << 20 // (17,202)
	maxGroups  = 1 << 16 // (3)
	// maxNodes is the number of nodes of a way and of members of a relation. The database of OpenStreetMap has up to
	// 2000 and 32,000.
	maxNodes = 1 << 18 // (1843 and 10,182)
	// maxTags is the number of tags of an element.
	maxTags = 1 << 16 // (504)
)

// locationsOnWays is the feature of files whose ways have the coordinates of their nodes. It is optional;
// a file may require it.
const locationsOnWays = "LocationsOnWays"

// File is an open PBF. Safe for concurrent use.
type File struct {
	Header Header
	// Blobs are the data blobs in the order of the file.
	Blobs []Blob
	// Size in bytes.
	Size int64

	r io.ReaderAt
}

// Blob is the position of a data blob in its file.
type Blob struct {
	Offset int64 // of the length prefix, as errors name it
	start  int64 // of the Blob message
	bytes  int32 // length of the Blob message
}

// Bytes returns the compressed size.
func (b Blob) Bytes() int64 { return int64(b.bytes) }

// Header is the header of a PBF file.
type Header struct {
	// Box is nil if the file states no box on Earth.
	Box *loc2vec.Bounds
	// LocatedWays says that ways have the coordinates of their nodes (the optional feature
	// "LocationsOnWays"). Files without the feature may have such ways too: Decoder.Located.
	LocatedWays bool
	// Replicated is the time of the replication state, zero when not stated.
	Replicated     time.Time
	WritingProgram string
}

// Open reads the header and finds the blobs. Errors name the offset, and wrap loc2vec.ErrCorrupt for
// damaged bytes.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, Size: size}
	if size == 0 {
		return nil, fmt.Errorf("%w: the file is empty", loc2vec.ErrCorrupt)
	}
	var buf []byte
	for offset := int64(0); offset < size; {
		kind, blob, err := f.readBlobHeader(offset, &buf)
		if err != nil {
			if offset == 0 {
				return nil, fmt.Errorf("not an OpenStreetMap PBF: at byte 0: %w", err)
			}
			return nil, fmt.Errorf("at byte %d: %w", offset, err)
		}
		switch {
		case offset == 0 && kind != "OSMHeader":
			return nil, fmt.Errorf("not an OpenStreetMap PBF: %w: at byte 0: the first blob is of type %q", loc2vec.ErrCorrupt, kind)
		case offset == 0:
			if err := f.readHeaderBlock(blob); err != nil {
				return nil, fmt.Errorf("header block at byte 0: %w", err)
			}
		case kind == "OSMData":
			f.Blobs = append(f.Blobs, blob)
		case kind == "OSMHeader":
			return nil, fmt.Errorf("at byte %d: %w: a second header", offset, loc2vec.ErrCorrupt)
		}
		// The format says to skip blobs of other types.
		offset = blob.start + int64(blob.bytes)
	}
	return f, nil
}

// readBlobHeader reads the length prefix and the BlobHeader at an offset.
func (f *File) readBlobHeader(offset int64, buf *[]byte) (kind string, blob Blob, err error) {
	var prefix [4]byte
	if err := f.readAt(prefix[:], offset); err != nil {
		return "", blob, fmt.Errorf("reading the length of a blob header: %w", err)
	}
	n := binary.BigEndian.Uint32(prefix[:])
	if n == 0 || n > maxBlobHeaderBytes {
		return "", blob, fmt.Errorf("%w: a blob header of %d bytes", loc2vec.ErrCorrupt, n)
	}
	if cap(*buf) < int(n) {
		*buf = make([]byte, n)
	}
	header := (*buf)[:n]
	if err := f.readAt(header, offset+4); err != nil {
		return "", blob, fmt.Errorf("reading a blob header: %w", err)
	}
	bytes := uint64(0)
	m := wire.NewReader(header)
	for m.Next() {
		switch m.Field {
		case 1:
			kind = string(m.Bytes)
		case 3:
			bytes = m.Value
		}
	}
	if m.Err() != nil {
		return "", blob, fmt.Errorf("reading a blob header: %w", m.Err())
	}
	if bytes == 0 || bytes > maxBlobBytes {
		return "", blob, fmt.Errorf("%w: a blob of %d bytes", loc2vec.ErrCorrupt, bytes)
	}
	blob = Blob{Offset: offset, start: offset + 4 + int64(n), bytes: int32(bytes)}
	if end := blob.start + int64(bytes); end > f.Size {
		return "", blob, fmt.Errorf("%w: truncated: the blob ends at byte %d of %d", loc2vec.ErrCorrupt, end, f.Size)
	}
	return kind, blob, nil
}

// readAt fills p. It returns ErrCorrupt if the file ends first.
func (f *File) readAt(p []byte, offset int64) error {
	n, err := f.r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: truncated: the file ends at byte %d", loc2vec.ErrCorrupt, offset+int64(n))
	}
	return err
}

func (f *File) readHeaderBlock(blob Blob) error {
	var d Decoder
	data, err := d.inflate(f, blob)
	if err != nil {
		return err
	}
	m := wire.NewReader(data)
	for m.Next() {
		switch m.Field {
		case 1:
			if f.Header.Box, err = readBox(m.Bytes); err != nil {
				return err
			}
		case 4:
			switch feature := string(m.Bytes); feature {
			case "OsmSchema-V0.6", "DenseNodes":
			case locationsOnWays:
				f.Header.LocatedWays = true
			default:
				return fmt.Errorf("the file needs a reader with the feature %q, which is not supported", feature)
			}
		case 5:
			if string(m.Bytes) == locationsOnWays {
				f.Header.LocatedWays = true
			}
		case 16:
			f.Header.WritingProgram = string(m.Bytes)
		case 32:
			f.Header.Replicated = time.Unix(int64(m.Value), 0).UTC()
		}
	}
	return m.Err()
}

// readBox reads a HeaderBBox, whose numbers are nanodegrees. It ignores a box that reaches beyond the Earth:
// the nodes also tell what the file covers.
func readBox(data []byte) (*loc2vec.Bounds, error) {
	var b loc2vec.Bounds
	m := wire.NewReader(data)
	for m.Next() {
		v := float64(wire.Zigzag(m.Value)) / 1e9
		switch m.Field {
		case 1:
			b.Min.Lon = v
		case 2:
			b.Max.Lon = v
		case 3:
			b.Max.Lat = v
		case 4:
			b.Min.Lat = v
		}
	}
	if m.Err() != nil {
		return nil, m.Err()
	}
	if b.Min.Validate() != nil || b.Max.Validate() != nil {
		return nil, nil
	}
	if b.Min.Lat > b.Max.Lat {
		return nil, fmt.Errorf("%w: the box in the header is upside down", loc2vec.ErrCorrupt)
	}
	return &b, nil
}
